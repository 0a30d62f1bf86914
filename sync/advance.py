"""What every way of an exchange decides alike: send on, wait, hand over and stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sync.feed import FeedPage
from sync.ids import Random
from sync.receipt import SAFE, STORED, Receipt
from sync.steps import Ask, AskFeed, Effect, Enrol, Finish, Frozen, Kept, Prepare, State

BACKOFF_FIRST = 2.0
BACKOFF_LIMIT = 15 * 60.0
RETRY_AFTER_LIMIT = 60 * 60.0
CUTS = frozenset({"cut", "timeout", "no-answer"})
COUNTING = frozenset({STORED, SAFE})
"""Levels of a receipt that confirm; custody does not."""
DEPOSITED = frozenset({Frozen.REVOKED, Frozen.FORK, Frozen.EPOCH_CLOSED})

Step = tuple[State, tuple[Effect, ...]]
"""The next state and what to do."""


def reincarnated(state: State, incarnation: str) -> State:
    """A centre restored from a copy numbers its feed anew: hear it from the start."""
    kept = state.kept
    if incarnation in {"", kept.incarnation}:
        return state
    cursor = 0 if kept.incarnation else kept.cursor
    return replace(state, kept=replace(kept, incarnation=incarnation, cursor=cursor))


def handed_over(state: State) -> int:
    """Where sending goes on: after what is acknowledged, behind a relay after what it holds."""
    return max(state.kept.acked, state.kept.relayed) if state.relay else state.kept.acked


def upload(state: State, *, anew: bool = False) -> Step:
    """Send what is not acknowledged, then ask for the feed."""
    kept = state.kept
    if state.end <= handed_over(state):
        return replace(state, ask=Ask.FEED), (AskFeed(kept.cursor),)
    prepare = Prepare(handed_over(state) + 1, kept.size, anew, state.plain)
    return replace(state, ask=Ask.PREPARE), (prepare,)


def ours(kept: Kept, said: Receipt | FeedPage) -> bool:
    """Whether the centre said it to this desk, in this epoch."""
    return (said.server, said.desk, said.epoch) == (kept.server, kept.desk, kept.epoch)


def deposit(state: State, why: Frozen) -> Step:
    """Before stopping, hand over what is unsent: refused again, the centre keeps it aside.

    A revoked desk may still leave what it holds, and of a fork the centre learns only so, through
    a relay too.
    """
    if state.stopping or why not in DEPOSITED or state.end <= handed_over(state):
        return freeze(state, why)
    return upload(replace(state, stopping=why))


def freeze(state: State, why: Frozen) -> Step:
    """Uploads stop until a person has seen to the cause."""
    kept = replace(state.kept, frozen=why, next_try=None)
    return replace(state, kept=kept, ask=Ask.NOTHING), (Finish(why),)


def fail(state: State, kind: str, now: datetime, rand: Random, retry_after: float = 0.0) -> Step:
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
        size = max(1, (state.sent_to - handed_over(state)) // 2)
    kept = replace(
        kept, failures=kept.failures + 1, next_try=now + timedelta(seconds=wait), size=size
    )
    return replace(state, kept=kept, ask=Ask.NOTHING), (Finish(kind),)


def enrol(state: State) -> Step:
    """Show the ticket to the centre, once an exchange."""
    return replace(state, ask=Ask.ENROL, met=True), (Enrol(),)
