"""What the engine decides written down: receipts, pages, steps back; the same for every way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sync import engine
from sync.clock import Clock
from sync.entries import decode
from sync.feed import FeedEvent
from sync.ids import Random
from sync.outbox import Apply, Outbox, PutBack, Write
from sync.steps import Effect, Event, KeepEntries, KeepPage, KeepReceipt, Kept, Rewind, State


def apply_nothing(_events: tuple[FeedEvent, ...]) -> Write:
    """For an exchange nobody listens to."""
    return lambda: None


@dataclass
class Count:
    """What was written down so far: entries that got a receipt, events, entries put back."""

    confirmed: int = 0
    events: int = 0
    restored: int = 0


class Records:
    """Decides, and executes the effects that record something. Raises StoreFailure."""

    def __init__(
        self,
        outbox: Outbox,
        publics: Mapping[str, bytes],
        clock: Clock,
        random: Random,
        apply: Apply,
        put_back: PutBack | None = None,
    ) -> None:
        self._outbox = outbox
        self._publics = publics
        self._clock = clock
        self._random = random
        self._apply = apply
        self._put_back = put_back or self._append
        self.count = Count()

    def follow(self, state: State, event: Event) -> tuple[State, Effect]:
        """Decide on what happened and write down what follows; the next state, what is left to do.

        Each record is one transaction with the state it leads to.
        """
        kept = state.kept
        state, (*records, last) = engine.decide(state, event, self._clock.now(), self._random)
        for record in records:
            self._write(record, state.kept)
        if not records and state.kept != kept:
            self._outbox.save(state.kept)
        return state, last

    def _write(self, effect: Effect, kept: Kept) -> None:
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

    def _append(self, data: bytes) -> Write:
        """Put an entry back where nothing follows from it."""
        entry = decode(data)

        def write() -> None:
            self._outbox.journal.append(data, entry.entry_id, entry.kind)

        return write
