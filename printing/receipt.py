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
from printing.wording import EDITION, wording

CODE = "receipt"
COPIES = ("экземпляр заявителя", "экземпляр дела")

NOTHING = "—"
"""Stands in an empty cell, so that nothing can be written into it later."""

BODY = 12.0
LARGE_BODY = 16.0
SMALLEST_BODY = 9.5
"""A copy is squeezed down to this to stay on one sheet, never further."""
_STEP = 0.25

_COLUMNS = (
    Column("№ п/п", 8, centred=True),
    Column("Наименование документа", 67),
    Column("Реквизиты", 37),
    Column("Подлинник / копия", 24),
    Column("Экз.", 9, centred=True),
    Column("Листов", 13, centred=True),
    Column("Возвращён / в деле", 22),
)


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

    A copy is one A4 page at 12 pt, down to 9.5 pt if need be, or more pages at 12 pt; `large` is
    16 pt.

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
    normal = paginate(_pieces(receipt, Style(BODY)))
    if len(normal) == 1:
        return normal
    body = min(BODY * ROOM / _height(normal), BODY - _STEP)
    while body >= SMALLEST_BODY:
        pages = paginate(_pieces(receipt, Style(body)))
        if len(pages) == 1:
            return pages
        body -= _STEP
    return normal


def _height(pages: Sequence[Page]) -> float:
    """Return how tall a copy would be on one endless page."""
    return sum(page[-1].y + page[-1].piece.height for page in pages)


def _pieces(receipt: Receipt, style: Style) -> list[Piece]:
    return [
        *_head(receipt, style),
        *_parties(receipt, style),
        *_documents(receipt.documents, style),
        *_lists(receipt, style),
        *_duty(receipt.duty, style),
        *_term(receipt.term, style),
        *_closing(receipt, style),
    ]


def _head(receipt: Receipt, style: Style) -> list[Piece]:
    words = wording(CODE, receipt.edition)
    marks = [("Дата и время", receipt.accepted_at, 0.24), ("Окно", receipt.window, 0.12)]
    if receipt.official_number:
        marks.append(("Рег. № АИС", receipt.official_number, 0.24))
    taken = sum(share for _, _, share in marks)
    marks.append(("Работник: должность, ФИО", receipt.worker, 1 - taken))
    return [
        *letterhead(
            receipt.org, receipt.office, receipt.office_address, style, number=receipt.number
        ),
        *title(f"{words.title} № {receipt.number}", words.subtitle, style),
        *strip(marks, style, font=BOLD),
    ]


def _parties(receipt: Receipt, style: Style) -> list[Piece]:
    rows = [
        ("Наименование услуги", receipt.service),
        ("Орган, предоставляющий услугу", receipt.authority),
        ("Заявитель (фамилия, имя, отчество при наличии)", receipt.applicant),
    ]
    pieces = values(rows, style, bold=(rows[0][0], rows[2][0]))
    document = "Документ, удостоверяющий личность (вид, последние 4 знака номера)"
    cells = [
        (document, receipt.applicant_doc, 0.66),
        ("Телефон для связи", receipt.phone, 0.34),
    ]
    pieces += strip(cells, style)
    if receipt.representative:
        cells = [
            ("Представитель", receipt.representative, 0.5),
            ("Документ, подтверждающий полномочия", receipt.power or NOTHING, 0.5),
        ]
        pieces += strip(cells, style)
    return pieces


def _documents(documents: Sequence[ReceiptDocument], style: Style) -> list[Piece]:
    pieces = [heading("Приняты документы", style)]
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
        pieces += table(_COLUMNS, rows, style)
        pieces[-1] = pieces[-1]._replace(keep=True)
    sheets = sum(document.sheets for document in documents)
    totals = f"Всего принято документов: {len(documents)}, листов: {sheets}"
    return [*pieces, lines_piece([totals], BOLD, style.body, gap=0.2 * style.body)]


def _lists(receipt: Receipt, style: Style) -> list[Piece]:
    pieces: list[Piece] = []
    if receipt.smev:
        title = "Сведения, которые будут запрошены без участия заявителя (СМЭВ)"
        pieces += bullets(title, receipt.smev, style)
    if receipt.missing:
        title = f"Заявитель обязуется представить до {receipt.missing_until}"
        pieces += bullets(title, receipt.missing, style)
    return pieces


def _duty(duty: ReceiptDuty | None, style: Style) -> list[Piece]:
    if duty is None:
        return []
    cells = [("Сумма", duty.amount, 0.42), ("Оплачена / не требуется / льгота", duty.status, 0.30)]
    uin = ("УИН", duty.uin, 0.28)
    below: list[Piece] = []
    if duty.uin and fits(uin, style):
        cells.append(uin)
    elif duty.uin:  # a number cut in two is typed wrong
        below = values([uin[:2]], style)
    return _titled("Государственная пошлина", [*strip(cells, style), *below], style)


def _term(term: ReceiptTerm, style: Style) -> list[Piece]:
    when = [
        ("Срок предоставления услуги", term.term),
        ("Срок исчисляется с", term.term_start),
    ]
    dates = [
        ("Предельная дата в органе", term.authority_date, 0.5),
        ("Ориентировочная дата выдачи в МФЦ", term.office_date, 0.5),
    ]
    how = [
        ("Результат", term.result),
        ("Способ получения", term.delivery),
        ("Хранение невостребованного результата", term.storage),
        ("Как узнать о готовности", term.status_check),
    ]
    pieces = values([row for row in when if row[1]], style)
    known = [cell for cell in dates if cell[1]]
    if known:
        pieces += strip(known, style, font=BOLD)
    pieces += values([row for row in how if row[1]], style)
    return _titled("Срок и результат", pieces, style)


def _titled(title: str, pieces: Sequence[Piece], style: Style) -> list[Piece]:
    """Return `pieces` under a heading that is never left alone at the foot of a page."""
    if not pieces:
        return []
    first = pieces[0]._replace(gap=0.1 * style.body)
    return [heading(title, style), first, *pieces[1:]]


def _closing(receipt: Receipt, style: Style) -> list[Piece]:
    pieces: list[Piece] = []
    offline, explained = (block.text for block in wording(CODE, receipt.edition).blocks[-2:])
    if receipt.register_by:
        pieces.append(boxed(offline.format(register_by=receipt.register_by), style))
    if receipt.unsure:
        pieces += paragraph(receipt.unsure, style.label, style, keep=True)
    pieces += paragraph(explained, style.label, style, keep=True)
    handed = Signer("Документы сдал(а), расписку получил(а)", receipt.applicant_signs)
    taken = Signer("Документы принял(а)", receipt.worker_signs, stamp=True)
    pieces += signatures(
        [(handed, taken), (Signer("Результат получил(а)"), Signer("Результат выдал(а)"))], style
    )
    return pieces
