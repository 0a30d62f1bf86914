"""Entries become requests: the second step, after a batch is stored and receipted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from forms.catalogue import Catalogue
from forms.office import Office
from sync import batch
from sync.central import history
from sync.central.editions import Editions, Published
from sync.central.examine import INVALID, Circumstances, examine, faulty
from sync.central.store import (
    APPLIED,
    BatchRow,
    EntryRow,
    Numbering,
    Reading,
    Store,
    StreamRow,
)
from sync.clock import Clock
from sync.errors import Unreadable
from sync.ticket import epoch_began

SLICE = 250  # entries of a transaction at most: a fifth of a second of examining
LEAST = 50  # entries of one that gives way
REVIEWED = 50  # entries of a look at what waits

log = logging.getLogger("sync.central")


@dataclass(frozen=True)
class _Lines:
    """The entries of the batch read last: a big one is applied in several slices."""

    row: BatchRow
    entries: tuple[bytes, ...]


def _never() -> bool:
    return False


class Projector:
    """Applies what is stored and not applied yet, exactly once. For one thread."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        dictionaries: Mapping[str, batch.Dictionary],
        clock: Clock,
        published: Published | None = None,
    ) -> None:
        self._store = store
        self._editions = Editions(catalogue, published) if published else Editions(catalogue)
        self._dictionaries = dictionaries
        self._clock = clock
        self._lines: _Lines | None = None
        self._stuck: set[tuple[int, int]] = set()
        self._scanned: set[int] = set()
        self._examiner = ThreadPoolExecutor(1, "centre-examiner")
        self.gives_way: Callable[[], bool] = _never
        """Whether something waits for the processor: asked in the midst of a slice, which ends."""

    def close(self) -> None:
        """Stop the thread that examines."""
        self._examiner.shutdown()

    def run_all(self) -> int:
        """Apply everything there is; return how many entries."""
        applied = 0
        while slice_applied := self.run_slice():
            applied += slice_applied
        return applied

    def run_slice(self) -> int:
        """Apply one slice of every stream that is behind; return how many entries."""
        applied = 0
        for stream in self._store.register.behind():
            if (stream.desk, stream.epoch) not in self._stuck:
                with self._store.register.claim(stream) as mine:
                    applied += self._advance(stream) if mine else 0
        while self._scanned:
            if not self.run_scans(next(iter(self._scanned))):
                break
        return applied

    def run_scans(self, desk: int) -> bool:
        """Apply what a desk's scans held up and does so no more.

        False when another process holds a stream of the desk: `run_slice` does it then.
        """
        after = 0
        self._scanned.add(desk)  # until it is done: a database that is busy is asked again
        while found := self._store.register.scanned(desk, after, REVIEWED):
            for number, entry in found:
                after = number
                if not self._review_one(entry):
                    return False
        self._scanned.discard(desk)
        return True

    def review(self, after: int = 0) -> int | None:
        """Examine again, by today's rules, a slice of what was held or rejected for itself.

        Returns the number to go on from; None at the end.
        """
        if not after:
            self._editions.look_again()
        found = self._store.register.waiting(after, REVIEWED)
        for number, entry in found:
            after = number
            self._review_one(entry)
        return after if found else None

    def _review_one(self, entry: EntryRow) -> bool:
        """Examine one entry again; False when another process holds its stream."""
        try:
            return self._review(entry)
        except Unreadable as error:
            log.error(  # noqa: TRY400 - the trace says nothing the code does not
                "stored batch damaged", extra={"desk": entry.desk, "code": error.code}
            )
            return True

    def _review(self, entry: EntryRow) -> bool:
        stream = self._store.streams.stream(entry.desk, entry.epoch)
        if stream is None:
            return True
        before = replace(stream, applied_to=entry.seq - 1)
        with self._store.register.claim(stream) as mine:
            if not mine:
                return False
            lines = self._pending(before)
            known, numbering = self._surroundings(before, lines.row)
            raw = lines.entries[entry.seq - lines.row.first - lines.row.skip]
            (reading,) = self._examine(entry.seq, (raw,), known)
            if reading.reason == INVALID:  # a rule may have been mended since it was taken
                (reading,) = self._examine(entry.seq, (raw,), known, mended=True)
            if reading.outcome == APPLIED:
                row = self._store.register.reapply(entry, reading, numbering, self._clock.now())
                if row is not None:
                    said = {"desk": row.desk, "seq": row.seq, "code": row.reason or row.outcome}
                    log.info("settled anew", extra=said)
        return True

    def _advance(self, stream: StreamRow) -> int:
        try:
            lines = self._pending(stream)
        except Unreadable as error:
            self._stuck.add((stream.desk, stream.epoch))
            log.error(  # noqa: TRY400 - the trace says nothing the code does not
                "stored batch damaged",
                extra={"desk": stream.desk, "epoch": stream.epoch, "code": error.code},
            )
            return 0
        known, numbering = self._surroundings(stream, lines.row)
        first = lines.row.first + lines.row.skip
        start = stream.applied_to + 1 - first
        readings: list[Reading] = []
        for at in range(start, min(start + SLICE, len(lines.entries)), LEAST):
            if readings and self.gives_way():
                break
            chosen = lines.entries[at : min(at + LEAST, start + SLICE)]
            readings += self._examine(first + at, chosen, known)
        if any(one.scan or one.awaits_scans for one in readings):
            self._scanned.add(stream.desk)  # a scan may have come whole this very moment
        return self._store.register.apply(stream, readings, numbering, self._clock.now()) or 0

    def _pending(self, stream: StreamRow) -> _Lines:
        """The entries of the batch that goes on after the watermark."""
        last = self._lines
        following = stream.applied_to + 1
        if (
            last is None
            or (last.row.desk, last.row.epoch) != (stream.desk, stream.epoch)
            or not last.row.first + last.row.skip <= following <= last.row.to
        ):
            (row,) = self._store.streams.batches(stream.desk, stream.epoch, stream.applied_to, 1)
            last = self._lines = _Lines(row, history.entries(row, self._dictionaries))
        return last

    def _surroundings(self, stream: StreamRow, row: BatchRow) -> tuple[Circumstances, Numbering]:
        """When the entries can have been made, and where their official numbers come from."""
        desk = self._store.desks.desk(stream.desk)
        kept = self._store.desks.office(desk.office) if desk else None
        if kept is None:
            raise LookupError("a stream without an office")
        office = Office.from_dict(kept.data)
        known = Circumstances(epoch_began(stream.epoch), row.received_at, office.zone)
        year = office.local_day(self._clock.now()).year
        return known, Numbering(office.region or office.code, year)

    def _examine(
        self, first: int, lines: tuple[bytes, ...], known: Circumstances, *, mended: bool = False
    ) -> tuple[Reading, ...]:
        """Examine a slice; an entry this program breaks on is held and its neighbours go on."""
        one = partial(examine, editions=self._editions, known=known, mended=mended)
        whole = self._examiner.submit(
            lambda: tuple(one(seq, raw) for seq, raw in enumerate(lines, first))
        )
        if whole.exception() is None:
            return whole.result()
        return tuple(self._examine_alone(seq, raw, one) for seq, raw in enumerate(lines, first))

    def _examine_alone(
        self, seq: int, raw: bytes, examined: Callable[[int, bytes], Reading]
    ) -> Reading:
        one = self._examiner.submit(examined, seq, raw)
        error = one.exception()
        if error is None:
            return one.result()
        log.error("entry breaks the centre", extra={"seq": seq, "code": type(error).__name__})
        return faulty(seq, raw)
