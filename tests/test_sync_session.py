"""A desk's exchange with a real centre process: once, in order, whatever the link does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from mfc_desk.demo.link import Link
from sync import contacts, outbox
from sync import ticket as tickets
from sync.database import DiskFull
from sync.entries import Entry, decode
from sync.errors import UNREACHABLE_TEXTS, ExchangeRunning
from sync.failures import sentence
from sync.http import CentreClient, fetch_ticket
from sync.ids import SystemRandom
from sync.keys import DeviceKeys
from sync.lock import LockFile
from sync.session import STOPPED, Exchange
from sync.steps import FROZEN_TEXTS, Frozen
from sync.wire import TIMEOUT, Progress
from tests.centre_process import CentreProcess, centre, shared_centre
from tests.faults import LIES, LyingCentre, full_disk
from tests.sync_desk import ExchangeDesk

__all__ = ["centre", "shared_centre"]

NUMBERS = count(501)


@pytest.fixture
def desk(shared_centre: CentreProcess, tmp_path: Path) -> Iterator[ExchangeDesk]:
    """A desk born from a ticket of the shared centre, never in contact."""
    ticket = tickets.read(shared_centre.ticket(next(NUMBERS)))
    made = ExchangeDesk(tmp_path, ticket, keys=new_keys())
    yield made
    made.close()


def new_keys() -> DeviceKeys:
    return DeviceKeys.generate(SystemRandom())


def through(desk: ExchangeDesk, url: str) -> ExchangeDesk:
    """The same desk, reaching its centre at another address."""
    desk.client.close()
    desk.ticket = replace(desk.ticket, urls=(url,))
    desk.client = CentreClient(desk.ticket, desk.keys, desk.clock, timeout=desk.timeout)
    return desk


def seqs(desk: ExchangeDesk) -> list[int]:
    """Entries the feed spoke of."""
    return [event.body["seq"] for event in desk.events]


def test_first_contact_enrols_sends_and_hears(desk: ExchangeDesk) -> None:
    """A desk from a stick: enrolment, upload, receipts, outcomes, in one exchange."""
    desk.note(30)

    outcome = desk.exchange().run_once()

    assert (outcome.kind, outcome.text) == (None, None)
    assert (outcome.sent, outcome.confirmed, outcome.events) == (30, 30, 30)
    assert outcome.kept.bound
    assert seqs(desk) == list(range(1, 31))
    assert desk.exchange().outbox.unsent() == 0
    assert desk.journal.verify(outbox.proven(desk.db)) == ()
    known = contacts.contact(desk.db)
    assert known.last_contact == desk.clock.now()
    assert known.centre_time is not None
    (attempt,) = contacts.attempts(desk.db, 9)
    assert attempt.result == "done"
    assert attempt.bytes_up > 1000


def test_nothing_new_costs_nothing(desk: ExchangeDesk) -> None:
    """A second exchange sends nothing and changes nothing."""
    desk.note(3)
    desk.exchange().run_once()
    before = desk.exchange().outbox.kept()

    outcome = desk.exchange().run_once()

    assert (outcome.sent, outcome.confirmed, outcome.events) == (0, 0, 0)
    assert outcome.kept == before


def test_a_desk_enrolled_by_net_does_not_enrol_again(
    shared_centre: CentreProcess, tmp_path: Path
) -> None:
    """With keys the centre has met, the first exchange asks for the stream at once."""
    ticket = tickets.read(shared_centre.ticket(next(NUMBERS)))
    desk = ExchangeDesk(tmp_path, ticket, keys=new_keys())
    assert fetch_ticket(shared_centre.url, ticket.code, desk.keys, desk.clock)
    desk.note(2)

    assert desk.exchange(bound=True).run_once().confirmed == 2
    desk.close()


def test_progress_is_told_in_entries_and_bytes(desk: ExchangeDesk) -> None:
    """The lane shows how many of how many, and the bytes of the batch on its way."""
    desk.note(700)

    desk.exchange().run_once()

    assert {told.total for told in desk.told} == {700}
    assert sorted({told.done for told in desk.told}) == [0, 500]
    assert all(told.bytes_done <= told.bytes_total for told in desk.told)
    assert desk.told[-1].bytes_done == desk.told[-1].bytes_total


def test_the_link_dies_at_any_byte_of_the_upload(
    shared_centre: CentreProcess, desk: ExchangeDesk
) -> None:
    """Cut going up or coming down, everything is there exactly once in the end."""
    desk.note(1)
    desk.exchange().run_once()
    with Link(shared_centre.port) as link:
        through(desk, f"http://127.0.0.1:{link.port}")
        for up, down in ((0, None), (400, None), (900, None), (None, 0), (None, 300), (None, 700)):
            desk.note(5)
            desk.client.close()
            link.cut_after(up=up, down=down)
            assert desk.exchange().run_once().kind == "cut"
            link.bring_up()
            outcome = desk.exchange().run_once()
            assert outcome.kind is None
    assert desk.exchange().outbox.unsent() == 0
    assert seqs(desk) == list(range(1, 32))


@pytest.mark.parametrize("lie", sorted(LIES))
def test_a_lying_centre_moves_nothing(desk: ExchangeDesk, lie: str) -> None:
    """Whatever stands in the centre's place, nothing is acknowledged and nothing is lost."""
    desk.note(4)
    url = desk.ticket.urls[0]
    with LyingCentre(LIES[lie]) as liar:
        outcome = through(desk, f"http://127.0.0.1:{liar.port}").exchange().run_once()
    assert outcome.kind in UNREACHABLE_TEXTS
    assert outcome.text == UNREACHABLE_TEXTS[outcome.kind or ""]
    assert (outcome.confirmed, outcome.kept.acked, outcome.kept.frozen) == (0, 0, None)
    assert outcome.kept.failures == 1
    assert contacts.contact(desk.db).last_error == outcome.kind

    assert through(desk, url).exchange().run_once().confirmed == 4


@pytest.mark.parametrize(
    ("instead_of", "deliver", "confirmed"),
    [
        (b"GET /v1/streams", False, 4),
        (b"POST /v1/batches", True, 4),
        (b"GET /v1/feed", False, 0),
    ],
    ids=["before", "upload delivered", "feed"],
)
def test_a_half_open_connection_ends_by_itself(
    shared_centre: CentreProcess,
    desk: ExchangeDesk,
    instead_of: bytes,
    deliver: bool,
    confirmed: int,
) -> None:
    """Silence in the middle of an exchange is a time-out; the next one goes on from there."""
    desk.note(1)
    desk.exchange().run_once()
    desk.note(confirmed)  # without a batch the feed is asked for by itself
    url, desk.timeout = desk.ticket.urls[0], (20.0, 5.0)
    port = shared_centre.port
    with LyingCentre(None, port, instead_of, deliver, silent=True) as liar:
        outcome = through(desk, f"http://127.0.0.1:{liar.port}").exchange().run_once()
        assert liar.lied
    assert outcome.kind == "no-answer"
    desk.timeout = TIMEOUT

    assert through(desk, url).exchange().run_once().confirmed == confirmed
    assert desk.exchange().outbox.unsent() == 0
    assert sorted(set(seqs(desk))) == seqs(desk)


def test_waiting_and_a_link_that_comes_up(desk: ExchangeDesk) -> None:
    """After a failure the desk waits; the link coming up ends the waiting."""
    desk.note(1)
    with LyingCentre(None) as liar:
        through(desk, f"http://127.0.0.1:{liar.port}")
        assert desk.exchange().due()
        for _ in range(8):
            desk.exchange().run_once()
        assert not desk.exchange().due()
        desk.exchange().link_up()
        assert desk.exchange().due()


def test_on_a_link_that_failed_the_receipt_comes_alone(
    desk: ExchangeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for with the batch again after a success; what the centre waits is not the link's."""
    desk.note(1)
    url = desk.ticket.urls[0]
    with LyingCentre(None) as liar:
        assert through(desk, f"http://127.0.0.1:{liar.port}").exchange().run_once().kind
    asked: list[int | None] = []
    post = CentreClient.post_batch

    def posted(client: CentreClient, data: bytes, tell: Progress, hear: int | None) -> object:
        asked.append(hear)
        desk.clock.forward(3)
        return post(client, data, tell, hear)

    monkeypatch.setattr(CentreClient, "post_batch", posted)
    through(desk, url)

    alone = desk.exchange().run_once()
    desk.note(1)
    together = desk.exchange().run_once()

    assert (asked, alone.events, together.events) == ([None, 1], 1, 1)
    # an entry in 3 s is 5 in a slice; of the second receipt 2 s are the centre's
    assert (alone.kept.size, together.kept.size) == (5, 6)


def test_one_exchange_at_a_time(desk: ExchangeDesk) -> None:
    """A second driver is told that one is running; the lock is free afterwards."""
    with LockFile(desk.folder / "exchange.lock") as other:
        assert other.take()
        with pytest.raises(ExchangeRunning):
            desk.exchange().run_once()
    assert desk.exchange().run_once().kind is None


def test_an_exchange_stops_between_steps(desk: ExchangeDesk) -> None:
    """Asked to stop it ends at once, and the next one goes on from there."""
    desk.note(3)
    asked = iter([False, False, True])
    exchange = Exchange(
        desk.db,
        desk.client,
        desk.ticket,
        desk.keys,
        desk.clock,
        desk.random,
        desk.lock,
        stop=lambda: next(asked),
    )

    assert exchange.run_once().kind == STOPPED
    assert desk.exchange().run_once().confirmed == 3


def test_the_same_code_on_a_second_device_is_refused(desk: ExchangeDesk, tmp_path: Path) -> None:
    """Two desks from one ticket: the first one in contact has it, the other is frozen."""
    desk.exchange().run_once()
    (tmp_path / "second").mkdir()
    second = ExchangeDesk(tmp_path / "second", desk.ticket, keys=new_keys())
    second.note(2)

    outcome = second.exchange().run_once()

    assert outcome.kind == Frozen.CODE_USED
    assert outcome.text == FROZEN_TEXTS[Frozen.CODE_USED]
    assert second.exchange().run_once().kind == Frozen.CODE_USED
    second.note(1)
    assert second.exchange().outbox.unsent() == 3
    second.close()


def test_a_copied_disk_is_frozen_as_a_fork(desk: ExchangeDesk, tmp_path: Path) -> None:
    """Two copies of one desk that both went on working: the second one in contact freezes."""
    desk.note(3)
    desk.exchange().run_once()
    desk.db.checkpoint(truncate=True)
    (tmp_path / "copy").mkdir()
    clone = ExchangeDesk(tmp_path / "copy", desk.ticket, keys=desk.keys)
    clone.db.close()
    for file in (tmp_path / "copy").glob("desk.db*"):
        file.unlink()
    (tmp_path / "copy" / "desk.db").write_bytes((tmp_path / "desk.db").read_bytes())
    clone.reopen()
    clone.note(2, "the copy's own ")
    desk.note(2, "the first one's ")

    assert desk.exchange().run_once().confirmed == 2
    outcome = clone.exchange().run_once()

    assert outcome.kind == Frozen.FORK
    assert (outcome.confirmed, outcome.kept.acked) == (0, 3)
    clone.close()


def copy_of(desk: ExchangeDesk) -> bytes:
    """The desk's file as a copy would have it."""
    desk.db.checkpoint(truncate=True)
    return (desk.folder / "desk.db").read_bytes()


def go_back(desk: ExchangeDesk, copy: bytes) -> None:
    """Put a copy in the place of the desk's file."""
    desk.db.close()
    for file in desk.folder.glob("desk.db*"):
        file.unlink()
    (desk.folder / "desk.db").write_bytes(copy)
    desk.reopen()


def test_a_restored_desk_gets_its_own_entries_back(
    desk: ExchangeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old copy put back, unused: the centre gives the rest, and nobody notices.

    Entries are read before the transaction that appends them.
    """
    desk.note(3)
    desk.exchange().run_once()
    old = copy_of(desk)
    desk.note(700, "x" * 900)
    desk.exchange().run_once()
    head = desk.journal.position()
    go_back(desk, old)
    inside: list[bool] = []

    def watched(data: bytes) -> Entry:
        inside.append(desk.db.conn.in_transaction)
        return decode(data)

    monkeypatch.setattr("sync.records.decode", watched)
    outcome = desk.exchange().run_once()

    assert (outcome.kind, outcome.restored) == (None, 700)
    assert inside == [False] * 700
    assert desk.journal.position() == head
    assert desk.journal.verify(outbox.proven(desk.db)) == ()
    assert desk.exchange().outbox.unsent() == 0
    desk.note(1)
    assert desk.exchange().run_once().kind is None


def test_a_restored_desk_that_was_used_is_a_fork(desk: ExchangeDesk) -> None:
    """What was saved after the copy was put back stays; nothing of the centre's is mixed in."""
    desk.note(3)
    desk.exchange().run_once()
    old = copy_of(desk)
    desk.note(5)
    desk.exchange().run_once()
    go_back(desk, old)
    desk.note(1)

    outcome = desk.exchange().run_once()

    assert (outcome.kind, outcome.restored) == (Frozen.FORK, 0)
    assert desk.journal.position().seq == 4


def test_a_full_disk_at_the_receipt_loses_nothing(
    desk: ExchangeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the receipt cannot be kept the exchange says so, and the same one comes again."""
    desk.note(3)
    real = outbox.Outbox.keep_receipt

    def no_room(box: outbox.Outbox, *args: object) -> None:
        with full_disk(desk.db), desk.db.atomic():
            desk.db.execute("CREATE TABLE filler (data BLOB) STRICT")
            desk.db.execute("INSERT INTO filler VALUES (randomblob(99999))")
        real(box, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox.Outbox, "keep_receipt", no_room)
    with pytest.raises(DiskFull):
        desk.exchange().run_once()
    monkeypatch.undo()

    assert desk.exchange().outbox.unsent() == 3
    assert desk.exchange().run_once().confirmed == 3
    assert seqs(desk) == [1, 2, 3]


@pytest.mark.slow
def test_a_centre_killed_in_the_middle_gets_everything_once(
    centre: CentreProcess, tmp_path: Path
) -> None:
    """Killed, started again in the same folder: the desk goes on, nothing twice."""
    desk = ExchangeDesk(tmp_path, tickets.read(centre.ticket(7)), keys=new_keys())
    desk.note(20)
    desk.exchange().run_once()
    desk.note(20)
    centre.kill()

    assert desk.exchange().run_once().kind == "refused"
    centre.restart()
    assert desk.exchange().run_once().confirmed == 20
    assert seqs(desk) == list(range(1, 41))
    assert centre.verify()["faults"] == []
    desk.close()


@pytest.mark.slow
def test_a_centre_restored_from_a_copy_is_filled_again(
    centre: CentreProcess, tmp_path: Path
) -> None:
    """What an older copy of the centre lacks is sent again, sealed anew."""
    desk = ExchangeDesk(tmp_path, tickets.read(centre.ticket(7)), keys=new_keys())
    desk.note(5)
    desk.exchange().run_once()
    centre.stop()
    old = {file: file.read_bytes() for file in centre.home.glob("centre.db*")}
    centre.restart()
    desk.note(5)
    assert desk.exchange().run_once().confirmed == 5
    centre.stop()
    for file in centre.home.glob("centre.db*"):
        file.unlink()
    for file, data in old.items():
        file.write_bytes(data)
    centre.restart()

    outcome = desk.exchange().run_once()

    assert outcome.kind is None
    assert (outcome.confirmed, outcome.kept.acked) == (5, 10)
    assert centre.verify()["entries"] == 10
    desk.close()


def test_every_kind_has_its_sentence() -> None:
    """A person never reads a bare code."""
    for kind in [*Frozen, *UNREACHABLE_TEXTS, "something new"]:
        assert sentence(kind).endswith(".")
        assert sentence(kind) != kind
