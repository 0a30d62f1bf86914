"""What can be wrong with a laid-out page, measured from where its words and rules stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from printing.fonts import width_of
from printing.page import PORTRAIT, Frame, Page


class Box:
    """The letters of one run on a page, without the blank above and below them; y grows down."""

    def __init__(self, x: float, y: float, font: str, size: float, text: str) -> None:
        self.text = text
        self.left, self.right = x, x + width_of(text, font, size)
        self.top, self.bottom = y - 0.93 * size, y + 0.24 * size

    def overlaps(self, other: Box) -> bool:
        return (
            min(self.right, other.right) - max(self.left, other.left) > 0.1
            and min(self.bottom, other.bottom) - max(self.top, other.top) > 0.1
        )


def boxes(page: Page) -> list[Box]:
    return [
        Box(run.x, placed.y + run.y, run.font, run.size, run.text)
        for placed in page
        for run in placed.piece.runs
    ]


def faults(page: Page, frame: Frame = PORTRAIT) -> Iterator[str]:
    """Say what is clipped or overlapped on a page."""
    known = sorted(boxes(page), key=lambda box: box.top)
    for at, box in enumerate(known):
        if box.left < -0.01 or box.right > frame.width + 0.01:
            yield f"over the side: {box.text}"
        if box.top < -2.0 or box.bottom > frame.room + 0.5:
            yield f"over the edge: {box.text}"
        for other in known[at + 1 :]:
            if other.top > box.bottom:
                break
            if box.overlaps(other):
                yield f"overlap: {box.text} / {other.text}"
    yield from _struck(page, known)


def _struck(page: Page, known: Sequence[Box]) -> Iterator[str]:
    for placed in page:
        for rule in placed.piece.rules:
            top, bottom = placed.y + rule.y0, placed.y + rule.y1
            for box in known:
                if box.top > bottom:
                    break
                if box.bottom < top:
                    continue
                middle = (box.top + box.bottom) / 2
                down = rule.x0 == rule.x1 and top < middle < bottom
                if down and box.left + 0.01 < rule.x0 < box.right - 0.01:
                    yield f"struck through: {box.text}"
                across = rule.y0 == rule.y1 and box.left < rule.x1 and box.right > rule.x0
                if across and box.top + 1.5 < top < box.bottom - 1.5:
                    yield f"struck out: {box.text}"


def thin_pages(pages: Sequence[Page], frame: Frame, full: float = 0.85) -> Iterator[int]:
    """Yield pages, but the last, under 85 % full though what follows would have fitted whole."""
    for at, (page, following) in enumerate(pairwise(pages)):
        used = page[-1].y + page[-1].piece.height
        if used >= full * frame.room:
            continue
        if used + first_block(following) <= frame.room:
            yield at


def first_block(page: Page) -> float:
    """Return the height of what a page begins with and keeps together, repeated heads left out."""
    height = 0.0
    for placed in page:
        if placed.piece.tag == "TH" and not placed.piece.keep:
            continue
        height += placed.piece.gap + placed.piece.height
        if not placed.piece.keep:
            break
    return height
