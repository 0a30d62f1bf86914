"""One desk's exchange by carrier: what it takes out, what it takes in (sync.md, 10).

Out goes what has no receipt yet, sealed once and the same bytes as over the net. In come receipts
and feed pages of the centre; `sync.engine` decides on them as on those of the net.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from sync import batch, brought, feed, question, receipt, rotation
from sync.blobs import Blob
from sync.carrier import INCOMING, OUTGOING, BatchName, Carrier, OwnName
from sync.clock import Clock
from sync.database import Database
from sync.errors import (
    CarrierFailure,
    ExchangeRunning,
    FileUnread,
    ScanDamaged,
    TooLarge,
    Unreadable,
)
from sync.failpoint import reach
from sync.feed import FeedPage
from sync.ids import Random
from sync.keys import DeviceKeys
from sync.lock import Lock
from sync.outbox import Apply, Outbox
from sync.question import Question, WholeScans
from sync.receipt import Receipt
from sync.records import Records, apply_nothing
from sync.sealing import CARRIER, BatchRow
from sync.steps import Brought, BroughtPage, Event, Finish, Frozen, Kept, State
from sync.ticket import Ticket

ANSWER_BYTES = 16 << 20
KEYS_BYTES = 64 << 10
RESERVE = 8 << 20
"""Bytes of the carrier that scans leave free: for the centre's answers."""

T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """How far a carrying is: files (or entries) done of all; `lane` is data, scans or answers."""

    lane: str
    done: int
    total: int


@dataclass(frozen=True)
class DamagedFile:
    """A file that was passed over, and why in a sentence."""

    name: str
    text: str


@dataclass
class TakenOut:
    """What stands on the carrier now: batches and entries, scans, and what did not go.

    `written` of the batches are new there; `failure` is what ended it early, nothing is half done.
    `damaged` are scans (SHA-256) that this disk does not give back and that were passed over.
    """

    batches: int = 0
    entries: int = 0
    written: int = 0
    scans: int = 0
    scans_left: int = 0
    cleared: int = 0
    damaged: list[str] = field(default_factory=list)
    failure: CarrierFailure | None = None
    frozen: Frozen | None = None
    stopped: bool = False


@dataclass
class TakenIn:
    """What a carrier brought: entries that got a receipt, events, scans whole at the centre.

    `past` files belong to a life of the centre's store that is over; `missing` pages come after
    ones that are not here. `behind`: the centre has entries this journal lacks. `frozen` says why
    uploads stopped, if they did.
    """

    confirmed: int = 0
    events: int = 0
    scans: frozenset[str] = frozenset()
    incarnation: str = ""
    files: int = 0
    past: int = 0
    missing: int = 0
    behind: bool = False
    damaged: list[DamagedFile] = field(default_factory=list)
    frozen: Frozen | None = None
    catalogue: str | None = None
    """The version of a published catalogue that the carrier brought and that is in use now."""
    compared: tuple[bytes, ...] = ()
    """Answers to reconciliations, as they came."""
    reconciled: str | None = None
    """What came of a reconciliation by carrier, in words."""


def _tell_nobody(_step: Step) -> None:
    return


def _go_on() -> bool:
    return False


class Carried:
    """The carrying of one desk. For one thread, with a connection of its own."""

    def __init__(
        self,
        db: Database,
        ticket: Ticket,
        keys: DeviceKeys,
        clock: Clock,
        random: Random,
        lock: Lock,
        *,
        bound: bool = False,
        apply: Apply = apply_nothing,
        tell: Callable[[Step], None] = _tell_nobody,
        stop: Callable[[], bool] = _go_on,
    ) -> None:
        self._ticket = ticket
        self._keys = keys
        self._clock = clock
        self._lock = lock
        self._bound = bound
        self._tell = tell
        self._stop = stop
        self.outbox = Outbox(db, ticket)
        self._records = Records(self.outbox, ticket.publics, clock, random, apply)

    def _own(self, what: str, kind: str) -> str:
        return str(OwnName(self._ticket.desk_no, self._ticket.epoch, what, kind))

    # out

    def out(
        self,
        carrier: Carrier,
        scans: Sequence[Blob] = (),
        *,
        scan_bytes: int = 0,
        compare: bytes = b"",
    ) -> TakenOut:
        """Write every entry without a receipt as sealed batches, then scans, smallest first.

        Scans take `scan_bytes` at most; `compare` asks for a reconciliation. A batch counts once
        it was read back, and is custody, not delivery. A carrier that fails is a result; raises
        CarrierGone before anything is written, StoreFailure.
        """
        carrier.check()
        kept = self.outbox.begin(bound=self._bound)
        done = TakenOut(frozen=kept.frozen)
        try:
            keep = self._batches_out(carrier, kept, done)
            named = question.nameable(scans)
            carrier.put(OUTGOING, self._own("", "mfcq"), self._question(kept, named, compare))
            keep.add(self._own("", "mfcq"))
            done.scans_left = len(scans)
            self._scans_out(carrier, named if scan_bytes else (), scan_bytes, done)
            keep |= {self._own(scan.sha256, "age") for scan in scans}
            done.stopped = self._stop()
            if not done.stopped:
                self._clear(carrier, keep, done)
        except CarrierFailure as failure:
            done.failure = failure
        return done

    def _batches_out(self, carrier: Carrier, kept: Kept, done: TakenOut) -> set[str]:
        names = set()
        start, end = kept.acked + 1, self.outbox.end()
        total = end - kept.acked
        self._tell(Step("data", 0, total))
        while start <= end and not self._stop():
            sealed = self._sealed(start)
            if sealed is None or sealed.data is None:
                break
            name = str(BatchName.of(batch.read_header(sealed.data).header))
            done.written += carrier.put(OUTGOING, name, sealed.data)
            reach("carry.written")
            self.outbox.sealing.hand_over(start, CARRIER, self._clock.now())
            names.add(name)
            done.batches += 1
            done.entries += sealed.to_seq - start + 1
            start = sealed.to_seq + 1
            self._tell(Step("data", done.entries, total))
        return names

    def _sealed(self, start: int) -> BatchRow | None:
        """The batch sealed before, else a new one, small enough for the centre."""
        ready = self.outbox.sealing.stored(start)
        limits, limit = batch.Limits(), batch.Limits().entries
        while ready is None or (ready.size > limits.sealed and ready.to_seq > start):
            ready = self.outbox.sealing.seal(
                start, limit, self._keys, batch.current_dictionary(), self._clock.now()
            )
            if ready is None:
                return None
            limit = max(1, (ready.to_seq - start + 1) // 2)
        return ready

    def _question(self, kept: Kept, scans: Sequence[Blob], compare: bytes) -> bytes:
        asked = Question(
            server=self._ticket.server_id,
            desk=self._ticket.desk_no,
            epoch=self._ticket.epoch,
            cursor=kept.cursor,
            incarnation=kept.incarnation,
            enrol=question.enrolment(self._ticket.code, self._keys),
            scans=tuple((scan.sha256, scan.size) for scan in scans),
            at=self._clock.now(),
            compare=compare,
        )
        return question.seal(asked, self._keys, list(self._ticket.age_recipients))

    def _scans_out(
        self, carrier: Carrier, scans: Sequence[Blob], most: int, done: TakenOut
    ) -> None:
        """Copy scans in their order while they fit."""
        for scan in scans:
            name = self._own(scan.sha256, "age")
            most -= scan.size
            if self._stop() or most < 0:
                break
            there = _stands(carrier, name, scan)
            if not there and carrier.free() - scan.size < RESERVE:
                break
            done.scans_left -= 1
            try:
                if not there:
                    carrier.put_copy(OUTGOING, name, scan)
            except ScanDamaged:
                done.damaged.append(scan.sha256)
                most += scan.size
                continue
            done.scans += 1
            self._tell(Step("scans", done.scans, len(scans)))

    def _clear(self, carrier: Carrier, keep: set[str], done: TakenOut) -> None:
        """Take away what the centre has: the files just written hold all that it lacks."""
        for name in carrier.names(OUTGOING):
            own = OwnName.read(name)
            if own and self._is_mine(own) and name not in keep:
                carrier.remove(OUTGOING, name)
                done.cleared += 1

    # in

    def take_in(self, carrier: Carrier) -> TakenIn:
        """Apply the centre's answers to this desk; the same ones again change nothing.

        A damaged file is named and passed over. Raises CarrierFailure, ExchangeRunning,
        StoreFailure.
        """
        found = TakenIn()
        names = self._answers(carrier)
        receipts = self._all(carrier, names, "mfcr", self._receipt, found)
        pages = self._all(carrier, names, "mfcf", self._page, found)
        scans = self._all(carrier, names, "mfcs", self._whole, found)
        found.compared = tuple(self._all(carrier, names, "mfcc", bytes, found))
        found.files = len(receipts) + len(pages) + len(scans)
        if not self._lock.take():
            raise ExchangeRunning
        try:
            self._apply(receipts, pages, scans, found)
        finally:
            self._lock.release()
        if not found.frozen and not found.behind:
            self._drop_confirmed(carrier, found)
        return found

    def _answers(self, carrier: Carrier) -> list[OwnName]:
        names = [OwnName.read(name) for name in carrier.names(INCOMING) if name[-5:] != ".part"]
        return [name for name in names if name and self._is_mine(name)]

    def _is_mine(self, name: OwnName) -> bool:
        return (name.desk, name.epoch) == (self._ticket.desk_no, self._ticket.epoch)

    def _all(
        self,
        carrier: Carrier,
        names: Iterable[OwnName],
        kind: str,
        read: Callable[[bytes], T],
        found: TakenIn,
    ) -> list[T]:
        """Read all files of a kind; those that cannot be are named."""
        values = []
        for name in names:
            if name.kind == kind:
                try:
                    values.append(read(carrier.read(INCOMING, str(name), ANSWER_BYTES)))
                except Unreadable as error:
                    found.damaged.append(DamagedFile(str(name), _why(error)))
        return values

    def _receipt(self, data: bytes) -> tuple[Receipt, bytes]:
        return receipt.read_verified(data, self._ticket.publics), data

    def _page(self, data: bytes) -> FeedPage:
        return feed.open_page(data, self._ticket.publics, [self._keys.identity])

    def _whole(self, data: bytes) -> WholeScans:
        return question.read_whole(data, self._ticket.publics)

    def _apply(
        self,
        receipts: list[tuple[Receipt, bytes]],
        pages: list[FeedPage],
        scans: list[WholeScans],
        found: TakenIn,
    ) -> None:
        state = State(self.outbox.begin(bound=self._bound))
        events: list[Event] = [
            Brought(one, raw, self._head(one.to), self.outbox.met(one.incarnation))
            for one, raw in sorted(receipts, key=lambda pair: pair[0].to)
        ]
        events += [BroughtPage(page) for page in sorted(pages, key=lambda page: page.after)]
        for done, event in enumerate(events):
            if self._stop():
                break
            self._tell(Step("answers", done, len(events)))
            state, last = self._records.follow(state, event)
            if not isinstance(last, Finish):
                raise TypeError(last)
            why = last.kind
            found.past += why == brought.PAST
            found.missing += why == brought.GAP
            if why == brought.BEHIND:  # what follows is about entries that are not here
                found.behind = True
                break
        kept = state.kept
        mine = (kept.server, kept.desk, kept.epoch, kept.incarnation)
        for one in scans:
            if (one.server, one.desk, one.epoch, one.incarnation) == mine:
                found.scans |= one.scans
        found.frozen, found.incarnation = kept.frozen, kept.incarnation
        found.confirmed = self._records.count.confirmed
        found.events = self._records.count.events

    def _head(self, seq: int) -> str | None:
        head = self.outbox.journal.head_at(seq, self._ticket.epoch)
        return head.hex() if head else None

    def _drop_confirmed(self, carrier: Carrier, found: TakenIn) -> None:
        """Take away what the centre has by now; a carrier that may not be written keeps it."""
        kept = self.outbox.kept()
        acked = kept.acked if kept else 0
        with suppress(CarrierFailure):
            for name in carrier.names(OUTGOING):
                own, sealed = OwnName.read(name), BatchName.read(name)
                if own is None or not self._is_mine(own):
                    continue
                if (sealed and sealed.to <= acked) or own.what in found.scans:
                    carrier.remove(OUTGOING, name)


def _stands(carrier: Carrier, name: str, scan: Blob) -> bool:
    """Whether a scan is on the carrier; one that cannot be read there is written anew."""
    try:
        return carrier.holds(OUTGOING, name, scan.size, scan.sha256)
    except FileUnread:
        return False


def key_changes(carrier: Carrier, ticket: Ticket) -> tuple[bytes, ...]:
    """The changes of the centre's keys for this desk, in order; who signed them is not looked at.

    Raises CarrierFailure.
    """
    found = (OwnName.read(name) for name in carrier.names(INCOMING) if name[-5:] != ".part")
    names = [one for one in found if one and one.kind == "mfck" and one.what.isdecimal()]
    mine = [one for one in names if (one.desk, one.epoch) == (ticket.desk_no, ticket.epoch)]
    files = []
    for name in sorted(mine, key=lambda one: int(one.what))[: rotation.MOST]:
        with suppress(Unreadable):
            files.append(carrier.read(INCOMING, str(name), KEYS_BYTES))
    return tuple(files)


def _why(error: Unreadable) -> str:
    if isinstance(error, FileUnread):
        return error.text
    return "слишком большой" if isinstance(error, TooLarge) else str(error)
