"""Pages of pieces as a PDF: stamped and tagged for every copy; same data, same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import cos, radians, sin
from typing import Any, NamedTuple

from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDocument,
    PDFObjectReference,
)
from reportlab.pdfgen.canvas import Canvas

from printing.archive import for_archive
from printing.fonts import BOLD, REGULAR, drawable, width_of
from printing.ink import Ink, Line, drawn
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
from printing.written import Ready, packed, whole

NAME_SIZE = 10.0
"""Size of the copy's name; a paper leaves one such line free at its top right."""

_VERSION = (1, 4)
"""Of PDF: the first with tagged content, a language and metadata, and the one of PDF/A-1."""
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
        pdfVersion=_VERSION,
    )
    document: PDFDocument = vars(canvas)["_doc"]
    feet = [
        [
            copy_runs(copy, at + 1, len(pages), marks=marks, frame=frame) if frame.footer else []
            for at in range(len(pages))
        ]
        for copy in copies
    ]
    across = _across_runs(marks.across)
    words = [run for page in pages for placed in page for run in placed.piece.runs]
    ink = Ink(document, [*words, *across, *(run for copy in feet for page in copy for run in page)])
    bodies = [_draw_page(ink, page, frame) for page in pages]
    streams = [_stream(document, code) for code, _ in bodies]  # one for all copies
    below = [_stream(document, _draw_across(ink, across, frame))] if across else []
    tree = StructureTree(document)
    for copy, foot in zip(copies, feet, strict=True):
        placed = []
        for at, (_, marked) in enumerate(bodies):
            name = str(document.thisPageName())
            if len(pages) > 1:
                _outline(canvas, pages[at], at, copy)
            canvas.showPage()
            own = _stream(document, _draw_copy(ink, foot[at], frame))
            page: Any = vars(document)["idToObject"][name]
            page.Contents = PDFArray([*below, streams[at], own])
            tree.page(name)
            placed.append((name, marked))
        tree.copy(placed)
    tree.close()
    for_archive(document, title)
    vars(document)["format"] = partial(whole, document)
    canvas.save()
    return out.getvalue()


def _stream(document: PDFDocument, code: Sequence[str]) -> PDFObjectReference:
    """Make operators a stream of the document: reportlab has no call for marked content."""
    stream = packed("\n".join(code).encode())
    reference: PDFObjectReference = document.Reference(Ready(stream))  # type: ignore[no-untyped-call]
    return reference


def _draw_page(ink: Ink, page: Page, frame: Frame) -> tuple[list[str], list[Marked]]:
    """Return the operators that draw `page`, and what its pieces are."""
    code = ["BT"]
    mark = 0
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
            code += ink.words(runs, frame.left, top)
            code.append(END)
            if not repeated:
                cells.append(mark)
                mark += 1
        if piece.runs and not repeated:
            marked.append(Marked(piece.tag, tuple(cells)))
    code += ["ET", NOTHING]
    code += [drawn(lines, weight) for weight, lines in _joined(page, frame).items()]
    code.append(END)
    return code, marked


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


def _across_runs(words: Sequence[str]) -> list[Run]:
    """Return the watermarks, centred on the middle of a page."""
    size = _ACROSS_SIZE
    return [
        Run(
            -width_of(word, BOLD, size) / 2,
            (len(words) / 2 - at - 1) * LEADING * size + 0.3 * size,
            BOLD,
            size,
            word,
        )
        for at, word in enumerate(words)
    ]


def _draw_across(ink: Ink, runs: Sequence[Run], frame: Frame) -> list[str]:
    """Return the operators of the watermarks: below everything, grey enough to read through."""
    if not runs:
        return []
    slope = radians(_SLOPE)
    turned = f"{cos(slope):.5f} {sin(slope):.5f} {-sin(slope):.5f} {cos(slope):.5f}"
    middle = f"{frame.page_width / 2:.2f} {frame.page_height / 2:.2f}"
    start = [NOTHING, "q", f"{_PALE} g", f"{turned} {middle} cm", "BT"]
    return [*start, *ink.words(runs), "ET", "Q", END]


def _draw_copy(ink: Ink, runs: Sequence[Run], frame: Frame) -> list[str]:
    """Return the operators of what differs from copy to copy."""
    if not frame.footer:
        return []
    line = (frame.left, _FOOT_RULE, frame.left + frame.width, _FOOT_RULE)
    return [NOTHING, drawn([line], HAIR), "BT", *ink.words(runs), "ET", END]


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
