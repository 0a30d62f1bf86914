"""Writing down what the engine decided: receipts, pages, steps back; the same for every way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sync.clock import Clock
from sync.entries import decode
from sync.feed import FeedEvent
from sync.outbox import Apply, Outbox, PutBack
from sync.steps import Effect, KeepEntries, KeepPage, KeepReceipt, Kept, Rewind


def apply_nothing(_events: tuple[FeedEvent, ...]) -> None:
    """For an exchange nobody listens to."""


@dataclass
class Count:
    """What was written down so far: entries that got a receipt, events, entries put back."""

    confirmed: int = 0
    events: int = 0
    restored: int = 0


class Records:
    """Executes the effects that record something, one transaction each. Raises StoreFailure."""

    def __init__(
        self,
        outbox: Outbox,
        publics: Mapping[str, bytes],
        clock: Clock,
        apply: Apply,
        put_back: PutBack | None = None,
    ) -> None:
        self._outbox = outbox
        self._publics = publics
        self._clock = clock
        self._apply = apply
        self._put_back = put_back or self._append
        self.count = Count()

    def write(self, effect: Effect, kept: Kept) -> None:
        """Write down what was decided, together with the state it leads to."""
        now = self._clock.now()
        match effect:
            case KeepReceipt(receipt, raw):
                before = self._outbox.kept()
                self._outbox.keep_receipt(kept, raw, self._publics, now)
                self.count.confirmed += receipt.to - (before.acked if before else 0)
            case Rewind():
                self._outbox.rewind(kept)
            case KeepEntries(page):
                self.count.restored += self._outbox.keep_entries(kept, page, self._put_back)
            case KeepPage(page):
                self._outbox.keep_page(kept, page, self._apply, now)
                self.count.events += len(page.events)
            case _:
                raise TypeError(effect)

    def _append(self, data: bytes) -> None:
        """Put an entry back where nothing follows from it."""
        entry = decode(data)
        self._outbox.journal.append(data, entry.entry_id, entry.kind)
