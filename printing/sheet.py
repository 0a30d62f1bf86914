"""Pages of pieces as a PDF: drawn once, stamped for every copy; same data, same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import NamedTuple

from reportlab.pdfgen.canvas import Canvas

from printing.fonts import BOLD, REGULAR, drawable, width_of
from printing.page import (
    BOTTOM,
    HAIR,
    LEFT,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    RISE,
    TOP,
    WIDTH,
    Page,
    Run,
)

NAME_SIZE = 10.0
"""Size of the copy's name; a paper leaves one such line free at its top right."""

Line = tuple[float, float, float, float]
_TOUCHING = 0.01
_FOOT_SIZE = 8.5
_FOOT_Y = BOTTOM + 4.0


class Copy(NamedTuple):
    """One copy of a paper: its name, at the top of its first page, and the start of its footers."""

    name: str
    foot: str


def draw(pages: Sequence[Page], copies: Sequence[Copy], *, title: str) -> bytes:
    """Return one PDF holding `pages` once a copy, each with «стр. 1 из 2» of its copy.

    Nothing but `title` is written into the file's properties.
    """
    out = io.BytesIO()
    canvas = Canvas(
        out,
        pagesize=(PAGE_WIDTH, PAGE_HEIGHT),
        pageCompression=1,
        invariant=1,
        initialFontName=REGULAR,  # type: ignore[arg-type]  # the stub says float
        lang="ru",
    )
    canvas.setTitle(title)
    canvas.setAuthor("")
    canvas.setSubject("")
    canvas.setCreator("MFC Desk")
    canvas.setProducer("MFC Desk")
    for at, page in enumerate(pages):
        canvas.beginForm(f"page{at}", 0, 0, PAGE_WIDTH, PAGE_HEIGHT)
        _draw_page(canvas, page)
        canvas.endForm()
    for copy in copies:
        for at in range(len(pages)):
            canvas.doForm(f"page{at}")
            _draw_copy(canvas, copy, at + 1, len(pages))
            canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw_page(canvas: Canvas, page: Page) -> None:
    text = canvas.beginText()
    font, size = "", 0.0
    for placed in page:
        top = PAGE_HEIGHT - TOP - placed.y
        for run in placed.piece.runs:
            if (run.font, run.size) != (font, size):
                font, size = run.font, run.size
                text.setFont(font, size)
            text.setTextOrigin(LEFT + run.x, top - run.y)
            text.textOut(run.text)
    canvas.drawText(text)
    for weight, lines in _joined(page).items():
        canvas.setLineWidth(weight)
        canvas.lines(lines)


def _joined(page: Page) -> dict[float, list[Line]]:
    """Return the page's lines by weight, the sides of a table's rows joined to one."""
    lines: dict[float, list[Line]] = {}
    open_at: dict[tuple[float, float], int] = {}
    for placed in page:
        top = PAGE_HEIGHT - TOP - placed.y
        for rule in (*placed.piece.rules, *(placed.piece.closing if placed.last else ())):
            line = (LEFT + rule.x0, top - rule.y0, LEFT + rule.x1, top - rule.y1)
            known = lines.setdefault(rule.weight, [])
            column = (rule.weight, line[0])
            at = open_at.get(column, -1)
            if rule.x0 == rule.x1 and at >= 0 and abs(known[at][3] - line[1]) < _TOUCHING:
                known[at] = (*known[at][:3], line[3])
                continue
            if rule.x0 == rule.x1:
                open_at[column] = len(known)
            known.append(line)
    return lines


def _draw_copy(canvas: Canvas, copy: Copy, page: int, pages: int) -> None:
    runs = copy_runs(copy, page, pages)
    canvas.setLineWidth(HAIR)
    canvas.line(LEFT, BOTTOM + 15.0, LEFT + WIDTH, BOTTOM + 15.0)
    for run in runs:
        canvas.setFont(run.font, run.size)
        canvas.drawString(run.x, run.y, run.text)


def copy_runs(copy: Copy, page: int, pages: int) -> list[Run]:
    """Return what differs from copy to copy: its name at the top of its first page, and the footer.

    Coordinates are points from the page's lower left corner.
    """
    count = f"стр. {page} из {pages}"
    end = LEFT + WIDTH
    x = end - width_of(count, BOLD, _FOOT_SIZE)
    runs = [
        Run(LEFT, _FOOT_Y, REGULAR, _FOOT_SIZE, drawable(copy.foot)),
        Run(x, _FOOT_Y, BOLD, _FOOT_SIZE, count),
    ]
    if page == 1:
        x = end - width_of(copy.name, BOLD, NAME_SIZE)
        y = PAGE_HEIGHT - TOP - RISE * NAME_SIZE
        runs.append(Run(x, y, BOLD, NAME_SIZE, copy.name))
    return runs
