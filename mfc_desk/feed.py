"""What the centre tells becomes statuses of requests, in the transaction that moves the cursor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mfc_desk.exchange_words import reason_text
from mfc_desk.store import exchange, requests
from mfc_desk.store.exchange import RequestStatus, read_problems
from sync.clock import iso
from sync.feed import FeedEvent

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

RESULT = "entry.result"
_STATES = {
    exchange.APPLIED: "confirmed",
    exchange.DUPLICATE: "confirmed",
    exchange.HELD: "held",
    exchange.REJECTED: "rejected",
}


def apply_events(desk: Desk, events: Iterable[FeedEvent]) -> None:
    """Apply a page of the feed; called inside the transaction that moves the cursor.

    Events of kinds this program does not know change nothing: they stay in the inbox.
    """
    for event in events:
        if event.kind == RESULT:
            _apply_result(desk, event)


def _apply_result(desk: Desk, event: FeedEvent) -> None:
    body = event.body
    outcome, epoch, seq = body.get("outcome"), body.get("epoch"), body.get("seq")
    reason = body.get("reason")
    if not (isinstance(outcome, str) and isinstance(epoch, int) and isinstance(seq, int)):
        return
    exchange.put_outcome(desk.db, epoch=epoch, seq=seq, outcome=outcome, reason=reason)
    request_id = body.get("request")
    if body.get("kind") != requests.REGISTER or not isinstance(request_id, str):
        return
    if not exchange.has_request(desk.db, request_id):
        return
    status = RequestStatus(
        request_id=request_id,
        outcome=outcome,
        official_no=body.get("official_no"),
        reason=reason_text(reason) if _STATES.get(outcome) != "confirmed" else None,
        problems=read_problems(body.get("problems") or ()),
        at=iso(desk.clock.now()),
    )
    exchange.put_status(desk.db, status)
    if outcome in _STATES:
        requests.set_state(desk.db, request_id, _STATES[outcome])
