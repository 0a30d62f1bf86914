"""The notice that documents were not taken: every defect at once, and the way to complain."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from printing import fonts
from printing.blocks import paragraph
from printing.letterhead import title
from printing.office_paper import OfficePaper, facts, head_of, sheets, signed, signers, style_of
from printing.page import PORTRAIT, Page, paginate
from printing.sheet import ORIGINAL, Marks
from printing.wording import wording

CODE = "refusal"
COPIES = ("экземпляр заявителя", "экземпляр МФЦ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal(OfficePaper):
    """What is refused and why; papers.json, "refusal".

    `details` is the exhaustive list of defects, `fixes` what to do about each.
    """

    date: str
    applicant: str
    service: str
    reason: str
    details: tuple[str, ...]
    fixes: tuple[str, ...]
    appeal: str
    number: str = ""
    worker_signs: str = ""
    applicant_signs: str = ""


def render(paper: Refusal, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
    """Return the PDF of both copies. Raises UnknownEdition."""
    foot = "Уведомление об отказе в приёме документов"
    return sheets(lay_out(paper, large=large), COPIES, foot, title=foot, marks=marks)


def lay_out(paper: Refusal, *, large: bool = False) -> tuple[Page, ...]:
    """Return the pages of one copy as data. Raises as `render`."""
    fonts.register()
    words = wording(CODE, paper.edition)
    style = style_of(PORTRAIT, large=large)
    facts_block, law = words.blocks
    known = asdict(paper) | {
        "details": _numbered(paper.details),
        "fix": _numbered(paper.fixes),
    }
    number = f" № {paper.number}" if paper.number else ""
    pieces = [
        *head_of(paper, style, names=COPIES),
        *title(f"{words.title}{number}", f"{words.subtitle}, {paper.date}", style),
        *facts(facts_block.rows, known, style, bold="applicant service"),
        *paragraph(law.text, style.body, style, keep=True),
    ]
    roles = signers(words.signatures, paper.worker_signs, paper.applicant_signs, stamp=0)
    return paginate(signed(pieces, roles, style), style.frame.room)


def _numbered(items: tuple[str, ...]) -> str:
    return "\n".join(f"{at}. {item}" for at, item in enumerate(items, 1))
