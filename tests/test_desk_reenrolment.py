"""Enrolling again: a new epoch with every old entry, taken by the centre once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mfc_desk.access.locks import holding
from mfc_desk.access.roles import Role
from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import HomeLocked, NotAllowed, TrainingDesk
from mfc_desk.paths import Home
from mfc_desk.recovery.reenrolment import enrol_again
from mfc_desk.session import open_desk
from mfc_desk.setup.enrolment import enrol_again_by_net
from mfc_desk.setup.setup import set_up
from sync.clock import SystemClock
from sync.entries import Entry, decode
from sync.errors import TicketInvalid, Unreachable
from sync.failpoint import EXIT_STATUS
from sync.ids import SeededRandom, SystemRandom
from sync.ticket import fingerprint, read
from tests.centre_process import CentreProcess
from tests.desk_home import (
    CENTRE,
    CHEAP,
    EPOCH,
    IVANOVA,
    PASSWORD,
    DeskHome,
    StandingClock,
    set_up_home,
    ticket_file,
)
from tests.faults import status_killed_at
from tests.intake_world import register

CENTRE_FINGERPRINT = fingerprint(CENTRE.public)
NEW = {"epoch": EPOCH + 1000, "code": "EFGH-5678"}


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk with two requests."""
    desk_home = set_up_home(tmp_path / "desk")
    with desk_home.login() as desk:
        for seed in range(2):
            register(desk, seed=seed, today=desk.centre_now().date())
    return desk_home


def test_new_epoch_holds_every_entry_with_its_bytes(
    made: DeskHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The opening comes first and names where the old epoch ended; ids and bytes stay.

    Entries are read before the transaction: who registers meanwhile waits for the rows alone.
    """
    inside: list[bool] = []
    with made.login() as desk:
        old = desk.journal.entries(0, 100)
        end = desk.journal.position()

        def watched(data: bytes) -> Entry:
            inside.append(desk.db.conn.in_transaction)
            return decode(data)

        monkeypatch.setattr("mfc_desk.recovery.reenrolment.decode", watched)
        enrol_again(desk, lambda _: ticket_file(**NEW), CENTRE_FINGERPRINT, by_net=True)
        assert inside == [False] * len(old)

    with made.login() as desk:
        place = desk.journal.position()
        assert (place.epoch, place.seq) == (EPOCH + 1000, len(old) + 1)
        opening, *again = desk.journal.entries(0, 100)
        assert [(row.entry_id, row.data) for row in again] == [
            (row.entry_id, row.data) for row in old
        ]
        body = decode(opening.data or b"").body
        assert body["before"]["epoch"] == EPOCH
        assert body["before"]["head"] == end.head.hex()
        assert desk.device.epoch == EPOCH + 1000
        assert check_desk(desk).faults == ()
        assert desk.exchange.view().unsent == 2
        number = register(desk, seed=5, today=desk.centre_now().date()).number
        assert number.counter == 3


def test_desk_may_get_another_number(made: DeskHome) -> None:
    """As a second desk it prints numbers of its own; the old requests keep theirs."""
    with made.login() as desk:
        before = {row.number for row in desk.find.recent(10)}
        enrol_again(desk, lambda _: ticket_file(**NEW, desk_no=318), None, by_net=False)

    with made.login() as desk:
        fresh = register(desk, seed=5, today=desk.centre_now().date()).number
        assert (fresh.desk_no, fresh.counter) == (318, 1)
        assert before < {row.number for row in desk.find.recent(10)}
        assert check_desk(desk).faults == ()


def test_cut_enrolment_shows_the_same_keys_again(made: DeskHome) -> None:
    """The keys are kept before the centre is asked; nothing else has changed when it is not."""
    seen = []

    def lost(keys: object) -> bytes:
        seen.append(keys)
        raise Unreachable("timeout")

    with made.login() as desk:
        before = desk.journal.position()
        with pytest.raises(Unreachable):
            enrol_again(desk, lost, CENTRE_FINGERPRINT, by_net=True)
        assert desk.journal.position() == before
    with made.login() as desk:

        def answer(keys: object) -> bytes:
            seen.append(keys)
            return ticket_file(**NEW)

        enrol_again(desk, answer, CENTRE_FINGERPRINT, by_net=True)

    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("point", "opened"),
    [
        ("enrol.kept", False),
        ("enrol.fetched", False),
        ("enrol.uncommitted", False),
        ("enrol.committed", True),
    ],
)
def test_killed_while_enrolling_again(made: DeskHome, point: str, opened: bool) -> None:
    """The whole new epoch or none of it; begun again, it ends with every entry."""

    def enrol() -> None:
        with made.login() as desk:
            enrol_again(desk, lambda _: ticket_file(**NEW), CENTRE_FINGERPRINT, by_net=True)

    assert status_killed_at(point, enrol) == EXIT_STATUS

    with made.login() as desk:
        assert (desk.journal.position().epoch == NEW["epoch"]) == opened
        assert check_desk(desk).faults == ()
        entries = len(desk.journal.entries(0, 100))
    if not opened:
        enrol()
        with made.login() as desk:
            assert len(desk.journal.entries(0, 100)) == entries + 1
            assert check_desk(desk).faults == ()


def test_refusals_change_nothing(made: DeskHome, tmp_path: Path) -> None:
    """No right, an old ticket, another centre, open screens, a training desk: all as before."""
    with made.login() as desk:
        before = desk.journal.position()
        with pytest.raises(TicketInvalid, match="старше"):
            enrol_again(desk, lambda _: ticket_file(), None, by_net=False)
        with pytest.raises(TicketInvalid):
            enrol_again(desk, lambda _: ticket_file(**NEW), "00000000", by_net=True)
        with holding(made.home.exchange_lock), pytest.raises(HomeLocked):
            enrol_again(desk, lambda _: ticket_file(**NEW), None, by_net=False)
        desk.operators.add("petrov", "Петров П. С.", Role.SPECIALIST, "petrov's words")
        with made.login("petrov", "petrov's words") as theirs, pytest.raises(NotAllowed):
            enrol_again(theirs, lambda _: ticket_file(**NEW), None, by_net=False)
        assert desk.journal.position().epoch == before.epoch
        assert check_desk(desk).faults == ()
    training = Home(tmp_path / "training")
    set_up(training, None, IVANOVA, PASSWORD, StandingClock(), SeededRandom(1), CHEAP)
    with (
        open_desk(training, "ivanova", PASSWORD, StandingClock(), SeededRandom(1), CHEAP) as desk,
        pytest.raises(TrainingDesk, match="--home"),
    ):
        enrol_again(desk, lambda _: ticket_file(**NEW), None, by_net=False)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CentreProcess]:
    """A centre that runs."""
    running = CentreProcess.start(tmp_path / "central")
    try:
        yield running
    finally:
        running.kill()


def login(home: Home) -> Desk:
    """Open a desk on the clock of this computer."""
    return open_desk(home, "ivanova", PASSWORD, SystemClock(), SystemRandom(), CHEAP)


@pytest.mark.slow
def test_centre_takes_a_desk_enrolled_again_once(centre: CentreProcess, tmp_path: Path) -> None:
    """What the centre has it does not register twice, what it has not it gets; returns stand."""
    home = Home(tmp_path / "desk")
    ticket = centre.ticket(317, window="3")
    set_up(home, ticket, IVANOVA, PASSWORD, SystemClock(), SystemRandom(), CHEAP)
    with login(home) as desk:
        today = desk.clock.now().astimezone(desk.zone).date()
        register(desk, seed=0, today=today)
        assert desk.exchange.run_once().error is None
        (first,) = desk.find.recent(10)
        why = tmp_path / "why.txt"
        why.write_text("Приложите вторую страницу", "utf-8")
        centre.command("return", first.number, "--file", str(why))
        assert desk.exchange.run_once().error is None
        register(desk, seed=1, today=today)
        again = read(centre.ticket(317, window="3"))
        enrol_again_by_net(desk, again.urls[0], again.spoken_code)
    with login(home) as desk:
        assert desk.exchange.run_once().error is None
        assert desk.exchange.run_once().error is None
        summary = desk.exchange.summary()
        on_desk = sorted(row.number for row in desk.find.recent(10))
        assert (summary.requests, summary.confirmed, summary.unsent) == (2, 1, 0)
        assert [row.kind for row in desk.board.attention()] == ["returned"]
        assert check_desk(desk).faults == ()

    assert sorted(str(row["number"]) for row in centre.export()) == on_desk
