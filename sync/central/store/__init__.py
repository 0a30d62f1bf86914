"""What the centre asks of its store: Protocols over the rows of `sync.central.store.rows`.

One transaction an act; an act returns after its commit. A store may be called from several
threads; it does one act at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sync.central.intake import Stream
from sync.central.store.rows import (
    APPLIED,
    DUPLICATE,
    EFFECTIVE,
    HELD,
    PAST,
    REFUSED,
    REJECTED,
    SUPERSEDED,
    WAITING,
    BatchRow,
    DeskRow,
    DeviceRow,
    EntryRow,
    Event,
    NoticeRow,
    Numbering,
    OfficeRow,
    ParkedRow,
    PlacedRow,
    QuarantineRow,
    Reading,
    RequestReading,
    Scan,
    StreamRow,
    TicketRow,
    VersionReading,
    VersionRow,
)
from sync.ids import Random

__all__ = [
    "APPLIED",
    "DUPLICATE",
    "EFFECTIVE",
    "HELD",
    "PAST",
    "REFUSED",
    "REJECTED",
    "SUPERSEDED",
    "WAITING",
    "BatchRow",
    "BlobStore",
    "DeskRow",
    "DeskStore",
    "DeviceRow",
    "EntryRow",
    "Event",
    "NoticeRow",
    "NoticeStore",
    "Numbering",
    "OfficeRow",
    "ParkedRow",
    "PlacedRow",
    "QuarantineRow",
    "Reading",
    "RegisterStore",
    "RequestReading",
    "Scan",
    "Store",
    "StreamRow",
    "StreamStore",
    "TicketRow",
    "VersionReading",
    "VersionRow",
]


class DeskStore(Protocol):
    """Offices, desks, tickets and devices."""

    def put_office(self, office: OfficeRow) -> None:
        """Add an office or replace its description."""

    def office(self, code: str) -> OfficeRow | None:
        """Return an office."""

    def offices(self) -> tuple[OfficeRow, ...]:
        """Return all offices by code."""

    def desk(self, desk: int) -> DeskRow | None:
        """Return a desk."""

    def desks(self) -> tuple[DeskRow, ...]:
        """Return all desks by number."""

    def last_epoch(self) -> int:
        """Return the highest epoch that was given out to any desk, 0 for none."""

    def put_ticket(self, ticket: TicketRow, desk: DeskRow) -> None:
        """Keep an issued ticket and the desk it is for (its feed is left alone)."""

    def ticket(self, code: str) -> TicketRow | None:
        """Return the ticket of a one-time code."""

    def ticket_of(self, device: DeviceRow) -> TicketRow | None:
        """Return the ticket a device was enrolled with."""

    def newest_ticket(self, desk: int) -> TicketRow | None:
        """Return the ticket of a desk that was issued last."""

    def bind(self, ticket: TicketRow, device: DeviceRow, first_head: bytes) -> bool:
        """Bind a ticket to a device, open its stream, close the desk's earlier ones.

        False when another device was quicker, the ticket was voided since it was read, or the desk
        went on to a newer epoch.
        """

    def device(self, key: str, desk: int | None = None) -> DeviceRow | None:
        """Return the device of a key id, a device of `desk` where that is said."""

    def writer(self, key: str, desk: int) -> tuple[DeviceRow, StreamRow] | None:
        """Return a device of a desk and the stream it alone writes."""

    def devices(self, desk: int) -> tuple[DeviceRow, ...]:
        """Return the devices of a desk, newest epoch first."""

    def revoke(self, desk: int, at: datetime) -> int:
        """Revoke a desk's devices, close its streams, void its tickets; return how many devices."""


class StreamStore(Protocol):
    """Streams of entries as they were received."""

    def stream(self, desk: int, epoch: int) -> StreamRow | None:
        """Return a stream."""

    def streams(self) -> tuple[StreamRow, ...]:
        """Return all streams by desk and epoch."""

    def append(self, batch: BatchRow, after: Stream, *, closed: bool = False) -> int | None:
        """Store a batch and move the stream's head from `after` to its end.

        Returns the batch's number; None when the stream has moved on, or is closed and no
        person said that it does not matter (`closed`).
        """

    def streams_of(self, desk: int) -> tuple[StreamRow, ...]:
        """Return the streams of a desk by epoch."""

    def mark_safe(self, copied: StreamRow, kind: str, body: str) -> int:
        """Note that a copy holds a stream as `copied`, and put an event (JSON) of it into the feed.

        Returns by how many entries more than was told before; 0: nothing new, nothing told.
        """

    def receipted(self, desk: int, epoch: int, seq: int) -> BatchRow | None:
        """Return the stored batch that holds entry `seq`, with an empty pack."""

    def batches(self, desk: int, epoch: int, after: int, limit: int) -> tuple[BatchRow, ...]:
        """Return stored batches that end after `after`, in order, with their packs."""

    def park(self, parked: ParkedRow, limit: int) -> bool:
        """Keep a batch that came too early, once; False when `limit` bytes are parked already."""

    def parked(self, desk: int, epoch: int) -> tuple[ParkedRow, ...]:
        """Return the parked batches of a stream, lowest first."""

    def unpark(self, desk: int, number: int) -> None:
        """Drop a parked batch that is stored now."""

    def quarantine(self, row: QuarantineRow, data: bytes, parked: int | None = None) -> None:
        """Keep bytes aside, once however often they come; `parked` is dropped with it."""

    def quarantined(self) -> tuple[QuarantineRow, ...]:
        """Return what is kept aside, oldest first."""

    def settle_quarantined(self, desk: int, number: int, at: datetime) -> None:
        """Note that bytes kept aside could be stored after all; they stay where they are."""

    def quarantined_bytes(self, number: int) -> bytes | None:
        """Return the bytes kept aside under a number."""


class RegisterStore(Protocol):
    """What the entries say: requests, official numbers, outcomes, and the feed of them."""

    def behind(self) -> tuple[StreamRow, ...]:
        """Return the streams that have entries not applied yet."""

    def claim(self, stream: StreamRow) -> AbstractContextManager[bool]:
        """Hold a stream while its next entries are examined and applied; False: another does.

        Inside it `apply` belongs to one transaction, which ends with it.
        """

    def apply(
        self, stream: StreamRow, readings: Sequence[Reading], numbering: Numbering, at: datetime
    ) -> int | None:
        """Apply a stream's next entries: rows, official numbers, feed and watermark together.

        Returns how many; None when the watermark has moved already; nothing is applied.
        """

    def waiting(self, after: int, limit: int) -> tuple[tuple[int, EntryRow], ...]:
        """Return entries that new rules may let through, each with the number to go on from."""

    def reapply(
        self, entry: EntryRow, reading: Reading, numbering: Numbering, at: datetime
    ) -> EntryRow | None:
        """Settle a held or rejected entry anew by what it reads like now, and tell its desk.

        None when it must stay: something newer stands on it, its request was withdrawn, it changed
        meanwhile, or its scans are still not here.
        """

    def scanned(self, desk: int, after: int, limit: int) -> tuple[tuple[int, EntryRow], ...]:
        """Return entries of a desk held for scans that are here whole now, as `waiting` does."""

    def events(self, desk: int, after: int, limit: int) -> tuple[Event, ...]:
        """Return a desk's feed after `after`, in order."""

    def entries(self, desk: int, epoch: int, after: int, limit: int) -> tuple[EntryRow, ...]:
        """Return the applied entries of a stream in order."""

    def placed(self, desk: int, epoch: int, first: int, to: int) -> tuple[PlacedRow, ...]:
        """Return the applied entries `first`..`to` of a stream in short, in order."""

    def catalogue_entry(self, desk: int) -> EntryRow | None:
        """Return the newest entry in which a desk tells of a catalogue it took or turned down."""

    def registered(self, after: int, limit: int) -> tuple[tuple[int, EntryRow], ...]:
        """Return requests in the order they came, each with the number to go on from.

        An entry that came twice is listed once.
        """

    def official_no(self, request_id: str) -> str | None:
        """Return the official number of a registered request."""


class BlobStore(Protocol):
    """Which blobs a desk has announced, and which of them are here whole."""

    def expect(self, desk: int, blobs: Sequence[tuple[str, int]]) -> None:
        """Note blobs a desk has (SHA-256 in hex, size); harmless again."""

    def complete(self, desk: int, sha: str, size: int) -> bool:
        """Note that a desk's blob is here whole; False when that was known."""

    def missing(self, desk: int) -> int:
        """Return how many announced blobs of a desk are not here yet."""

    def readable(self, desk: int, sha: str) -> bool:
        """Return whether a desk may read a blob: it delivered it, or the centre published it."""

    def publish(self, sha: str, size: int, told: str, at: datetime) -> None:
        """Note that every desk may read a blob; `told` is what their feeds say of it."""

    def published(self) -> tuple[str, ...]:
        """Return what every desk may read, by SHA-256, the earliest first."""

    def told_last(self) -> str | None:
        """Return what the feeds were told of what was published last."""


class NoticeStore(Protocol):
    """What operators of the centre decide about requests and tell desks."""

    def request_id(self, number: str) -> str | None:
        """Return the request of a printed number, registered or not."""

    def versions(self, request_id: str) -> tuple[VersionRow, ...]:
        """Return the versions of a request in the order they came."""

    def acts(self, request_id: str) -> tuple[EntryRow, ...]:
        """Return amendments, withdrawals and issues of a request in the order they came."""

    def conflicts(self) -> tuple[EntryRow, ...]:
        """Return the amendments that wait for a person's choice, oldest first."""

    def tell(self, desk: int, kind: str, body: str, request_id: str | None, at: datetime) -> int:
        """Put an event (JSON) into a desk's feed; return its number."""

    def notices(self, request_id: str) -> tuple[NoticeRow, ...]:
        """Return what operators told of a request, oldest first."""

    def choose(self, request_id: str, entry_id: str, numbering: Numbering, at: datetime) -> bool:
        """Make one version effective and the rest past; tell the desks they came from.

        False when the request has no such version to choose.
        """


class Store(Protocol):
    """Everything durable of the centre."""

    @property
    def shared(self) -> bool:
        """Whether other processes write into this store too."""

    @property
    def server_id(self) -> str:
        """Identifier of this centre, chosen once."""

    @property
    def incarnation(self) -> str:
        """Identifier of this life of the store."""

    @property
    def desks(self) -> DeskStore:
        """Offices, desks, tickets and devices."""

    @property
    def streams(self) -> StreamStore:
        """Streams of entries as received."""

    @property
    def register(self) -> RegisterStore:
        """What the entries say."""

    @property
    def blobs(self) -> BlobStore:
        """Blobs of the desks."""

    @property
    def notices(self) -> NoticeStore:
        """What operators decide and tell."""

    def begin_new_life(self, random: Random, skipped_numbers: int) -> None:
        """Note that this is a restored copy: a new incarnation, official numbers go on higher.

        Numbers given after the copy was made are on people's papers; nobody else may get them.
        """

    def copy(self, stem: Path) -> tuple[Path, tuple[StreamRow, ...]]:
        """Write a whole copy beside others, read back; `stem` is its path without the ending.

        Returns the file and the streams as they stand in it. Raises Damaged when it does not
        hold, CopyFailed, DiskFull. Others go on writing meanwhile.
        """

    def faults(self) -> tuple[str, ...]:
        """Return what the database finds wrong with its own file."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Hold one consistent view for several reads; nothing may be written meanwhile."""

    def checkpoint(self) -> None:
        """Let the log be folded into the file."""

    def close(self) -> None:
        """Fold the log and close."""
