"""The consent to the processing of personal data: a sheet of its own (152-ФЗ, ст. 9 ч. 4)."""

from __future__ import annotations

from dataclasses import dataclass

from printing import fonts
from printing.blocks import paragraph
from printing.letterhead import title
from printing.office_paper import BLANK, sheets, signed, signers, style_of
from printing.page import PORTRAIT, Page, paginate
from printing.sheet import ORIGINAL, Marks
from printing.wording import EDITION, Wording, wording

CODE = "consent"
COPIES = ("экземпляр субъекта", "экземпляр оператора")


@dataclass(frozen=True, slots=True)
class ConsentRepresentative:
    """Who gives the consent for the subject, and by what document."""

    fio: str
    address: str
    doc: str
    power: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The nine elements of ст. 9 ч. 4, as text; papers.json, "consent".

    What is empty is left to be written by hand. `operator` is the institution, `recipients` whom
    the data are handed to, `processor` who processes them for the operator ("" for nobody),
    `valid` how long the consent holds, `purpose` one purpose.
    """

    fio: str
    address: str
    doc_kind: str
    series: str
    number: str
    issued: str
    issuer: str
    operator: str
    operator_address: str
    data_list: str
    purpose: str
    recipients: str
    processor: str
    valid: str
    representative: ConsentRepresentative | None = None
    subject_signs: str = ""
    edition: int = EDITION


def render(paper: Consent, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
    """Return the PDF of both copies. Raises UnknownEdition."""
    pages = lay_out(paper, large=large)
    title = "Согласие на обработку персональных данных"
    return sheets(pages, COPIES, title, title=title, marks=marks)


def lay_out(paper: Consent, *, large: bool = False) -> tuple[Page, ...]:
    """Return the pages of one copy as data. Raises as `render`."""
    fonts.register()
    words = wording(CODE, paper.edition)
    style = style_of(PORTRAIT, large=large)
    head = title(words.title, words.subtitle, style)
    head[0] = head[0]._replace(gap=0.0)
    pieces = [
        paragraph(" ", style.body, style)[0],  # the line of the copy's name
        *head,
        *paragraph(text_of(paper, words), style.body, style, keep=True),
    ]
    roles = signers(words.signatures, paper.subject_signs)
    return paginate(signed(pieces, roles, style), style.frame.room)


def text_of(paper: Consent, words: Wording) -> str:
    """Return the sentence of the consent with everything in its place."""
    template = words.more["text"]
    if not paper.series:
        template = template.replace(
            "документ, удостоверяющий личность: {doc_kind} серия {series} № {number}",
            words.more["without_series"],
        )
    processor = words.more["processor" if paper.processor else "no_processor"]
    rep = paper.representative
    known = {
        name: getattr(paper, name) or BLANK
        for name in (
            "fio",
            "address",
            "doc_kind",
            "series",
            "number",
            "issued",
            "issuer",
            "operator",
            "operator_address",
            "data_list",
            "purpose",
            "recipients",
            "valid",
        )
    }
    known["processor"] = processor.format(processor=paper.processor)
    known["rep"] = ""
    if rep is not None:
        known["rep"] = words.more["rep_text"].format(
            rep_fio=rep.fio, rep_address=rep.address, rep_doc=rep.doc, power=rep.power
        )
    return template.format(**known)
