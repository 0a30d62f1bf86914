"""Questions that name very many scans: bounded where they are written, taken where they come."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from sync import question
from sync.blobs import Blob
from sync.carrier import OUTGOING
from sync.central.incoming import ENROL_BYTES
from sync.clock import SystemClock
from sync.comparison import QUESTION_BYTES
from sync.errors import BadFormat
from sync.http import hand_in
from sync.question import LARGEST, MOST_SCANS, Question
from tests.carried_world import Round
from tests.centre_served import served
from tests.centre_world import HandDesk, LocalCentre, local
from tests.relay_world import serving_relay

__all__ = ["local", "served"]
DESK = 741
LONGEST_SIZE = 33_000_000


@pytest.fixture
def round_trip(tmp_path: Path) -> Iterator[Round]:
    """A desk and its stick."""
    centre = LocalCentre(tmp_path)
    made = Round.begin(tmp_path, centre)
    yield made
    made.close()
    centre.close()


def names(count: int) -> list[tuple[str, int]]:
    """Scans by name and size, the largest first."""
    return [(sha256(str(n).encode()).hexdigest(), LONGEST_SIZE - n) for n in range(count)]


def test_a_stick_of_a_desk_with_years_of_scans_is_read_by_the_centre(round_trip: Round) -> None:
    """A centre put back lacks them all: 60 000 names would be 4.6 MB; the smallest are named."""
    desk = round_trip.desk
    desk.note(2)
    scans = [Blob(sha, size, desk.folder / sha) for sha, size in names(60_000)]

    out = round_trip.out(scans, scan_bytes=0)
    assert (out.failure, out.scans_left) == (None, 60_000)
    (name,) = [one for one in round_trip.stick.names(OUTGOING) if one.endswith(".mfcq")]
    sealed = question.read(round_trip.stick.read(OUTGOING, name, LARGEST))
    asked = question.open_sealed(sealed, round_trip.centre.centre.secrets.identities)
    assert asked.scans == tuple(names(60_000)[: -MOST_SCANS - 1 : -1])

    taken = round_trip.at_centre()
    assert (taken.passed, taken.enrolled, taken.applied) == ([], 1, 2)
    back = round_trip.back()
    assert (back.confirmed, back.damaged) == (2, [])


def test_a_size_no_database_keeps_stops_no_stick(round_trip: Round) -> None:
    """The question that names it is passed over by its name; the rest is looked at."""
    round_trip.desk.note(2)
    huge = [Blob("ab" * 32, 1 << 70, round_trip.desk.folder / "scan")]
    assert round_trip.out(huge, scan_bytes=0).failure is None

    taken = round_trip.at_centre()

    assert [one.code for one in taken.passed][:1] == ["bad-format"]


def test_what_one_question_does_not_name_the_next_one_does(
    round_trip: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two a question: five scans are at the centre after three rounds, none is forgotten."""
    monkeypatch.setattr(question, "MOST_SCANS", 2)
    waiting = {one.sha256: one for one in (round_trip.scan(bytes(9 + n)) for n in range(5))}
    left = []
    while waiting:
        out = round_trip.out(list(waiting.values()))
        assert round_trip.at_centre().passed == []
        arrived = round_trip.back().scans
        assert arrived
        for sha in arrived:
            del waiting[sha]
        left.append(out.scans_left)
    assert left == [3, 1, 0]


def question_of(local: LocalCentre, desk: HandDesk, scans: int) -> Question:
    """What a desk's stick asks."""
    return Question(
        server=desk.ticket.server_id,
        desk=desk.desk,
        epoch=desk.epoch,
        cursor=0,
        incarnation="",
        enrol=question.enrolment(desk.ticket.code, desk.keys),
        scans=tuple(names(scans)),
        at=local.clock.now(),
        compare=b"x" * QUESTION_BYTES,
    )


def asked(local: LocalCentre, desk: HandDesk, scans: int) -> bytes:
    """The question of a desk's stick."""
    return question.seal(
        question_of(local, desk, scans), desk.keys, list(desk.ticket.age_recipients)
    )


@pytest.mark.parametrize("size", [True, 0, 1 << 63])
def test_a_question_that_names_a_scan_of_no_size_is_none(local: LocalCentre, size: int) -> None:
    """No database of the centre could keep it."""
    desk = local.desk()
    wrong = dataclasses.replace(question_of(local, desk, 0), scans=(("a" * 64, size),))
    sealed = question.read(question.seal(wrong, desk.keys, list(desk.ticket.age_recipients)))
    with pytest.raises(BadFormat):
        question.open_sealed(sealed, local.centre.keyring.secrets.identities)


@pytest.mark.parametrize("relayed", [False, True], ids=["centre", "relay"])
def test_a_dead_desk_is_let_in_by_the_largest_question_on_its_stick(
    relayed: bool, local: LocalCentre, served: Callable[[LocalCentre], str], tmp_path: Path
) -> None:
    """Handed in by net for it, past the 16 KB of an enrolment; above its own bound it is 413."""
    ticket, _ = local.centre.enrolment.issue("0101", DESK, window="1", urls=("http://x",))
    url = served(local)
    desk = HandDesk(dataclasses.replace(ticket, urls=(url,)), url, 1)
    file, clock = asked(local, desk, MOST_SCANS), SystemClock()
    assert ENROL_BYTES < len(file) < LARGEST

    with serving_relay(tmp_path / "relay", url) as (_, address):
        urls = (address.url,) if relayed else (url,)
        said = hand_in(urls, None, [("too-large", file + bytes(LARGEST)), ("whole", file)], clock)

    refused = said["too-large"]
    assert refused is not None
    assert refused.status == 413
    assert said["whole"] is None
    desk.register(1)
    assert local.accept(desk.seal(1, 1)).status == 201
