"""Pages of pieces as a PDF: stamped and tagged for every copy; same data, same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from reportlab.pdfbase.pdfdoc import PDFDocument
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.textobject import PDFTextObject

from printing.archive import for_archive
from printing.fonts import BOLD, REGULAR, drawable, width_of
from printing.page import (
    BOTTOM,
    HAIR,
    LEADING,
    PORTRAIT,
    RISE,
    Frame,
    Page,
    Run,
)
from printing.tags import END, NOTHING, Marked, StructureTree, opening

NAME_SIZE = 10.0
"""Size of the copy's name; a paper leaves one such line free at its top right."""

Line = tuple[float, float, float, float]
_TOUCHING = 0.01
_FOOT_SIZE = 8.5
_FOOT_Y = BOTTOM + 4.0
_FOOT_RULE = BOTTOM + 15.0
_ACROSS_SIZE = 92.0
_PALE = 0.86
_SLOPE = 52.0


class Copy(NamedTuple):
    """One copy of a paper: its name, at the top of its first page, and the start of its footers."""

    name: str
    foot: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What is printed across or above a paper that is not the first, real, final one.

    `copy` is the number of the printing, as the journal counts it: 1 is the original.
    """

    copy: int = 1
    training: bool = False
    draft: bool = False

    @property
    def across(self) -> tuple[str, ...]:
        """Return the watermarks."""
        return ("УЧЕБНЫЙ",) * self.training + ("ЧЕРНОВИК",) * self.draft

    @property
    def above(self) -> str:
        """Return the words in the upper margin, "" for an original."""
        return f"КОПИЯ № {self.copy}" if self.copy > 1 else ""


ORIGINAL = Marks()


def draw(
    pages: Sequence[Page],
    copies: Sequence[Copy],
    *,
    title: str,
    marks: Marks = ORIGINAL,
    frame: Frame = PORTRAIT,
) -> bytes:
    """Return one PDF holding `pages` once a copy, each with «стр. 1 из 2» of its copy.

    Nothing but `title` is written into the file's properties. Its parts are tagged for screen
    readers; a paper of several pages has an outline of its headings and rows.
    """
    out = io.BytesIO()
    canvas = Canvas(
        out,
        pagesize=(frame.page_width, frame.page_height),
        pageCompression=1,
        invariant=1,
        initialFontName=REGULAR,  # type: ignore[arg-type]  # the stub says float
        lang="ru",
    )
    drawn = [_recorded(canvas, page, frame) for page in pages]
    document: PDFDocument = vars(canvas)["_doc"]
    tree = StructureTree(document)
    for copy in copies:
        placed = []
        for at, (code, marked) in enumerate(drawn):
            name = str(document.thisPageName())
            _draw_across(canvas, marks.across, frame)
            _operators(canvas).extend(code)  # drawn once, the same on every copy
            _draw_copy(canvas, copy, (at + 1, len(pages)), marks, frame)
            if len(pages) > 1:
                _outline(canvas, pages[at], at, copy)
            canvas.showPage()
            tree.page(name)
            placed.append((name, marked))
        tree.copy(placed)
    tree.close()
    for_archive(document, title)
    canvas.save()
    return out.getvalue()


def _operators(canvas: Canvas | PDFTextObject) -> list[str]:
    """Return the operators written so far: reportlab has no call for marked content."""
    code: list[str] = vars(canvas)["_code"]
    return code


def _recorded(canvas: Canvas, page: Page, frame: Frame) -> tuple[list[str], list[Marked]]:
    """Return the operators that draw `page`, and what its pieces are."""
    code = _operators(canvas)
    start = len(code)
    marked = _draw_page(canvas, page, frame)
    drawn = code[start:]
    del code[start:]
    return drawn, marked


def _draw_page(canvas: Canvas, page: Page, frame: Frame) -> list[Marked]:
    text = canvas.beginText()
    code = _operators(text)
    font, size, mark = "", 0.0, 0
    marked = []
    for placed in page:
        piece = placed.piece
        top = frame.page_height - frame.top - placed.y
        repeated = piece.tag == "TH" and not piece.keep  # read once, at the table's beginning
        cells: list[int | None] = []
        at = 0
        for count in piece.cells or (len(piece.runs),):
            runs = piece.runs[at : at + count]
            at += count
            if not runs:
                cells.append(None)
                continue
            code.append(NOTHING if repeated else opening(piece.tag, mark))
            for run in runs:
                if (run.font, run.size) != (font, size):
                    font, size = run.font, run.size
                    text.setFont(font, size)
                text.setTextOrigin(frame.left + run.x, top - run.y)
                text.textOut(run.text)
            code.append(END)
            if not repeated:
                cells.append(mark)
                mark += 1
        if piece.runs and not repeated:
            marked.append(Marked(piece.tag, tuple(cells)))
    canvas.drawText(text)
    _operators(canvas).append(NOTHING)
    for weight, lines in _joined(page, frame).items():
        canvas.setLineWidth(weight)
        canvas.lines(lines)
    _operators(canvas).append(END)
    return marked


def _outline(canvas: Canvas, page: Page, at: int, copy: Copy) -> None:
    """Add the headings of a page, and the row its table goes on with, to the outline."""
    if at == 0:
        canvas.bookmarkPage(f"{copy.name}0")
        canvas.addOutlineEntry(copy.name or "Начало", f"{copy.name}0", 0, closed=True)
    for number, placed in enumerate(page):
        piece = placed.piece
        begins = piece.tag == "TR" and (number == 0 or page[number - 1].piece.tag != "TR")
        if piece.tag == "H2":
            words = " ".join(run.text for run in piece.runs)
        elif begins and piece.runs and piece.cells and piece.runs[0].text.isdecimal():
            words = f"с № {piece.runs[0].text}"
        else:
            continue
        key = f"{copy.name}{at}.{number}"
        canvas.bookmarkPage(key)
        canvas.addOutlineEntry(words, key, 1)


def _joined(page: Page, frame: Frame) -> dict[float, list[Line]]:
    """Return the page's lines by weight, the sides of a table's rows joined to one."""
    lines: dict[float, list[Line]] = {}
    open_at: dict[tuple[float, float], int] = {}
    for placed in page:
        top = frame.page_height - frame.top - placed.y
        for rule in (*placed.piece.rules, *(placed.piece.closing if placed.last else ())):
            line = (frame.left + rule.x0, top - rule.y0, frame.left + rule.x1, top - rule.y1)
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


def _draw_across(canvas: Canvas, words: Sequence[str], frame: Frame) -> None:
    """Draw the watermarks below everything, grey enough to read through."""
    if not words:
        return
    _operators(canvas).append(NOTHING)
    canvas.saveState()
    canvas.setFillGray(_PALE)
    canvas.translate(frame.page_width / 2, frame.page_height / 2)
    canvas.rotate(_SLOPE)
    for at, word in enumerate(words):
        size = _ACROSS_SIZE
        canvas.setFont(BOLD, size)
        canvas.drawCentredString(0, (len(words) / 2 - at - 1) * LEADING * size + 0.3 * size, word)
    canvas.restoreState()
    _operators(canvas).append(END)


def _draw_copy(
    canvas: Canvas, copy: Copy, page: tuple[int, int], marks: Marks, frame: Frame
) -> None:
    if not frame.footer:
        return
    _operators(canvas).append(NOTHING)
    canvas.setLineWidth(HAIR)
    canvas.line(frame.left, _FOOT_RULE, frame.left + frame.width, BOTTOM + 15.0)
    for run in copy_runs(copy, *page, marks=marks, frame=frame):
        canvas.setFont(run.font, run.size)
        canvas.drawString(run.x, run.y, run.text)
    _operators(canvas).append(END)


def copy_runs(
    copy: Copy, page: int, pages: int, *, marks: Marks = ORIGINAL, frame: Frame = PORTRAIT
) -> list[Run]:
    """Return what differs from copy to copy: its name at the top of its first page, and the footer.

    The foot is made smaller, then cut, to stay clear of the count. Coordinates are points from the
    page's lower left corner.
    """
    count = f"стр. {page} из {pages}"
    end = frame.left + frame.width
    x = end - width_of(count, BOLD, _FOOT_SIZE)
    foot = drawable(copy.foot)
    size = min(
        _FOOT_SIZE,
        _FOOT_SIZE * (x - frame.left - 6.0) / max(width_of(foot, REGULAR, _FOOT_SIZE), 1.0),
    )
    runs = [
        Run(frame.left, _FOOT_Y, REGULAR, size, foot),
        Run(x, _FOOT_Y, BOLD, _FOOT_SIZE, count),
    ]
    if page == 1 and copy.name:
        x = end - width_of(copy.name, BOLD, NAME_SIZE)
        y = frame.page_height - frame.top - RISE * NAME_SIZE
        runs.append(Run(x, y, BOLD, NAME_SIZE, copy.name))
    if marks.above:
        x = frame.left + (frame.width - width_of(marks.above, BOLD, NAME_SIZE)) / 2
        runs.append(Run(x, frame.page_height - frame.top + 1.0, BOLD, NAME_SIZE, marks.above))
    return runs
