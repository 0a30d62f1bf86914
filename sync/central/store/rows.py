"""What the centre keeps, row by row, whatever the database is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sync.central.intake import Device, Standing, Stream

APPLIED = "applied"
DUPLICATE = "duplicate"
HELD = "held"
REJECTED = "rejected"
SUPERSEDED = "superseded"
EFFECTIVE = "effective"
REFUSED = "refused"
PAST = "past"
WAITING = "waiting"


@dataclass(frozen=True)
class OfficeRow:
    """An office as its TOML file describes it (`forms.office.Office.to_dict`)."""

    code: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class DeskRow:
    """A desk: a window of an office that may be enrolled; `feed_to` is the end of its feed."""

    desk: int
    office: str
    title: str
    window: str
    last_epoch: int
    feed_to: int = 0


@dataclass(frozen=True)
class TicketRow:
    """An enrolment ticket as issued; `key` names the device that used it."""

    code: str = field(repr=False)
    desk: int
    epoch: int
    data: bytes = field(repr=False)
    valid_until: datetime
    key: str | None = None


@dataclass(frozen=True)
class DeviceRow:
    """An enrolled device: its keys and where it stands."""

    key: str
    desk: int
    epoch: int
    public: bytes
    recipient: str
    standing: Standing
    enrolled_at: datetime

    @property
    def device(self) -> Device:
        """What the decisions ask about it."""
        return Device(self.desk, self.epoch, self.standing)


@dataclass(frozen=True)
class StreamRow:
    """A stream: `first_head` before its first entry, entries up to `applied_to` are applied.

    Entries up to `safe_to` stand in a copy of the centre, by what its desk was told.
    """

    desk: int
    epoch: int
    stream: Stream
    applied_to: int
    first_head: bytes
    open: bool
    safe_to: int = 0


@dataclass(frozen=True)
class BatchRow:
    """A stored batch: entries `first + skip`..`to`; `pack` is the zstd payload, decrypted.

    The first `skip` entries of the pack were stored by an earlier batch already. `number` is the
    receipt's `server_seq`; 0 before it is stored.
    """

    desk: int
    epoch: int
    first: int
    skip: int
    to: int
    head: bytes
    header: bytes
    signature: bytes
    received_at: datetime
    pack: bytes = field(repr=False)
    number: int = 0


@dataclass(frozen=True)
class ParkedRow:
    """A batch that waits for the ones before it, as received."""

    desk: int
    epoch: int
    first: int
    to: int
    head: bytes
    received_at: datetime
    data: bytes = field(repr=False)
    number: int = 0


@dataclass(frozen=True)
class QuarantineRow:
    """A batch kept aside: it carries a valid signature and does not fit.

    `settled_at` is when it could be stored after all, by a later try.
    """

    desk: int
    epoch: int
    first: int
    to: int
    why: str
    at: datetime
    size: int
    number: int = 0
    settled_at: datetime | None = None


@dataclass(frozen=True)
class RequestReading:
    """What a `request.register` entry asks to be registered; `record` is its JSON text."""

    number: str
    service: str
    service_version: int
    accepted_at: str
    record: str = field(repr=False)


@dataclass(frozen=True)
class VersionReading:
    """Which version of its request an entry is: 1 registers, a later one names what it amends.

    `base` is the entry id of version `version - 1`; None for a registration.
    """

    version: int
    base: str | None = None


@dataclass(frozen=True)
class Scan:
    """A scan an entry says is on its way: SHA-256 in hex and bytes of the sealed file.

    `content` tells scans of one request apart: one of the same content takes the other's place.
    """

    sha256: str
    size: int
    content: str


@dataclass(frozen=True)
class Reading:
    """One entry as the projection understood it, before the store has seen it.

    `outcome` is `applied` when nothing in the entry itself speaks against it; the store turns
    it into `duplicate` or `held` when the entry or the request is there already. `problems` are
    a JSON list.
    """

    seq: int
    leaf: bytes
    outcome: str
    entry_id: str | None = None
    kind: str | None = None
    request_id: str | None = None
    reason: str | None = None
    problems: str | None = field(default=None, repr=False)
    request: RequestReading | None = None
    version: VersionReading | None = None
    scan: Scan | None = None
    awaits_scans: bool = False
    """The service is registered only when the scans of the request are here whole."""


@dataclass(frozen=True)
class EntryRow:
    """One applied entry and what became of it: what the desk reads as `entry.result`."""

    desk: int
    epoch: int
    seq: int
    leaf: bytes
    entry_id: str | None
    kind: str | None
    request_id: str | None
    outcome: str
    reason: str | None
    problems: str | None = field(repr=False)
    number: str | None
    official_no: str | None
    service: str | None
    service_version: int | None
    accepted_at: str | None
    applied_at: str
    record: str | None = field(repr=False)
    version: int | None = None


@dataclass(frozen=True)
class VersionRow:
    """One version of a request and where it stands.

    `state` is effective (the register speaks by it), refused (known, not effective), past, or
    waiting: a second amendment of one base, kept until a person chooses.
    """

    state: str
    entry: EntryRow


@dataclass(frozen=True)
class NoticeRow:
    """What an operator of the centre told a desk: the event and when (ISO UTC)."""

    desk: int
    event: Event
    at: str


@dataclass(frozen=True)
class Event:
    """One event of a desk's feed; `body` is a JSON object."""

    n: int
    kind: str
    body: str = field(repr=False)


@dataclass(frozen=True)
class Numbering:
    """Where official numbers come from: `prefix`/`year`-000117."""

    prefix: str
    year: int


@dataclass(frozen=True)
class PlacedRow:
    """An applied entry in short: what a comparison with its desk needs of it."""

    seq: int
    leaf: bytes
    kind: str | None
    number: str | None
    service: str | None
