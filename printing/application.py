"""The application to the authority, filled from what was typed; signed by the applicant."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from printing import fonts
from printing.blocks import boxed, bullets, paragraph, values
from printing.letterhead import title
from printing.office_paper import (
    OfficePaper,
    facts,
    head_of,
    sheets,
    signed,
    signers,
    style_of,
    titled,
)
from printing.page import PORTRAIT, Page, Piece, Style, paginate
from printing.sheet import ORIGINAL, Marks
from printing.wording import wording

CODE = "application"


@dataclass(frozen=True, slots=True)
class ApplicationSection:
    """A part of the service's form: its title and (label, value) of what was answered."""

    title: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Application(OfficePaper):
    """Everything printed on an application, as text ready to be read; papers.json, "application".

    `number` is the desk's number, "" before registration; `rep` None without a representative;
    an empty `snils` leaves its row out; `documents` name each paper with its sheets.
    """

    number: str
    to: str
    applicant: str
    doc: str
    snils: str
    address: str
    fact_address: str
    contacts: str
    rep: str | None
    service: str
    sections: tuple[ApplicationSection, ...]
    documents: tuple[str, ...]
    delivery: str
    notify: str
    applicant_signs: str = ""
    mark: str = ""


def render(paper: Application, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
    """Return the PDF. Raises NotANumber, UnknownEdition."""
    foot = f"Заявление № {paper.number}" if paper.number else "Заявление"
    return sheets(lay_out(paper, large=large), [""], foot, title="Заявление", marks=marks)


def lay_out(paper: Application, *, large: bool = False) -> tuple[Page, ...]:
    """Return the pages as data. Raises as `render`."""
    fonts.register()
    words = wording(CODE, paper.edition)
    style = style_of(PORTRAIT, large=large)
    asking, _fields, attached, ways, truth = words.blocks
    known = asdict(paper)
    known["from"] = paper.applicant
    known["snils"] = paper.snils or None
    pieces = [
        *head_of(paper, style, number=paper.number or None),
        *facts(list(words.head.items()), known, style, bold="to from"),
        *title(words.title, "", style),
        *paragraph(asking.text.format(service=paper.service), style.body, style, keep=True),
        *_sections(paper, style),
        *(bullets(attached.title, paper.documents, style) if paper.documents else []),
        *facts(ways.rows, known, style),
        *paragraph(truth.text, style.body, style, keep=True),
    ]
    roles = signers(words.signatures, paper.applicant_signs)
    mark = boxed(paper.mark or words.more["office_mark"], style)
    whole = signed(pieces, roles, style)
    return paginate([*whole[:-1], whole[-1]._replace(keep=True), mark], style.frame.room)


def _sections(paper: Application, style: Style) -> list[Piece]:
    pieces: list[Piece] = []
    for section in paper.sections:
        pieces += titled(section.title, values(section.fields, style), style)
    return pieces
