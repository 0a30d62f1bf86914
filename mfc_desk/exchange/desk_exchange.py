"""Exchange with the centre: when it is due, what came of it, what both sides prove."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from mfc_desk.access.roles import Action
from mfc_desk.errors import TrainingDesk
from mfc_desk.exchange.centre_keys import UNKNOWN_KEY, ticket_in_use
from mfc_desk.exchange.route import route_up
from mfc_desk.exchange.views import (
    BatchRow,
    EntryRow,
    ExchangeResult,
    LinkView,
    Place,
    Run,
    Summary,
)
from mfc_desk.exchange.words import batch_text, carried_text, entry_text, kind_text
from mfc_desk.recovery.refill import refill_waits
from mfc_desk.settings import NO_RELAY
from mfc_desk.store import attachments, exchange, requests
from sync import contacts, engine
from sync.clock import from_iso
from sync.errors import UNREACHABLE_TEXTS
from sync.failures import next_step, sentence
from sync.outbox import Outbox
from sync.relay_address import RelayAddress
from sync.steps import RELAYED, Kept, LinkUp, State

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from sync.session import Progress
    from sync.ticket import Ticket

LINK_FAILURES = frozenset(
    {
        "no-network",
        "dns",
        "refused",
        "timeout",
        "no-answer",
        "cut",
        "tls",
        "tls-clock",
        "captive-portal",
    }
)
"""After these a centre that answers ends the waiting; a centre that said «later» is left alone."""
_LOOK_BACK, _ALL = 50, 1_000_000
PROBE_EVERY = timedelta(seconds=30)
"""While waiting after a failure the centre is asked whether it is there again, this often."""
DEAD_BATTERY = timedelta(days=1)
"""How far a clock is behind a moment that is past for sure, to be taken for one that lost time."""
PAUSED = "Обмен остановлен на этом рабочем месте. Пустите его, чтобы отправить принятое."


class DeskExchange:
    """The use cases of the exchange. `run_once` belongs in a worker, with a desk of its own."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.paused = False
        self.compared: set[int] = set()
        """Epochs whose last exchange since the login came to its end with the centre itself."""
        self.progress: Progress | None = None
        self._route: bool | None = None
        self._probed: datetime | None = None

    @cached_property
    def _ticket(self) -> Ticket | None:
        return ticket_in_use(self._desk)

    @cached_property
    def _outbox(self) -> Outbox | None:
        return Outbox(self._desk.db, self._ticket) if self._ticket else None

    def _kept(self) -> Kept | None:
        return self._outbox.kept() if self._outbox else None

    def place(self) -> Place:
        """Return how far the journal is at the centre."""
        kept = self._kept()
        epoch = self._desk.device.epoch
        if kept is None:
            return Place(self._desk.training, epoch, 0)
        return Place(self._desk.training, epoch, kept.acked, kept.relayed)

    def relay(self) -> RelayAddress | None:
        """Return the office relay of this desk: of its settings, else of its ticket."""
        text = self._desk.settings.load().relay or (self._ticket.relay if self._ticket else "")
        return RelayAddress.read(text) if text not in {"", NO_RELAY} else None

    def relay_text(self) -> str:
        """Say which relay is used and where that was said."""
        relay, own = self.relay(), self._desk.settings.load().relay
        if relay is None:
            return "нет, прямо в центр"
        return str(relay) if own else f"{relay} (из билета)"

    def _relayed(self) -> int:
        place = self.place()
        where = {"epoch": place.epoch, "acked": place.acked, "relayed": place.relayed}
        return exchange.in_custody(self._desk.db, **where)

    def view(self) -> LinkView:
        """Return what is known of the link and of what waits; a few indexed reads."""
        desk, kept, place = self._desk, self._kept(), self.place()
        waiting = exchange.unconfirmed(desk.db, epoch=place.epoch, acked=place.acked)
        unsent = 0 if desk.training else waiting.count
        relayed = self._relayed() if unsent else 0
        last = contacts.attempts(desk.db, 1)
        carried = exchange.carried(desk.db, epoch=place.epoch, acked=place.acked) if unsent else 0
        known = contacts.contact(desk.db)
        online, since = self._light()
        frozen = sentence(kept.frozen) if kept and kept.frozen else None
        trouble = (kept.frozen if kept else None) or known.last_error
        register_by = from_iso(waiting.register_by) if waiting.register_by and unsent else None
        return LinkView(
            online=online,
            since=since,
            unsent=unsent,
            on_this_disk_only=unsent - relayed,
            deadline=register_by.astimezone(desk.zone) if register_by else None,
            next_try=kept.next_try if kept else None,
            last_contact=known.last_contact,
            clock_skew_s=known.centre_time.offset.total_seconds() if known.centre_time else None,
            frozen=PAUSED if self.paused else frozen,
            last_error=sentence(known.last_error) if known.last_error else None,
            progress=self.progress,
            scans=attachments.waiting(desk.db, kept.incarnation if kept else ""),
            relayed=relayed,
            by_relay=bool(last) and last[0].result == RELAYED,
            carried=carried,
            step=next_step(trouble) if trouble and not self.paused else None,
        )

    def _light(self) -> tuple[bool | None, datetime | None]:
        """Return whether the centre answers, and since which try it has been so."""
        if self._route is False:
            return False, None
        since = None
        answers: bool | None = None
        for attempt in contacts.attempts(self._desk.db, _LOOK_BACK):
            answered = attempt.result not in UNREACHABLE_TEXTS
            if answers is not None and answered != answers:
                break
            answers, since = answered, attempt.at
        return answers, since

    def due(self, now: datetime) -> bool:
        """Whether an exchange should be begun now; asked every few seconds, also notices the link.

        A route that comes up ends the waiting; while waiting, the centre is asked now and then
        whether it is there (`run_once` does it). Never due on a training, paused or frozen desk.
        """
        kept = self._kept()
        if self._ticket is None or self.paused or (kept is not None and kept.frozen):
            return False
        before, self._route = self._route, route_up(self._addresses(self._ticket))
        if not self._route or kept is None:
            return self._route
        if engine.due(kept, now):
            return self._something_to_do(now)
        if before is False:
            self.link_up()
            return True
        return self._probe_due(now)

    def _addresses(self, ticket: Ticket) -> tuple[str, ...]:
        relay = self.relay()
        return (relay.url, *ticket.urls) if relay else ticket.urls

    def _link_failed(self) -> bool:
        return contacts.contact(self._desk.db).last_error in LINK_FAILURES

    def _probe_due(self, now: datetime) -> bool:
        if not self._link_failed():
            return False
        last = self._probed
        if last is not None and timedelta(0) <= now - last < PROBE_EVERY:
            return False
        self._probed = now
        return last is not None

    def _something_to_do(self, now: datetime) -> bool:
        """A request to send at once, or the usual time to send the rest and to ask for answers."""
        place = self.place()
        if exchange.unconfirmed(self._desk.db, epoch=place.epoch, acked=place.acked).count:
            return True
        attempts = contacts.attempts(self._desk.db, 1)
        last = attempts[0].at if attempts else None
        every = timedelta(seconds=self._desk.settings.load().exchange_every_s)
        return last is None or not timedelta(0) <= now - last < every

    def run_once(
        self,
        progress: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> ExchangeResult:
        """Exchange now; while waiting after a failure, only if the centre answers a first question.

        Raises NotAllowed, TrainingDesk, ExchangeRunning and the errors of sync.database; a link
        or a centre that is not there is a result, not an error.
        """
        from mfc_desk.exchange.ways import by_relay, directly, keys_changed  # noqa: PLC0415 - requests costs 180 ms

        for known in ("_ticket", "_outbox"):  # the exchange before may have brought other keys
            self.__dict__.pop(known, None)
        desk, ticket = self._desk, self._ticket
        desk.may(Action.EXCHANGE)
        if ticket is None:
            raise TrainingDesk
        desk.watch_clock()  # a jump is told before the clocks are compared anew
        run = Run(
            desk, ticket, progress or _tell_nobody, stop or _never, behind=self.clock_behind()
        )
        relay = None if refill_waits(desk) else self.relay()  # only the centre gives back
        result = by_relay(run, relay, probe=self._link_failed()) if relay else None
        if result is None:
            result = directly(run, probe=self._link_failed())
        desk.db.checkpoint()
        if result.kind == UNKNOWN_KEY and keys_changed(run):  # its signatures can be verified now
            return self.run_once(progress, stop)
        return result

    def clock_behind(self) -> bool:
        """Whether this clock stands a day or more before a moment the centre has signed for.

        A dead battery: the dates of the pinned certificate are then not looked at (sync.md, 10).
        """
        ticket, outbox = self._ticket, self._outbox
        if ticket is None or outbox is None:
            return False
        past = max(ticket.given_out, outbox.receipted_at())
        return self._desk.clock.now() < past - DEAD_BATTERY

    def link_up(self) -> None:
        """The link came up: forget the waiting after a failure."""
        outbox = self._outbox
        kept = outbox.kept() if outbox else None
        if outbox is None or kept is None:
            return
        desk = self._desk
        state, _ = engine.decide(State(kept), LinkUp(), desk.clock.now(), desk.random)
        outbox.save(state.kept)

    def pause(self) -> None:
        """Stop exchanging by itself until `resume` or the next start."""
        self._desk.may(Action.EXCHANGE)
        self.paused = True

    def resume(self) -> None:
        """Let it go on; one the centre froze tries again, once a person has seen to the cause."""
        self._desk.may(Action.EXCHANGE)
        self.paused = False
        if self._outbox is not None:
            self._outbox.thaw()

    def batches(self, limit: int = 20) -> tuple[BatchRow, ...]:
        """Return the last batches, newest first, with what both sides prove of them."""
        if self._outbox is None:
            return ()
        rows = []
        for sealed in self._outbox.sealing.batches(limit):
            count = sealed.to_seq - sealed.from_seq + 1
            relayed = sealed.to_seq <= self.place().relayed
            totals = exchange.outcome_totals(
                self._desk.db,
                epoch=self._desk.device.epoch,
                first=sealed.from_seq,
                to=sealed.to_seq,
            )
            confirmed = sum(totals.get(outcome, 0) for outcome in exchange.CONFIRMED)
            answered = sum(totals.values())
            rows.append(
                BatchRow(
                    from_seq=sealed.from_seq,
                    to_seq=sealed.to_seq,
                    count=count,
                    confirmed_count=confirmed if sealed.acked else 0,
                    sealed_at=sealed.sealed_at.astimezone(self._desk.zone),
                    size=sealed.size,
                    state=_batch_state(sealed.acked, count, confirmed, answered, relayed=relayed),
                    text=batch_text(
                        sealed.acked,
                        count,
                        confirmed,
                        totals,
                        relayed=relayed,
                        held=self._held(sealed.custody_at),
                    ),
                )
            )
        return tuple(rows)

    def _held(self, since: datetime | None) -> str:
        """Who holds a copy of a batch besides this desk."""
        if since is None:
            return ""
        zone = self._desk.zone
        return carried_text(since.astimezone(zone), self._desk.clock.now().astimezone(zone))

    def batch_entries(self, from_seq: int) -> tuple[EntryRow, ...]:
        """Return the entries of the batch that begins there, with the centre's answers."""
        if self._outbox is None:
            return ()
        epoch, place = self._desk.device.epoch, self.place()
        sealed = next(
            (row for row in self._outbox.sealing.batches(_ALL) if row.from_seq == from_seq), None
        )
        if sealed is None:
            return ()
        where = {"epoch": epoch, "first": from_seq, "to": sealed.to_seq}
        outcomes = exchange.outcomes(self._desk.db, **where)
        numbers = exchange.numbers_at(self._desk.db, **where)
        rows = []
        for entry in self._desk.journal.entries(from_seq - 1, sealed.to_seq - from_seq + 1, epoch):
            found = outcomes.get(entry.seq)
            rows.append(
                EntryRow(
                    seq=entry.seq,
                    kind=entry.kind,
                    kind_text=kind_text(entry.kind),
                    number=numbers.get(entry.seq),
                    outcome=found.outcome if found else None,
                    outcome_text=entry_text(
                        sealed.acked,
                        found.outcome if found else None,
                        found.reason if found else None,
                        relayed=place.lies_at_relay(epoch, entry.seq),
                    ),
                )
            )
        return tuple(rows)

    def summary(self) -> Summary:
        """Return «N из N подтверждено центром» of all requests, from receipts and outcomes only."""
        desk, place = self._desk, self.place()
        total = requests.count(desk.db)
        counts = exchange.outcome_counts(desk.db)
        confirmed = sum(counts.get(outcome, 0) for outcome in exchange.CONFIRMED)
        unsent = exchange.unconfirmed(desk.db, epoch=place.epoch, acked=place.acked).count
        return Summary(
            requests=total,
            confirmed=confirmed,
            returned=counts.get(exchange.REJECTED, 0) + counts.get(exchange.HELD, 0),
            unsent=0 if desk.training else unsent,
            entries_unsent=self._outbox.unsent() if self._outbox else 0,
            text="учебное место: ничего не отправляется"
            if desk.training
            else f"{confirmed} из {total} подтверждено центром",
            relayed=self._relayed() if unsent and not desk.training else 0,
        )


def _batch_state(acked: bool, count: int, confirmed: int, answered: int, *, relayed: bool) -> str:
    if not acked:
        return "relayed" if relayed else "waiting"
    if confirmed == count:
        return "confirmed"
    return "attention" if answered > confirmed else "stored"


def _tell_nobody(_progress: Progress) -> None:
    return


def _never() -> bool:
    return False


__all__ = [
    "BatchRow",
    "DeskExchange",
    "EntryRow",
    "ExchangeResult",
    "LinkView",
    "Place",
    "Progress",
    "Summary",
]
