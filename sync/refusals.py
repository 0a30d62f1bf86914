"""What the desk does after a refusal of the centre: the table of sync.md, 7."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus

from sync import advance
from sync.advance import Step
from sync.ids import Random
from sync.steps import Ask, Failure, Frozen, Refusal, State

SERVER_FULL_PAUSE = 10 * 60.0
SAFETY = 0.8  # of the size the centre named
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
DAMAGED_IN_TRANSIT = "bad-digest"
ABOUT_THE_BATCH = frozenset({400, 413, 415, 422})
FREEZING = {
    HTTPStatus.FORBIDDEN: Frozen.REVOKED,
    HTTPStatus.CONFLICT: Frozen.FORK,
    HTTPStatus.GONE: Frozen.EPOCH_CLOSED,
    HTTPStatus.MISDIRECTED_REQUEST: Frozen.WRONG_SERVER,
}
SIGNED = frozenset({Ask.STREAM, Ask.ENTRIES, Ask.FEED})
"""Questions signed in a header: where the centre has just met these keys and knows them not, the
header has not reached it (a centre of before says so of one that is missing too)."""
RESEALED = frozenset({413, 415})
"""Refusals of a batch that ask for the same entries sealed otherwise: harmless if a lie."""
UNREADABLE = {
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: Frozen.UNKNOWN_DICTIONARY,
    HTTPStatus.UNPROCESSABLE_ENTITY: Frozen.BAD_CHAIN,
}
"""Why it is left to a person when other bytes for the same entries are refused too."""


def refused(state: State, no: Refusal, now: datetime, rand: Random) -> Step:
    """The table of sync.md, 7."""
    trouble = _passing(no)
    if trouble is not None:
        return advance.fail(state, trouble.kind, now, rand, trouble.retry_after)
    signed = state.stopping if no.status == HTTPStatus.CONFLICT else None  # why, by the centre
    if state.relay and not signed and (state.ask is not Ask.BATCH or no.status not in RESEALED):
        return advance.fail(state, "relay-told", now, rand, no.retry_after)
    why = _freezing(state.ask, no.status)
    if why:
        return (
            advance.deposit(state, why) if state.ask is Ask.STREAM else advance.freeze(state, why)
        )
    stranger = state.ask is Ask.STREAM and no.status == HTTPStatus.NOT_FOUND
    if no.status == HTTPStatus.UNAUTHORIZED or stranger:
        return _unknown(state, no, now, rand)
    if state.ask is Ask.BATCH and no.status in ABOUT_THE_BATCH:
        return resealed(state, no, now, rand)
    return advance.fail(state, "unexpected", now, rand, no.retry_after)


def resealed(state: State, no: Refusal, now: datetime, rand: Random) -> Step:
    """The batch itself is refused: seal the same entries another way, if there is one."""
    if no.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _smaller(state, no, now, rand)
    if no.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE and not state.plain:
        return advance.upload(replace(state, plain=True), anew=True)
    if state.resealed:
        why = UNREADABLE.get(HTTPStatus(no.status), Frozen.BAD_FORMAT)
        return _unsendable(state, why, now, rand)
    return advance.upload(replace(state, resealed=True), anew=True)


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


def _unsendable(state: State, why: Frozen, now: datetime, rand: Random) -> Step:
    """No other way to seal it is left; what a relay says of that stops nobody."""
    return (
        advance.fail(state, "relay-told", now, rand) if state.relay else advance.freeze(state, why)
    )


def _unknown(state: State, no: Refusal, now: datetime, rand: Random) -> Step:
    """The centre does not know these keys: show it the ticket, once an exchange."""
    if not state.met:
        return advance.enrol(state)
    if state.ask in SIGNED and no.status == HTTPStatus.UNAUTHORIZED:
        return advance.fail(state, "altered", now, rand, no.retry_after)
    return advance.freeze(state, Frozen.UNKNOWN_KEY)


def _smaller(state: State, no: Refusal, now: datetime, rand: Random) -> Step:
    count = no.count or state.sent_to - advance.handed_over(state)
    if count <= 1:
        return _unsendable(state, Frozen.TOO_LARGE, now, rand)
    part = SAFETY * no.max_bytes / no.size if no.max_bytes and no.size else 0.5
    size = max(1, min(count // 2, int(count * part)))
    return advance.upload(replace(state, kept=replace(state.kept, size=size)), anew=True)
