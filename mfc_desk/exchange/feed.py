"""What the centre tells becomes statuses of requests, in the transaction that moves the cursor.

Signatures inside the events are verified before it begins.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mfc_desk.exchange.centre_keys import keep_changes, ticket_in_use, trusted_changes
from mfc_desk.exchange.words import reason_text
from mfc_desk.store import exchange, messages, published_catalogues, requests
from mfc_desk.store.exchange import RequestEvent, RequestStatus, read_problems
from sync import rotation
from sync.clock import iso
from sync.errors import BadChain, BadFormat, BadSignature
from sync.feed import FeedEvent
from sync.outbox import Outbox, read_safe

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from sync.outbox import Write
    from sync.receipt import Receipt
    from sync.ticket import Ticket

_STATES = {
    exchange.APPLIED: "confirmed",
    exchange.DUPLICATE: "confirmed",
    exchange.SUPERSEDED: "confirmed",
    exchange.HELD: "held",
    exchange.REJECTED: "rejected",
}
_VERSIONS = frozenset({requests.REGISTER, requests.AMEND})
_SHA = re.compile(r"[0-9a-f]{64}")
_CATALOGUE_BYTES = 32 << 20
RESULT = "entry.result"
KEYS, SAFE_ENTRIES = "keys.changed", "entries.safe"
RETURNED, STATUS, READY = "returned", "status", "ready"
"""Kinds of `RequestEvent` beside the outcomes."""


def read_events(desk: Desk, events: Sequence[FeedEvent]) -> Write:
    """Read a page of the feed; what it returns applies it in the transaction of the cursor.

    Events of kinds this program does not know, or of another shape, change nothing: they stay in
    the inbox.
    """
    at = iso(desk.clock.now())
    keys = trusted_changes(desk, (one.body.get("change") for one in events if one.kind == KEYS))
    ticket = ticket_in_use(desk)
    ticket = ticket and rotation.follow(ticket, keys)
    outbox = Outbox(desk.db, ticket) if ticket else None
    safe = tuple(_safe_receipts(ticket, events)) if ticket else ()

    def write() -> None:
        keep_changes(desk, keys)
        for event in events:
            apply = _KINDS.get(event.kind)
            if apply is not None:
                apply(desk, event.body, at)
        if outbox is not None:
            for receipt, signed in safe:
                with suppress(BadChain):
                    outbox.keep_safe(receipt, signed, desk.clock.now())

    return write


def _apply_result(desk: Desk, body: Mapping[str, Any], at: str) -> None:
    """What became of an entry; a request has the status of its newest version alone."""
    outcome, epoch, seq = body.get("outcome"), body.get("epoch"), body.get("seq")
    reason = body.get("reason")
    if not (isinstance(outcome, str) and isinstance(epoch, int) and isinstance(seq, int)):
        return
    exchange.put_outcome(desk.db, epoch=epoch, seq=seq, outcome=outcome, reason=reason)
    request_id = _known(desk, body)
    if body.get("kind") not in _VERSIONS or request_id is None:
        return
    why = reason_text(reason) if outcome not in exchange.CONFIRMED else None
    number = body.get("official_no")
    said = RequestEvent(at, outcome, why or (f"№ {number}" if number else None))
    exchange.add_event(desk.db, request_id, said, f"{body.get('entry')}:{outcome}")
    if body.get("entry") not in (None, exchange.newest_entry(desk.db, request_id)):
        exchange.put_progress(desk.db, request_id, official_no=number)
        return
    before = exchange.status(desk.db, request_id) if outcome == exchange.DUPLICATE else None
    if before is not None and before.returned:
        return  # A new epoch hands the entry in again: it was applied, then returned, and still is.
    _put(desk, request_id, outcome, why, body, at)


def _put(
    desk: Desk,
    request_id: str,
    outcome: str,
    why: str | None,
    body: Mapping[str, Any],
    at: str,
    *,
    returned: bool = False,
) -> None:
    status = RequestStatus(
        request_id=request_id,
        outcome=outcome,
        official_no=body.get("official_no"),
        reason=why,
        problems=read_problems(body.get("problems") or ()),
        at=at,
        returned=returned,
    )
    exchange.put_status(desk.db, status)
    if outcome in _STATES:
        requests.set_state(desk.db, request_id, _STATES[outcome])


def _apply_return(desk: Desk, body: Mapping[str, Any], at: str) -> None:
    """A person at the centre returned a request; one amended since then waits for its answer."""
    request_id, reason = _known(desk, body), _text(body, "reason")
    if request_id is None:
        return
    exchange.add_event(
        desk.db, request_id, RequestEvent(at, RETURNED, reason), _key(body, RETURNED)
    )
    if body.get("entry") in (None, exchange.newest_entry(desk.db, request_id)):
        _put(desk, request_id, exchange.REJECTED, reason, body, at, returned=True)


def _apply_status(desk: Desk, body: Mapping[str, Any], at: str) -> None:
    request_id, text = _known(desk, body), _text(body, "text")
    if request_id is not None and text is not None:
        exchange.add_event(desk.db, request_id, RequestEvent(at, STATUS, text), _key(body, STATUS))
        exchange.put_progress(desk.db, request_id, progress=text)


def _apply_ready(desk: Desk, body: Mapping[str, Any], at: str) -> None:
    request_id = _known(desk, body)
    if request_id is not None:
        result = exchange.REFUSED if body.get("refused") is True else exchange.GRANTED
        exchange.add_event(desk.db, request_id, RequestEvent(at, READY, result), _key(body, READY))
        exchange.put_progress(desk.db, request_id, result=result)


def _apply_message(desk: Desk, body: Mapping[str, Any], at: str) -> None:
    text = _text(body, "text")
    if text is not None:
        messages.add_message(desk.db, text, at, _key(body, text))


def _apply_published(desk: Desk, body: Mapping[str, Any], at: str) -> None:
    """A catalogue to be fetched after this exchange; what names none stays in the inbox."""
    digest, sha, size = body.get("digest"), body.get("sha256"), body.get("size")
    hashes = all(isinstance(one, str) and _SHA.fullmatch(one) for one in (digest, sha))
    if hashes and isinstance(size, int) and 0 < size <= _CATALOGUE_BYTES:
        published_catalogues.hear_of(
            desk.db, key=_key(body, str(sha)), digest=str(digest), sha256=str(sha), size=size, at=at
        )


def _safe_receipts(ticket: Ticket, events: Iterable[FeedEvent]) -> Iterator[tuple[Receipt, bytes]]:
    """What the centre signs of a copy of it that holds entries too; what proves nothing is left."""
    for event in events:
        text = _text(event.body, "receipt")
        if event.kind == SAFE_ENTRIES and text and event.body.get("epoch") == ticket.epoch:
            with suppress(binascii.Error, ValueError, BadFormat, BadSignature, BadChain):
                signed = base64.b64decode(text, validate=True)
                yield read_safe(signed, ticket.publics), signed


def _known(desk: Desk, body: Mapping[str, Any]) -> str | None:
    """The request an event is about, when this desk holds it."""
    request_id = _text(body, "request")
    if request_id is None or exchange.newest_entry(desk.db, request_id) is None:
        return None
    return request_id


def _key(body: Mapping[str, Any], what: str) -> str:
    """What tells an event from the next of its kind: the centre's own time of it."""
    return f"{body.get('at')}:{what}"


def _text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) and value else None


_KINDS = {
    RESULT: _apply_result,
    "entry.settled": _apply_result,
    "request.returned": _apply_return,
    "request.status": _apply_status,
    "result.ready": _apply_ready,
    "message": _apply_message,
    "catalogue.published": _apply_published,
}
