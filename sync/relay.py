"""The desk's way through an office relay: custody is not delivery, only the centre's word counts.

A relay cannot read, forge or acknowledge: receipts, words, pages and blob receipts it hands on
are checked by the centre's keys, and whatever else it says moves nothing but `Kept.relayed`.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sync import batch, envelope, feed, receipt
from sync.blobs import Blob, append_to, offset_of, unfinished
from sync.clock import Clock
from sync.entries_page import EntriesPage
from sync.errors import BadFormat, BadSignature, Unreachable
from sync.feed import FeedPage
from sync.http import (
    STORED,
    Receipted,
    batch_headers,
    enrol_request,
    entries_target,
    open_own_entries,
    signature_of,
)
from sync.keys import AGE, DeviceKeys, decrypt, encrypt, key_id
from sync.relay_address import RelayAddress
from sync.ticket import Ticket
from sync.wire import TIMEOUT, Answer, Progress, Wire, json_of, silent, unaltered

CONNECT_SECONDS = 5.0  # a relay is in the same building
HELD, NOTHING = 202, 204


@dataclass(frozen=True)
class InCustody:
    """A relay holds a batch that ends at `to`: said by the relay's own signature."""

    to: int


@dataclass(frozen=True)
class RelayAnswer:
    """What a relay holds of a stream, and what of the centre it handed on, verified.

    `held` are (first, last, head); `refused` is what the centre is said to have answered.
    """

    held: tuple[tuple[int, int, bytes], ...]
    receipt: Receipted | None
    word: Receipted | None
    refused: Mapping[str, Any] | None
    online: bool | None = None


class RelayClient:
    """One desk's way to its office relay. One connection kept; for one thread.

    Raises Unreachable (`kind` says why) where the relay gave no answer, Refused where it said no.
    """

    centre_time = None
    """A relay's clock is nobody's."""

    def __init__(
        self,
        address: RelayAddress,
        ticket: Ticket,
        keys: DeviceKeys,
        clock: Clock,
        *,
        timeout: tuple[float, float] = (CONNECT_SECONDS, TIMEOUT[1]),
        clock_behind: bool = False,
    ) -> None:
        self._address = address
        self._ticket = ticket
        self._keys = keys
        self._device = f"{keys.public.hex()} {ticket.desk_no} {ticket.epoch}"
        self._wire = Wire((address.url,), ticket.ca_pem, clock, timeout, clock_behind=clock_behind)
        self._public = b""
        trusted = sha256(b"".join(ticket.signing_keys)).hexdigest()[:8]
        self._trusts = f"trusts={trusted}"
        """Makes a question another one once the centre's keys have changed: the relay asks it anew,
        and does not hand out what it has kept from a key that is retired."""

    @property
    def bytes_up(self) -> int:
        """Bytes of bodies sent."""
        return self._wire.bytes_up

    @property
    def bytes_down(self) -> int:
        """Bytes of bodies received."""
        return self._wire.bytes_down

    def health(self) -> None:
        """Ask whether the relay is there; raises Unreachable when not."""
        self._exchange("GET", "/v1/health")

    def enrol(self) -> bytes | None:
        """Show code and keys to the centre, sealed to it; None while the relay holds that."""
        asked = encrypt(
            enrol_request(self._ticket.code, self._keys), list(self._ticket.age_recipients)
        )
        answer = self._exchange("POST", "/v1/enrol", {"Content-Type": "application/age"}, asked)
        if answer.status == HELD:
            return None
        return self._ticket_in(answer.body)

    def _ticket_in(self, data: bytes) -> bytes:
        """The ticket in an answer: sealed to this device, so that the relay has not read it."""
        if data.startswith(AGE):
            try:
                data = decrypt(data, [self._keys.identity])
            except BadFormat as error:
                raise Unreachable("garbage") from error
        if not data.startswith(envelope.Form.TICKET.magic):  # a centre of before gives it in clear
            raise Unreachable("garbage")
        return data

    def stream(self) -> RelayAnswer:
        """What the relay holds of this desk's stream, and what the centre said of it."""
        place = f"{self._ticket.desk_no}/{self._ticket.epoch}"
        target = f"/v1/streams/{place}?signed=1&{self._trusts}"
        told = json_of(self.signed("GET", target).body)
        refused = told.get("refused")
        try:
            return RelayAnswer(
                held=tuple(_span(one) for one in told.get("held", ())),
                receipt=self._said(told.get("receipt")),
                word=self._said(told.get("word")),
                refused=refused if isinstance(refused, dict) else None,
                online=told.get("online") if isinstance(told.get("online"), bool) else None,
            )
        except (BadFormat, TypeError) as error:
            raise Unreachable("garbage") from error

    def _said(self, text: object) -> Receipted | None:
        """What the centre signed; anything else a relay may have kept is as good as nothing.

        A receipt by a key that was retired since is such: what it stood for is handed in again.
        """
        if text is None:
            return None
        try:
            raw = base64.b64decode(str(text), validate=True)
            return Receipted(receipt.read_verified(raw, self._ticket.publics), raw)
        except (binascii.Error, ValueError, BadFormat, BadSignature):
            return None

    def post_batch(
        self, data: bytes, progress: Progress = silent, _hear: int | None = None
    ) -> Receipted | InCustody:
        """Hand a sealed batch over; the centre's receipt, or the relay's for custody."""
        answer = self._exchange("POST", "/v1/batches", batch_headers(data), data, progress)
        try:
            if answer.status in STORED:
                return Receipted(
                    receipt.read_verified(answer.body, self._ticket.publics), answer.body
                )
            raw = base64.b64decode(str(json_of(answer.body).get("receipt")), validate=True)
            mine = {key_id(self._public): self._public}
            held = receipt.read_verified(raw, mine)
            sent = batch.read_header(data).header
        except (BadFormat, BadSignature, binascii.Error, ValueError) as error:
            raise Unreachable("garbage") from error
        if (held.level, held.to, held.head) != (receipt.RELAYED, sent.to_seq, sent.head.hex()):
            raise Unreachable("garbage")
        return InCustody(held.to)

    def feed(self, after: int) -> FeedPage | None:
        """The next page of the feed, opened and verified; None when there is nothing new."""
        answer = self.signed("GET", f"/v1/feed?after={after}&{self._trusts}")
        if answer.status == NOTHING:
            return None
        try:
            return feed.open_page(answer.body, self._ticket.publics, [self._keys.identity])
        except (BadFormat, BadSignature) as error:
            raise Unreachable("garbage") from error

    def entries(self, epoch: int, after: int) -> EntriesPage:
        """Entries the centre gives back, if the relay reaches it now: it keeps none itself."""
        target = entries_target(self._ticket, epoch, after)
        body = self.signed("GET", target).body
        return open_own_entries(body, self._ticket, self._keys, epoch, after)

    def close(self) -> None:
        """Drop the connection."""
        self._wire.close()

    def signed(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        progress: Progress = silent,
    ) -> Answer:
        """One request signed by the device's key; the relay passes it on in the desk's name."""
        text = signature_of(self._keys, method, target)
        return self._exchange(
            method, target, {**(headers or {}), "MFC-Signature": text}, body, progress
        )

    def _exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        progress: Progress = silent,
    ) -> Answer:
        """One request; whoever answers must be the relay whose code this desk was given."""
        all_of = {**(headers or {}), "MFC-Device": self._device}
        with unaltered():
            answer = self._wire.exchange(method, target, all_of, body, progress)
        try:
            public = bytes.fromhex(answer.headers.get("MFC-Relay", ""))
        except ValueError:
            public = b""
        if not self._address.is_of(public):
            raise Unreachable("relay-stranger")
        self._public = public
        return answer


class RelayBlobs:
    """Scans through a relay: a `sync.blobs.Way` that knows custody from delivery.

    `incarnation` is the life of the centre's store whose word counts.
    """

    def __init__(self, client: RelayClient, ticket: Ticket, incarnation: str) -> None:
        self._client = client
        self._ticket = ticket
        self._incarnation = incarnation
        self._confirmed: set[str] = set()
        self._disbelieved: set[str] = set()

    def missing(self, blobs: Iterable[Blob]) -> dict[str, int]:
        """Return how many bytes the relay or the centre has of each; its size when whole."""
        known = {blob.sha256: blob for blob in blobs}
        asked = [{"sha256": sha, "size": blob.size} for sha, blob in known.items()]
        headers = {"Content-Type": "application/json"}
        answer = self._client.signed(
            "POST", "/v1/blobs/missing", headers, json.dumps(asked).encode()
        )
        try:
            return {
                one["sha256"]: self._have(known[one["sha256"]], one)
                for one in json.loads(answer.body)
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreachable("garbage") from error

    def _have(self, blob: Blob, told: Mapping[str, Any]) -> int:
        if told.get("custody"):
            return blob.size
        if told.get("complete"):
            if self._note(blob, str(told.get("receipt"))):
                return blob.size
            self._disbelieved.add(blob.sha256)  # by a retired key, or of an earlier life: once more
            return 0
        return unfinished(blob, int(told["offset"]))

    def offset(self, blob: Blob) -> int:
        """Return how many bytes there are of one."""
        return offset_of(self._client, blob)

    def append(self, blob: Blob, offset: int, data: bytes, progress: Progress) -> int:
        """Send the bytes from an offset; return how many the relay has now."""
        anew = {"MFC-Receipt": "?0"} if blob.sha256 in self._disbelieved else {}
        there, told = append_to(self._client, blob, offset, data, anew, progress)
        if "MFC-Receipt" in told:
            self._note(blob, told["MFC-Receipt"])
        if told:
            self._disbelieved.discard(blob.sha256)  # it lets go of its receipt at the first part
        return there

    def confirmed(self, blob: Blob) -> bool:
        """Return whether the centre has signed for a blob, in the life that counts."""
        return blob.sha256 in self._confirmed

    def _note(self, blob: Blob, text: str) -> bool:
        """Whether the centre's word for a blob holds, for the life that counts."""
        ticket = self._ticket
        whole = receipt.WholeBlob(
            ticket.server_id, self._incarnation, ticket.desk_no, blob.sha256, blob.size
        )
        if receipt.blob_proven(text, whole, ticket.publics):
            self._confirmed.add(blob.sha256)
        return blob.sha256 in self._confirmed


def _span(one: object) -> tuple[int, int, bytes]:
    match one:
        case [int() as first, int() as last, str() as head]:
            return first, last, envelope.hash_of({"head": head}, "head")
    raise BadFormat
