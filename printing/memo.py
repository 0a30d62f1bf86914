"""The memo «что донести»: what is missing or wrong, by when and where to bring it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from printing import fonts
from printing.blocks import bullets, paragraph
from printing.letterhead import title
from printing.office_paper import OfficePaper, facts, head_of, sheets, signed, signers, style_of
from printing.page import PORTRAIT, Page, Piece, Style, paginate
from printing.sheet import ORIGINAL, Marks
from printing.wording import Block, wording

CODE = "memo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memo(OfficePaper):
    """What to bring (`missing` until `until`) and what to put right (`defects`).

    `number` is the desk's number, "" when nothing is registered; empty contacts are left out.
    """

    number: str
    date: str
    applicant: str
    service: str
    missing: tuple[str, ...]
    until: str
    defects: tuple[str, ...] = ()
    where: str = ""
    phone: str = ""
    hours: str = ""
    worker_signs: str = ""


def render(paper: Memo, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
    """Return the PDF. Raises NotANumber, UnknownEdition."""
    foot = f"Памятка к обращению № {paper.number}" if paper.number else "Памятка"
    pages = lay_out(paper, large=large)
    return sheets(pages, [""], foot, title="Памятка «что донести»", marks=marks)


def lay_out(paper: Memo, *, large: bool = False) -> tuple[Page, ...]:
    """Return the pages as data. Raises as `render`."""
    fonts.register()
    words = wording(CODE, paper.edition)
    style = style_of(PORTRAIT, large=large)
    about, missing, wrong, where, law = words.blocks
    known = {name: text or None for name, text in asdict(paper).items()}
    known["number_line"] = paper.number or None
    pieces = [
        *head_of(paper, style, number=paper.number or None),
        *title(words.title, f"«{words.subtitle}», {paper.date}", style),
        *facts(about.rows, known, style, bold="service"),
        *_list(missing, paper.missing, paper.until, style),
        *_list(wrong, paper.defects, "", style),
        *facts(where.rows, known, style),
        *paragraph(law.text, style.label, style, keep=True),
    ]
    roles = signers(words.signatures, paper.worker_signs)
    return paginate(signed(pieces, roles, style), style.frame.room)


def _list(block: Block, items: tuple[str, ...], until: str, style: Style) -> list[Piece]:
    return bullets(block.title.format(date=until), items, style) if items else []
