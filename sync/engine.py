"""What the desk does next in an exchange. Decides, touches nothing.

A loop (sync.session, or the simulator) executes the effects of `decide` in order and answers the
last one with an event. Effects that record something are one transaction each, with the state
`decide` returned; a state is durable in its `Kept` part only, so an exchange may be killed
anywhere and begins anew.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus

from sync.feed import FeedPage
from sync.ids import Random
from sync.receipt import CLOSED, REVOKED, SAFE, STORED, Receipt
from sync.steps import (
    Ask,
    AskEntries,
    AskFeed,
    AskStream,
    Begin,
    Brought,
    BroughtPage,
    Custody,
    Effect,
    Enrol,
    Enrolled,
    Event,
    Failure,
    Finish,
    Frozen,
    Given,
    Held,
    KeepEntries,
    KeepPage,
    KeepReceipt,
    Kept,
    LinkUp,
    Page,
    Parked,
    Prepare,
    Prepared,
    Refusal,
    RelayIs,
    Rewind,
    Send,
    State,
    Stored,
    StreamIs,
)

BACKOFF_FIRST = 2.0
BACKOFF_LIMIT = 15 * 60.0
RETRY_AFTER_LIMIT = 60 * 60.0
SERVER_FULL_PAUSE = 10 * 60.0
SIZE_LIMIT = 2000
SLICE_SECONDS = 15.0
SAFETY = 0.8  # of the size the centre named
CUTS = frozenset({"cut", "timeout", "no-answer"})
COUNTING = frozenset({STORED, SAFE})
"""Levels of a receipt that confirm; custody does not."""
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
DAMAGED_IN_TRANSIT = "bad-digest"
ABOUT_THE_BATCH = frozenset({400, 413, 415, 422})
FREEZING = {
    HTTPStatus.FORBIDDEN: Frozen.REVOKED,
    HTTPStatus.CONFLICT: Frozen.FORK,
    HTTPStatus.GONE: Frozen.EPOCH_CLOSED,
    HTTPStatus.MISDIRECTED_REQUEST: Frozen.WRONG_SERVER,
}
CLOSING = {REVOKED: Frozen.REVOKED, CLOSED: Frozen.EPOCH_CLOSED}
FOREIGN, PAST, KNOWN, GAP, BEHIND = "foreign", "past", "known", "gap", "behind"
"""Why what a carrier brought changes nothing: another desk's, of a life of the centre that is
over, here already, after something that is not here, or of entries this journal lacks."""
RESEALED = frozenset({413, 415})
"""Refusals of a batch that ask for the same entries sealed otherwise: harmless if a lie."""
RELAY_PAUSE = 10.0
UNREADABLE = {
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: Frozen.UNKNOWN_DICTIONARY,
    HTTPStatus.UNPROCESSABLE_ENTITY: Frozen.BAD_CHAIN,
}
"""Why it is left to a person when other bytes for the same entries are refused too."""
DEPOSITED = frozenset({Frozen.REVOKED, Frozen.FORK, Frozen.EPOCH_CLOSED})


Step = tuple[State, tuple[Effect, ...]]


def due(kept: Kept, now: datetime) -> bool:
    """Whether waiting is over. A clock set far back does not make the desk wait for years."""
    if kept.next_try is None or now >= kept.next_try:
        return True
    return kept.next_try - now > timedelta(seconds=RETRY_AFTER_LIMIT)


def decide(state: State, event: Event, now: datetime, rand: Random) -> Step:
    """The next state and what to do, from what happened."""
    match event:
        case Begin(end, relay):
            step = _begin(state, end, relay=relay)
        case LinkUp():
            step = replace(state, kept=replace(state.kept, failures=0, next_try=None)), ()
        case Enrolled():
            bound = replace(state, kept=replace(state.kept, bound=True), ask=Ask.STREAM)
            step = bound, (AskStream(),)
        case Held():
            step = replace(state, ask=Ask.STREAM), (AskStream(),)
        case Prepared(start, to, end):
            step = _prepared(replace(state, end=end), start, to)
        case Brought():
            step = _brought(state, event)
        case BroughtPage(page):
            step = _brought_page(state, page)
        case _:
            step = _answered(state, event, now, rand)
    return step


def _answered(state: State, event: Event, now: datetime, rand: Random) -> Step:
    """What came, or did not come, over the net."""
    match event:
        case StreamIs():
            step = _compare(state, event, now, rand)
        case RelayIs():
            step = _heard(state, event, now, rand)
        case Custody(to):
            step = _in_custody(state, to, now, rand)
        case Given():
            step = _given(state, event, now, rand)
        case Stored():
            step = _stored(replace(state, end=event.end), event, now, rand)
        case Parked():
            step = _parked(state, now, rand)
        case Page(page, end):
            step = _page(replace(state, end=end), page, now, rand)
        case Refusal():
            step = _refused(state, event, now, rand)
        case Failure(kind, retry_after):
            step = _fail(state, kind, now, rand, retry_after)
        case _:
            raise TypeError(event)
    return step


def _begin(state: State, end: int, *, relay: bool) -> Step:
    fresh = State(state.kept, end=end, relay=relay)
    if state.kept.frozen:
        return fresh, (Finish(state.kept.frozen),)
    if not state.kept.bound:
        return _enrol(fresh)
    return replace(fresh, ask=Ask.STREAM), (AskStream(),)


def _enrol(state: State) -> Step:
    return replace(state, ask=Ask.ENROL, met=True), (Enrol(),)


def _compare(state: State, found: StreamIs, now: datetime, rand: Random) -> Step:
    """Compare both ends (sync.md, 9): a prefix of ours goes on, anything else is for a person."""
    if state.ask is not Ask.STREAM:
        return _fail(state, "garbage", now, rand)
    state = _reincarnated(state, found.incarnation)  # receipts of this life count, even of a fork
    if found.ours is None:  # a journal restored from a copy, or one that parted from it
        return replace(state, ask=Ask.ENTRIES), (AskEntries(state.end),)
    records: tuple[Effect, ...] = ()
    if found.have < state.kept.acked:
        state = replace(state, kept=replace(state.kept, acked=found.have))
        records = (Rewind(found.have),)
    if found.ours != found.head:
        state, effects = _deposit(state, Frozen.FORK)
    else:
        state, effects = _upload(state)
    return state, (*records, *effects)


def _given(state: State, found: Given, now: datetime, rand: Random) -> Step:
    """Take our own entries back when they go on where our journal ends; then compare again."""
    page, kept = found.page, state.kept
    address = (page.server, page.desk, page.epoch)
    if state.ask is not Ask.ENTRIES or address != (kept.server, kept.desk, kept.epoch):
        return _fail(state, "garbage", now, rand)
    if page.to <= page.after:
        return _fail(state, "garbage", now, rand)
    state = replace(state, end=found.end)
    if found.ours != page.prev or page.after != found.end:  # something else was saved here
        return _freeze(state, Frozen.FORK) if state.relay else _deposit(state, Frozen.FORK)
    return replace(state, ask=Ask.STREAM, end=page.to), (KeepEntries(page), AskStream())


def _reincarnated(state: State, incarnation: str) -> State:
    """A centre restored from a copy numbers its feed anew: hear it from the start."""
    kept = state.kept
    if incarnation in {"", kept.incarnation}:
        return state
    cursor = 0 if kept.incarnation else kept.cursor
    return replace(state, kept=replace(kept, incarnation=incarnation, cursor=cursor))


def _handed_over(state: State) -> int:
    """Where sending goes on: after what is acknowledged, behind a relay after what it holds."""
    return max(state.kept.acked, state.kept.relayed) if state.relay else state.kept.acked


def _heard(state: State, found: RelayIs, now: datetime, rand: Random) -> Step:
    """What a relay says moves nothing that counts; what the centre signed, and it hands on, does.

    Of one life of the centre more is always true; another life only if it spoke later (a relay
    may have kept what an earlier one said).
    """
    if state.ask is not Ask.STREAM or not state.relay:
        return _fail(state, "garbage", now, rand)
    before = state.kept
    for said in found.said:
        if not _ours(before, said.receipt) or said.receipt.level not in COUNTING:
            return _fail(state, "garbage", now, rand)
        if said.ours is None:  # the centre gives back what is missing here, if the relay reaches it
            return replace(state, ask=Ask.ENTRIES), (AskEntries(state.end),)
        if said.ours != said.receipt.head:
            return _freeze(state, Frozen.FORK)
    for said in found.said:  # all of them hold: what one says counts with its record below
        state = replace(state, kept=_believed(state.kept, said.receipt))
    proof = [s for s in found.said if s.receipt.to == state.kept.acked]
    records: tuple[Effect, ...] = ()
    if state.kept.acked < before.acked:
        records = (Rewind(state.kept.acked),)
    elif state.kept.acked > before.acked:
        records = (KeepReceipt(proof[0].receipt, proof[0].raw),)
    custody = _custody_end(found.held, state.kept.acked)
    state = replace(state, kept=replace(state.kept, relayed=custody))
    state, effects = _go_on(state, found.refused, now, rand)
    return state, (*records, *effects)


def _custody_end(held: tuple[tuple[int, int], ...], start: int) -> int:
    """How far what is held goes on without a gap from what is acknowledged by now.

    What an earlier life of the centre signed for may be missing at it: it is handed in again.
    """
    at = start
    for first, last in sorted(held):
        if first - 1 <= at < last:
            at = last
    return at


def _believed(kept: Kept, receipt: Receipt) -> Kept:
    """The durable state after a word of the centre."""
    later = kept.heard is None or receipt.at > kept.heard
    heard = receipt.at if later else kept.heard
    if kept.incarnation in {"", receipt.incarnation}:
        acked = max(kept.acked, receipt.to)
        return replace(kept, acked=acked, heard=heard, incarnation=receipt.incarnation)
    if not later:
        return kept
    acked, life = receipt.to, receipt.incarnation
    return replace(kept, acked=acked, heard=heard, incarnation=life, cursor=0)


def _go_on(state: State, refused: Refusal | None, now: datetime, rand: Random) -> Step:
    """Send what the relay has not got; a refusal it tells of is not signed and stops nobody.

    Where the centre is said not to know this device, it shows itself once more: that harms nobody,
    and a centre restored from a copy may have forgotten it.
    """
    if refused is None:
        return _upload(state)
    if refused.status == HTTPStatus.UNAUTHORIZED and not state.met:
        return _enrol(state)
    if refused.status in RESEALED:
        return _resealed(state, refused, now, rand)
    return _fail(state, "relay-told", now, rand)


def _in_custody(state: State, to: int, now: datetime, rand: Random) -> Step:
    """The relay took a batch: the next one follows, nothing is acknowledged."""
    if state.ask is not Ask.BATCH or not state.relay or to != state.sent_to:
        return _fail(state, "garbage", now, rand)
    kept = replace(state.kept, relayed=to, failures=0, next_try=None)
    return _upload(replace(state, kept=kept, resealed=False))


def _upload(state: State, *, anew: bool = False) -> Step:
    """Send what is not acknowledged, then ask for the feed."""
    kept = state.kept
    if state.end <= _handed_over(state):
        return replace(state, ask=Ask.FEED), (AskFeed(kept.cursor),)
    prepare = Prepare(_handed_over(state) + 1, kept.size, anew, state.plain)
    return replace(state, ask=Ask.PREPARE), (prepare,)


def _prepared(state: State, start: int, to: int) -> Step:
    if to < start:
        return replace(state, ask=Ask.FEED), (AskFeed(state.kept.cursor),)
    return replace(state, ask=Ask.BATCH, sent_to=to), (Send(start),)


def _stored(state: State, found: Stored, now: datetime, rand: Random) -> Step:
    """Only here the acknowledged position rises: centre-signed, ours, and of the same chain."""
    receipt, kept = found.receipt, state.kept
    if state.ask is not Ask.BATCH or not _ours(kept, receipt):
        return _fail(state, "garbage", now, rand)
    if receipt.level not in COUNTING or receipt.to <= kept.acked:
        return _fail(state, "garbage", now, rand)
    if kept.incarnation not in {"", receipt.incarnation}:  # of a life the centre no longer lives
        return _fail(state, "garbage", now, rand)
    if found.ours != receipt.head:
        return _freeze(state, Frozen.FORK)
    kept = replace(
        kept,
        acked=receipt.to,
        incarnation=receipt.incarnation,  # behind a relay nothing else may have told it yet
        failures=0,
        next_try=None,
        size=_grown(kept.size, state.sent_to - _handed_over(state), found.seconds),
        heard=max(receipt.at, kept.heard or receipt.at),
    )
    record = KeepReceipt(receipt, found.raw)
    state, effects = _upload(replace(state, kept=kept, resealed=False, parked=False))
    return state, (record, *effects)


def _ours(kept: Kept, said: Receipt | FeedPage) -> bool:
    """Whether the centre said it to this desk, in this epoch."""
    return (said.server, said.desk, said.epoch) == (kept.server, kept.desk, kept.epoch)


def _brought(state: State, found: Brought) -> Step:
    """A receipt from a carrier, maybe an old one: where the centre's stream stood when it wrote.

    The heads decide as over the net. Only a life of the centre that is new here may take back
    what an earlier one signed for; the same carrier again changes nothing.
    """
    receipt, kept = found.receipt, state.kept
    new_life = kept.incarnation not in {"", receipt.incarnation}
    why = _in_vain(kept, found, new_life)
    if why:
        return state, (Finish(why),)
    parted = Frozen.FORK if found.ours != receipt.head else None
    stop = CLOSING.get(receipt.level) or parted
    if stop:
        return _freeze(state, stop)
    state = _reincarnated(state, receipt.incarnation)
    met = replace(state.kept, bound=True)
    if receipt.to == kept.acked or (receipt.to < kept.acked and not new_life):
        return replace(state, kept=met), (Finish(KNOWN),)
    state = replace(state, kept=replace(met, acked=receipt.to))
    if receipt.to < kept.acked:
        return state, (Rewind(receipt.to), Finish())
    return state, (KeepReceipt(receipt, found.raw), Finish())


def _in_vain(kept: Kept, found: Brought, new_life: bool) -> str | None:
    """Why a receipt from a carrier is passed over, if it is."""
    level = found.receipt.level
    if not _ours(kept, found.receipt) or level not in {STORED, SAFE, *CLOSING}:
        return kept.frozen or FOREIGN
    if kept.frozen or (new_life and found.past):
        return kept.frozen or PAST
    lacking = found.ours is None and level not in CLOSING
    return BEHIND if lacking else None  # the centre itself gives back what is missing here


def _brought_page(state: State, page: FeedPage) -> Step:
    """A feed page from a carrier: it must go on where this desk stands, in the same life."""
    kept = state.kept
    if kept.frozen or not _ours(kept, page):
        return state, (Finish(kept.frozen or FOREIGN),)
    if page.incarnation != kept.incarnation:
        return state, (Finish(PAST),)
    if page.to <= kept.cursor:
        return state, (Finish(KNOWN),)
    if page.after > kept.cursor:
        return state, (Finish(GAP),)
    rest = replace(page, after=kept.cursor, events=page.events[kept.cursor - page.after :])
    return replace(state, kept=replace(kept, cursor=page.to)), (KeepPage(rest), Finish())


def _grown(size: int, count: int, seconds: float) -> int:
    """A quarter more after a success, at most what this link carries in a slice."""
    if seconds * size > SLICE_SECONDS * count:
        return max(1, min(size, int(count * SLICE_SECONDS / seconds)))
    return min(SIZE_LIMIT, size + max(1, size // 4))


def _parked(state: State, now: datetime, rand: Random) -> Step:
    """The centre went back since it was asked: compare again, once in a row."""
    if state.stopping and state.ask is Ask.BATCH:
        return _freeze(state, state.stopping)
    if state.ask is not Ask.BATCH or state.parked:
        return _fail(state, "parked", now, rand)
    return replace(state, ask=Ask.STREAM, parked=True), (AskStream(),)


def _page(state: State, page: FeedPage | None, now: datetime, rand: Random) -> Step:
    kept = state.kept
    if state.ask is not Ask.FEED:
        return _fail(state, "garbage", now, rand)
    if page is None:
        kept = replace(kept, failures=0, next_try=None)
        if state.relay and kept.relayed > kept.acked:  # ask again soon what the centre says
            kept = replace(kept, next_try=now + timedelta(seconds=RELAY_PAUSE))
        state = replace(state, kept=kept)
        if state.end > _handed_over(state):
            return _upload(state)
        return replace(state, ask=Ask.NOTHING), (Finish(),)
    if not _ours(kept, page) or page.after != kept.cursor:
        return _fail(state, "garbage", now, rand)
    if page.to <= page.after or (state.relay and page.incarnation not in {"", kept.incarnation}):
        return _fail(state, "garbage", now, rand)
    state = replace(state, kept=replace(kept, cursor=page.to))
    state, effects = _upload(state)
    return state, (KeepPage(page), *effects)


def _refused(state: State, no: Refusal, now: datetime, rand: Random) -> Step:
    """The table of sync.md, 7."""
    trouble = _passing(no)
    if trouble is not None:
        return _fail(state, trouble.kind, now, rand, trouble.retry_after)
    if state.relay and (state.ask is not Ask.BATCH or no.status not in RESEALED):
        return _fail(state, "relay-told", now, rand, no.retry_after)
    why = _freezing(state.ask, no.status)
    if why:
        return _deposit(state, why) if state.ask is Ask.STREAM else _freeze(state, why)
    stranger = state.ask is Ask.STREAM and no.status == HTTPStatus.NOT_FOUND
    if no.status == HTTPStatus.UNAUTHORIZED or stranger:
        return _freeze(state, Frozen.UNKNOWN_KEY) if state.met else _enrol(state)
    if state.ask is Ask.BATCH and no.status in ABOUT_THE_BATCH:
        return _resealed(state, no, now, rand)
    return _fail(state, "unexpected", now, rand, no.retry_after)


def _passing(no: Refusal) -> Failure | None:
    """Troubles that go by themselves: the same bytes are sent later."""
    if no.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Failure("too-many", no.retry_after)
    if no.status in PASSING:
        return Failure("server-error", no.retry_after)
    if no.status == HTTPStatus.INSUFFICIENT_STORAGE:
        return Failure("server-full", max(no.retry_after, SERVER_FULL_PAUSE))
    if no.code == DAMAGED_IN_TRANSIT:
        return Failure("cut", no.retry_after)
    return None


def _freezing(ask: Ask, status: int) -> Frozen | None:
    if ask is Ask.ENROL and status in {403, 409, 410}:
        return Frozen.CODE_USED
    if ask is Ask.FEED and status == HTTPStatus.GONE:
        return None
    if ask is Ask.ENTRIES and status == HTTPStatus.NOT_FOUND:
        return Frozen.AHEAD
    return FREEZING.get(HTTPStatus(status)) if status in set(HTTPStatus) else None


def _resealed(state: State, no: Refusal, now: datetime, rand: Random) -> Step:
    """The batch itself is refused: seal the same entries another way, if there is one."""
    if no.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _smaller(state, no, now, rand)
    if no.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE and not state.plain:
        return _upload(replace(state, plain=True), anew=True)
    if state.resealed:
        why = UNREADABLE.get(HTTPStatus(no.status), Frozen.BAD_FORMAT)
        return _unsendable(state, why, now, rand)
    return _upload(replace(state, resealed=True), anew=True)


def _unsendable(state: State, why: Frozen, now: datetime, rand: Random) -> Step:
    """No other way to seal it is left; what a relay says of that stops nobody."""
    return _fail(state, "relay-told", now, rand) if state.relay else _freeze(state, why)


def _smaller(state: State, no: Refusal, now: datetime, rand: Random) -> Step:
    count = no.count or state.sent_to - _handed_over(state)
    if count <= 1:
        return _unsendable(state, Frozen.TOO_LARGE, now, rand)
    part = SAFETY * no.max_bytes / no.size if no.max_bytes and no.size else 0.5
    size = max(1, min(count // 2, int(count * part)))
    return _upload(replace(state, kept=replace(state.kept, size=size)), anew=True)


def _deposit(state: State, why: Frozen) -> Step:
    """Before stopping, hand over what is unsent: refused again, the centre keeps it aside.

    A revoked desk may still leave what it holds, and of a fork the centre learns only so.
    """
    if state.stopping or why not in DEPOSITED or state.end <= state.kept.acked:
        return _freeze(state, why)
    return _upload(replace(state, stopping=why))


def _freeze(state: State, why: Frozen) -> Step:
    kept = replace(state.kept, frozen=why, next_try=None)
    return replace(state, kept=kept, ask=Ask.NOTHING), (Finish(why),)


def _fail(state: State, kind: str, now: datetime, rand: Random, retry_after: float = 0.0) -> Step:
    """Wait with full jitter, 2 s doubling to 15 min; a cut upload halves the next batch.

    What the centre asked for comes before the jitter: desks told the same do not return as one.
    """
    if state.relay and state.ask is Ask.ENTRIES:  # a relay that does not reach it keeps none
        kind = "relay-ahead"
    kept = state.kept
    told = min(retry_after, RETRY_AFTER_LIMIT * 2 / 3)  # with its jitter the limit at most
    cap = max(told / 2, min(BACKOFF_LIMIT, BACKOFF_FIRST * 2.0 ** min(kept.failures, 20)))
    wait = told + rand.below(int(cap * 1000) + 1) / 1000
    size = kept.size
    if state.ask is Ask.BATCH and kind in CUTS:
        size = max(1, (state.sent_to - _handed_over(state)) // 2)
    kept = replace(
        kept, failures=kept.failures + 1, next_try=now + timedelta(seconds=wait), size=size
    )
    return replace(state, kept=kept, ask=Ask.NOTHING), (Finish(kind),)
