"""What the desk does next in an exchange. Decides, touches nothing.

A loop (sync.session, or the simulator) executes the effects of `decide` in order and answers the
last one with an event. Effects that record something are one transaction each, with the state
`decide` returned; a state is durable in its `Kept` part only, so an exchange may be killed
anywhere and begins anew.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sync import advance, brought, refusals, relayed
from sync.advance import Step
from sync.feed import FeedPage
from sync.ids import Random
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
    Prepared,
    Refusal,
    RelayIs,
    Rewind,
    Send,
    State,
    Stored,
    StreamIs,
)

SIZE_LIMIT = 2000
SLICE_SECONDS = 15.0
RELAY_PAUSE = 10.0


def due(kept: Kept, now: datetime) -> bool:
    """Whether waiting is over. A clock set far back does not make the desk wait for years."""
    if kept.next_try is None or now >= kept.next_try:
        return True
    return kept.next_try - now > timedelta(seconds=advance.RETRY_AFTER_LIMIT)


def decide(state: State, event: Event, now: datetime, rand: Random) -> Step:
    """The next state and what to do, from what happened."""
    match event:
        case Begin():
            step = _begin(state, event)
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
            step = brought.receipt_brought(state, event)
        case BroughtPage(page):
            step = brought.page_brought(state, page)
        case _:
            step = _answered(state, event, now, rand)
    return step


def _answered(state: State, event: Event, now: datetime, rand: Random) -> Step:
    """What came, or did not come, over the net."""
    match event:
        case StreamIs():
            step = _compare(state, event, now, rand)
        case RelayIs():
            step = relayed.heard(state, event, now, rand)
        case Custody(to):
            step = relayed.in_custody(state, to, now, rand)
        case Given():
            step = _given(state, event, now, rand)
        case Stored():
            step = _stored(replace(state, end=event.end), event, now, rand)
        case Parked():
            step = _parked(state, now, rand)
        case Page(page, end):
            step = _page(replace(state, end=end), page, now, rand)
        case Refusal():
            step = refusals.refused(state, event, now, rand)
        case Failure(kind, retry_after):
            step = advance.fail(state, kind, now, rand, retry_after)
        case _:
            raise TypeError(event)
    return step


def _begin(state: State, begun: Begin) -> Step:
    fresh = State(state.kept, end=begun.end, relay=begun.relay)
    if state.kept.frozen:
        return fresh, (Finish(state.kept.frozen),)
    if not state.kept.bound:
        return advance.enrol(fresh)
    if begun.known and not begun.relay and begun.end > state.kept.acked:
        return advance.upload(replace(fresh, unasked=True))
    return _compare_first(fresh)


def _compare_first(state: State) -> Step:
    """Ask what the centre has of the stream."""
    return replace(state, ask=Ask.STREAM, unasked=False), (AskStream(),)


def _compare(state: State, found: StreamIs, now: datetime, rand: Random) -> Step:
    """Compare both ends (sync.md, 9): a prefix of ours goes on, anything else is for a person."""
    if state.ask is not Ask.STREAM:
        return advance.fail(state, "garbage", now, rand)
    state = advance.reincarnated(
        state, found.incarnation
    )  # receipts of this life count, even of a fork
    if found.ours is None:  # a journal restored from a copy, or one that parted from it
        return replace(state, ask=Ask.ENTRIES), (AskEntries(state.end),)
    records: tuple[Effect, ...] = ()
    if found.have < state.kept.acked:
        state = replace(state, kept=replace(state.kept, acked=found.have))
        records = (Rewind(found.have),)
    if found.ours != found.head:
        state, effects = advance.deposit(state, Frozen.FORK)
    else:
        state, effects = advance.upload(state)
    return state, (*records, *effects)


def _given(state: State, found: Given, now: datetime, rand: Random) -> Step:
    """Take our own entries back when they go on where our journal ends; then compare again."""
    page, kept = found.page, state.kept
    address = (page.server, page.desk, page.epoch)
    if state.ask is not Ask.ENTRIES or address != (kept.server, kept.desk, kept.epoch):
        return advance.fail(state, "garbage", now, rand)
    if page.to <= page.after:
        return advance.fail(state, "garbage", now, rand)
    state = replace(state, end=found.end)
    if found.ours != page.prev or page.after != found.end:  # something else was saved here
        return advance.deposit(state, Frozen.FORK)
    return replace(state, ask=Ask.STREAM, end=page.to), (KeepEntries(page), AskStream())


def _prepared(state: State, start: int, to: int) -> Step:
    if to < start:
        return replace(state, ask=Ask.FEED), (AskFeed(state.kept.cursor),)
    return replace(state, ask=Ask.BATCH, sent_to=to), (Send(start),)


def _stored(state: State, found: Stored, now: datetime, rand: Random) -> Step:
    """Only here the acknowledged position rises: centre-signed, ours, and of the same chain."""
    receipt, kept = found.receipt, state.kept
    if state.ask is not Ask.BATCH or not advance.ours(kept, receipt):
        return advance.fail(state, "garbage", now, rand)
    if receipt.level not in advance.COUNTING or receipt.to <= kept.acked:
        return advance.fail(state, "garbage", now, rand)
    changed = kept.incarnation not in {"", receipt.incarnation} or found.ours != receipt.head
    if changed and state.unasked:
        return _compare_first(state)
    if kept.incarnation not in {"", receipt.incarnation}:  # of a life the centre no longer lives
        return advance.fail(state, "garbage", now, rand)
    if found.ours != receipt.head:
        return advance.freeze(state, Frozen.FORK)
    kept = replace(
        kept,
        acked=receipt.to,
        incarnation=receipt.incarnation,  # behind a relay nothing else may have told it yet
        failures=0,
        next_try=None,
        size=_grown(kept.size, state.sent_to - advance.handed_over(state), found.seconds),
        heard=max(receipt.at, kept.heard or receipt.at),
    )
    record = KeepReceipt(receipt, found.raw)
    state, effects = advance.upload(replace(state, kept=kept, resealed=False, parked=False))
    return state, (record, *effects)


def _grown(size: int, count: int, seconds: float) -> int:
    """A quarter more after a success, at most what this link carries in a slice."""
    if seconds * size > SLICE_SECONDS * count:
        return max(1, min(size, int(count * SLICE_SECONDS / seconds)))
    return min(SIZE_LIMIT, size + max(1, size // 4))


def _parked(state: State, now: datetime, rand: Random) -> Step:
    """The centre went back since it was asked: compare again, once in a row."""
    if state.stopping and state.ask is Ask.BATCH:
        return advance.freeze(state, state.stopping)
    if state.ask is not Ask.BATCH or state.parked:
        return advance.fail(state, "parked", now, rand)
    return _compare_first(replace(state, parked=True))


def _page(state: State, page: FeedPage | None, now: datetime, rand: Random) -> Step:
    kept = state.kept
    if state.ask is not Ask.FEED:
        return advance.fail(state, "garbage", now, rand)
    if page is None:
        kept = replace(kept, failures=0, next_try=None)
        if state.relay and kept.relayed > kept.acked:  # ask again soon what the centre says
            kept = replace(kept, next_try=now + timedelta(seconds=RELAY_PAUSE))
        state = replace(state, kept=kept)
        if state.end > advance.handed_over(state):
            return advance.upload(state)
        return replace(state, ask=Ask.NOTHING), (Finish(),)
    if not advance.ours(kept, page) or page.after != kept.cursor:
        return advance.fail(state, "garbage", now, rand)
    if page.to <= page.after or (state.relay and page.incarnation not in {"", kept.incarnation}):
        return advance.fail(state, "garbage", now, rand)
    state = replace(state, kept=replace(kept, cursor=page.to))
    state, effects = advance.upload(state)
    return state, (KeepPage(page), *effects)
