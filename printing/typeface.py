"""A font file read table by table: reportlab reads it number by number, for 40 ms of a first paper.

What is read is what `TTFontFile.extractInfo` reads; the tests hold one against the other.
"""

from __future__ import annotations

from itertools import count, repeat
from struct import iter_unpack, unpack, unpack_from
from typing import Any, Literal

from reportlab.pdfbase.ttfonts import TTFontFace

_LONG_CMAP = 12
"""The format whose groups of letters can be taken as they are; Roboto has it."""
_NBSP, _SPACE = 0xA0, 0x20


class PaperFace(TTFontFace):
    """A TrueType face whose letters and widths (1/1000 em) are read in a few strokes."""

    def extractInfo(self, charInfo: Literal[0, 1] | bool = 1) -> None:  # noqa: N802, N803 - its names
        """Read names and metrics as reportlab does, then glyphs, widths and places.

        A font that lists its letters in another way than format 12 is read by reportlab.
        """
        groups = self._groups()
        if not charInfo or groups is None:
            super().extractInfo(charInfo)
            return
        super().extractInfo(0)
        known: dict[str, Any] = vars(self)
        letters: dict[int, int] = {}
        for first, last, glyph in groups:
            letters.update(zip(range(first, last + 1), count(glyph), strict=False))
        if _SPACE in letters:
            letters[_NBSP] = letters[_SPACE]
        glyphs: int = known["numGlyphs"]
        metrics = self._metrics(glyphs)
        em = 1000 / known["unitsPerEm"]
        known["charToGlyph"] = letters
        known["charWidths"] = {one: metrics[at][0] * em for one, at in letters.items()}
        known["defaultWidth"] = metrics[0][0] * em
        known["hmetrics"] = metrics
        known["glyphPos"] = self._places(glyphs)

    def _bytes(self, tag: str) -> bytes:
        return bytes(self.get_table(tag))  # type: ignore[no-untyped-call]

    def _groups(self) -> list[tuple[int, int, int]] | None:
        """Return first and last letter and first glyph of each group, or None."""
        cmap = self._bytes("cmap")
        tables = unpack_from(">H", cmap, 2)[0]
        unicode = [
            at
            for platform, coding, at in iter_unpack(">HHL", cmap[4 : 4 + 8 * tables])
            if platform == 3 or (platform == 0 and coding != 5)  # noqa: PLR2004 - of the format
        ]
        if not unicode or unpack_from(">H", cmap, unicode[-1])[0] != _LONG_CMAP:
            return None
        start = unicode[-1] + 16
        groups = unpack_from(">L", cmap, start - 4)[0]
        return list(iter_unpack(">LLL", cmap[start : start + 12 * groups]))

    def _metrics(self, glyphs: int) -> list[tuple[int, int]]:
        """Return width and left bearing of each glyph, in the font's units."""
        wide = unpack_from(">H", self._bytes("hhea"), 34)[0]
        table = self._bytes("hmtx")
        full = list(iter_unpack(">HH", table[: 4 * wide]))
        bearings = unpack_from(f">{glyphs - wide}H", table, 4 * wide)
        return [*full, *zip(repeat(full[-1][0]), bearings, strict=False)]

    def _places(self, glyphs: int) -> list[int]:
        """Return where each glyph begins in the table `glyf`, and where the last one ends."""
        long = unpack_from(">H", self._bytes("head"), 50)[0]
        table = self._bytes("loca")
        if long:
            return list(unpack(f">{glyphs + 1}L", table[: 4 * (glyphs + 1)]))
        return [2 * at for at in unpack(f">{glyphs + 1}H", table[: 2 * (glyphs + 1)])]
