"""The act that closes a day: the checks of the shift, each with what was found."""

from __future__ import annotations

from dataclasses import dataclass

from printing import fonts
from printing.letterhead import title
from printing.office_paper import OfficePaper, head_of, ruled, sheets, signed, signers, style_of
from printing.page import PORTRAIT, Page, paginate
from printing.sheet import ORIGINAL, Marks
from printing.wording import wording

CODE = "day_close"
_SHARES = (92, 66, 28)


@dataclass(frozen=True, slots=True)
class DayCheck:
    """What a check found, and «да», «нет» or "" when a hand writes it."""

    value: str
    ok: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClose(OfficePaper):
    """The twelve checks in the order of papers.json, "day_close"; missing ones are left blank."""

    date: str
    checks: tuple[DayCheck, ...]
    senior_signs: str = ""


def render(paper: DayClose, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
    """Return the PDF. Raises UnknownEdition."""
    name = f"Акт закрытия дня, {paper.date}"
    return sheets(lay_out(paper, large=large), [""], name, title=name, marks=marks)


def lay_out(paper: DayClose, *, large: bool = False) -> tuple[Page, ...]:
    """Return the pages as data. Raises as `render`."""
    fonts.register()
    words = wording(CODE, paper.edition)
    style = style_of(PORTRAIT, large=large)
    block = words.blocks[0]
    missing = len(block.checks) - len(paper.checks)
    found = [*paper.checks, *[DayCheck("")] * missing]
    rows = [
        (check, known.value, known.ok) for check, known in zip(block.checks, found, strict=False)
    ]
    pieces = [
        *head_of(paper, style),
        *title(words.title, paper.date, style),
        *ruled(block.rows, _SHARES, rows, style, centred="ok"),
    ]
    roles = signers(words.signatures, paper.senior_signs)
    return paginate(signed(pieces, roles, style), style.frame.room)
