"""Fonts as they stand inside a paper: their subsets are made and packed once a process.

Every paper embeds the letters papers usually hold and whatever else it needs, so most papers embed
the very same subset. reportlab makes, packs and writes it anew for each document; here the second
document takes what the first one made. The bytes do not depend on which of the two it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from reportlab.pdfbase.pdfdoc import (
    PDFDocument,
    PDFTrueTypeFont,
)
from reportlab.pdfbase.ttfonts import SUBSETN, TTEncoding, TTFont, makeToUnicodeCMap

from printing.typeface import PaperFace
from printing.written import Ready, packed

USUAL = (
    " !\"#%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    "«»–—·…№₽×АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЁабвгдежзийклмнопрстуфхцчшщъыьэюяё"
)
"""Letters every paper embeds."""

_LETTERS, _GLYPHS, _ABOUT = b"\1", b"\2", b"\3"
"""Stand in a remembered font for what each document numbers anew."""

_SPECIAL = {"(": "\\(", ")": "\\)", "\\": "\\\\"}
_NBSP = "\u00a0"
_REMEMBERED = 16
"""Alphabets whose places are remembered: that of most papers, and those of some rare names."""


class _First(NamedTuple):
    """Where letters stand in the first subset of a document that was given nothing before."""

    places: Mapping[int, int]
    subset: Sequence[int]
    after: int
    written: bytes


class _Subset(NamedTuple):
    """A subset as a file holds it: which letters, which glyphs, its descriptor and its font."""

    name: str
    letters: bytes
    glyphs: bytes
    about: bytes
    font: bytes


class PaperFont(TTFont):
    """A TrueType font whose subsets are remembered; a few papers' worth, not every paper's."""

    def __init__(self, name: str, file: str) -> None:
        """Read the font; only the glyphs used are embedded.

        Sets what `TTFont.__init__` sets, which would read the file in its own slow way.
        """
        self.fontName = name
        self.face = PaperFace(file)
        self.encoding = TTEncoding()
        self.state = WeakKeyDictionary()
        self.shapable = False
        vars(self)["_asciiReadable"] = False
        self._first: dict[str, _First] = {}
        self._made = lru_cache(maxsize=_REMEMBERED)(self._write)

    def letters(self, document: PDFDocument, texts: Iterable[str]) -> Mapping[int, str] | None:
        """Give `document` the letters of `texts`; return how each is written in a PDF string.

        None when one subset does not hold them all: then `splitString` says where each is.
        """
        letters = USUAL + "".join(sorted(set().union(*texts).difference(USUAL, _NBSP)))
        known = self._first.get(letters)
        if known is not None and document not in self.state:
            state: Any = TTFont.State(False, self)
            state.assignments = dict(known.places)
            state.subsets = [list(known.subset)]
            state.nextCode = known.after
            self.state[document] = state
            return _table(letters, known.written)
        fresh = document not in self.state
        parts = self.splitString(letters, document)
        if len(parts) > 1:
            return None
        if fresh:
            if len(self._first) >= _REMEMBERED:
                self._first.clear()
            state = self.state[document]
            self._first[letters] = _First(
                dict(state.assignments), tuple(state.subsets[0]), state.nextCode, parts[0][1]
            )
        return _table(letters, parts[0][1])

    def addObjects(self, doc: PDFDocument) -> None:  # noqa: N802 - reportlab's name
        """Add the font to a document as reportlab does, its streams as they were written before."""
        objects: dict[str, Any] = vars(doc)["idToObject"]
        state: Any = self.state[doc]
        state.frozen = 1
        for at, subset in enumerate(state.subsets):
            name = self.getSubsetInternalName(at, doc)[1:]
            made = self._made(name, at, tuple(subset))
            letters = doc.Reference(Ready(made.letters), f"toUnicodeCMap:{made.name}")  # type: ignore[no-untyped-call]
            glyphs = doc.Reference(Ready(made.glyphs), f"fontFile:{self.fontName}({made.name})")  # type: ignore[no-untyped-call]
            about = Ready(made.about.replace(_GLYPHS, glyphs.format(doc)))
            about = doc.Reference(about, f"fontDescriptor:{made.name}")  # type: ignore[no-untyped-call]
            font = made.font.replace(_LETTERS, letters.format(doc)).replace(
                _ABOUT, about.format(doc)
            )
            objects["BasicFonts"].dict[name] = doc.Reference(Ready(font), name)  # type: ignore[no-untyped-call]
        del self.state[doc]

    def _write(self, internal: str, at: int, codes: tuple[int, ...]) -> _Subset:
        """Return the subset number `at` as reportlab writes it, a mark for each reference."""
        document = PDFDocument()
        objects: dict[str, Any] = vars(document)["idToObject"]
        name = (b"%b+%b%b" % (SUBSETN(at), self.face.name, self.face.subfontNameX)).decode()
        widths = map(self.face.getCharWidth, codes)
        font: Any = PDFTrueTypeFont()
        font.Name, font.BaseFont = internal, name
        font.FirstChar, font.LastChar = 0, len(codes) - 1
        font.Widths = Ready(b"[%s]" % " ".join(map(str, widths)).encode())
        font.ToUnicode, font.FontDescriptor = Ready(_LETTERS), Ready(_ABOUT)
        self.face.addSubsetObjects(document, name, codes)  # type: ignore[no-untyped-call]
        glyphs = objects[f"fontFile:{self.face.filename}({name})"].content
        about = objects[f"fontDescriptor:{name}"]
        about["FontFile2"] = Ready(_GLYPHS)
        return _Subset(
            name,
            packed(makeToUnicodeCMap(name, codes).encode()),
            packed(glyphs, f" /Length1 {len(glyphs)}"),
            about.format(document),
            font.format(document),
        )


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
