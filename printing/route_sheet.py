"""The route sheet of a day of visits: what the specialist carries, without document numbers."""

from __future__ import annotations

import re
from dataclasses import asdict, astuple, dataclass

from printing import fonts
from printing.letterhead import title
from printing.office_paper import (
    BLANK,
    OfficePaper,
    facts,
    head_of,
    ruled,
    sheets,
    signed,
    signers,
    style_of,
)
from printing.page import LANDSCAPE, Page, paginate
from printing.sheet import ORIGINAL, Marks
from printing.wording import wording

CODE = "route_sheet"
HIDDEN = "(номер скрыт)"
_SHARES = (7, 22, 44, 27, 25, 21, 35, 29, 14, 13, 19, 24)
_DOCUMENT_NUMBER = re.compile(
    r"(?<!\d)(?:\d{2}\s?\d{2}\s?(?:(?:№|номер)\s?)?\d{6}|\d{3}([-\s])\d{3}\1\d{3}[-\s]\d{2})(?!\d)"
)
"""Series and number of a Russian passport, or a СНИЛС."""


@dataclass(frozen=True, slots=True)
class RouteStop:
    """One stop; `fio` is surname and initials, `basis` the code of the ground, never a diagnosis.

    `arrived`, `left`, `result` and `sign` are written by hand on the way.
    """

    slot: str
    address: str
    fio: str
    phone: str
    basis: str
    services: str
    take: str
    arrived: str = ""
    left: str = ""
    result: str = ""
    sign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSheet(OfficePaper):
    """A numbered sheet; papers.json, "route_sheet". What is not known yet is written by hand."""

    number: str
    date: str
    worker: str
    driver: str
    device: str
    stops: tuple[RouteStop, ...]
    depart: str = BLANK
    back: str = BLANK
    km: str = BLANK
    accepted: str = BLANK
    incidents: str = BLANK
    worker_signs: str = ""


def render(paper: RouteSheet, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
    """Return the PDF. Raises UnknownEdition."""
    return sheets(
        lay_out(paper, large=large),
        [""],
        f"Маршрутный лист № {paper.number}",
        title=f"Маршрутный лист № {paper.number}",
        marks=marks,
        frame=LANDSCAPE,
    )


def lay_out(paper: RouteSheet, *, large: bool = False) -> tuple[Page, ...]:
    """Return the pages as data. Raises as `render`."""
    fonts.register()
    words = wording(CODE, paper.edition)
    style = style_of(LANDSCAPE, large=large)
    stops, totals = words.blocks
    known = asdict(paper)
    known["return"] = paper.back
    rows = [
        (str(at), *(without_numbers(text) for text in astuple(stop)))
        for at, stop in enumerate(paper.stops, 1)
    ]
    pieces = [
        *head_of(paper, style),
        *title(f"{words.title} № {paper.number}", words.subtitle.format(date=paper.date), style),
        *facts(list(words.head.items())[1:], known, style),
        *(ruled(stops.rows, _SHARES, rows, style, centred="n") if rows else []),
        *facts(totals.rows, known, style),
    ]
    roles = signers(words.signatures, paper.worker_signs)
    return paginate(signed(pieces, roles, style), style.frame.room)


def without_numbers(text: str) -> str:
    """Return `text` with the numbers of passports and СНИЛС hidden: the sheet may get lost."""
    return _DOCUMENT_NUMBER.sub(HIDDEN, text)
