"""Batches and feed over HTTP: requests in, typed answers and typed failures out (sync.md, 7)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from sync import entries_page, envelope, feed, question, receipt
from sync.clock import CentreTime, Clock
from sync.errors import (
    KEPT,
    NOT_ENROLLED,
    BadChain,
    BadFormat,
    BadSignature,
    Refused,
    Unreachable,
)
from sync.feed import FeedPage
from sync.keys import DeviceKeys
from sync.ticket import Ticket
from sync.wire import TIMEOUT, Answer, Progress, Wire, json_of, silent, unaltered

REQUEST_CONTEXT = b"mfcg1\x00"
STORED = (200, 201)
QUESTION_KIND = {"Content-Type": question.MEDIA_TYPE}
KEPT_ASIDE = frozenset({"revoked", "epoch-closed", "fork", "bad-chain", "unknown-dictionary"})
"""Refusals of a batch after which the centre has kept its bytes: of other codes it is not sure."""


@dataclass(frozen=True)
class StreamAnswer:
    """What the centre has of a stream: entries up to `have`, with the chain's head there."""

    have: int
    head: bytes
    applied_to: int
    incarnation: str


@dataclass(frozen=True)
class Receipted:
    """The centre stored a batch: its receipt, verified, and the receipt's bytes.

    `heard`: a page of the feed came with it, for which the centre may have held it back.
    """

    receipt: receipt.Receipt
    raw: bytes = field(repr=False)
    heard: bool = False


@dataclass(frozen=True)
class ParkedAt:
    """The centre keeps a batch aside, for it has entries up to `have` only."""

    have: int


class CentreClient:
    """One desk's way to its centre. One connection kept; for one thread.

    Raises Unreachable (`kind` says why) where the centre gave no answer, Refused where it said no.
    """

    def __init__(
        self,
        ticket: Ticket,
        keys: DeviceKeys,
        clock: Clock,
        *,
        urls: tuple[str, ...] = (),
        timeout: tuple[float, float] | None = None,
        clock_behind: bool = False,
    ) -> None:
        self._ticket = ticket
        self._keys = keys
        self._listener = feed.Listener()
        self._wire = Wire(
            urls or ticket.urls,
            ticket.ca_pem,
            clock,
            timeout or TIMEOUT,
            clock_behind=clock_behind,
        )

    @property
    def centre_time(self) -> CentreTime | None:
        """The best estimate of the centre's clock so far; None before its first answer."""
        return self._wire.centre_time

    @property
    def bytes_up(self) -> int:
        """Bytes of bodies sent."""
        return self._wire.bytes_up

    @property
    def bytes_down(self) -> int:
        """Bytes of bodies received."""
        return self._wire.bytes_down

    def health(self) -> None:
        """Ask whether the centre is there; raises Unreachable when not."""
        self._wire.exchange("GET", "/v1/health")

    def stream(self) -> StreamAnswer:
        """What the centre has of this desk's stream."""
        ticket = self._ticket
        answer = self.signed("GET", f"/v1/streams/{ticket.desk_no}/{ticket.epoch}")
        told = json_of(answer.body)
        try:
            return StreamAnswer(
                have=envelope.whole_of(told, "have"),
                head=envelope.hash_of(told, "head"),
                applied_to=envelope.whole_of(told, "applied_to"),
                incarnation=envelope.text_of(told, "incarnation"),
            )
        except BadFormat as error:
            raise Unreachable("garbage") from error

    def post_batch(
        self, data: bytes, progress: Progress = silent, hear: int | None = None
    ) -> Receipted | ParkedAt:
        """Send a sealed batch; a receipt comes back verified by the ticket's keys.

        `hear`: let the page of the feed after this event come with it, for `feed` to give.
        """
        headers = batch_headers(data)
        if hear is not None:
            headers[feed.HEAR] = str(hear)
        with unaltered():
            answer = self._wire.exchange("POST", "/v1/batches", headers, data, progress)
        body, rest = answer.body, b""
        if answer.status in STORED:
            body, rest = _parted(answer.body)
        found = read_batch_answer(answer.status, body, self._ticket.publics)
        self._listener.sent(self._page_or_none(rest) if rest else None)
        return replace(found, heard=True) if rest and isinstance(found, Receipted) else found

    def feed(self, after: int) -> FeedPage | None:
        """The next page of the feed, opened and verified; None when there is nothing new."""
        return self._listener.next(after, self._ask_page)

    def _ask_page(self, after: int) -> FeedPage | None:
        answer = self.signed("GET", f"/v1/feed?after={after}")
        return None if answer.status == 204 else self._page(answer.body)  # noqa: PLR2004 - HTTP

    def _page(self, data: bytes) -> FeedPage:
        try:
            return feed.open_page(data, self._ticket.publics, [self._keys.identity])
        except (BadFormat, BadSignature) as error:
            raise Unreachable("garbage") from error

    def _page_or_none(self, data: bytes) -> FeedPage | None:
        """A page that came with a receipt; a bad one costs no receipt, the feed is asked then."""
        try:
            return self._page(data)
        except Unreachable:
            return None

    def entries(self, epoch: int, after: int) -> entries_page.EntriesPage:
        """Entries of a stream of this desk after one, opened and verified."""
        body = self.signed("GET", entries_target(self._ticket, epoch, after)).body
        return open_own_entries(body, self._ticket, self._keys, epoch, after)

    def heads(self, epoch: int, wanted: Iterable[int]) -> dict[int, str]:
        """The heads (hex) after some entries of a stream of this desk, of those it has."""
        at = ",".join(str(seq) for seq in wanted)
        answer = self.signed("GET", f"/v1/streams/{self._ticket.desk_no}/{epoch}/heads?at={at}")
        return {
            int(seq): str(head) for seq, head in json_of(answer.body).items() if seq.isdecimal()
        }

    def enrol(self) -> bytes:
        """Show the ticket's code and this device's keys; the centre's ticket file comes back."""
        return _enrol(self._wire, self._ticket.code, self._keys)

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
        """One request signed by the device's key; the signature is of method and path."""
        text = signature_of(self._keys, method, target)
        with unaltered():
            return self._wire.exchange(
                method, target, {**(headers or {}), "MFC-Signature": text}, body, progress
            )


def entries_target(ticket: Ticket, epoch: int, after: int) -> str:
    """Where the centre gives a desk its entries back."""
    return f"/v1/streams/{ticket.desk_no}/{epoch}/entries?after={after}"


def open_own_entries(
    data: bytes, ticket: Ticket, keys: DeviceKeys, epoch: int, after: int
) -> entries_page.EntriesPage:
    """Open and verify a page of this desk's entries; raises Unreachable for anything else."""
    try:
        page = entries_page.open_entries(data, ticket.publics, [keys.identity])
    except (BadFormat, BadSignature, BadChain) as error:
        raise Unreachable("garbage") from error
    if (page.desk, page.epoch, page.after) != (ticket.desk_no, epoch, after):
        raise Unreachable("garbage")
    return page


def batch_headers(data: bytes) -> dict[str, str]:
    """What goes with a batch: its kind, and its hash for this hop."""
    digest = base64.b64encode(sha256(data).digest()).decode()
    return {
        "Content-Type": "application/vnd.mfc.batch",
        "Content-Digest": f"sha-256=:{digest}:",
    }


def signature_of(keys: DeviceKeys, method: str, target: str) -> str:
    """Return the header `MFC-Signature` of a request: the device's, of method and path."""
    signature = keys.sign(REQUEST_CONTEXT + f"{method} {target}".encode())
    return f"{keys.key_id}:{base64.b64encode(signature).decode()}"


def _parted(body: bytes) -> tuple[bytes, bytes]:
    """A receipt, and the page of the feed that follows it."""
    try:
        return envelope.first_of(envelope.Form.RECEIPT, body)
    except BadFormat as error:
        raise Unreachable("garbage") from error


def read_batch_answer(
    status: int, body: bytes, publics: Mapping[str, bytes]
) -> Receipted | ParkedAt:
    """Take the answer to a batch for what it proves: a receipt counts by its signature alone."""
    try:
        if status in STORED:
            return Receipted(receipt.read_verified(body, publics), body)
        return ParkedAt(envelope.whole_of(json_of(body), "have"))
    except (BadFormat, BadSignature) as error:
        raise Unreachable("garbage") from error


def fetch_ticket(
    url: str,
    code: str,
    keys: DeviceKeys,
    clock: Clock,
    *,
    timeout: tuple[float, float] = TIMEOUT,
) -> bytes:
    """Enrol by net: the ticket file the centre gives for a one-time YYYY-YYYY and these keys.

    The caller verifies it by the fingerprint. Raises Unreachable, Refused.
    """
    wire = Wire((url,), None, clock, timeout)
    try:
        return _enrol(wire, code, keys)
    except Unreachable as error:
        raise Unreachable(error.kind, str(error).replace(KEPT, NOT_ENROLLED)) from error
    finally:
        wire.close()


def hand_in(
    urls: tuple[str, ...], ca_pem: str | None, files: Iterable[tuple[str, bytes]], clock: Clock
) -> dict[str, Refused | None]:
    """Hand files in, by name, for whoever sealed them, in order: batches, questions that enrol.

    The centre checks who it was. Returns its lasting refusals, None for what it took; whoever
    needs to know where a stream ends asks for the heads later. The first refusal that passes
    (`Refused.passing`) is raised, and Unreachable: nothing of the rest was handed in.
    """
    wire = Wire(urls, ca_pem, clock, TIMEOUT)
    answers: dict[str, Refused | None] = {}
    try:
        for name, data in files:
            asks = data.startswith(envelope.Form.QUESTION.magic)
            target, headers = ("/v1/enrol", QUESTION_KIND) if asks else ("/v1/batches", None)
            answers[name] = None
            try:
                wire.exchange("POST", target, headers or batch_headers(data), data)
            except Refused as refused:
                if refused.passing:
                    raise
                answers[name] = refused
    finally:
        wire.close()
    return answers


def _enrol(wire: Wire, code: str, keys: DeviceKeys) -> bytes:
    headers = {"Content-Type": "application/json"}
    answer = wire.exchange("POST", "/v1/enrol", headers, enrol_request(code, keys))
    if not answer.body.startswith(envelope.Form.TICKET.magic):
        raise Unreachable("garbage")
    return answer.body


def enrol_request(code: str, keys: DeviceKeys) -> bytes:
    """Who a device is, for the centre: its one-time code and its public keys."""
    asked = {
        "code": code,
        "signing_public": keys.public.hex(),
        "age_recipient": keys.recipient,
        "hw_hint": "",
        "prev": None,
    }
    return json.dumps(asked).encode()
