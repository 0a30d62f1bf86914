"""What the centre has of a desk's days, read again from the stored bytes and from the register."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from sync import batch, chain
from sync.central import history
from sync.central.store import BatchRow, PlacedRow, Store, StreamRow
from sync.comparison import LEAF_DIGITS, Compared, Listed, Question, There, Totals
from sync.entries import Entry, decode
from sync.errors import EntryInvalid, Unreadable

REGISTER = "request.register"
PAGE = 16
NAME_CHARS = 100


@dataclass
class _Day:
    """One day as far as it was read."""

    totals: Totals = field(default_factory=Totals)
    requests: Counter[str] = field(default_factory=Counter)
    entries: list[Listed] = field(default_factory=list)


class Comparison:
    """Compares one stream with what its desk says it has. Reads only."""

    def __init__(
        self, store: Store, stream: StreamRow, dictionaries: Mapping[str, batch.Dictionary]
    ) -> None:
        self._store = store
        self._stream = stream
        self._dictionaries = dictionaries
        self._damaged: list[tuple[int, int]] = []

    def run(self, asked: Question, now: datetime) -> Compared:
        """Answer a question.

        An entry counts when its bytes are readable and, once its stream is applied so far, when
        the register has it with the same leaf.
        """
        days = self._days(asked, {asked.only} if asked.only else set())
        wanted = {asked.only} if asked.only else asked.days.keys() | days.keys()
        match, differ = [], []
        for day in sorted(wanted):
            found = days.get(day) or _Day()
            if found.totals == asked.days.get(day, Totals()):
                match.append(day)
            else:
                differ.append(There(day, found.totals, tuple(found.entries)))
        if asked.listed and differ and not asked.only:
            newest = {one.day for one in differ[-asked.listed :]}
            days = self._days(asked, newest)
            differ = [
                replace(one, entries=tuple(days[one.day].entries)) if one.day in days else one
                for one in differ
            ]
        return Compared(
            at=now,
            incarnation=self._store.incarnation,
            have=self._stream.stream.last,
            head=self._stream.stream.head,
            match=tuple(match),
            differ=tuple(differ),
            requests={day: dict(found.requests) for day, found in days.items() if found.requests},
            damaged=tuple(self._damaged),
        )

    def _days(self, asked: Question, listed: set[str]) -> dict[str, _Day]:
        """The days that are asked about; the entries of those of `listed` one by one."""
        self._damaged.clear()
        days: defaultdict[str, _Day] = defaultdict(_Day)
        for day, told, size, leaf, service in self._walk(asked):
            if asked.only not in {None, day}:
                continue
            found = days[day]
            found.totals = found.totals.with_entry(size, leaf)
            if service is not None:
                found.requests[service] += 1
            if day in listed:
                found.entries.append(told)
        return dict(days)

    def _walk(self, asked: Question) -> Iterator[tuple[str, Listed, int, bytes, str | None]]:
        """Day, listing, bytes, leaf and registered service of each entry that is here."""
        zone = ZoneInfo(asked.zone)
        day = None
        for row in self._batches(asked.after):
            first = row.first + row.skip
            if asked.to and first > asked.to:
                return
            try:
                lines = batch.unpack_lines(row.pack, history.header(row), self._dictionaries)
            except Unreadable:
                self._damaged.append((first, row.to))
                continue
            placed = self._placed(first, row.to)
            for seq, raw in enumerate(lines[row.skip :], first):
                entry = _read(raw)
                told_day = _day(entry, zone) if entry else None
                if told_day is not None:
                    day = told_day
                elif day is None:  # damaged: with its neighbours
                    day = row.received_at.astimezone(zone).date().isoformat()
                there = placed.get(seq)
                if asked.to and seq > asked.to:
                    return
                if seq <= asked.after or (there is None and seq <= self._stream.applied_to):
                    continue
                told = _listed(seq, chain.leaf(raw), entry, there)
                yield day, told[0], len(raw), told[1], told[2]

    def _batches(self, after: int) -> Iterator[BatchRow]:
        """The stored batches that hold entries after a place, up to the end that is told."""
        stream = self._stream
        while after < stream.stream.last:
            rows = self._store.streams.batches(stream.desk, stream.epoch, after, PAGE)
            if not rows:
                return
            yield from (row for row in rows if row.to <= stream.stream.last)
            after = rows[-1].to

    def _placed(self, first: int, to: int) -> dict[int, PlacedRow]:
        stream = self._stream
        rows = self._store.register.placed(stream.desk, stream.epoch, first, to)
        return {row.seq: row for row in rows}


def _listed(
    seq: int, leaf: bytes, entry: Entry | None, there: PlacedRow | None
) -> tuple[Listed, bytes, str | None]:
    """How an entry is told, its leaf, and the service when it registers a request.

    Where bytes and register do not agree, the leaf is one that no entry of the desk can have.
    """
    if there is not None:
        if there.leaf != leaf:
            leaf = sha256(leaf + there.leaf).digest()
        kind, number, service = there.kind, there.number, there.service
    else:
        kind, number, service = _said(entry)
    told = Listed(seq, leaf.hex()[:LEAF_DIGITS], kind, number)
    return told, leaf, service if kind == REGISTER else None


def _said(entry: Entry | None) -> tuple[str | None, str | None, str | None]:
    """Kind, number and service as the entry itself says them: it is stored and not applied yet."""
    if entry is None:
        return None, None, None
    kind, number, service = entry.kind, entry.body.get("number"), entry.body.get("service")
    return _short(kind), _short(number), _short(service)


def _short(text: object) -> str | None:
    """A name that can be told: an entry nobody has examined yet may hold anything."""
    sound = isinstance(text, str) and len(text) <= NAME_CHARS and text.isprintable()
    return str(text) if sound else None


def _day(entry: Entry, zone: ZoneInfo) -> str | None:
    """The day an entry was made in a zone; None for a clock at the end of all calendars."""
    try:
        return entry.stamp.wall.astimezone(zone).date().isoformat()
    except OverflowError:
        return None


def _read(raw: bytes) -> Entry | None:
    try:
        return decode(raw)
    except EntryInvalid:
        return None
