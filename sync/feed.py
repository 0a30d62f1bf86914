"""One page of what the centre tells a desk, `.mfcf`: signed by the centre, sealed to the device."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import zstandard

from sync import envelope
from sync.errors import BadFormat
from sync.keys import CentreKeys, decrypt, encrypt

HEAR = "MFC-Feed"
"""Header of a batch: the feed event after which the next page is to come with the receipt."""
PAGE_BYTES = 8 << 20
LEVEL = 19
RESULTS = "results-1"
"""Name of the text a page is packed against; never change that text, make another one."""
_RESULTS = (
    b'"official_no":null,"reason":"catalogue","problems":[]}]\n[2,"entry.settled",{"outcome":'
    b'"rejected","reason":"held","outcome":"superseded","outcome":"duplicate"}]\n'
    b'[1,"entry.result",{"entry":"01a21f16-17b4-7d12-8308-a855a7aa22dd","epoch":217981062,"seq":14,'
    b'"kind":"paper.printed","outcome":"applied"}]\n'
    b'[1,"entry.result",{"entry":"01a21f16-17b4-7d12-8308-a855a7aa22dd","epoch":217981062,"seq":14,'
    b'"kind":"request.amend","outcome":"applied","request":"01a21f16-17b3-73b9-8628-8df0888f482d",'
    b'"number":"00317-000012-45-4","official_no":"90/2026-000012"}]\n'
    b'[1,"entry.result",{"entry":"01a21f16-17b4-7d12-8308-a855a7aa22dd","epoch":217981062,"seq":14,'
    b'"kind":"request.register","outcome":"applied","request":"01a21f16-17b3-73b9-8628-8df0888f482d'
    b'","number":"00317-000012-45-4","official_no":"90/2026-000012"}]'
)
_TEXTS = {
    RESULTS: zstandard.ZstdCompressionDict(_RESULTS, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
}


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
    that does not say it. `end`: nothing came after `to`, nor was anything in the making.
    """

    server: str
    desk: int
    epoch: int
    after: int
    to: int
    events: tuple[FeedEvent, ...]
    incarnation: str = ""
    end: bool = False


class Listener:
    """What is known of a feed without asking: a page that came with a receipt, where it ends."""

    def __init__(self) -> None:
        self._page: FeedPage | None = None
        self._end: int | None = None

    def sent(self, page: FeedPage | None) -> None:
        """A batch went out: its outcomes follow; `page` came with its receipt."""
        self._page, self._end = page, None

    def next(self, after: int, ask: Callable[[int], FeedPage | None]) -> FeedPage | None:
        """The page after `after`; None when there is nothing new. Asks only where it must."""
        page, self._page = self._page, None
        ended, self._end = self._end == after, None
        if page is None or page.after != after:
            page = None if ended else ask(after)
        self._end = page.to if page is not None and page.end else None
        return page


def seal_page(page: FeedPage, keys: CentreKeys, recipient: str) -> bytes:
    """The page as a file for one device (`recipient` is its age1…)."""
    lines = [
        json.dumps([event.n, event.kind, event.body], ensure_ascii=False, separators=(",", ":"))
        for event in page.events
    ]
    packer = zstandard.ZstdCompressor(level=LEVEL, dict_data=_TEXTS[RESULTS])
    pack = packer.compress("\n".join(lines).encode())
    header: dict[str, Any] = {
        "server": page.server,
        "desk": page.desk,
        "epoch": page.epoch,
        "after": page.after,
        "to": page.to,
        "incarnation": page.incarnation,
        "zdict": RESULTS,
        **({"end": True} if page.end else {}),
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
        plain = _opener(raw).decompress(pack, max_output_size=PAGE_BYTES)
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
        end=raw.get("end") is True,
    )
    if [event.n for event in events] != list(range(page.after + 1, page.to + 1)):
        raise BadFormat
    return page


def _opener(header: Mapping[str, Any]) -> zstandard.ZstdDecompressor:
    """What unpacks a page: against the text it names, against none where it names none."""
    name = envelope.text_of({"zdict": "", **header}, "zdict")
    if name and name not in _TEXTS:
        raise BadFormat
    return zstandard.ZstdDecompressor(dict_data=_TEXTS.get(name))


def _event(line: object) -> FeedEvent:
    match line:
        case [int() as n, str() as kind, dict() as body]:
            return FeedEvent(n, kind, body)
    raise BadFormat
