"""The sheet a paper stands on: A4, sizes of type, and pieces that are put one below another.

A paper is laid out as data first and drawn afterwards, so where every word stands can be asked
without a PDF. Lengths are points; inside a piece y grows downwards from its top and a run's y is
its baseline.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from printing.fonts import longest_word, width_of

MM = 72 / 25.4
PAGE_WIDTH = 210 * MM
PAGE_HEIGHT = 297 * MM
LEFT = 20 * MM  # the case is stitched on the left
RIGHT = 10 * MM
TOP = 9 * MM
BOTTOM = 6.5 * MM
WIDTH = PAGE_WIDTH - LEFT - RIGHT
FOOTER = 7 * MM
ROOM = PAGE_HEIGHT - TOP - BOTTOM - FOOTER

LEADING = 1.2
RISE = 0.94  # from the top of a line to its baseline: Й and Ї fit above it

SMALLEST = 7.0

HAIR = 0.4
THIN = 0.6
THICK = 1.2

_ALMOST = 1e-6
_GOOD_BREAKS = "-/.,@_)"


@dataclass(frozen=True, slots=True)
class Frame:
    """A sheet and its margins, in points; `footer` is the height kept free for the page's foot."""

    page_width: float
    page_height: float
    left: float = LEFT
    right: float = RIGHT
    top: float = TOP
    bottom: float = BOTTOM
    footer: float = FOOTER

    @property
    def width(self) -> float:
        """Return the width of the text area."""
        return self.page_width - self.left - self.right

    @property
    def room(self) -> float:
        """Return the height of the text area."""
        return self.page_height - self.top - self.bottom - self.footer


PORTRAIT = Frame(PAGE_WIDTH, PAGE_HEIGHT)
LANDSCAPE = Frame(PAGE_HEIGHT, PAGE_WIDTH)


@dataclass(frozen=True, slots=True)
class Style:
    """Sizes of type derived from the body's, 12 pt unless a paper is squeezed or made large."""

    body: float = 12.0
    frame: Frame = PORTRAIT

    @property
    def width(self) -> float:
        """Return the width of the text area."""
        return self.frame.width

    @property
    def label(self) -> float:
        """Return the size of labels, captions of columns and small print."""
        return max(0.74 * self.body, 8.0)

    @property
    def table(self) -> float:
        """Return the size of a table's cells; a wide sheet of many columns has 12 pt at most."""
        size = max(0.86 * self.body, 9.0)
        return size if self.frame.page_height > self.frame.page_width else min(size, 12.0)

    @property
    def caption(self) -> float:
        """Return the size under the lines to sign on."""
        return max(0.64 * self.body, 7.0)

    @property
    def gap(self) -> float:
        """Return the usual space between blocks."""
        return 0.4 * self.body


class Run(NamedTuple):
    """Words in one font on one baseline."""

    x: float
    y: float
    font: str
    size: float
    text: str


class Rule(NamedTuple):
    """A straight line, or a filled bar when `weight` is its width."""

    x0: float
    y0: float
    x1: float
    y1: float
    weight: float = THIN


class Piece(NamedTuple):
    """What is never torn by the edge of a page.

    `gap` is the space above (none at the top of a page), `keep` ties it to the next piece, `head`
    is repeated when the piece begins a page, `closing` is drawn when it ends one. `tag` is what it
    is to a screen reader (H1, H2, P, LI, TR); `cells` counts the runs of each cell of a TR.
    """

    height: float
    runs: Sequence[Run] = ()
    rules: Sequence[Rule] = ()
    gap: float = 0.0
    keep: bool = False
    head: Sequence[Piece] = ()
    closing: Sequence[Rule] = ()
    tag: str = "P"
    cells: Sequence[int] = ()


class Placed(NamedTuple):
    """A piece and the distance of its top from the top of the text area."""

    piece: Piece
    y: float
    last: bool = False


Page = tuple[Placed, ...]


def wrap(text: str, font: str, size: float, room: float) -> list[str]:
    """Break drawable `text` into lines no wider than `room`; a word that is too long is cut."""
    lines: list[str] = []
    limit = room + _ALMOST
    if _plain(text) and width_of(text, font, size) <= limit:
        return [text]
    space = width_of(" ", font, size)
    for part in text.split("\n"):
        words: list[str] = []
        used = 0.0
        for word in part.split(" "):
            if not word:
                continue
            width = width_of(word, font, size)
            if words and used + space + width <= limit:
                words.append(word)
                used += space + width
                continue
            if words:
                lines.append(" ".join(words))
            while width > limit:
                cut = _cut(word, font, size, limit)
                lines.append(word[:cut])
                word = word[cut:]  # noqa: PLW2901  what is left of it goes to the next line
                width = width_of(word, font, size)
            words, used = [word], width
        lines.append(" ".join(words))
    return lines


def _plain(text: str) -> bool:
    """Tell whether a line could hold `text` as it is."""
    return not ("\n" in text or "  " in text or text.startswith(" ") or text.endswith(" "))


def _cut(word: str, font: str, size: float, limit: float) -> int:
    """Return how many letters of `word` fit, after a dash or the like when one is near the end."""
    fits = 1
    used = width_of(word[0], font, size)
    while fits < len(word) - 1:
        used += width_of(word[fits], font, size)
        if used > limit:
            break
        fits += 1
    good = max((word.rfind(mark, 0, fits) + 1 for mark in _GOOD_BREAKS), default=0)
    return good if 2 * good >= fits else fits


def fitting(text: str, font: str, size: float, room: float) -> float:
    """Return `size`, or a smaller one (not below 7 pt) at which the longest word fits in `room`."""
    longest = size * longest_word(text, font)
    return size if longest <= room else max(size * room / longest - 0.01, SMALLEST)


def lines_piece(
    lines: Sequence[str],
    font: str,
    size: float,
    *,
    x: float = 0.0,
    gap: float = 0.0,
    keep: bool = False,
    centre: float | None = None,
) -> Piece:
    """Return lines one below another, from `x` or centred on `centre`."""
    step = LEADING * size
    runs = [
        Run(
            x if centre is None else centre - width_of(line, font, size) / 2,
            at * step + RISE * size,
            font,
            size,
            line,
        )
        for at, line in enumerate(lines)
        if line
    ]
    return Piece(len(lines) * step, runs, gap=gap, keep=keep)


def shifted(piece: Piece, dx: float, dy: float = 0.0) -> tuple[list[Run], list[Rule]]:
    """Return the runs and rules of `piece` moved, for building one piece of several."""
    return (
        [Run(r.x + dx, r.y + dy, r.font, r.size, r.text) for r in piece.runs],
        [Rule(r.x0 + dx, r.y0 + dy, r.x1 + dx, r.y1 + dy, r.weight) for r in piece.rules],
    )


def paginate(pieces: Iterable[Piece], room: float = ROOM) -> tuple[Page, ...]:
    """Put `pieces` on pages: tied ones together where a page holds them, table heads repeated."""
    pages: list[Page] = []
    page: list[Placed] = []
    y = 0.0
    for chain in _chains(pieces):
        height = sum(piece.gap + piece.height for piece in chain)
        whole = y + height - (0.0 if page else chain[0].gap) <= room + _ALMOST
        if page and not whole and _fresh(chain) <= room + _ALMOST:
            pages.append(_closed(page))
            page, y = [], 0.0
        for piece in chain:
            gap = piece.gap if page else 0.0
            if page and y + gap + piece.height > room + _ALMOST:
                pages.append(_closed(page))
                page, y, gap = [], 0.0, 0.0
            if not page:
                for head in piece.head:
                    page.append(Placed(head, y))
                    y += head.height
            page.append(Placed(piece, y + gap))
            y += gap + piece.height
    if page:
        pages.append(_closed(page))
    return tuple(pages)


def _chains(pieces: Iterable[Piece]) -> Iterable[list[Piece]]:
    chain: list[Piece] = []
    for piece in pieces:
        chain.append(piece)
        if not piece.keep:
            yield chain
            chain = []
    if chain:
        yield chain


def _fresh(chain: Sequence[Piece]) -> float:
    """Return the height of `chain` on a page of its own."""
    heads = sum(head.height for head in chain[0].head)
    return heads + sum(piece.gap + piece.height for piece in chain) - chain[0].gap


def _closed(page: Sequence[Placed]) -> Page:
    return (*page[:-1], Placed(page[-1].piece, page[-1].y, last=True))
