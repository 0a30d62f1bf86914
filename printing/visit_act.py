"""The act of a visit: what was done at the applicant's home; one copy stays there."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from printing import fonts
from printing.letterhead import title
from printing.office_paper import OfficePaper, facts, head_of, sheets, signed, signers, style_of
from printing.page import PORTRAIT, Page, paginate
from printing.sheet import ORIGINAL, Marks
from printing.wording import wording

CODE = "visit_act"
COPIES = ("экземпляр заявителя", "экземпляр МФЦ")


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitAct(OfficePaper):
    """What is printed; papers.json, "visit_act".

    `number` is the number of the visit's request for a barcode, digits and dashes, "" for none;
    `category` holds the code of the ground, no diagnosis.
    """

    number: str
    visit: str
    date: str
    address: str
    arrive: str
    category: str
    fee: str
    services: str
    docs: str
    present: str
    result: str
    code_word: str
    worker_signs: str = ""
    applicant_signs: str = ""


def render(act: VisitAct, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
    """Return the PDF of both copies. Raises NotANumber, UnknownEdition."""
    foot = f"Акт выезда № {act.visit}"
    return sheets(lay_out(act, large=large), COPIES, foot, title="Акт выезда", marks=marks)


def lay_out(act: VisitAct, *, large: bool = False) -> tuple[Page, ...]:
    """Return the pages of one copy as data. Raises as `render`."""
    fonts.register()
    words = wording(CODE, act.edition)
    style = style_of(PORTRAIT, large=large)
    pieces = [
        *head_of(act, style, number=act.number or None, names=COPIES),
        *title(words.title, f"от {act.date}", style),
        *facts(words.blocks[0].rows, asdict(act), style, bold="address result"),
    ]
    roles = signers(words.signatures, act.worker_signs, act.applicant_signs, stamp=0)
    return paginate(signed(pieces, roles, style), style.frame.room)
