"""What an exchange records is whole or not there, and moves only by what the centre signed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sync import batch, contacts, feed, receipt, sealing
from sync.clock import CentreTime
from sync.contacts import Attempt
from sync.database import Database, DiskFull, IntegrityError, OperationalError
from sync.errors import BadChain, BadSignature
from sync.feed import FeedEvent, FeedPage
from sync.outbox import Outbox, Write, proven
from sync.records import apply_nothing
from sync.steps import Frozen, Kept
from tests import sync_world as world
from tests.faults import full_disk, nth_statement_fails
from tests.sync_desk import ExchangeDesk

Act = Callable[[Outbox], object]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ExchangeDesk]:
    """A desk with ten entries and a state."""
    made = ExchangeDesk(tmp_path, world.ticket())
    made.note(10)
    box(made).begin(bound=True)
    made.db.execute("CREATE TABLE outcome (n INTEGER PRIMARY KEY) STRICT")
    yield made
    made.close()


def box(desk: ExchangeDesk) -> Outbox:
    return Outbox(desk.db, desk.ticket)


def seal(found: Outbox, start: int = 1, limit: int = 100) -> sealing.BatchRow:
    row = found.sealing.seal(start, limit, world.DEVICE, None, world.NOON)
    assert row is not None
    return row


def signed(made: ExchangeDesk, changes: dict[str, object] | None = None) -> bytes:
    """A receipt of the centre for this desk's own head at 10, with some members changed."""
    head = made.journal.head_at(10) or b""
    whole = receipt.Receipt(
        world.SERVER, "i-1", world.DESK, world.EPOCH, 10, head.hex(), "stored", world.NOON, 10
    )
    return receipt.sign(replace(whole, **(changes or {})), world.CENTRE)  # type: ignore[arg-type]


def state(found: Outbox) -> Kept:
    kept = found.kept()
    assert kept is not None
    return kept


PAGE = FeedPage(
    world.SERVER,
    world.DESK,
    world.EPOCH,
    0,
    2,
    (FeedEvent(1, "entry.result", {"имя": 1}), FeedEvent(2, "new.kind", {})),
)


def take_seal(desk: ExchangeDesk) -> None:
    seal(box(desk))


def take_receipt(desk: ExchangeDesk) -> None:
    kept = replace(state(box(desk)), acked=10)
    box(desk).keep_receipt(kept, signed(desk), world.PUBLICS, world.NOON)


def take_page(desk: ExchangeDesk) -> None:
    def apply(events: tuple[FeedEvent, ...]) -> Write:
        def write() -> None:
            for event in events:
                desk.db.execute("INSERT INTO outcome (n) VALUES (?)", [event.n])

        return write

    box(desk).keep_page(replace(state(box(desk)), cursor=2), PAGE, apply, world.NOON)


def everything(db: Database) -> dict[str, list[tuple[object, ...]]]:
    """All rows the exchange writes. Sealed bytes differ from one seal to the next: their size."""
    tables = {
        "sync_state": "*",
        "batch": "from_seq, to_seq, head, bytes IS NULL",
        "receipt": "*",
        "inbox_event": "*",
        "outcome": "*",
    }
    return {
        name: db.execute(f"SELECT {columns} FROM {name}").fetchall()
        for name, columns in tables.items()
    }


def test_the_state_survives(desk: ExchangeDesk) -> None:
    """Everything durable comes back after a restart, the reason of a freeze too."""
    kept = Kept(
        world.SERVER,
        world.DESK,
        world.EPOCH,
        bound=True,
        acked=3,
        cursor=7,
        failures=2,
        next_try=world.NOON,
        size=11,
        frozen=Frozen.FORK,
        incarnation="i-1",
    )
    box(desk).save(kept)
    desk.reopen()

    assert box(desk).kept() == kept
    assert box(desk).begin(bound=False) == kept
    box(desk).thaw()
    assert box(desk).kept() == replace(kept, frozen=None, failures=0, next_try=None)
    assert box(desk).unsent() == 7


def test_before_the_first_exchange_everything_is_unsent(tmp_path: Path) -> None:
    """A new desk has no state and counts its entries."""
    desk = ExchangeDesk(tmp_path, world.ticket())
    desk.note(2)

    assert box(desk).kept() is None
    assert box(desk).unsent() == 2
    box(desk).thaw()
    assert box(desk).begin(bound=False).acked == 0
    desk.close()


def test_a_batch_is_sealed_once_and_sent_as_it_lies(desk: ExchangeDesk) -> None:
    """What was sealed opens at the centre and stays the same bytes over a restart."""
    row = seal(box(desk), 1, 4)
    desk.reopen()
    again = box(desk).sealing.stored(1)

    assert again == row
    assert row.data is not None
    assert (row.from_seq, row.to_seq, row.acked) == (1, 4, False)
    lines = batch.open_batch(row.data, [world.CENTRE.identity], {})
    assert list(lines) == [one.data for one in desk.journal.entries(0, 4)]


def test_sealing_anew_drops_what_overlaps(desk: ExchangeDesk) -> None:
    """An unreceipted range has one batch at a time."""
    seal(box(desk), 1, 4)
    seal(box(desk), 5, 4)
    row = seal(box(desk), 3, 3)

    assert [(one.from_seq, one.to_seq) for one in box(desk).sealing.batches(9)] == [(3, 5)]
    assert box(desk).sealing.stored(1) is None
    assert row.to_seq == 5


def test_nothing_to_seal_is_none(desk: ExchangeDesk) -> None:
    """Beyond the end there is no batch."""
    assert box(desk).sealing.seal(11, 5, world.DEVICE, None, world.NOON) is None
    assert box(desk).sealing.seal(99, 5, world.DEVICE, None, world.NOON) is None


def test_a_batch_stays_within_what_the_centre_unpacks(desk: ExchangeDesk) -> None:
    """Giant entries make short batches."""
    desk.note(3)
    big = 140
    with desk.db.atomic():
        for _ in range(big):
            desk.append(world.entry("ы" * 30_000), "request.register")

    row = seal(box(desk), 14, 2000)

    assert row.data is not None
    assert row.to_seq < 13 + big
    assert batch.open_batch(row.data, [world.CENTRE.identity], {}, batch.Limits(sealed=1 << 23))


def test_bytes_are_made_without_a_write_lock(
    desk: ExchangeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a batch is packed and sealed another connection can save."""
    real = batch.seal

    def seal_and_look(*args: object, **kwargs: object) -> bytes:
        assert not desk.db.conn.in_transaction
        return real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr("sync.sealing.batch.seal", seal_and_look)
    seal(box(desk))


def test_no_write_lock_is_held_longer_than_a_blink(
    desk: ExchangeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sealing 2000 entries, a receipt and a full feed page each hold it under 20 ms of work."""
    desk.note(1990)
    held: list[float] = []
    real = Database.atomic

    @contextmanager
    def timed(db: Database) -> Iterator[Database]:
        with real(db):
            began = time.thread_time()
            yield db
            held.append(time.thread_time() - began)

    monkeypatch.setattr(Database, "atomic", timed)
    events = tuple(FeedEvent(n, "entry.result", {"seq": n}) for n in range(1, 301))
    page = replace(PAGE, to=300, events=events)
    assert seal(box(desk), 1, 2000).to_seq == 2000
    take_receipt(desk)
    kept = replace(state(box(desk)), cursor=300)
    box(desk).keep_page(kept, page, apply_nothing, world.NOON)

    assert len(held) >= 3
    assert max(held) < 0.02


def test_a_receipt_acknowledges_and_frees_the_bytes(desk: ExchangeDesk) -> None:
    """T3: receipt kept, position moved, the batch's bytes dropped, its row stays."""
    seal(box(desk))
    take_receipt(desk)

    (row,) = box(desk).sealing.batches(9)
    assert (row.acked, row.data) == (True, None)
    assert (state(box(desk)).acked, box(desk).unsent()) == (10, 0)
    (proof,) = proven(desk.db)
    assert (proof.epoch, proof.seq, proof.head) == (world.EPOCH, 10, desk.journal.head_at(10))
    assert desk.journal.verify(proven(desk.db)) == ()
    take_receipt(desk)
    assert len(proven(desk.db)) == 1


@pytest.mark.parametrize(
    "changes",
    [{"head": "ab" * 32}, {"server": "other"}, {"desk": 1}, {"epoch": 1}, {"to": 11}],
    ids=str,
)
def test_a_receipt_for_something_else_is_refused_where_it_counts(
    desk: ExchangeDesk, changes: dict[str, object]
) -> None:
    """Even a decision gone wrong cannot acknowledge what the centre did not sign for."""
    before = everything(desk.db)

    with pytest.raises(BadChain):
        box(desk).keep_receipt(
            replace(state(box(desk)), acked=10),
            signed(desk, changes),
            world.PUBLICS,
            world.NOON,
        )
    with pytest.raises(BadSignature):
        box(desk).keep_receipt(state(box(desk)), signed(desk), {}, world.NOON)
    assert everything(desk.db) == before


def test_receipts_and_events_only_grow(desk: ExchangeDesk) -> None:
    """What the centre said cannot be changed or removed."""
    take_receipt(desk)
    take_page(desk)

    for sql in (
        "UPDATE receipt SET to_seq = 1",
        "DELETE FROM receipt",
        "UPDATE inbox_event SET n = 9",
        "DELETE FROM inbox_event",
    ):
        with pytest.raises(IntegrityError):
            desk.db.execute(sql)
        desk.db.rollback()


def test_a_page_is_applied_with_its_cursor(desk: ExchangeDesk) -> None:
    """T4: events, effects and cursor come together; the same page again is refused whole."""
    take_page(desk)
    before = everything(desk.db)

    assert state(box(desk)).cursor == 2
    assert before["outcome"] == [(1,), (2,)]
    with pytest.raises(IntegrityError):
        take_page(desk)
    assert everything(desk.db) == before


def test_a_page_that_cannot_be_applied_changes_nothing(desk: ExchangeDesk) -> None:
    """An error in the desk's own tables leaves cursor and inbox where they were."""
    before = everything(desk.db)

    def fail(_events: tuple[FeedEvent, ...]) -> Write:
        def write() -> None:
            desk.db.execute("INSERT INTO outcome (n) VALUES (1)")
            raise KeyError

        return write

    with pytest.raises(KeyError):
        box(desk).keep_page(replace(state(box(desk)), cursor=2), PAGE, fail, world.NOON)
    assert everything(desk.db) == before


@pytest.mark.parametrize("act", [take_seal, take_receipt, take_page])
def test_whichever_statement_fails_nothing_is_half_done(
    tmp_path: Path, act: Callable[[ExchangeDesk], None]
) -> None:
    """T2, T3 and T4 with every n-th statement failing: before or after, never between."""
    for n in range(60):
        (tmp_path / str(n)).mkdir()
        desk = ExchangeDesk(tmp_path / str(n), world.ticket())
        desk.note(10)
        box(desk).begin(bound=True)
        desk.db.execute("CREATE TABLE outcome (n INTEGER PRIMARY KEY) STRICT")
        if act is not take_seal:
            seal(box(desk))
        before = everything(desk.db)
        with nth_statement_fails(desk.db, n) as seen:
            try:
                act(desk)
            except OperationalError:
                failed = True
            else:
                failed = False
        if failed:
            desk.reopen()
            if everything(desk.db) == before:
                act(desk)
            else:  # it was the reading back of a sealed batch that failed
                assert act is take_seal
        after = everything(desk.db)
        desk.close()
        assert after != before
        if not seen.stopped:
            assert n > 4
            return
    pytest.fail("never got through")


def test_on_a_full_disk_nothing_is_half_done(desk: ExchangeDesk) -> None:
    """A batch that finds no room is refused by that name; the next try seals it."""
    with desk.db.atomic():
        for _ in range(9):
            desk.append(world.entry(desk.random.bytes(20_000).hex()), "access")
    before = everything(desk.db)
    with full_disk(desk.db, pages_left=1), pytest.raises(DiskFull):
        seal(box(desk))

    assert everything(desk.db) == before
    assert seal(box(desk)).to_seq == 19


def test_a_rewind_forgets_what_was_acknowledged_beyond(desk: ExchangeDesk) -> None:
    """After a rollback of the centre its missing range has no batch: it is sealed anew."""
    seal(box(desk), 1, 5)
    seal(box(desk), 6, 5)
    take_receipt(desk)

    box(desk).rewind(replace(state(box(desk)), acked=5))

    assert [(one.from_seq, one.acked) for one in box(desk).sealing.batches(9)] == [(1, True)]
    assert box(desk).unsent() == 5
    assert seal(box(desk), 6).to_seq == 10


def test_attempts_and_contact_are_remembered(desk: ExchangeDesk) -> None:
    """The last exchanges, the last error and the centre's clock come back; old ones go."""
    assert contacts.contact(desk.db) == contacts.Contact(None, None, None)
    known = CentreTime(timedelta(seconds=90), timedelta(milliseconds=250), world.NOON)
    first = Attempt(world.NOON, "done", 10, 20, 30)
    contacts.note(desk.db, first, known, None)
    later = replace(first, at=world.NOON + timedelta(minutes=1), result="refused")
    contacts.note(desk.db, later, None, "refused")

    assert contacts.attempts(desk.db, 9) == (later, first)
    assert contacts.contact(desk.db) == contacts.Contact(world.NOON, "refused", known)
    for _ in range(contacts.KEPT):
        contacts.note(desk.db, first, None, None)
    assert len(contacts.attempts(desk.db, 9999)) == contacts.KEPT


def test_attempts_to_send_are_counted(desk: ExchangeDesk) -> None:
    """A batch remembers how often it was tried and why it failed."""
    seal(box(desk))
    box(desk).sealing.note_batch(1, "cut")
    box(desk).sealing.note_batch(1, "timeout")

    (row,) = box(desk).sealing.batches(1)
    assert (row.attempts, row.last_error) == (2, "timeout")


def test_the_feed_page_of_the_tests_is_a_real_one() -> None:
    """The page used here survives its file."""
    data = feed.seal_page(PAGE, world.CENTRE, world.DEVICE.recipient)

    assert feed.open_page(data, world.PUBLICS, [world.DEVICE.identity]) == PAGE
