"""One page of what the centre tells a desk, `.mfcf`: signed by the centre, sealed to the device."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import zstandard

from sync import envelope
from sync.errors import BadFormat
from sync.keys import CentreKeys, decrypt, encrypt

PAGE_BYTES = 8 << 20
LEVEL = 9


@dataclass(frozen=True)
class FeedEvent:
    """Event number `n` of this desk; `body` is the kind's own shape, unknown kinds pass through."""

    n: int
    kind: str
    body: dict[str, Any]


@dataclass(frozen=True)
class FeedPage:
    """Events after + 1 … to, without a gap.

    `incarnation` is the life of the centre's store that counts them; empty in pages of a centre
    that does not say it.
    """

    server: str
    desk: int
    epoch: int
    after: int
    to: int
    events: tuple[FeedEvent, ...]
    incarnation: str = ""


def seal_page(page: FeedPage, keys: CentreKeys, recipient: str) -> bytes:
    """The page as a file for one device (`recipient` is its age1…)."""
    lines = [
        json.dumps([event.n, event.kind, event.body], ensure_ascii=False, separators=(",", ":"))
        for event in page.events
    ]
    pack = zstandard.ZstdCompressor(level=LEVEL).compress("\n".join(lines).encode())
    header = {
        "server": page.server,
        "desk": page.desk,
        "epoch": page.epoch,
        "after": page.after,
        "to": page.to,
        "incarnation": page.incarnation,
    }
    return envelope.pack(envelope.Form.FEED, header, encrypt(pack, [recipient]), keys)


def open_page(data: bytes, publics: Mapping[str, bytes], identities: list[str]) -> FeedPage:
    """Read a page signed by a trusted key; raises BadFormat, BadSignature.

    The events are the dense run after + 1 … to.
    """
    opened = envelope.unpack(envelope.Form.FEED, data)
    opened.verify_any(publics)
    raw = opened.header
    pack = decrypt(opened.payload, identities)
    try:
        plain = zstandard.ZstdDecompressor().decompress(pack, max_output_size=PAGE_BYTES)
        events = tuple(_event(json.loads(line)) for line in plain.decode().split("\n") if line)
    except (zstandard.ZstdError, ValueError, RecursionError) as error:
        raise BadFormat from error
    page = FeedPage(
        server=envelope.text_of(raw, "server"),
        desk=envelope.whole_of(raw, "desk"),
        epoch=envelope.whole_of(raw, "epoch"),
        after=envelope.whole_of(raw, "after"),
        to=envelope.whole_of(raw, "to"),
        events=events,
        incarnation=envelope.text_of({"incarnation": "", **raw}, "incarnation"),
    )
    if [event.n for event in events] != list(range(page.after + 1, page.to + 1)):
        raise BadFormat
    return page


def _event(line: object) -> FeedEvent:
    match line:
        case [int() as n, str() as kind, dict() as body]:
            return FeedEvent(n, kind, body)
    raise BadFormat
