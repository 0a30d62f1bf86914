"""The referral to an office that gives the service this one does not."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from printing import fonts
from printing.blocks import bullets, paragraph
from printing.letterhead import title
from printing.office_paper import OfficePaper, facts, head_of, sheets, signed, signers, style_of
from printing.page import PORTRAIT, Page, paginate
from printing.sheet import ORIGINAL, Marks
from printing.wording import wording

CODE = "referral"


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral(OfficePaper):
    """Where to go, why, and what to take along; an empty contact is left out."""

    date: str
    applicant: str
    service: str
    reason: str
    to: str
    to_address: str = ""
    to_phone: str = ""
    hours: str = ""
    appointment: str = ""
    bring: tuple[str, ...] = ()
    worker_signs: str = ""


def render(paper: Referral, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
    """Return the PDF. Raises UnknownEdition."""
    pages = lay_out(paper, large=large)
    return sheets(pages, [""], "Направление", title="Направление", marks=marks)


def lay_out(paper: Referral, *, large: bool = False) -> tuple[Page, ...]:
    """Return the pages as data. Raises as `render`."""
    fonts.register()
    words = wording(CODE, paper.edition)
    style = style_of(PORTRAIT, large=large)
    where, bring, law = words.blocks
    known = {name: text or None for name, text in asdict(paper).items()}
    pieces = [
        *head_of(paper, style),
        *title(words.title, f"{words.subtitle}, {paper.date}", style),
        *facts(where.rows, known, style, bold="to to_address"),
        *(bullets(bring.title, paper.bring, style) if paper.bring else []),
        *paragraph(law.text, style.body, style, keep=True),
    ]
    roles = signers(words.signatures, paper.worker_signs, stamp=0)
    return paginate(signed(pieces, roles, style), style.frame.room)
