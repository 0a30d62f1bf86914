"""What the desk makes of an office relay's words: only what the centre signed counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus

from sync import advance, refusals
from sync.advance import Step
from sync.ids import Random
from sync.receipt import Receipt
from sync.steps import (
    Ask,
    AskEntries,
    Effect,
    Frozen,
    KeepReceipt,
    Kept,
    Refusal,
    RelayIs,
    Rewind,
    State,
)


def heard(state: State, found: RelayIs, now: datetime, rand: Random) -> Step:
    """What a relay says moves nothing that counts; what the centre signed, and it hands on, does.

    Of one life of the centre more is always true; another life only if it spoke later (a relay
    may have kept what an earlier one said).
    """
    if state.ask is not Ask.STREAM or not state.relay:
        return advance.fail(state, "garbage", now, rand)
    before = state.kept
    for said in found.said:
        counts = said.receipt.level in advance.COUNTING
        if not counts or not advance.ours(before, said.receipt):
            return advance.fail(state, "garbage", now, rand)
        if said.ours is None:  # the centre gives back what is missing here, if the relay reaches it
            return replace(state, ask=Ask.ENTRIES), (AskEntries(state.end),)
        if said.ours != said.receipt.head:
            return advance.deposit(state, Frozen.FORK)
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
        return advance.upload(state)
    if refused.status == HTTPStatus.UNAUTHORIZED and not state.met:
        return advance.enrol(state)
    if refused.status in refusals.RESEALED:
        return refusals.resealed(state, refused, now, rand)
    return advance.fail(state, "relay-told", now, rand)


def in_custody(state: State, to: int, now: datetime, rand: Random) -> Step:
    """The relay took a batch: the next one follows, nothing is acknowledged."""
    if state.ask is not Ask.BATCH or not state.relay or to != state.sent_to:
        return advance.fail(state, "garbage", now, rand)
    kept = replace(state.kept, relayed=to, failures=0, next_try=None)
    if state.stopping and state.end <= to:
        return advance.freeze(replace(state, kept=kept), state.stopping)
    return advance.upload(replace(state, kept=kept, resealed=False))
