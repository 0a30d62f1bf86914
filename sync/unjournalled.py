"""What a desk keeps beside its journal, sealed for its second place: `.mfcl`.

Drafts, settings, papers that wait, and what opens its scans are local: the centre never has them.
The file is signed by the device and its content sealed to the recovery recipient alone. Whoever
reads it holds the device's key against the head the device's stream begins with (`first_head`).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync import envelope
from sync.clock import from_iso, iso
from sync.errors import BadFormat
from sync.keys import DeviceKeys, decrypt, encrypt

KIND = "mfcl"
MOST = 16 << 20
"""Bytes of a file, and of what it unpacks to."""


@dataclass(frozen=True)
class Sealed:
    """A file whose signature by the key in its header holds; whose key that is, is not looked at.

    `at` is when the desk sealed it, by its own clock.
    """

    server: str
    desk: int
    epoch: int
    public: bytes
    at: datetime
    payload: bytes


def seal(
    content: Mapping[str, Any],
    keys: DeviceKeys,
    recipient: str,
    *,
    server: str,
    desk: int,
    epoch: int,
    at: datetime,
) -> bytes:
    """Make the file; `content` is what JSON can say."""
    header = {
        "server": server,
        "desk": desk,
        "epoch": epoch,
        "public": keys.public.hex(),
        "at": iso(at),
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return envelope.pack(
        envelope.Form.UNJOURNALLED, header, encrypt(zlib.compress(text, 9), [recipient]), keys
    )


def read(data: bytes) -> Sealed:
    """Read the plain header and verify; raises BadFormat, BadSignature."""
    opened = envelope.unpack(envelope.Form.UNJOURNALLED, data)
    raw = opened.header
    public = envelope.hash_of(raw, "public")  # as long as a hash
    opened.verify(public)
    return Sealed(
        envelope.text_of(raw, "server"),
        envelope.whole_of(raw, "desk"),
        envelope.whole_of(raw, "epoch"),
        public,
        from_iso(raw.get("at")),
        opened.payload,
    )


def open_sealed(sealed: Sealed, identity: str) -> dict[str, Any]:
    """Open the content with the recovery identity; raises BadFormat."""
    packed = decrypt(sealed.payload, [identity.strip()])
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(packed, MOST)
        content = json.loads(text)
    except (zlib.error, ValueError, RecursionError) as error:
        raise BadFormat from error
    if unpacking.unconsumed_tail or not isinstance(content, dict):
        raise BadFormat
    return content
