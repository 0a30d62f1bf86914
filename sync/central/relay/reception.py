"""What a relay answers the desks of its office: decided over its store, without HTTP or waiting."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync import batch, envelope, receipt
from sync.central.answers import PAGE, RECEIPT, SEALED, TICKET, Answer, Refusal, json_answer
from sync.central.relay.callers import batch_of, device_of, signed_by
from sync.central.relay.questions import RECEIPT as SAID_RECEIPT
from sync.central.relay.questions import WORD
from sync.central.relay.rows import Asked, Caller, Held
from sync.central.relay.store import RelayStore
from sync.clock import Clock, iso
from sync.errors import BadFormat
from sync.keys import AGE, RelayKeys

MOST_HELD = 64 << 20
"""Bytes of batches held for one device, as many as the centre parks of a stream: one desk that
cannot stop does not take the room of the others."""
FULL_PAUSE = 600
CREATED, ACCEPTED, OK, BAD_REQUEST = 201, 202, 200, 400


@dataclass(frozen=True)
class Taken:
    """A batch in custody since `at`."""

    held: Held
    header: batch.Header
    at: datetime


@dataclass(frozen=True)
class Link:
    """How a relay stands with the centre: reached or not (None: not tried yet), since when."""

    online: bool | None
    since: datetime | None


class Reception:
    """Custody and questions of the desks. Methods may be called from several threads.

    `headers` are those of a request, by their names in any case; raise Refusal.
    """

    def __init__(
        self, store: RelayStore, keys: RelayKeys, clock: Clock, most_held: int = MOST_HELD
    ) -> None:
        self._store = store
        self._most_held = most_held
        self._keys = keys
        self._clock = clock

    def take(self, headers: Mapping[str, str], data: bytes, most_bytes: int) -> Taken:
        """Take a batch into custody, durable when this returns; `most_bytes` go over the link."""
        held, header = batch_of(headers, data)
        if len(data) > most_bytes:
            raise Refusal("too-large", max_bytes=most_bytes)
        if self._store.held_bytes(held.caller.key) + len(data) > self._most_held:
            raise Refusal("too-many", retry_after=FULL_PAUSE)
        at = self._clock.now()
        self._store.hold(held, at)
        return Taken(held, header, at)

    def receipted(self, taken: Taken) -> Answer | None:
        """Answer with the centre's receipt for a batch; None while it has not come."""
        held = taken.held
        raw = self._store.said(held.caller.desk, held.caller.epoch).get(SAID_RECEIPT)
        if raw is None or _receipted(raw) != (held.last, held.head):
            return None
        return Answer(CREATED, raw, RECEIPT)

    def custody(self, taken: Taken) -> Answer:
        """Answer «these bytes lie here»: signed by the relay, confirms nothing."""
        header = taken.header
        held = receipt.Receipt(
            server=header.server,
            incarnation="",
            desk=header.desk,
            epoch=header.epoch,
            to=header.to_seq,
            head=header.head.hex(),
            level=receipt.RELAYED,
            at=taken.at,
            server_seq=0,
        )
        told = {
            "have": header.from_seq - 1,
            "head": header.head.hex(),
            "receipt": base64.b64encode(receipt.sign(held, self._keys)).decode(),
        }
        return json_answer(ACCEPTED, told)

    def ask(self, act: str, method: str, target: str, headers: Mapping[str, str]) -> Caller:
        """Keep a question a desk signed («stream», «feed»), to be put when the centre is there."""
        caller, signature = signed_by(method, target, headers)
        self._store.ask(Asked(caller, act, target, signature, None), self._clock.now())
        return caller

    def worded(self, caller: Caller) -> bool | None:
        """Return True when the centre has said how far the caller's stream is; None before."""
        return True if self._store.word_at(caller.desk, caller.epoch) else None

    def standing(self, caller: Caller, link: Link) -> Answer:
        """Say what is held of a stream, and hand on what the centre signed about it."""
        said = self._store.said(caller.desk, caller.epoch)
        told: dict[str, Any] = {
            "held": self._store.spans(caller),
            **{
                kind: base64.b64encode(said[kind]).decode() if kind in said else None
                for kind in (SAID_RECEIPT, WORD)
            },
            "refused": self._store.refusal(caller),
            "online": link.online,
            "since": iso(link.since) if link.since else None,
        }
        return json_answer(OK, told)

    def page(self, caller: Caller) -> Answer | None:
        """Hand out the page fetched for the caller's question; None while none has come."""
        asked = self._store.asked(caller.key, "feed")
        if asked is None or asked.status is None:
            return None
        if asked.status != OK or asked.answer is None:
            return Answer(204)
        self._store.handed_out(caller.key, "feed")
        return Answer(OK, asked.answer, PAGE)

    def enrol(self, headers: Mapping[str, str], data: bytes) -> Caller:
        """Keep who a desk is, sealed to the centre, to be passed on."""
        caller = device_of(headers)
        asked = self._store.asked(caller.key, "enrol")
        if asked is None or asked.status is None or asked.status >= BAD_REQUEST:
            one = Asked(caller, "enrol", "/v1/enrol", "", data)
            self._store.ask(one, self._clock.now())
        return caller

    def enrolled(self, caller: Caller) -> Answer | None:
        """Answer with the ticket the centre gave; None while it has not."""
        found = self._store.asked(caller.key, "enrol")
        if found is None or found.status != CREATED:
            return None
        self._store.handed_out(caller.key, "enrol")
        ticket = found.answer or b""
        return Answer(CREATED, ticket, SEALED if ticket.startswith(AGE) else TICKET)


def _receipted(raw: bytes) -> tuple[int, bytes] | None:
    """Position and head a receipt of the centre names; the signature is for the desk."""
    try:
        header = envelope.unpack(envelope.Form.RECEIPT, raw).header
        return envelope.whole_of(header, "to"), envelope.hash_of(header, "head")
    except BadFormat:
        return None
