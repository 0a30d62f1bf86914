"""The act of reconciliation between the office and the centre (domain 3.6)."""

from __future__ import annotations

from dataclasses import asdict, astuple, dataclass

from printing import fonts
from printing.blocks import paragraph
from printing.letterhead import title
from printing.office_paper import (
    OfficePaper,
    facts,
    head_of,
    ruled,
    sheets,
    signed,
    signers,
    style_of,
    titled,
)
from printing.page import PORTRAIT, Page, paginate
from printing.sheet import ORIGINAL, Marks
from printing.wording import wording

CODE = "reconciliation_act"
COPIES = ("экземпляр офиса", "экземпляр центра")
NONE_FOUND = "Расхождений нет."
_SERVICE_SHARES = (70, 24, 27, 28, 41)
_CASE_SHARES = (34, 42, 50, 40, 24)


@dataclass(frozen=True, slots=True)
class ReconciledService:
    """A line of counts; `reason` is why `office` and `centre` differ."""

    service: str
    office: int
    centre: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One case in which office and centre differ, and what is done by when."""

    case: str
    what: str
    cause: str
    action: str
    due: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationAct(OfficePaper):
    """What was compared over a period; papers.json, "reconciliation_act"."""

    number: str
    period: str
    services: tuple[ReconciledService, ...]
    discrepancies: tuple[Discrepancy, ...]
    paper: str
    duty: str
    forms: str
    office_signs: str = ""


def render(paper: ReconciliationAct, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
    """Return the PDF of both copies. Raises UnknownEdition."""
    name = f"Акт сверки № {paper.number}"
    return sheets(lay_out(paper, large=large), COPIES, name, title=name, marks=marks)


def lay_out(paper: ReconciliationAct, *, large: bool = False) -> tuple[Page, ...]:
    """Return the pages of one copy as data. Raises as `render`."""
    fonts.register()
    words = wording(CODE, paper.edition)
    style = style_of(PORTRAIT, large=large)
    counts, cases, more = words.blocks
    rows = [
        (
            one.service,
            str(one.office),
            str(one.centre),
            _difference(one.office, one.centre),
            one.reason,
        )
        for one in paper.services
    ]
    office = sum(one.office for one in paper.services)
    centre = sum(one.centre for one in paper.services)
    rows.append((counts.totals, str(office), str(centre), _difference(office, centre), ""))
    found = [astuple(one) for one in paper.discrepancies]
    named = (
        ruled(cases.rows, _CASE_SHARES, found, style)
        if found
        else paragraph(NONE_FOUND, style.body, style)
    )
    pieces = [
        *head_of(paper, style, names=COPIES, labels=words.head),
        *title(
            f"{words.title} № {paper.number}", words.subtitle.format(period=paper.period), style
        ),
        *ruled(counts.rows, _SERVICE_SHARES, rows, style, centred="office centre diff"),
        *titled(cases.title, named, style),
        *facts(more.rows, asdict(paper), style),
    ]
    roles = signers(words.signatures, paper.office_signs, stamp=0)
    return paginate(signed(pieces, roles, style), style.frame.room)


def _difference(office: int, centre: int) -> str:
    return f"{office - centre:+d}" if office != centre else "0"
