"""The centre of the simulator: the real acceptance over a store in memory that can die and go back.

What is real: `sync.central.acceptance` and with it intake, batches, receipts, parking, quarantine.
What is simulated: durability. A commit is an assignment; before and after it the process may die.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

from sync import batch, chain, feed
from sync.central import history
from sync.central.acceptance import Acceptance
from sync.central.answers import Answer
from sync.central.answers import Refusal as CentreRefusal
from sync.central.intake import Standing, Stream
from sync.central.store import (
    BatchRow,
    DeviceRow,
    ParkedRow,
    QuarantineRow,
    Store,
    StreamRow,
)
from sync.clock import Clock
from sync.errors import Refused
from sync.http import StreamAnswer
from sync.keys import CentreKeys, DeviceKeys
from sync.ticket import Ticket

Place = tuple[int, int]


class CentreDiedError(Exception):
    """The process of the centre ended here."""


@dataclass
class Durable:
    """Everything the centre has on its disk."""

    devices: dict[str, DeviceRow] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    streams: dict[Place, StreamRow] = field(default_factory=dict)
    batches: dict[Place, tuple[BatchRow, ...]] = field(default_factory=dict)
    parked: tuple[ParkedRow, ...] = ()
    quarantine: tuple[tuple[str, bytes], ...] = ()
    feeds: dict[int, tuple[feed.FeedEvent, ...]] = field(default_factory=dict)
    applied: dict[str, str] = field(default_factory=dict)
    numbers: int = 0

    def copied(self) -> Durable:
        """A backup: rows never change, so the containers are enough."""
        made = copy(self)
        for name in ("devices", "codes", "streams", "batches", "feeds", "applied"):
            setattr(made, name, dict(getattr(self, name)))
        return made


class MemoryStreams:
    """A `StreamStore` in memory; `commit` is where the process may die."""

    def __init__(self, disk: Durable, commit: Callable[[Callable[[], None]], None]) -> None:
        self.disk = disk
        self._commit = commit

    def stream(self, desk: int, epoch: int) -> StreamRow | None:
        return self.disk.streams.get((desk, epoch))

    def streams(self) -> tuple[StreamRow, ...]:
        return tuple(self.disk.streams.values())

    def append(self, row: BatchRow, after: Stream) -> int | None:
        place = (row.desk, row.epoch)
        stream = self.disk.streams[place]
        if stream.stream != after or not stream.open:
            return None

        def write() -> None:
            self.disk.numbers += 1
            numbered = replace(row, number=self.disk.numbers)
            self.disk.batches[place] = (*self.disk.batches.get(place, ()), numbered)
            self.disk.streams[place] = replace(stream, stream=Stream(row.to, row.head))

        self._commit(write)
        return self.disk.numbers

    def receipted(self, desk: int, epoch: int, seq: int) -> BatchRow | None:
        rows = self.batches(desk, epoch, seq - 1, 1)
        return rows[0] if rows else None

    def batches(self, desk: int, epoch: int, after: int, limit: int) -> tuple[BatchRow, ...]:
        rows = self.disk.batches.get((desk, epoch), ())
        return tuple(row for row in rows if row.to > after)[:limit]

    def park(self, parked: ParkedRow, _limit: int) -> bool:
        if any(_same(row, parked) for row in self.disk.parked):
            return True

        def write() -> None:
            self.disk.numbers += 1
            numbered = replace(parked, number=self.disk.numbers)
            self.disk.parked = (*self.disk.parked, numbered)

        self._commit(write)
        return True

    def parked(self, desk: int, epoch: int) -> tuple[ParkedRow, ...]:
        rows = [row for row in self.disk.parked if (row.desk, row.epoch) == (desk, epoch)]
        return tuple(sorted(rows, key=lambda row: row.first))

    def unpark(self, _desk: int, number: int) -> None:
        self.disk.parked = tuple(row for row in self.disk.parked if row.number != number)

    def quarantine(self, row: QuarantineRow, data: bytes, parked: int | None = None) -> None:
        def write() -> None:
            if all(kept != data for _, kept in self.disk.quarantine):
                self.disk.quarantine = (*self.disk.quarantine, (row.why, data))
            if parked is not None:
                self.unpark(row.desk, parked)

        self._commit(write)


def _same(one: ParkedRow, other: ParkedRow) -> bool:
    return (one.desk, one.epoch, one.first, one.to, one.head) == (
        (other.desk, other.epoch, other.first, other.to, other.head)
    )


class SimulatedCentre:
    """One centre: its disk, its life, and what it answers. Raises CentreDiedError where it dies."""

    def __init__(
        self, keys: CentreKeys, server: str, clock: Clock, dies: Callable[[str], bool]
    ) -> None:
        self.keys = keys
        self.server = server
        self.clock = clock
        self.incarnation = "i-1"
        self.dictionaries = batch.packaged_dictionaries()
        self._dies = dies
        self.disk = Durable()
        self._read: dict[tuple[bytes, int], tuple[bytes, ...]] = {}
        self.start()

    def start(self) -> None:
        """The process starts over what is on the disk, as `serve` does."""
        self.streams = MemoryStreams(self.disk, self._commit)
        store = SimpleNamespace(
            server_id=self.server,
            incarnation=self.incarnation,
            desks=SimpleNamespace(device=self._device),
            streams=self.streams,
        )
        self.acceptance = Acceptance(
            cast("Store", store), self.keys, [self.keys.identity], self.dictionaries, self.clock
        )
        self.acceptance.place_parked()

    def _device(self, key: str, _desk: int | None = None) -> DeviceRow | None:
        return self.disk.devices.get(key)

    def _commit(self, write: Callable[[], None]) -> None:
        if self._dies("before commit"):
            raise CentreDiedError
        write()
        if self._dies("after commit"):
            raise CentreDiedError

    def restore(self, backup: Durable) -> None:
        """The store is replaced by a copy of it made earlier: another life begins."""
        self.disk = backup.copied()
        self.incarnation = f"i-{int(self.incarnation[2:]) + 1}"

    # what a desk asks

    def accept(self, data: bytes) -> Answer:
        """Take a batch; raises Refused."""
        try:
            return self.acceptance.accept(data)
        except CentreRefusal as refusal:
            raise refused(refusal) from refusal

    def enrol(self, ticket: Ticket, keys: DeviceKeys) -> None:
        """Bind a device to its ticket; raises Refused."""
        bound = self.disk.codes.get(ticket.code, keys.key_id)
        if bound != keys.key_id:
            raise refused(CentreRefusal("code-refused"))
        if keys.key_id in self.disk.devices:
            return
        place = (ticket.desk_no, ticket.epoch)
        first = chain.first_head(self.server, *place, keys.public)

        def write() -> None:
            now = self.clock.now()
            device = DeviceRow(
                keys.key_id, *place, keys.public, keys.recipient, Standing.ACTIVE, now
            )
            self.disk.codes[ticket.code] = keys.key_id
            self.disk.devices[keys.key_id] = device
            self.disk.streams[place] = StreamRow(*place, Stream(0, first), 0, first, open=True)

        self._commit(write)

    def stream(self, ticket: Ticket, keys: DeviceKeys) -> StreamAnswer:
        """What is there of a desk's stream; raises Refused."""
        if keys.key_id not in self.disk.devices:
            raise refused(CentreRefusal("unknown-key"))
        row = self.disk.streams[ticket.desk_no, ticket.epoch]
        return StreamAnswer(row.stream.last, row.stream.head, row.applied_to, self.incarnation)

    def page(self, ticket: Ticket, keys: DeviceKeys, after: int, most: int) -> feed.FeedPage | None:
        """The next events of a desk; raises Refused."""
        if keys.key_id not in self.disk.devices:
            raise refused(CentreRefusal("unknown-key"))
        events = self.disk.feeds.get(ticket.desk_no, ())[after : after + most]
        if not events:
            return None
        to = after + len(events)
        return feed.FeedPage(self.server, ticket.desk_no, ticket.epoch, after, to, events)

    # what it does by itself

    def project(self) -> None:
        """Apply what is stored and not applied: one outcome an entry, once an entry id."""
        for place, stream in list(self.disk.streams.items()):
            fresh = self.entries(*place)[stream.applied_to :]
            if not fresh:
                continue
            self._commit(lambda place=place, fresh=fresh: self._apply(place, fresh))  # type: ignore[misc]

    def _apply(self, place: Place, fresh: list[bytes]) -> None:
        stream = self.disk.streams[place]
        events = list(self.disk.feeds.get(place[0], ()))
        for seq, data in enumerate(fresh, stream.applied_to + 1):
            entry = json.loads(data)["id"]
            outcome = "duplicate" if entry in self.disk.applied else "applied"
            self.disk.applied[entry] = outcome
            body: dict[str, Any] = {"seq": seq, "entry": entry, "outcome": outcome}
            events.append(feed.FeedEvent(len(events) + 1, "entry.result", body))
        self.disk.feeds[place[0]] = tuple(events)
        self.disk.streams[place] = replace(stream, applied_to=stream.applied_to + len(fresh))

    def entries(self, desk: int, epoch: int) -> list[bytes]:
        """Every stored entry of a stream, out of the packs as received."""
        found: list[bytes] = []
        for row in self.disk.batches.get((desk, epoch), ()):
            place = (row.head, row.first + row.skip)
            if place not in self._read:
                self._read[place] = history.entries(row, self.dictionaries)
            found += self._read[place]
        return found


def refused(refusal: CentreRefusal) -> Refused:
    """What the HTTP client makes of a refusal's body."""
    answer = refusal.answer()
    problem = json.loads(answer.body)
    return Refused(answer.status, {**problem, "retry_after": float(refusal.retry_after or 0)})
