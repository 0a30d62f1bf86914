"""The centre compares a desk's days with what it really has, over SQLite and over PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import MAXYEAR, timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard

from sync import chain
from sync.central.answers import COMPARISON, Refusal
from sync.clock import iso
from sync.comparison import (
    LEAF_DIGITS,
    PATH,
    Compared,
    Question,
    Totals,
    open_answer,
)
from sync.entries import decode
from sync.errors import BadFormat, BadSignature
from tests.centre_served import served
from tests.centre_stores import STORES
from tests.centre_world import NOON, HandDesk, LocalCentre, problem
from tests.postgres_server import PostgresServer

__all__ = ["served"]
BOTH = pytest.mark.parametrize("local", STORES, indirect=True)
DAY = "2026-11-21"
ZONE = "Europe/Moscow"


def days_of(entries: list[bytes]) -> dict[str, Totals]:
    """Totals of entries by Moscow's day."""
    days: dict[str, Totals] = {}
    for raw in entries:
        wall = decode(raw).stamp.wall
        day = DAY if wall.year == MAXYEAR else (wall + timedelta(hours=3)).date().isoformat()
        days[day] = days.get(day, Totals()).with_entry(len(raw), chain.leaf(raw))
    return days


def question(desk: HandDesk, **changed: Any) -> Question:
    asked: dict[str, Any] = {
        "epoch": desk.epoch,
        "zone": ZONE,
        "nonce": "00112233445566778899aabbccddeeff",
        "days": days_of(desk.journal),
        **changed,
    }
    return Question(**asked)


def ask(local: LocalCentre, desk: HandDesk, **changed: Any) -> Compared:
    """What the centre answers, its signature and its question checked."""
    body = question(desk, **changed).to_bytes()
    device = local.centre.store.desks.device(desk.key)
    assert device is not None
    answer = local.centre.compare(device, body)
    assert (answer.status, answer.media_type) == (200, COMPARISON)
    return open_answer(answer.body, body, desk.ticket.publics, [desk.keys.identity])


@pytest.fixture
def local(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LocalCentre]:
    """A centre over SQLite, or over the store a test asks for (`BOTH`)."""
    database: str | None = None
    if getattr(request, "param", "sqlite") == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        database = server.database()
    centre = LocalCentre(tmp_path, database=database)
    yield centre
    centre.close()


@pytest.fixture
def desk(local: LocalCentre) -> HandDesk:
    """A desk of six registrations on one day and two entries of another, all applied."""
    made = local.desk()
    made.register(6)
    made.journal += [at_day(made, 2), at_day(made, 2)]
    assert local.accept(made.seal(1, 3)).status == 201
    assert local.accept(made.seal(4, 8)).status == 201
    assert len(local.rows(made)) == 8
    return made


def at_day(desk: HandDesk, days: int) -> bytes:
    """An entry made so many days later."""
    raw = desk.entry("access", {"what": "open"})
    before = decode(raw).stamp.wall.date().isoformat().encode()
    after = (NOON + timedelta(days=days)).date().isoformat().encode()
    return raw.replace(before, after, 1)


def at_centre(local: LocalCentre, sql: str, params: list[object]) -> None:
    """Change the centre's tables behind its back; its triggers would refuse it."""
    db: Any = local.centre.store.streams.db  # type: ignore[attr-defined]
    with local.centre.store.streams.alone:  # type: ignore[attr-defined]
        if local.database is None:
            db.execute("DROP TRIGGER IF EXISTS batch_is_kept")
            db.execute("DROP TRIGGER IF EXISTS batch_is_not_dropped")
        else:
            db.execute("ALTER TABLE batch DISABLE TRIGGER USER")
        with db.atomic():
            db.execute(sql, params)


def packed(local: LocalCentre, desk: HandDesk, to: int, pack: bytes) -> None:
    """Put other bytes into a stored batch."""
    sql = 'UPDATE batch SET pack = ? WHERE desk = ? AND "to" = ?'
    at_centre(local, sql, [pack, desk.desk, to])


@BOTH
def test_equal_days_match_and_services_are_counted(local: LocalCentre, desk: HandDesk) -> None:
    """Both days match; the registrations are counted by service; the head is the desk's."""
    found = ask(local, desk)

    assert found.match == (DAY, "2026-11-23")
    assert found.differ == ()
    assert found.requests == {DAY: {"soc-card": 6}}
    assert (found.have, found.head) == (8, desk.head(8))
    one = ask(local, desk, only="2026-11-23", after=6)
    assert (one.match, one.differ) == (("2026-11-23",), ())


def test_a_day_the_desk_does_not_know_differs(local: LocalCentre, desk: HandDesk) -> None:
    """What only the centre has is told, entry by entry when the day is asked about."""
    found = ask(local, desk, days={DAY: days_of(desk.journal)[DAY]})
    assert (found.match, [one.day for one in found.differ]) == ((DAY,), ["2026-11-23"])

    (day,) = ask(local, desk, days={}, only="2026-11-23").differ

    assert day.have == days_of(desk.journal)["2026-11-23"]
    assert [(one.seq, one.kind) for one in day.entries] == [(7, "access"), (8, "access")]


@BOTH
def test_an_entry_the_register_lacks_is_not_counted(local: LocalCentre, desk: HandDesk) -> None:
    """Deleted from the centre's register by SQL: its day differs and lists all but it."""
    place = [desk.desk, desk.epoch, 5]
    for table in ("request", "entry_key"):
        at_centre(
            local,
            f"DELETE FROM {table} WHERE row IN "
            "(SELECT row FROM entry WHERE desk = ? AND epoch = ? AND seq = ?)",
            list(place),
        )
    at_centre(local, "DELETE FROM entry WHERE desk = ? AND epoch = ? AND seq = ?", list(place))

    (day,) = ask(local, desk, only=DAY).differ

    assert (day.have.n, [one.seq for one in day.entries]) == (5, [1, 2, 3, 4, 6])
    leaves = [chain.leaf(raw).hex()[:LEAF_DIGITS] for raw in desk.journal]
    assert [one.leaf for one in day.entries] == [leaves[seq - 1] for seq in (1, 2, 3, 4, 6)]


@BOTH
def test_a_clock_at_the_end_of_all_calendars_stops_no_comparison(local: LocalCentre) -> None:
    """Its entry counts with its neighbours; the rest is compared."""
    desk = local.desk()
    desk.note(2)
    late = desk.entry("access", {"what": "open"})
    wall = decode(late).stamp.wall
    desk.journal.append(late.replace(iso(wall).encode(), b"9999-12-31T23:59:59.000Z", 1))
    assert local.accept(desk.seal(1, 3)).status == 201
    local.rows(desk)

    found = ask(local, desk)

    assert (found.match, found.differ) == ((DAY,), ())


@BOTH
def test_a_lost_batch_is_missed_whole(local: LocalCentre, desk: HandDesk) -> None:
    """A stored batch deleted by SQL: its entries are not there, whatever the register says."""
    at_centre(local, 'DELETE FROM batch WHERE desk = ? AND "to" = ?', [desk.desk, 3])

    (day,) = ask(local, desk, only=DAY).differ

    assert [one.seq for one in day.entries] == [4, 5, 6]


@BOTH
@pytest.mark.parametrize("where", ["register", "bytes"])
def test_a_byte_that_differs_shows_in_its_entry_alone(
    local: LocalCentre, desk: HandDesk, where: str
) -> None:
    """One byte of the register's leaf or of the stored entry itself: that entry, no other."""
    if where == "register":
        other = bytes(32)
        at_centre(
            local,
            "UPDATE entry SET leaf = ? WHERE desk = ? AND epoch = ? AND seq = ?",
            [other, desk.desk, desk.epoch, 5],
        )
    else:
        changed = list(desk.journal[3:8])
        changed[1] = changed[1].replace(b'"op-1"', b'"op-2"')
        pack = zstandard.ZstdCompressor().compress(b"\n".join(changed) + b"\n")
        packed(local, desk, 8, pack)

    (day,) = ask(local, desk, only=DAY).differ

    leaves = [chain.leaf(raw).hex()[:LEAF_DIGITS] for raw in desk.journal]
    assert [one.seq for one in day.entries] == [1, 2, 3, 4, 5, 6]
    assert [one.seq for one in day.entries if one.leaf != leaves[one.seq - 1]] == [5]


def test_a_batch_that_cannot_be_read_is_named(local: LocalCentre, desk: HandDesk) -> None:
    """Bytes that are no zstd any more: the run of entries is told as damaged, the rest compared."""
    packed(local, desk, 3, b"x")

    found = ask(local, desk)

    assert found.damaged == ((1, 3),)
    assert [one.day for one in found.differ] == [DAY]
    assert found.match == ("2026-11-23",)


def test_a_damaged_batch_is_named_once_and_only_where_it_is_asked_about(
    local: LocalCentre, desk: HandDesk
) -> None:
    """A carrier's question is answered in two walks, and ends at the entry it names."""
    packed(local, desk, 8, b"x")

    assert ask(local, desk, listed=31).damaged == ((4, 8),)
    assert ask(local, desk, to=3).damaged == ()


def test_an_answer_counts_for_its_question_and_its_desk_alone(
    local: LocalCentre, desk: HandDesk
) -> None:
    """An older answer, one changed on the way, one of another signer: none is taken."""
    body = question(desk).to_bytes()
    device = local.centre.store.desks.device(desk.key)
    assert device is not None
    answer = local.centre.compare(device, body).body
    publics, own = desk.ticket.publics, [desk.keys.identity]
    assert open_answer(answer, body, publics, own).match

    with pytest.raises(BadFormat):
        open_answer(answer, question(desk, nonce="ff" * 16).to_bytes(), publics, own)
    with pytest.raises((BadFormat, BadSignature)):
        open_answer(answer[:-1] + bytes([answer[-1] ^ 1]), body, publics, own)
    with pytest.raises(BadSignature):
        open_answer(answer, body, {device.key: desk.keys.public}, own)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"epoch":1,"zone":"../../etc/passwd","nonce":"0011223344556677","after":0,"days":[]}',
        b'{"epoch":1,"zone":"Europe/Moscow","nonce":"x","after":0,"days":[]}',
        b'{"epoch":1,"zone":"Europe/Moscow","nonce":"0011223344556677","after":0,"days":[1]}',
        b'{"epoch":1,"zone":"Europe/Moscow","nonce":"0011223344556677","after":-1,"days":[]}',
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    local: LocalCentre, desk: HandDesk, body: bytes
) -> None:
    """400, not a defect of the centre."""
    device = local.centre.store.desks.device(desk.key)
    assert device is not None
    with pytest.raises(Refusal, match="bad-request"):
        local.centre.compare(device, body)


def test_over_http_only_the_desks_own_device_may_ask(
    local: LocalCentre, desk: HandDesk, served: Callable[[LocalCentre], str]
) -> None:
    """Signed by the device; another desk's stream does not exist for it; unsigned is 401."""
    desk.url = served(local)
    body = question(desk).to_bytes()

    answer = desk.ask("POST", PATH, body)
    assert answer.status_code == 200
    assert open_answer(answer.content, body, desk.ticket.publics, [desk.keys.identity]).match == (
        DAY,
        "2026-11-23",
    )
    other = local.desk(318, seed=2)
    other.url = desk.url
    assert problem(other.ask("POST", PATH, body))["code"] == "not-found"
    unsigned = desk.http.post(f"{desk.url}{PATH}", data=body, timeout=120)
    assert problem(unsigned)["code"] == "altered"
    for one in (desk, other):  # a connection kept would hold the centre up when it stops
        one.http.close()
