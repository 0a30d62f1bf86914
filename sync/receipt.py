"""The centre's receipt, `.mfcr`: the only thing that moves a desk's acknowledged position."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sync import envelope
from sync.clock import from_iso, iso
from sync.errors import BadSignature
from sync.keys import Keys, verify

RELAYED = "relayed"
STORED = "stored"
SAFE = "safe"
REVOKED, CLOSED = "revoked", "epoch-closed"
"""Not a receipt for more: where the stream stands, and why the centre takes nothing after it."""
BLOB_CONTEXT = b"mfcs1\x00"


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


def sign(receipt: Receipt, keys: Keys) -> bytes:
    """The receipt as a signed file."""
    header = {
        "server": receipt.server,
        "incarnation": receipt.incarnation,
        "desk": receipt.desk,
        "epoch": receipt.epoch,
        "to": receipt.to,
        "head": envelope.hash_text(bytes.fromhex(receipt.head)),
        "level": receipt.level,
        "at": iso(receipt.at),
        "server_seq": receipt.server_seq,
    }
    return envelope.pack(envelope.Form.RECEIPT, header, b"", keys)


def read_verified(data: bytes, publics: Mapping[str, bytes]) -> Receipt:
    """Read a receipt signed by one of the trusted keys {key id: public}.

    Raises BadFormat, BadSignature.
    """
    envelope.unpack(envelope.Form.RECEIPT, data).verify_any(publics)
    return read(data)


def read(data: bytes) -> Receipt:
    """Read a receipt that was verified when it came; raises BadFormat."""
    raw = envelope.unpack(envelope.Form.RECEIPT, data).header
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


@dataclass(frozen=True)
class WholeBlob:
    """«This scan of this desk is whole at the centre»: SHA-256 in hex, bytes, both as sealed."""

    server: str
    incarnation: str
    desk: int
    sha256: str
    size: int

    @property
    def signed(self) -> bytes:
        """What the centre signs."""
        text = f"{self.server} {self.incarnation} {self.desk} {self.sha256} {self.size}"
        return BLOB_CONTEXT + text.encode()


def sign_blob(blob: WholeBlob, keys: Keys) -> str:
    """The centre's word for a whole scan as the header `MFC-Receipt`: key id and signature."""
    return f"{keys.key_id}:{base64.b64encode(keys.sign(blob.signed)).decode()}"


def blob_proven(text: str, blob: WholeBlob, publics: Mapping[str, bytes]) -> bool:
    """Whether one of the trusted keys signed for exactly this blob."""
    key, _, signature = text.partition(":")
    public = publics.get(key)
    if public is None:
        return False
    try:
        verify(public, base64.b64decode(signature, validate=True), blob.signed)
    except (BadSignature, binascii.Error, ValueError):
        return False
    return True
