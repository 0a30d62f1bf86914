"""Who speaks to a relay: a desk shows its public key, and its signatures must hold by it.

Whether the centre knows that key only the centre can tell; a relay keeps damage and mix-ups out.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from starlette.requests import Request

from sync import batch
from sync.central.answers import Refusal
from sync.central.centre import REQUEST_CONTEXT
from sync.central.relay.rows import Caller, Held
from sync.errors import BadFormat, BadSignature
from sync.keys import PUBLIC_BYTES, key_id, verify

DEVICE = "MFC-Device"
SIGNATURE = "MFC-Signature"
SPEAKS = re.compile(r"([0-9a-f]{64}) ([0-9]{1,9}) ([0-9]{1,18})")


def target_of(request: Request) -> str:
    """Path and query exactly as sent: what the signature is of."""
    target = bytes(request.scope["raw_path"]).decode("latin-1")
    query = bytes(request.scope["query_string"]).decode("latin-1")
    return f"{target}?{query}" if query else target


def device_of(headers: Mapping[str, str]) -> Caller:
    """Who asks: `MFC-Device: <public key in hex> <desk> <epoch>`; raises Refusal."""
    found = SPEAKS.fullmatch(headers.get(DEVICE, ""))
    if found is None:
        raise Refusal("bad-request", detail=f"{DEVICE}: ключ, место, эпоха.")
    public = bytes.fromhex(found[1])
    if len(public) != PUBLIC_BYTES:
        raise Refusal("bad-request", detail=f"{DEVICE}: ключ из 64 цифр hex.")
    return Caller(key_id(public), public, int(found[2]), int(found[3]))


def signed_by(method: str, target: str, headers: Mapping[str, str]) -> tuple[Caller, str]:
    """Who signed this request, and the signature as sent; raises Refusal."""
    caller = device_of(headers)
    sent = headers.get(SIGNATURE, "")
    key, _, text = sent.partition(":")
    message = REQUEST_CONTEXT + f"{method} {target}".encode()
    try:
        verify(caller.public, base64.b64decode(text, validate=True), message)
    except (binascii.Error, ValueError, BadSignature) as error:
        raise Refusal("altered") from error
    if key != caller.key:
        raise Refusal("altered")
    return caller, sent


def batch_of(headers: Mapping[str, str], data: bytes) -> tuple[Held, batch.Header]:
    """The batch a desk hands over, its signature checked; raises Refusal."""
    caller = device_of(headers)
    try:
        sealed = batch.read_header(data)
        sealed.envelope.verify(caller.public)
    except BadFormat as error:
        raise Refusal("bad-digest") from error
    except BadSignature as error:
        raise Refusal("bad-digest") from error
    header = sealed.header
    writer = Caller(caller.key, caller.public, header.desk, header.epoch)
    if header.key != caller.key or writer != caller:
        raise Refusal("bad-request", detail="Пакет другого места.")
    return Held(0, caller, header.from_seq, header.to_seq, header.head, data), header
