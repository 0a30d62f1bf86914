"""The receipt for documents taken in: one copy for the applicant, one for the case (domain 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from printing import fonts
from printing.blocks import (
    Column,
    Signer,
    boxed,
    bullets,
    fits,
    heading,
    paragraph,
    signatures,
    strip,
    table,
    values,
)
from printing.fonts import BOLD
from printing.letterhead import letterhead, title
from printing.page import ROOM, Page, Piece, Style, lines_piece, paginate
from printing.sheet import ORIGINAL, Copy, Marks, draw
from printing.wording import EDITION, Block, Wording, wording

CODE = "receipt"
COPIES = ("экземпляр заявителя", "экземпляр дела")

NOTHING = "—"
"""Stands in an empty cell, so that nothing can be written into it later."""

BODY = 12.0
LARGE_BODY = 16.0
SMALLEST_BODY = 9.5
"""A copy is squeezed down to this to stay on one sheet, never further."""
_STEP = 0.25
_SIGNED = 2
"""Pieces above the closing words that stay on the page of those who sign."""
_TIGHTEST = 0.4
"""What is left of the gaps, before the letters are made smaller."""

_WIDTHS = (8, 67, 37, 24, 9, 13, 22)
"""Of the columns of the inventory, in millimetres."""
_CENTRED = {"n", "copies", "sheets"}
_DOCUMENTS, _SMEV, _MISSING, _DUTY, _TERM, _OFFLINE, _EXPLAINED = range(1, 8)
"""Where the blocks of the wording stand, the parties being first."""


@dataclass(frozen=True, slots=True)
class ReceiptDocument:
    """One row of the inventory; `sheets` counts the sheets of all its copies together."""

    title: str
    props: str = ""
    form: str = "подлинник"
    copies: int = 1
    sheets: int = 1
    note: str = "в деле"


@dataclass(frozen=True, slots=True)
class ReceiptDuty:
    """The state duty: `amount` as shown, with «по состоянию на …» where due; status; УИН."""

    amount: str
    status: str
    uin: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptTerm:
    """The term and the result; an empty text leaves its row out."""

    term: str
    term_start: str
    authority_date: str = ""
    office_date: str = ""
    result: str = ""
    delivery: str = ""
    storage: str = ""
    status_check: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything printed on a receipt, as text ready to be read; papers.json, "receipt".

    `number` is the desk's number with its dashes; `official_number` the centre's, when it is known;
    `register_by` the last day the centre's number comes, set while the request was taken offline;
    `applicant_doc` names the kind and the last 4 characters, no more; `missing` is to be brought
    until `missing_until`; `applicant_signs` and `worker_signs` are the names printed where one
    signs; `journal_head` is the head of the desk's journal, of which 8 characters are printed;
    `unsure` is what about the service is still to be checked, and as of when; `edition` names the
    fixed texts it was made with.
    """

    org: str
    office: str
    office_address: str
    number: str
    accepted_at: str
    window: str
    worker: str
    service: str
    authority: str
    applicant: str
    applicant_doc: str
    phone: str
    term: ReceiptTerm
    documents: tuple[ReceiptDocument, ...] = ()
    official_number: str | None = None
    representative: str | None = None
    power: str | None = None
    smev: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    missing_until: str = ""
    duty: ReceiptDuty | None = None
    register_by: str | None = None
    applicant_signs: str = ""
    worker_signs: str = ""
    journal_head: str = ""
    unsure: str = ""
    edition: int = EDITION


def render(receipt: Receipt, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
    """Return the PDF of both copies, byte for byte the same for the same receipt.

    A copy is one A4 page at 12 pt, its gaps and then its letters made smaller, to 9.5 pt at most,
    or more pages at 12 pt; `large` is 16 pt.

    Raises:
        NotANumber: `receipt.number` is not digits and dashes.
        UnknownEdition: the texts it was made with are not in this program.
    """
    pages = lay_out(receipt, large=large)
    foot = f"Расписка № {receipt.number}"
    head = f" · журнал {receipt.journal_head[:8]}" if receipt.journal_head else ""
    copies = [Copy(name, f"{foot} · {name}{head}") for name in COPIES]
    return draw(pages, copies, title="Расписка", marks=marks)


def lay_out(receipt: Receipt, *, large: bool = False) -> tuple[Page, ...]:
    """Return the pages of one copy as data: where every word and rule stands."""
    fonts.register()
    if large:
        return paginate(_pieces(receipt, Style(LARGE_BODY)))
    normal = _pieces(receipt, Style(BODY))
    gaps, inked = _heights(normal)
    body = min(BODY, BODY * ROOM / (inked + _TIGHTEST * gaps))
    while body >= SMALLEST_BODY:
        pages = _on_one_page(normal if body == BODY else _pieces(receipt, Style(body)))
        if pages is not None:
            return pages
        body -= _STEP
    return paginate(normal)


def _heights(pieces: Sequence[Piece]) -> tuple[float, float]:
    """Return how tall the gaps between `pieces` are, and the pieces themselves."""
    return sum(piece.gap for piece in pieces[1:]), sum(piece.height for piece in pieces)


def _on_one_page(pieces: Sequence[Piece]) -> tuple[Page, ...] | None:
    """Return `pieces` on one page, the gaps made as small as it asks; None when they get too small.

    Space is given up before size: who reads badly needs the letters.
    """
    gaps, inked = _heights(pieces)
    share = min((ROOM - inked) / gaps, 1.0)
    if share < _TIGHTEST:
        return None
    pages = paginate([piece._replace(gap=share * piece.gap) for piece in pieces])
    return pages if len(pages) == 1 else None


def _pieces(receipt: Receipt, style: Style) -> list[Piece]:
    words = wording(CODE, receipt.edition)
    body = [
        *_head(receipt, words, style),
        *_parties(receipt, words, style),
        *_documents(receipt.documents, words.blocks[_DOCUMENTS], style),
        *_lists(receipt, words, style),
        *_duty(receipt.duty, words.blocks[_DUTY], style),
        *_term(receipt.term, words.blocks[_TERM], style),
    ]
    tied = [piece._replace(keep=True) for piece in body[-_SIGNED:]]
    return [*body[:-_SIGNED], *tied, *_closing(receipt, words, style)]


def _head(receipt: Receipt, words: Wording, style: Style) -> list[Piece]:
    said = words.head
    marks = [
        (said["datetime"], receipt.accepted_at, 0.24),
        (said["window"], receipt.window, 0.12),
    ]
    if receipt.official_number:
        marks.append((said["official_number"], receipt.official_number, 0.24))
    taken = sum(share for _, _, share in marks)
    marks.append((said["worker"], receipt.worker, 1 - taken))
    return [
        *letterhead(
            receipt.org,
            receipt.office,
            receipt.office_address,
            style,
            number=receipt.number,
            labels=said,
        ),
        *title(f"{words.title} № {receipt.number}", words.subtitle, style),
        *strip(marks, style, font=BOLD),
    ]


def _parties(receipt: Receipt, words: Wording, style: Style) -> list[Piece]:
    said = dict(words.blocks[0].rows)
    rows = [
        (said["service"], receipt.service),
        (said["authority"], receipt.authority),
        (said["applicant"], receipt.applicant),
    ]
    pieces = values(rows, style, bold=(rows[0][0], rows[2][0]))
    cells = [
        (said["applicant_doc"], receipt.applicant_doc, 0.66),
        (said["phone"], receipt.phone, 0.34),
    ]
    pieces += strip(cells, style)
    if receipt.representative:
        cells = [
            (said["representative"], receipt.representative, 0.5),
            (said["power"], receipt.power or NOTHING, 0.5),
        ]
        pieces += strip(cells, style)
    return pieces


def _documents(documents: Sequence[ReceiptDocument], words: Block, style: Style) -> list[Piece]:
    pieces = [heading(words.title, style)]
    columns = [
        Column(label, width, centred=name in _CENTRED)
        for (name, label), width in zip(words.rows, _WIDTHS, strict=True)
    ]
    rows = [
        (
            str(at),
            document.title,
            document.props or NOTHING,
            document.form,
            str(document.copies),
            str(document.sheets),
            document.note,
        )
        for at, document in enumerate(documents, 1)
    ]
    if rows:
        pieces += table(columns, rows, style)
        pieces[-1] = pieces[-1]._replace(keep=True)
    sheets = sum(document.sheets for document in documents)
    totals = words.totals.format(docs=len(documents), sheets=sheets)
    return [*pieces, lines_piece([totals], BOLD, style.body, gap=0.2 * style.body)]


def _lists(receipt: Receipt, words: Wording, style: Style) -> list[Piece]:
    pieces: list[Piece] = []
    if receipt.smev:
        pieces += bullets(words.blocks[_SMEV].title, receipt.smev, style)
    if receipt.missing:
        title = words.blocks[_MISSING].title.format(date=receipt.missing_until)
        pieces += bullets(title, receipt.missing, style)
    return pieces


def _duty(duty: ReceiptDuty | None, words: Block, style: Style) -> list[Piece]:
    if duty is None:
        return []
    said = dict(words.rows)
    cells = [(said["duty"], duty.amount, 0.42), (said["duty_status"], duty.status, 0.30)]
    uin = (said["uin"], duty.uin, 0.28)
    below: list[Piece] = []
    if duty.uin and fits(uin, style):
        cells.append(uin)
    elif duty.uin:  # a number cut in two is typed wrong
        below = values([uin[:2]], style)
    return _titled(words.title, [*strip(cells, style), *below], style)


def _term(term: ReceiptTerm, words: Block, style: Style) -> list[Piece]:
    said = dict(words.rows)
    known = {name: getattr(term, name) for name in said}
    dates = ("authority_date", "office_date")
    before = [(said[name], known[name]) for name in ("term", "term_start") if known[name]]
    after = [
        (said[name], known[name])
        for name in said
        if known[name] and name not in {"term", "term_start", *dates}
    ]
    pieces = values(before, style)
    cells = [(said[name], known[name], 0.5) for name in dates if known[name]]
    if cells:
        pieces += strip(cells, style, font=BOLD)
    pieces += values(after, style)
    return _titled(words.title, pieces, style)


def _titled(title: str, pieces: Sequence[Piece], style: Style) -> list[Piece]:
    """Return `pieces` under a heading that is never left alone at the foot of a page."""
    if not pieces:
        return []
    first = pieces[0]._replace(gap=0.1 * style.body)
    return [heading(title, style), first, *pieces[1:]]


def _closing(receipt: Receipt, words: Wording, style: Style) -> list[Piece]:
    pieces: list[Piece] = []
    if receipt.register_by:
        offline = words.blocks[_OFFLINE].text.format(register_by=receipt.register_by)
        pieces.append(boxed(offline, style)._replace(keep=True))
    if receipt.unsure:
        pieces += paragraph(receipt.unsure, style.label, style, keep=True)
    pieces += paragraph(words.blocks[_EXPLAINED].text, style.label, style, keep=True)
    handed, taken = words.signatures
    now = (Signer(handed, receipt.applicant_signs), Signer(taken, receipt.worker_signs, stamp=True))
    later = tuple(map(Signer, words.issue_signatures))
    return [*pieces, *signatures([now, later], style)]
