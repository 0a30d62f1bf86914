"""Fonts as they stand inside a paper: their subsets are made and packed once a process.

Every paper embeds the letters papers usually hold and whatever else it needs, so most papers embed
the very same subset. reportlab makes, packs and writes it anew for each document; here the second
document takes what the first one made. The bytes do not depend on which of the two it was.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDocument,
    PDFName,
    PDFObject,
    PDFStream,
)
from reportlab.pdfbase.ttfonts import TTEncoding, TTFont

from printing.typeface import PaperFace

USUAL = (
    " !\"#%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    "«»–—·…№₽×АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЁабвгдежзийклмнопрстуфхцчшщъыьэюяё"
)
"""Letters every paper embeds."""

_SPECIAL = {"(": "\\(", ")": "\\)", "\\": "\\\\"}
_NBSP = "\u00a0"


class _Written(PDFObject):
    """A part of a document that is already bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def format(self, _document: PDFDocument) -> bytes:
        return self._data


class PaperFont(TTFont):
    """A TrueType font whose subsets are remembered; a few papers' worth, not every paper's."""

    def __init__(self, name: str, file: str) -> None:
        """Read the font; only the glyphs used are embedded.

        Sets what `TTFont.__init__` sets, which would read the file in its own slow way.
        """
        self.fontName = name
        self.face = face = PaperFace(file)
        self.encoding = TTEncoding()
        self.state = WeakKeyDictionary()
        self.shapable = False
        vars(self)["_asciiReadable"] = False
        made = face.makeSubset
        remembered = lru_cache(maxsize=8)(lambda codes: made(list(codes)))
        vars(face)["makeSubset"] = lambda subset: remembered(tuple(subset))

    def letters(self, document: PDFDocument, texts: Iterable[str]) -> Mapping[int, str] | None:
        """Give `document` the letters of `texts`; return how each is written in a PDF string.

        None when one subset does not hold them all: then `splitString` says where each is.
        """
        letters = USUAL + "".join(sorted(set().union(*texts).difference(USUAL, _NBSP)))
        parts = self.splitString(letters, document)
        return None if len(parts) > 1 else _table(letters, parts[0][1])

    def addObjects(self, doc: PDFDocument) -> None:  # noqa: N802 - reportlab's name
        """Add the font to a document, its streams as they were packed before."""
        super().addObjects(doc)
        for name, part in vars(doc)["idToObject"].items():
            if name.startswith(("fontFile:", "toUnicodeCMap:")):
                _packed(part)
        known: Any = vars(doc)["idToObject"]["BasicFonts"].dict
        for font in known.values():
            widths = getattr(font, "Widths", None)
            if isinstance(widths, PDFArray):
                font.Widths = _Written(b"[%s]" % " ".join(map(str, widths.sequence)).encode())


@lru_cache(maxsize=16)
def _table(letters: str, places: bytes) -> Mapping[int, str]:
    """Return how each of `letters`, which stand in one subset, is written in a PDF string."""
    table = {ord(one): _written(place) for one, place in zip(letters, places, strict=True)}
    table[ord(_NBSP)] = table[ord(" ")]
    return table


def _written(place: int) -> str:
    mark = chr(place)
    if mark in _SPECIAL:
        return _SPECIAL[mark]
    return mark if 32 <= place < 127 else f"\\{place:03o}"  # noqa: PLR2004 - printable ASCII


def _packed(stream: PDFStream) -> None:
    """Make a stream of a font the packed one of its content."""
    if "Filter" not in stream.dictionary:
        content = stream.content
        stream.content = _compress(content if isinstance(content, bytes) else content.encode())
        stream.dictionary["Filter"] = PDFArray([PDFName("FlateDecode")])


@lru_cache(maxsize=16)
def _compress(content: bytes) -> bytes:
    return zlib.compress(content)
