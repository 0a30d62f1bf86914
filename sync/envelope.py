"""A signed file: magic ‖ u32be header length ‖ header JSON ‖ Ed25519 signature ‖ payload.

The signature is over context ‖ header; the header names the payload's length and SHA-256, so
every byte after the magic is bound. Such files are batch, receipt, feed page, entries page, ticket
and comparison.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import Any

from sync import keys as signing
from sync.errors import BadFormat, BadSignature

LENGTH_BYTES = 4
MAGIC_BYTES = 4
HEADER_BYTES = 256 * 1024
HEX_DIGITS = 64


class Form(Enum):
    """Which file: (magic, context of the signature)."""

    BATCH = (b"MFCB", b"mfcb1\x00")
    RECEIPT = (b"MFCR", b"mfcr1\x00")
    FEED = (b"MFCF", b"mfcf1\x00")
    TICKET = (b"MFCT", b"mfct1\x00")
    KEYS = (b"MFCK", b"mfck1\x00")
    COMPARISON = (b"MFCC", b"mfcc1\x00")
    QUESTION = (b"MFCQ", b"mfcq1\x00")
    SCANS = (b"MFCS", b"mfcs1\x00")
    ENTRIES = (b"MFCH", b"mfch1\x00")
    UNJOURNALLED = (b"MFCL", b"mfcl1\x00")

    @property
    def magic(self) -> bytes:
        """The first four bytes."""
        return self.value[0]

    @property
    def context(self) -> bytes:
        """What the signed message begins with."""
        return self.value[1]


@dataclass(frozen=True)
class Envelope:
    """A file taken apart: lengths and payload hash hold, the signature is not yet checked."""

    form: Form
    header_bytes: bytes
    header: dict[str, Any]
    signature: bytes
    payload: bytes

    def verify(self, public: bytes) -> None:
        """Check that the holder of this key made the file; raises BadSignature."""
        signing.verify(public, self.signature, self.form.context + self.header_bytes)

    def verify_any(self, publics: Mapping[str, bytes]) -> None:
        """Check by the key the header names, out of trusted ones {key id: public}."""
        public = publics.get(str(self.header.get("key")))
        if public is None:
            raise BadSignature("Файл обмена подписан незнакомым ключом.")
        self.verify(public)


def pack(form: Form, header: Mapping[str, Any], payload: bytes, keys: signing.Keys) -> bytes:
    """Make the file. Adds `key`, and `plen`, `psha` for a payload, where the header lacks them."""
    whole = {"v": 1, **header}
    whole.setdefault("key", keys.key_id)
    if payload:
        whole |= {"plen": len(payload), "psha": hash_text(sha256(payload).digest())}
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    length = len(text).to_bytes(LENGTH_BYTES, "big")
    return form.magic + length + text + keys.sign(form.context + text) + payload


def unpack(form: Form, data: bytes) -> Envelope:
    """Take a file apart; raises BadFormat where a length, a hash or the JSON does not hold."""
    start = MAGIC_BYTES + LENGTH_BYTES
    if data[:MAGIC_BYTES] != form.magic or len(data) < start:
        raise BadFormat
    length = int.from_bytes(data[MAGIC_BYTES:start], "big")
    end = start + length + signing.SIGNATURE_BYTES
    if length > HEADER_BYTES or len(data) < end:
        raise BadFormat
    header_bytes = data[start : start + length]
    payload = data[end:]
    header = _header(header_bytes)
    if header.get("v") != 1:
        raise BadFormat("Файл обмена другой версии. Обновите программу.")
    if header.get("plen", 0) != len(payload):
        raise BadFormat
    if payload and hash_of(header, "psha") != sha256(payload).digest():
        raise BadFormat
    return Envelope(form, header_bytes, header, data[start + length : end], payload)


def first_of(form: Form, data: bytes) -> tuple[bytes, bytes]:
    """Part a file without payload from what follows it; raises BadFormat where it is none."""
    start = MAGIC_BYTES + LENGTH_BYTES
    end = start + int.from_bytes(data[MAGIC_BYTES:start], "big") + signing.SIGNATURE_BYTES
    if data[:MAGIC_BYTES] != form.magic or len(data) < end:
        raise BadFormat
    return data[:end], data[end:]


def _header(data: bytes) -> dict[str, Any]:
    try:
        header = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadFormat from error
    if not isinstance(header, dict):
        raise BadFormat
    return header


def compact(value: Mapping[str, Any]) -> bytes:
    """JSON without spaces, letters as they are."""
    return json.dumps(dict(value), ensure_ascii=False, separators=(",", ":")).encode()


def text_of(header: Mapping[str, Any], name: str) -> str:
    """A text member of a header; raises BadFormat, also for what no database keeps as a text."""
    value = header.get(name)
    if not isinstance(value, str) or "\0" in value:
        raise BadFormat
    try:
        value.encode()
    except UnicodeEncodeError as error:  # half of a pair: JSON can say it, UTF-8 cannot
        raise BadFormat from error
    return value


def whole_of(header: Mapping[str, Any], name: str) -> int:
    """A non-negative whole-number member of a header, below 2**63; raises BadFormat."""
    value = header.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise BadFormat
    return value


def hash_text(value: bytes) -> str:
    """A SHA-256 as a header of ours writes it: base64url without padding, 43 characters."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def hash_of(header: Mapping[str, Any], name: str) -> bytes:
    """A SHA-256 member of a header: 43 characters of base64url, or 64 lower-case hex digits.

    Either has one spelling only. Raises BadFormat.
    """
    text = text_of(header, name)
    try:
        value = bytes.fromhex(text) if len(text) == HEX_DIGITS else _from_base64(text)
    except ValueError as error:
        raise BadFormat from error
    if text not in {value.hex(), hash_text(value)} or len(value) != sha256().digest_size:
        raise BadFormat
    return value


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=", altchars=b"-_", validate=True)
