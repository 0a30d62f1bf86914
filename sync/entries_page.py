"""Entries the centre gives back to a desk, `.mfch`: signed by it, sealed to the device.

The centre is the desk's backup (sync.md, 7 and 9): a desk restored from an old copy asks for what
it lacks of its own stream, a desk made anew in the place of a lost one for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import zstandard

from sync import batch, envelope
from sync.errors import BadChain, BadFormat
from sync.keys import CentreKeys, decrypt, encrypt

LEVEL = 9


@dataclass(frozen=True)
class EntriesPage:
    """Entries after + 1 … to of a stream, which lead from head `prev` to `head`.

    `streams` are all streams of the desk at the centre, {epoch: last entry}. A page without
    entries says that the centre has no more.
    """

    server: str
    desk: int
    epoch: int
    after: int
    prev: bytes
    entries: tuple[bytes, ...]
    streams: Mapping[int, int]

    @property
    def to(self) -> int:
        """The last entry of the page."""
        return self.after + len(self.entries)

    @property
    def heads(self) -> tuple[bytes, ...]:
        """The head after each entry."""
        return tuple(batch.heads(self.prev, self.entries)) if self.entries else ()


def seal_entries(page: EntriesPage, keys: CentreKeys, recipient: str) -> bytes:
    """The page as a file for one device (`recipient` is its age1…)."""
    plain = b"".join(entry + b"\n" for entry in page.entries)
    pack = zstandard.ZstdCompressor(level=LEVEL).compress(plain)
    header = {
        "server": page.server,
        "desk": page.desk,
        "epoch": page.epoch,
        "after": page.after,
        "to": page.to,
        "prev": envelope.hash_text(page.prev),
        "head": envelope.hash_text((page.heads or (page.prev,))[-1]),
        "streams": [[epoch, last] for epoch, last in sorted(page.streams.items())],
    }
    return envelope.pack(envelope.Form.ENTRIES, header, encrypt(pack, [recipient]), keys)


def open_entries(data: bytes, publics: Mapping[str, bytes], identities: list[str]) -> EntriesPage:
    """Read a page signed by a trusted key, its chain recomputed.

    Raises BadFormat, BadSignature, BadChain.
    """
    opened = envelope.unpack(envelope.Form.ENTRIES, data)
    opened.verify_any(publics)
    raw = opened.header
    pack = decrypt(opened.payload, identities)
    try:
        limit = batch.Limits().plain
        plain = zstandard.ZstdDecompressor().decompress(pack, max_output_size=limit)
    except zstandard.ZstdError as error:
        raise BadFormat from error
    page = EntriesPage(
        server=envelope.text_of(raw, "server"),
        desk=envelope.whole_of(raw, "desk"),
        epoch=envelope.whole_of(raw, "epoch"),
        after=envelope.whole_of(raw, "after"),
        prev=envelope.hash_of(raw, "prev"),
        entries=tuple(plain.split(b"\n")[:-1]),
        streams=_streams(raw),
    )
    if page.to != envelope.whole_of(raw, "to"):
        raise BadFormat
    if (page.heads or (page.prev,))[-1] != envelope.hash_of(raw, "head"):
        raise BadChain
    return page


def _streams(raw: Mapping[str, Any]) -> dict[int, int]:
    found: dict[int, int] = {}
    told = raw.get("streams")
    for one in told if isinstance(told, list) else ():
        match one:
            case [int() as epoch, int() as last]:
                found[epoch] = last
            case _:
                raise BadFormat
    return found
