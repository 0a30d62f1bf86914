"""The label of a case: its number as bars, what it is, whose, until when; ten or eight a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from printing import fonts
from printing.codes import code128, digits_of
from printing.fonts import BOLD, REGULAR, drawable, width_of
from printing.office_paper import BODY, LARGE_BODY, sheets
from printing.page import (
    HAIR,
    LEADING,
    MM,
    PORTRAIT,
    RISE,
    Page,
    Piece,
    Rule,
    Run,
    fitting,
    paginate,
    wrap,
)
from printing.sheet import ORIGINAL, Marks
from printing.wording import EDITION, wording

CODE = "case_label"
ACROSS = 2
HEIGHT = 54 * MM
LARGE_HEIGHT = 68 * MM
_EDGE = 4 * MM
_MODULE = 0.4 * MM
_BARS = 12 * MM
_LINES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLabel:
    """What stands on a folder; papers.json, "case_label". Dates as text, surname with initials."""

    number: str
    service_short: str
    surname_initials: str
    date: str
    due: str
    edition: int = EDITION


def render(paper: CaseLabel, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
    """Return the PDF of one label on a sheet. Raises NotANumber, UnknownEdition."""
    return render_all([paper], large=large, marks=marks)


def render_all(
    labels: Sequence[CaseLabel], *, large: bool = False, marks: Marks = ORIGINAL
) -> bytes:
    """Return the PDF of many labels, ten on a sheet, eight large ones. Raises as `render`."""
    pages = lay_out_all(labels, large=large)
    return sheets(pages, [""], "Ярлыки дел", title="Ярлыки дел", marks=marks)


def lay_out(paper: CaseLabel, *, large: bool = False) -> tuple[Page, ...]:
    """Return the sheet with one label as data. Raises as `render`."""
    return lay_out_all([paper], large=large)


def lay_out_all(labels: Sequence[CaseLabel], *, large: bool = False) -> tuple[Page, ...]:
    """Return the sheets as data: rows of two labels, ruled to be cut apart. Raises as `render`."""
    fonts.register()
    size, height = (LARGE_BODY, LARGE_HEIGHT) if large else (BODY, HEIGHT)
    rows = [_row(labels[at : at + ACROSS], size, height) for at in range(0, len(labels), ACROSS)]
    return paginate(rows, PORTRAIT.room)


def _row(labels: Sequence[CaseLabel], size: float, height: float) -> Piece:
    width = PORTRAIT.width / ACROSS
    runs: list[Run] = []
    rules: list[Rule] = []
    for at, label in enumerate(labels):
        x = at * width
        runs += _words(label, x + _EDGE, width - 2 * _EDGE, size)
        rules += _bars(label.number, x + width / 2)
        for y in (0.0, height):
            rules.append(Rule(x, y, x + width, y, HAIR))
        for edge in (x, x + width):
            rules.append(Rule(edge, 0.0, edge, height, HAIR))
    return Piece(height, runs, rules)


def _bars(number: str, middle: float) -> list[Rule]:
    code = code128(digits_of(number))
    left = middle - code.modules * _MODULE / 2
    rules = []
    for bar in code.bars:
        x = left + (bar.left + bar.width / 2) * _MODULE
        rules.append(Rule(x, _EDGE, x, _EDGE + _BARS, bar.width * _MODULE))
    return rules


def _words(label: CaseLabel, x: float, room: float, size: float) -> list[Run]:
    """Return the lines below the bars; what does not fit in two lines ends with an ellipsis."""
    template = wording(CODE, label.edition).more["text"]
    number, service, person, dates = template.split("\n")
    known = {
        "number": label.number,
        "service_short": label.service_short,
        "surname_initials": label.surname_initials,
        "date": label.date,
        "due": label.due,
    }
    y = _EDGE + _BARS + 1 * MM
    runs = []
    for text, font, step, most in (
        (number, BOLD, 1.25 * size, 1),
        (service, REGULAR, size, _LINES),
        (person, BOLD, size, _LINES),
        (dates, REGULAR, 0.9 * size, _LINES),
    ):
        words = drawable(text.format(**known))
        fit = fitting(words, font, step, room)
        for line in _first(wrap(words, font, fit, room), most, font, fit, room):
            runs.append(Run(x, y + RISE * fit, font, fit, line))
            y += LEADING * fit
    return runs


def _first(lines: list[str], most: int, font: str, size: float, room: float) -> list[str]:
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and width_of(f"{last}…", font, size) > room:
        last = last[:-1]
    return [*lines[: most - 1], f"{last.rstrip()}…"]
