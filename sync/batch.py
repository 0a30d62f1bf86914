"""A sealed batch of journal entries, `.mfcb` (sync.md, 5): the same bytes by net, relay and stick.

payload = age(recipients) of zstd of the entries, one a line. The header is plain and holds
nothing personal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib import resources
from io import BytesIO
from typing import Any

import zstandard

from sync import chain, envelope
from sync.clock import from_iso, iso
from sync.errors import BadChain, BadFormat, TooLarge, UnknownDictionary
from sync.keys import DeviceKeys, decrypt, encrypt

LEVEL = 19
NO_DICTIONARY = ""


@dataclass(frozen=True)
class Limits:
    """What a reader takes: entries of a batch, bytes of the file, of it unpacked, of one entry."""

    entries: int = 2000
    sealed: int = 1 << 20
    plain: int = 8 << 20
    entry: int = 64 << 10


@dataclass(frozen=True)
class Header:
    """The plain header of a batch; `prev` and `head` are 32-byte heads round from_seq…to_seq."""

    server: str
    desk: int
    epoch: int
    from_seq: int
    to_seq: int
    prev: bytes
    head: bytes
    key: str
    zdict: str
    plen: int
    psha: bytes
    zsha: bytes
    sealed: datetime
    blobs: int = 0


@dataclass(frozen=True)
class SealedBatch:
    """A batch whose header was read; `envelope.verify` checks who sealed it."""

    header: Header
    envelope: envelope.Envelope


class Dictionary:
    """A zstd dictionary and its name: the first 16 hex digits of its SHA-256."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.name = sha256(data).hexdigest()[:16]
        self.zstd = zstandard.ZstdCompressionDict(data)


@cache
def packaged_dictionaries() -> dict[str, Dictionary]:
    """All dictionaries this program can read, by name; kept for ever."""
    folder = resources.files("sync").joinpath("data")
    files = [file for file in folder.iterdir() if file.name.startswith("zdict-")]
    found = [Dictionary(file.read_bytes()) for file in files]
    return {dictionary.name: dictionary for dictionary in found}


@cache
def current_dictionary() -> Dictionary | None:
    """The dictionary this program seals with: the last one made."""
    folder = resources.files("sync").joinpath("data")
    names = [file.name for file in folder.iterdir() if file.name.startswith("zdict-")]
    if not names:
        return None
    last = max(names, key=lambda name: int(name.removeprefix("zdict-")))
    return Dictionary(folder.joinpath(last).read_bytes())


def seal(
    entries: Sequence[bytes],
    *,
    server: str,
    desk: int,
    epoch: int,
    from_seq: int,
    prev: bytes,
    keys: DeviceKeys,
    recipients: list[str],
    sealed: datetime,
    dictionary: Dictionary | None = None,
    level: int = LEVEL,
    blobs: int = 0,
) -> bytes:
    """Seal entries from_seq, from_seq + 1, … that follow head `prev`. Two seals differ (age)."""
    plain = b"\n".join(entries) + b"\n"
    if dictionary is None:
        packer = zstandard.ZstdCompressor(level=level)
    else:
        packer = zstandard.ZstdCompressor(level=level, dict_data=dictionary.zstd)
    pack = packer.compress(plain)
    payload = encrypt(pack, recipients)
    head = heads(prev, entries)[-1]
    header: dict[str, Any] = {
        "server": server,
        "desk": desk,
        "epoch": epoch,
        "from": from_seq,
        "to": from_seq + len(entries) - 1,
        "prev": envelope.hash_text(prev),
        "head": envelope.hash_text(head),
        "key": keys.key_id,
        "zdict": dictionary.name if dictionary else NO_DICTIONARY,
        "zsha": envelope.hash_text(sha256(pack).digest()),
        "sealed": iso(sealed),
        "blobs": blobs,
    }
    return envelope.pack(envelope.Form.BATCH, header, payload, keys)


def heads(prev: bytes, entries: Sequence[bytes]) -> list[bytes]:
    """The head after each entry, beginning after `prev`; at least one entry."""
    return chain.heads(prev, entries)


def read_header(data: bytes) -> SealedBatch:
    """Read the plain header without opening the payload; raises BadFormat.

    Lengths and payload hash hold afterwards; the signature is for the caller, who knows the keys.
    """
    opened = envelope.unpack(envelope.Form.BATCH, data)
    return SealedBatch(header_of(opened.header), opened)


def header_of(raw: Mapping[str, Any]) -> Header:
    """The typed header of a batch from its JSON; raises BadFormat."""
    header = Header(
        server=envelope.text_of(raw, "server"),
        desk=envelope.whole_of(raw, "desk"),
        epoch=envelope.whole_of(raw, "epoch"),
        from_seq=envelope.whole_of(raw, "from"),
        to_seq=envelope.whole_of(raw, "to"),
        prev=envelope.hash_of(raw, "prev"),
        head=envelope.hash_of(raw, "head"),
        key=envelope.text_of(raw, "key"),
        zdict=envelope.text_of(raw, "zdict"),
        plen=envelope.whole_of(raw, "plen"),
        psha=envelope.hash_of(raw, "psha"),
        zsha=envelope.hash_of(raw, "zsha"),
        sealed=from_iso(raw.get("sealed")),
        blobs=envelope.whole_of(raw, "blobs"),
    )
    if not 1 <= header.from_seq <= header.to_seq:
        raise BadFormat
    return header


def open_pack(sealed: SealedBatch, identities: list[str]) -> bytes:
    """Decrypt the payload to the zstd bytes the centre keeps; raises BadFormat, BadChain."""
    pack = decrypt(sealed.envelope.payload, identities)
    if sha256(pack).digest() != sealed.header.zsha:
        raise BadChain
    return pack


def read_pack(
    pack: bytes,
    header: Header,
    dictionaries: Mapping[str, Dictionary],
    limits: Limits = Limits(),
) -> tuple[bytes, ...]:
    """Unpack zstd bytes to the entries, checked against the header: count, sizes, chain.

    Raises UnknownDictionary, TooLarge, BadChain.
    """
    lines = unpack_lines(pack, header, dictionaries, limits)
    if heads(header.prev, lines)[-1] != header.head:
        raise BadChain
    return lines


def unpack_lines(
    pack: bytes,
    header: Header,
    dictionaries: Mapping[str, Dictionary],
    limits: Limits = Limits(),
) -> tuple[bytes, ...]:
    """Unpack zstd bytes to as many entries as the header says; their chain is not looked at.

    Raises UnknownDictionary, TooLarge, BadChain.
    """
    if header.to_seq - header.from_seq >= limits.entries:
        raise TooLarge
    plain = _decompress(pack, header.zdict, dictionaries, limits.plain)
    if not plain.endswith(b"\n"):
        raise BadChain
    lines = tuple(line[:-1] for line in BytesIO(plain))  # looks for \n faster than split
    if len(lines) != header.to_seq - header.from_seq + 1:
        raise BadChain
    if max(map(len, lines)) > limits.entry:
        raise TooLarge
    return lines


def open_batch(
    data: bytes | SealedBatch,
    identities: list[str],
    dictionaries: Mapping[str, Dictionary],
    limits: Limits = Limits(),
) -> tuple[bytes, ...]:
    """The entries of a batch, in order; raises an Unreadable. The signature is not checked here."""
    if isinstance(data, bytes):
        if len(data) > limits.sealed:
            raise TooLarge
        data = read_header(data)
    return read_pack(open_pack(data, identities), data.header, dictionaries, limits)


def _decompress(
    pack: bytes, zdict: str, dictionaries: Mapping[str, Dictionary], limit: int
) -> bytes:
    if zdict != NO_DICTIONARY and zdict not in dictionaries:
        raise UnknownDictionary
    try:
        if zstandard.frame_content_size(pack) > limit:
            raise TooLarge
        if zdict == NO_DICTIONARY:
            opener = zstandard.ZstdDecompressor()
        else:
            opener = zstandard.ZstdDecompressor(dict_data=dictionaries[zdict].zstd)
        return opener.decompress(pack, max_output_size=limit, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise BadChain from error
