"""The two inscriptions that make a paper count: a copy is true, a sheet is an electronic document.

They are printed on the paper they certify or on a sheet stitched to it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from printing import fonts
from printing.blocks import boxed
from printing.letterhead import title
from printing.office_paper import BLANK, OfficePaper, head_of, sheets, style_of
from printing.page import PORTRAIT, Page, paginate
from printing.sheet import ORIGINAL, Marks
from printing.wording import wording

CODE = "certify_stamp"
ELECTRONIC = "edoc_certify"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyMark(OfficePaper):
    """«Верно»: who certifies a copy and when; papers.json, "certify_stamp"."""

    position: str
    name_initials: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicMark(OfficePaper):
    """The exemplar of an electronic document (ПП РФ № 250); papers.json, "edoc_certify".

    `valid_from` and `valid_to` bound the certificate, `time` is hours and minutes.
    """

    copy_no: str
    date: str
    time: str
    cert: str
    owner: str
    valid_from: str
    valid_to: str
    position: str
    fio: str


def render(paper: CopyMark, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
    """Return the PDF of the mark on a copy. Raises UnknownEdition."""
    name = "Отметка о заверении копии"
    return sheets(lay_out(paper, large=large), [""], name, title=name, marks=marks)


def lay_out(paper: CopyMark, *, large: bool = False) -> tuple[Page, ...]:
    """Return the page as data. Raises as `render`."""
    return _page(paper, CODE, {**asdict(paper), "signature": BLANK}, large=large)


def render_electronic(
    paper: ElectronicMark, *, large: bool = False, marks: Marks = ORIGINAL
) -> bytes:
    """Return the PDF of the inscription on an electronic document. Raises UnknownEdition."""
    name = "Заверительная надпись"
    return sheets(lay_out_electronic(paper, large=large), [""], name, title=name, marks=marks)


def lay_out_electronic(paper: ElectronicMark, *, large: bool = False) -> tuple[Page, ...]:
    """Return the page as data. Raises as `render_electronic`."""
    known = {**asdict(paper), "from": paper.valid_from, "to": paper.valid_to}
    return _page(paper, ELECTRONIC, known, large=large)


def _page(paper: OfficePaper, code: str, known: dict[str, str], *, large: bool) -> tuple[Page, ...]:
    fonts.register()
    words = wording(code, paper.edition)
    style = style_of(PORTRAIT, large=large)
    text = words.more["text"].format(**known)
    pieces = [
        *head_of(paper, style),
        *title(words.title, "", style),
        boxed(text, style),
    ]
    return paginate(pieces, style.frame.room)
