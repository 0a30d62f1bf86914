"""A paper as it will look: its text laid out in columns, and its pages as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import pypdfium2 as pdfium
from pypdfium2 import raw

from printing.page import LEFT, PAGE_WIDTH

if TYPE_CHECKING:
    from PIL.Image import Image

COLUMNS = 104
"""Letters across the printable width: the smallest print of a table still keeps its columns."""
_LINE, _APART, _SPACE = 4.0, 7.0, 1.2
"""Points: the height of one line; the gap between two columns; the gap between two words."""


def page_texts(pdf: bytes) -> tuple[tuple[str, ...], ...]:
    """Return the lines of each page, every piece of text about where it stands on the paper."""
    document = pdfium.PdfDocument(pdf)
    try:
        return tuple(_laid_out(page.get_textpage()) for page in document)
    finally:
        document.close()


def picture(pdf: bytes, page: int, width: int) -> Image:
    """Return a page (from 0) as a picture `width` pixels wide."""
    document = pdfium.PdfDocument(pdf)
    try:
        sheet = document[page]
        drawn: Image = sheet.render(scale=width / sheet.get_width()).to_pil()
        return drawn
    finally:
        document.close()


class _Letter(NamedTuple):
    """A letter and where it stands, in points from the lower left corner."""

    base: float
    left: float
    right: float
    said: str


def _laid_out(text: pdfium.PdfTextPage) -> tuple[str, ...]:
    letters = []
    for at in range(text.count_chars()):
        said = chr(raw.FPDFText_GetUnicode(text, at))
        if said.isprintable() and not said.isspace():
            left, bottom, right, _ = text.get_charbox(at, loose=True)
            letters.append(_Letter(bottom, left, right, said))
    letters.sort(key=lambda letter: (-letter.base, letter.left))
    lines: list[list[_Letter]] = []
    for letter in letters:
        if not lines or lines[-1][0].base - letter.base > _LINE:
            lines.append([])
        lines[-1].append(letter)
    return tuple(_line(_pieces(sorted(line, key=lambda one: one.left))) for line in lines)


def _pieces(letters: Sequence[_Letter]) -> list[tuple[float, str]]:
    """Return what of a line stands together, with its left edge."""
    out: list[tuple[float, str]] = []
    end = 0.0
    for letter in letters:
        gap = letter.left - end
        if not out or gap > _APART:
            out.append((letter.left, letter.said))
        else:
            start, said = out[-1]
            out[-1] = (start, said + " " * (gap > _SPACE) + letter.said)
        end = letter.right
    return out


def _line(pieces: Sequence[tuple[float, str]]) -> str:
    """Return pieces in their columns; one that would cover its neighbour moves right of it."""
    scale = COLUMNS / (PAGE_WIDTH - 2 * LEFT)
    out = ""
    for left, said in pieces:
        column = max(0, round((left - LEFT) * scale))
        if out:
            column = max(column, len(out) + 1)
        out = out.ljust(column) + said
    return out
