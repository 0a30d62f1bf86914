"""Words and lines as operators of a page (ISO 32000-1, 8.5 and 9.4), formatted in one go.

reportlab's text objects measure, split and format every word by itself, which was half of the time
of a receipt. Here a document learns its letters once and a line of words is one translation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import PDFDocument

from printing.embedding import PaperFont
from printing.page import Run

Line = tuple[float, float, float, float]


class Ink:
    """Writes the words of one document; `runs` are all it will be asked to write."""

    def __init__(self, document: PDFDocument, runs: Iterable[Run]) -> None:
        """Give the document the letters of `runs`."""
        self._document = document
        self._fonts: dict[str, PaperFont] = {}
        self._letters: dict[str, Mapping[int, str] | None] = {}
        self._first: dict[str, str] = {}
        by_font: dict[str, set[str]] = {}
        for run in runs:
            by_font.setdefault(run.font, set()).add(run.text)
        for name in sorted(by_font):
            font = cast("PaperFont", pdfmetrics.getFont(name))
            self._fonts[name] = font
            self._letters[name] = font.letters(document, by_font[name])
            self._first[name] = font.getSubsetInternalName(0, document)

    def words(self, runs: Iterable[Run], left: float = 0.0, top: float | None = None) -> list[str]:
        """Return the operators that write `runs`, whose coordinates are the page's.

        With `top`, the runs are those of a piece, whose top left corner is there on the page.
        """
        code: list[str] = []
        named, sized = "", 0.0
        letters: Mapping[int, str] | None = None
        for run in runs:
            x, y, name, size, text = run
            if name != named or size != sized:
                named, sized = name, size
                letters = self._letters[name]
                if letters is not None:
                    code.append(f"{self._first[name]} {size:.2f} Tf")
            code.append(f"1 0 0 1 {left + x:.2f} {y if top is None else top - y:.2f} Tm")
            if letters is not None:
                code.append(f"({text.translate(letters)}) Tj")
            else:
                code += self._split(run)
        return code

    def _split(self, run: Run) -> Iterable[str]:
        """Yield the operators of words whose letters stand in several subsets."""
        parts: list[tuple[int, bytes]] = self._fonts[run.font].splitString(run.text, self._document)
        for subset, letters in parts:
            font = self._fonts[run.font].getSubsetInternalName(subset, self._document)
            yield f"{font} {run.size:.2f} Tf"
            yield f"<{letters.hex()}> Tj"


def drawn(lines: Iterable[Line], weight: float) -> str:
    """Return the operators that draw `lines` so wide."""
    paths = "\n".join(f"{x0:.2f} {y0:.2f} m {x1:.2f} {y1:.2f} l" for x0, y0, x1, y1 in lines)
    return f"{weight:.3f} w\nn\n{paths}\nS"
