"""The centre's receipt, `.mfcr`: the only thing that moves a desk's acknowledged position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sync import envelope
from sync.clock import from_iso, iso
from sync.keys import CentreKeys

RELAYED = "relayed"
STORED = "stored"
SAFE = "safe"
REVOKED, CLOSED = "revoked", "epoch-closed"
"""Not a receipt for more: where the stream stands, and why the centre takes nothing after it."""


@dataclass(frozen=True)
class Receipt:
    """«Entries up to `to` are durably stored»: `head` is the chain there, 64 hex digits."""

    server: str
    incarnation: str
    desk: int
    epoch: int
    to: int
    head: str
    level: str
    at: datetime
    server_seq: int


def sign(receipt: Receipt, keys: CentreKeys) -> bytes:
    """The receipt as a signed file."""
    header = {
        "server": receipt.server,
        "incarnation": receipt.incarnation,
        "desk": receipt.desk,
        "epoch": receipt.epoch,
        "to": receipt.to,
        "head": receipt.head,
        "level": receipt.level,
        "at": iso(receipt.at),
        "server_seq": receipt.server_seq,
    }
    return envelope.pack(envelope.Form.RECEIPT, header, b"", keys)


def read_verified(data: bytes, publics: Mapping[str, bytes]) -> Receipt:
    """Read a receipt signed by one of the trusted keys {key id: public}.

    Raises BadFormat, BadSignature.
    """
    opened = envelope.unpack(envelope.Form.RECEIPT, data)
    opened.verify_any(publics)
    raw = opened.header
    return Receipt(
        server=envelope.text_of(raw, "server"),
        incarnation=envelope.text_of(raw, "incarnation"),
        desk=envelope.whole_of(raw, "desk"),
        epoch=envelope.whole_of(raw, "epoch"),
        to=envelope.whole_of(raw, "to"),
        head=envelope.hash_of(raw, "head").hex(),
        level=envelope.text_of(raw, "level"),
        at=from_iso(raw.get("at")),
        server_seq=envelope.whole_of(raw, "server_seq"),
    )
