"""Finds personal data in the bytes of files, whatever it was written, packed or wrapped in.

A `Scanner` knows a list of personal strings.  It looks for each as it was typed, in other cases,
folded for search, as bare digits; in ten encodings and six ways of escaping; in file names; and
inside what it can unpack: zlib, gzip, zstd, raw deflate, bzip2, xz, base64, base 85, hex, nested.
A PDF is reported as such: its glyph numbers cannot be searched.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import itertools
import lzma
import re
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import zstandard

from forms.names import fold

ENCODINGS = (
    "utf-8",
    "utf-16-le",
    "utf-16-be",
    "utf-32-le",
    "cp1251",
    "cp866",
    "koi8-r",
    "koi8-u",
    "iso8859-5",
    "mac-cyrillic",
)
# Six bytes: in random bytes (a cipher) a false hit has the probability of 2**-48 a place.
SHORTEST = 6
DEEPEST = 4
LARGEST = 32 * 1024 * 1024
STEP = 4096

ZLIB = re.compile(rb"[\x08\x18\x28\x38\x48\x58\x68\x78]")
STREAM = re.compile(rb"stream\r?\n")
BASE64 = re.compile(rb"[A-Za-z0-9+/_\-=\r\n]{12,}")
HEX = re.compile(rb"[0-9A-Fa-f\r\n]{12,}")
ASCII85 = re.compile(rb"[!-uz\s]{10,}~>")
STARTS: Mapping[str, bytes] = {
    "gzip": b"\x1f\x8b\x08",
    "zstd": b"\x28\xb5\x2f\xfd",
    "bzip2": b"BZh",
    "xz": b"\xfd7zXZ\x00",
}


@dataclass(frozen=True)
class Hit:
    """One find: in which file, through which layers (outermost first), in which spelling."""

    file: str
    layers: tuple[str, ...]
    spelling: str
    text: str


def escaped(text: str) -> Iterator[tuple[str, bytes]]:
    """The ways a text is written with ASCII alone: JSON, URL, HTML, mail, a Python log."""
    lower = "".join(f"\\u{ord(c):04x}" if ord(c) > 127 else c for c in text)
    yield "json", lower.encode()
    yield "json", "".join(f"\\u{ord(c):04X}" if ord(c) > 127 else c for c in text).encode()
    yield "url", quote(text, safe="").encode()
    yield "url", quote(text, safe="").lower().encode()
    yield "html", text.encode("ascii", "xmlcharrefreplace")
    yield "mail", "".join(f"={b:02X}" if b > 127 else chr(b) for b in text.encode()).encode()
    yield "repr", repr(text.encode())[2:-1].encode()


def spellings(text: str) -> Iterator[tuple[str, str]]:
    """The texts one personal string may stand as, each with a name of the spelling."""
    yield "typed", text
    yield "lower", text.lower()
    yield "upper", text.upper()
    yield "title", text.title()
    yield "folded", fold(text)
    yield "decomposed", unicodedata.normalize("NFD", text)
    digits = re.sub(r"\D", "", text)
    if len(digits) >= SHORTEST and not re.search(r"[^\W\d_]", text):
        yield "digits", digits
        if len(digits) == 11 and digits[0] in "78":
            yield "digits", digits[1:]
            yield "digits", "+7" + digits[1:]
            yield "digits", "8" + digits[1:]


def written(text: str) -> dict[bytes, str]:
    """Every byte string of at least SHORTEST bytes that stands for this text."""
    found: dict[bytes, str] = {}
    for name, spelling in spellings(text):
        for encoding in ENCODINGS:
            data = spelling.encode(encoding, "ignore")
            if encoding.startswith("utf") or data.decode(encoding) == spelling:
                found.setdefault(data, f"{name} {encoding}")
        for way, data in escaped(spelling):
            found.setdefault(data, f"{name} {way}")
    return {data: how for data, how in found.items() if len(data) >= SHORTEST}


class Scanner:
    """Looks for these personal strings; `dictionaries` unpack zstd frames that need one."""

    def __init__(self, texts: Iterable[str], dictionaries: Sequence[bytes] = ()) -> None:
        self._heads: dict[bytes, list[tuple[bytes, str, str]]] = defaultdict(list)
        for text in dict.fromkeys(texts):
            ways = written(text)
            if not ways:
                raise ValueError("a personal string is too short to look for")
            for data, how in ways.items():
                self._heads[data[:SHORTEST]].append((data, how, text))
        self._dictionaries = [zstandard.ZstdCompressionDict(one) for one in dictionaries]

    def folder(self, folder: Path, besides: Path | None = None) -> list[Hit]:
        """What stands in the files of this folder, in their names and the names of folders.

        `besides`: a folder in it that is not looked at.
        """
        hits: list[Hit] = []
        for path in sorted(folder.rglob("*")):
            if besides is not None and path.is_relative_to(besides):
                continue
            name = str(path.relative_to(folder))
            hits += self.data(name, name.encode("utf-8", "surrogateescape"), ("name",))
            if path.is_file():
                hits += self.data(name, path.read_bytes())
        return hits

    def data(self, file: str, data: bytes, layers: tuple[str, ...] = ()) -> list[Hit]:
        """What stands in these bytes and in all they can be unpacked to."""
        hits = [Hit(file, layers, how, text) for how, text in self._plain(data)]
        if not layers and b"%PDF-" in data[:1024]:
            hits.append(Hit(file, layers, "pdf", ""))
        if len(layers) < DEEPEST:
            for layer, inner in self._unpacked(data):
                if len(inner) >= SHORTEST:
                    hits += self.data(file, inner, (*layers, layer))
        return list(dict.fromkeys(hits))

    def _plain(self, data: bytes) -> Iterator[tuple[str, str]]:
        heads = self._heads
        width = SHORTEST
        places = [at for at in range(len(data) - width + 1) if data[at : at + width] in heads]
        for at in places:
            for pattern, how, text in heads[data[at : at + width]]:
                if data.startswith(pattern, at):
                    yield how, text

    def _unpacked(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        yield "deflate", inflated(data, 0, -15)
        for found in STREAM.finditer(data):
            yield "deflate", inflated(data, found.end(), -15)
        for found in ZLIB.finditer(data):
            at = found.start()
            if not int.from_bytes(data[at : at + 2], "big") % 31:
                yield "zlib", inflated(data, at, 15)
        for at in places_of(data, STARTS["gzip"]):
            yield "gzip", inflated(data, at, 31)
        for at in places_of(data, b"PK\x03\x04"):
            names = int.from_bytes(data[at + 26 : at + 28], "little")
            extra = int.from_bytes(data[at + 28 : at + 30], "little")
            yield "zip", inflated(data, at + 30 + names + extra, -15)
        for at in places_of(data, STARTS["zstd"]):
            yield from (("zstd", inner) for inner in self._zstd(data, at))
        for at in places_of(data, STARTS["bzip2"]):
            yield "bzip2", stepped(bz2.BZ2Decompressor().decompress, data, at, (OSError, EOFError))
        for at in places_of(data, STARTS["xz"]):
            step = lzma.LZMADecompressor().decompress
            yield "xz", stepped(step, data, at, (lzma.LZMAError, EOFError))
        yield from wrapped(data)

    def _zstd(self, data: bytes, at: int) -> Iterator[bytes]:
        for dictionary in (None, *self._dictionaries):
            unpack = zstandard.ZstdDecompressor(dict_data=dictionary).decompressobj()
            yield stepped(unpack.decompress, data, at, (zstandard.ZstdError,))


def places_of(data: bytes, start: bytes) -> Iterator[int]:
    """Every offset of these bytes."""
    at = data.find(start)
    while at >= 0:
        yield at
        at = data.find(start, at + 1)


def inflated(data: bytes, at: int, bits: int) -> bytes:
    """What zlib makes of the bytes from `at` on, up to the first byte it cannot read."""
    return stepped(zlib.decompressobj(bits).decompress, data, at, (zlib.error,))


def stepped(
    step: Callable[[bytes], bytes], data: bytes, at: int, ends: tuple[type[Exception], ...]
) -> bytes:
    """Unpack piece by piece, so that a torn frame still gives up its beginning."""
    out: list[bytes] = []
    size = 0
    # the first piece is small: most places that look like a frame are not one
    edges = [at, *range(at + 64, len(data), STEP), len(data)]
    for start, end in itertools.pairwise(edges):
        try:
            piece = step(data[start:end])
        except ends:
            break
        out.append(piece)
        size += len(piece)
        if size > LARGEST:
            break
    return b"".join(out)


def wrapped(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What stands in base64 (either alphabet, any alignment, broken lines), hex and base 85."""
    for found in BASE64.finditer(data):
        run = found.group().replace(b"\r", b"").replace(b"\n", b"")
        for part in run.translate(bytes.maketrans(b"-_", b"+/")).split(b"="):
            for shift in range(min(4, len(part))):
                body = part[shift : shift + (len(part) - shift) // 4 * 4]
                tail = part[shift + len(body) :]
                body += tail + b"=" * (4 - len(tail)) if len(tail) > 1 else b""
                yield "base64", base64.b64decode(body)
    for found in HEX.finditer(data):
        run = found.group().replace(b"\r", b"").replace(b"\n", b"")
        for shift in range(2):
            yield "hex", binascii.unhexlify(run[shift : shift + (len(run) - shift) // 2 * 2])
    for found in ASCII85.finditer(data):
        body = b"".join(found.group()[:-2].rpartition(b"stream")[2].split())
        try:
            yield "base85", base64.a85decode(body)
        except ValueError:
            continue


NAMES = ("surname", "address", "snils", "phone", "email", "inn", "birth_place")


def personal_strings(document: Mapping[str, Any]) -> list[str]:
    """What names or finds a person in an intake document: the list a scanner is made from."""
    found: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, Mapping):
            for name, value in part.items():
                if any(name == one or name.endswith("_" + one) for one in NAMES) and value:
                    found.append(str(value))
                walk(value)
            if part.get("surname") and part.get("name"):
                found.append(f"{part['surname']} {part['name']}")
            if part.get("series") and part.get("number"):
                found.append(f"{part['series']} {part['number']}")
                found.append(f"{part['series'][:2]} {part['series'][2:]} {part['number']}")
        elif isinstance(part, list | tuple):
            for item in part:
                walk(item)

    walk(document)
    return [text for text in dict.fromkeys(found) if len(text) >= 4]
