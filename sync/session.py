"""One exchange with the centre: the only loop that executes what `sync.engine` decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sync import batch, contacts, engine
from sync.clock import CentreTime, Clock
from sync.contacts import Attempt
from sync.database import Database
from sync.entries_page import EntriesPage
from sync.errors import ExchangeRunning, Refused, TicketInvalid, Unreachable
from sync.failures import sentence
from sync.feed import FeedPage
from sync.http import ParkedAt, Receipted, StreamAnswer
from sync.ids import Random
from sync.keys import DeviceKeys
from sync.lock import Lock
from sync.outbox import Apply, Outbox, PutBack
from sync.records import Count, Records, apply_nothing
from sync.relay import InCustody, RelayAnswer
from sync.steps import (
    RELAYED,
    AskEntries,
    AskFeed,
    AskStream,
    Begin,
    Custody,
    Effect,
    Enrol,
    Enrolled,
    Event,
    Failure,
    Finish,
    Given,
    Held,
    Kept,
    LinkUp,
    Page,
    Parked,
    Prepare,
    Prepared,
    Refusal,
    RelayIs,
    Said,
    Send,
    State,
    Stored,
    StreamIs,
)
from sync.ticket import Ticket, read

OUTCOMES_SECONDS = 2.0
"""How long the centre may hold a receipt for the page with it: that says nothing of the link."""
STOPPED = "stopped"
DONE = "done"


@dataclass(frozen=True)
class Progress:
    """How far the upload is: entries confirmed of all to send, bytes of the batch on its way."""

    done: int
    total: int
    bytes_done: int
    bytes_total: int
    lane: str = "entries"


@dataclass(frozen=True)
class Outcome:
    """What an exchange came to. `kind` is None when it reached its end, else a stable code.

    `sent` entries went out, `confirmed` of them got a receipt, `events` came down the feed,
    `restored` of our own came back from the centre.
    """

    kind: str | None
    sent: int
    confirmed: int
    events: int
    kept: Kept
    restored: int = 0

    @property
    def text(self) -> str | None:
        """What the person reads when the exchange did not reach its end."""
        return sentence(self.kind) if self.kind else None


class Client(Protocol):
    """A way to the centre: `sync.http.CentreClient`, or what a simulation puts in its place.

    Raises Unreachable, Refused.
    """

    @property
    def centre_time(self) -> CentreTime | None: ...

    @property
    def bytes_up(self) -> int: ...

    @property
    def bytes_down(self) -> int: ...

    def enrol(self) -> bytes | None:
        """The ticket file for its code and this device's keys; None while a relay holds them."""
        ...

    def stream(self) -> StreamAnswer | RelayAnswer:
        """What the centre, or a relay, has of this desk's stream."""
        ...

    def post_batch(
        self, data: bytes, progress: Callable[[int, int], None], hear: int | None = None
    ) -> Receipted | ParkedAt | InCustody:
        """Send a sealed batch; the feed after event `hear` may come with the receipt."""
        ...

    def feed(self, after: int) -> FeedPage | None:
        """The next page of the feed."""
        ...

    def entries(self, epoch: int, after: int) -> EntriesPage:
        """Entries of a stream of this desk after one."""
        ...


def _tell_nobody(_progress: Progress) -> None:
    return


def _go_on() -> bool:
    return False


class Exchange:
    """Exchanges of one desk. For one thread, with a connection and a client of its own.

    `bound`: the centre has these keys already (enrolled by net). `apply` is called with the
    events of a feed page, `put_back` with each entry a restored desk gets back: before their
    transaction, what they give back inside it. `compared`: the epochs whose last exchange of this
    process came to its end with the centre; their batches go out unasked. `stop` is asked between
    steps.
    """

    def __init__(
        self,
        db: Database,
        client: Client,
        ticket: Ticket,
        keys: DeviceKeys,
        clock: Clock,
        random: Random,
        lock: Lock,
        *,
        bound: bool = False,
        relay: bool = False,
        compared: set[int] | None = None,
        apply: Apply = apply_nothing,
        put_back: PutBack | None = None,
        on_event: Callable[[Progress], None] = _tell_nobody,
        stop: Callable[[], bool] = _go_on,
    ) -> None:
        self._db = db
        self._client = client
        self._ticket = ticket
        self._keys = keys
        self._clock = clock
        self._random = random
        self._lock = lock
        self._bound = bound
        self._relay = relay
        self._compared = set() if compared is None else compared
        self._tell = on_event
        self._stop = stop
        self._dictionary = batch.current_dictionary()
        self._count = _Count()
        self.outbox = Outbox(db, ticket)
        self._records = Records(self.outbox, ticket.publics, clock, random, apply, put_back)

    def due(self) -> bool:
        """Whether waiting after a failure is over."""
        kept = self.outbox.kept()
        return kept is None or engine.due(kept, self._clock.now())

    def link_up(self) -> None:
        """The network came up: waiting has lost its reason."""
        state = State(self.outbox.begin(bound=self._bound))
        state, _ = engine.decide(state, LinkUp(), self._clock.now(), self._random)
        self.outbox.save(state.kept)

    def run_once(self) -> Outcome:
        """Exchange now, whether due or not. Raises ExchangeRunning, StoreFailure."""
        if not self._lock.take():
            raise ExchangeRunning
        try:
            return self._run()
        finally:
            self._lock.release()

    def not_handed_over(self) -> int:
        """How many entries this way has not been given yet."""
        kept = self.outbox.kept()
        given = (kept.acked, kept.relayed if self._relay else 0) if kept else (0,)
        return self.outbox.end() - max(given)

    def _run(self) -> Outcome:
        began, started = self._clock.now(), self._clock.monotonic()
        up, down = self._client.bytes_up, self._client.bytes_down
        self._count, self._records.count = _Count(), Count()
        kept, kind = self._loop(State(self.outbox.begin(bound=self._bound)))
        if kind is None and not self._relay:
            self._compared.add(self._ticket.epoch)
        else:
            self._compared.discard(self._ticket.epoch)
        attempt = Attempt(
            began,
            kind or (RELAYED if self._relay else DONE),
            self._client.bytes_up - up,
            self._client.bytes_down - down,
            round((self._clock.monotonic() - started) * 1000),
        )
        contacts.note(self._db, attempt, self._client.centre_time, kind)
        count = self._records.count
        return Outcome(kind, self._count.sent, count.confirmed, count.events, kept, count.restored)

    def _loop(self, state: State) -> tuple[Kept, str | None]:
        """Decide, do, answer, until the engine finishes; (durable state, why it stopped short)."""
        known = self._ticket.epoch in self._compared
        event: Event = Begin(self.outbox.end(), self._relay, known)
        while True:
            state, last = self._records.follow(state, event)
            if isinstance(last, Finish):
                return state.kept, last.kind
            if self._stop():
                return state.kept, STOPPED
            event = self._ask(last, state)

    def _ask(self, effect: Effect, state: State) -> Event:
        """Do what needs an answer, and make the event of it."""
        try:
            match effect:
                case Enrol():
                    event = self._enrol()
                case AskStream():
                    event = self._stream()
                case AskEntries(after):
                    event = self._given(after)
                case Prepare():
                    event = self._prepare(effect)
                case Send(start):
                    event = self._send(start, state)
                case AskFeed(after):
                    event = Page(self._client.feed(after), self.outbox.end())
                case _:
                    raise TypeError(effect)
        except Unreachable as error:
            return Failure(error.kind, error.retry_after)
        except Refused as error:
            return _refusal(error, self._count.batch_bytes)
        return event

    def _enrol(self) -> Event:
        """First contact of a desk born from a stick: the centre must give the same ticket back."""
        found = self._client.enrol()
        if found is None:
            return Held()
        try:
            given = read(found)
        except TicketInvalid:
            return Failure("garbage")
        same = (given.server_id, given.desk_no, given.epoch)
        mine = (self._ticket.server_id, self._ticket.desk_no, self._ticket.epoch)
        return Enrolled() if same == mine else Failure("garbage")

    def _stream(self) -> Event:
        found = self._client.stream()
        if isinstance(found, RelayAnswer):
            return self._relay_is(found)
        ours = self.outbox.journal.head_at(found.have, self._ticket.epoch)
        return StreamIs(found.have, found.head, ours, found.incarnation)

    def _relay_is(self, found: RelayAnswer) -> Event:
        """What a relay holds counts where it is of our own chain, unforked."""
        epoch = self._ticket.epoch
        said = []
        for one in (found.word, found.receipt):
            if one is not None:
                ours = self.outbox.journal.head_at(one.receipt.to, epoch)
                said.append(Said(one.receipt, one.raw, ours.hex() if ours else None))
        held = tuple(
            (first, last)
            for first, last, head in found.held
            if self.outbox.journal.head_at(last, epoch) == head
        )
        return RelayIs(held, tuple(said), told_refusal(found.refused))

    def _given(self, after: int) -> Event:
        page = self._client.entries(self._ticket.epoch, after)
        ours = self.outbox.journal.head_at(page.after, self._ticket.epoch)
        return Given(page, ours, self.outbox.end())

    def _prepare(self, wanted: Prepare) -> Event:
        """A batch sealed before serves while it is short enough; else one is sealed."""
        ready = None if wanted.anew else self.outbox.sealing.stored(wanted.start)
        if ready is None or ready.to_seq - ready.from_seq >= wanted.limit:
            dictionary = None if wanted.plain else self._dictionary
            ready = self.outbox.sealing.seal(
                wanted.start, wanted.limit, self._keys, dictionary, self._clock.now()
            )
        to = wanted.start - 1 if ready is None else ready.to_seq
        return Prepared(wanted.start, to, self.outbox.end())

    def _send(self, start: int, state: State) -> Event:
        ready = self.outbox.sealing.stored(start)
        if ready is None or ready.data is None:
            return Failure("cut")
        done, total = state.kept.acked, state.end
        self._count.batch_bytes = ready.size

        def tell(sent: int, whole: int) -> None:
            self._tell(Progress(done, total, sent, whole))

        began = self._clock.monotonic()
        try:
            last = ready.to_seq >= state.end
            # on a link that has just failed the short receipt goes alone: it moves the batch on
            hear = state.kept.cursor if last and not state.kept.failures else None
            answer = self._client.post_batch(ready.data, tell, hear)
        except (Unreachable, Refused) as error:
            code = error.kind if isinstance(error, Unreachable) else error.problem.get("code")
            self.outbox.sealing.note_batch(start, str(code))
            raise
        self._count.sent += ready.to_seq - ready.from_seq + 1
        if isinstance(answer, InCustody):
            return Custody(answer.to)
        if isinstance(answer, ParkedAt):
            self.outbox.sealing.note_batch(start, "parked")
            return Parked(answer.have)
        ours = self.outbox.journal.head_at(answer.receipt.to, self._ticket.epoch)
        return Stored(
            answer.receipt,
            answer.raw,
            ours.hex() if ours else None,
            self.outbox.end(),
            max(0.0, self._clock.monotonic() - began - (OUTCOMES_SECONDS if answer.heard else 0.0)),
        )


@dataclass
class _Count:
    """What one exchange has done so far."""

    sent: int = 0
    batch_bytes: int = 0


def told_refusal(told: Mapping[str, object] | None) -> Refusal | None:
    """What a relay says the centre refused."""
    if told is None:
        return None
    numbers = {name: one for name, one in told.items() if isinstance(one, int)}
    return Refusal(
        numbers.get("status", 0),
        str(told.get("code", "")),
        numbers.get("max_bytes"),
        numbers.get("bytes", 0),
        count=numbers.get("last", 0) - numbers.get("first", 1) + 1,
    )


def _refusal(error: Refused, size: int) -> Refusal:
    problem = error.problem
    most, after = problem.get("max_bytes"), problem.get("retry_after")
    return Refusal(
        error.status,
        str(problem.get("code", "")),
        most if isinstance(most, int) else None,
        size,
        after if isinstance(after, float) else 0.0,
    )
