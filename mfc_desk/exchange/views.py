"""What the screens and commands see of the exchange."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from mfc_desk.store.attachments import Waiting
from sync.errors import UNREACHABLE_TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from mfc_desk.desk import Desk
    from sync.session import Progress
    from sync.ticket import Ticket


_NO_SCANS = Waiting(0, 0, 0)


@dataclass(frozen=True)
class Place:
    """How far this desk's journal is at the centre, by its signed receipts; `relayed`: custody."""

    training: bool
    epoch: int
    acked: int
    relayed: int = 0

    def confirms(self, epoch: int, seq: int) -> bool:
        """Whether the centre has signed for the entry there."""
        return epoch == self.epoch and seq <= self.acked

    def lies_at_relay(self, epoch: int, seq: int) -> bool:
        """Whether the entry there is in custody of the office relay, and not at the centre yet."""
        return epoch == self.epoch and self.acked < seq <= self.relayed


@dataclass(frozen=True)
class Run:
    """One exchange that is asked for: whose, whom it tells how far it is, what stops it.

    `behind`: this clock is known to stand before a moment the centre has told.
    """

    desk: Desk
    ticket: Ticket
    tell: Callable[[Progress], None]
    stop: Callable[[], bool]
    behind: bool


@dataclass(frozen=True)
class LinkView:
    """What the header and «Обмен» show; times aware.

    `online` is None before the first try; `unsent` counts requests without a receipt, `deadline`
    is the nearest moment one of them must be registered by; `clock_skew_s` is positive when this
    clock is behind the centre's; `frozen` and `last_error` are sentences.
    """

    online: bool | None
    since: datetime | None
    unsent: int
    on_this_disk_only: int
    deadline: datetime | None
    next_try: datetime | None
    last_contact: datetime | None
    clock_skew_s: float | None
    frozen: str | None
    last_error: str | None
    progress: Progress | None
    scans: Waiting = _NO_SCANS
    relayed: int = 0
    """Requests in custody of the office relay: not on this disk only, not confirmed either."""
    by_relay: bool = False
    """Whether the last exchange went through the office relay."""
    carried: int = 0
    """Of the unsent requests, how many stand on a stick too: custody, not delivery."""
    step: str | None = None
    """What a person does about `frozen` or `last_error`."""


@dataclass(frozen=True)
class BatchRow:
    """A batch as sealed; state is waiting | relayed | stored | confirmed | attention."""

    from_seq: int
    to_seq: int
    count: int
    confirmed_count: int
    sealed_at: datetime
    size: int
    state: str
    text: str

    @property
    def confirmed(self) -> bool:
        """Whether the centre applied every entry of it."""
        return self.state == "confirmed"


@dataclass(frozen=True)
class EntryRow:
    """One entry of a batch and the centre's answer to it; `number` is of the request it made."""

    seq: int
    kind: str
    kind_text: str
    number: str | None
    outcome: str | None
    outcome_text: str


@dataclass(frozen=True)
class ExchangeResult:
    """What an exchange came to: counts of entries, and why it stopped short, if it did."""

    sent: int
    confirmed: int
    feed_events: int
    kind: str | None
    error: str | None
    scans: int = 0
    """Scans that are whole at the centre since this exchange."""
    catalogue: str | None = None
    """The version of a catalogue from the centre that the desk works by since this exchange."""
    restored: int = 0
    """Entries of this desk that came back from the centre."""
    step: str | None = None
    """What a person does about `error`."""

    @property
    def unreachable(self) -> bool:
        """Whether there was no link or no centre: nothing is lost, it will be tried again."""
        return self.kind in UNREACHABLE_TEXTS


@dataclass(frozen=True)
class Summary:
    """Both ends of the exchange in numbers, for `status`: all of requests but `entries_unsent`."""

    requests: int
    confirmed: int
    returned: int
    unsent: int
    entries_unsent: int
    text: str
    relayed: int = 0
    """Of the unsent ones, those in custody of the office relay."""
