"""The slip to pay a state duty, with the payment's QR code (ГОСТ Р 56042-2014; domain 3.7)."""

from __future__ import annotations

from dataclasses import dataclass

from forms.money import rubles
from printing import fonts
from printing.fonts import BOLD, REGULAR, drawable
from printing.letterhead import title
from printing.office_paper import OfficePaper, facts, head_of, sheets, signed, signers, style_of
from printing.page import LEADING, MM, PORTRAIT, RISE, Page, Piece, Run, Style, paginate, wrap
from printing.payment_qr import Payment, payload
from printing.qr import qr_code, qr_piece
from printing.sheet import ORIGINAL, Marks
from printing.wording import wording

CODE = "duty_slip"
SMALLEST_SIDE = 35 * MM
SMALLEST_MODULE = 0.45 * MM
"""Smaller, a code of this length cannot be read from a 200 dpi print."""

NO_UIN = "0"
_SCAN = "Оплатите в приложении банка: наведите камеру на код."


@dataclass(frozen=True, slots=True, kw_only=True)
class DutySlip(OfficePaper):
    """The payment, who pays, and as of when its details hold; papers.json, "duty_slip".

    `unsure` is what about the sum is still to be checked, and as of when.
    """

    number: str
    payment: Payment
    payer: str
    payer_address: str
    payer_id: str
    date: str
    requisites_date: str
    unsure: str = ""


def render(paper: DutySlip, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
    """Return the PDF. Raises PaymentNotCoded, UnknownEdition."""
    foot = f"Квитанция к обращению № {paper.number}" if paper.number else "Квитанция"
    pages = lay_out(paper, large=large)
    return sheets(
        pages, [""], foot, title="Квитанция на уплату государственной пошлины", marks=marks
    )


def lay_out(paper: DutySlip, *, large: bool = False) -> tuple[Page, ...]:
    """Return the pages as data. Raises as `render`."""
    fonts.register()
    words = wording(CODE, paper.edition)
    style = style_of(PORTRAIT, large=large)
    payment = paper.payment
    known = {
        "payee": payment.payee,
        "inn": payment.inn,
        "kpp": payment.kpp,
        "account": payment.account,
        "bank": payment.bank,
        "bic": payment.bic,
        "corr": payment.corr,
        "kbk": payment.kbk,
        "oktmo": payment.oktmo,
        "purpose": payment.purpose,
        "uin": payment.uin or NO_UIN,
        "payer": paper.payer,
        "payer_address": paper.payer_address,
        "payer_id": paper.payer_id,
        "sum": rubles(payment.kopecks) + (f" ({paper.unsure})" if paper.unsure else ""),
        "date": paper.date,
        "requisites_date": paper.requisites_date,
    }
    pieces = [
        *head_of(paper, style),
        *title(words.title, words.subtitle, style),
        _code(payment, style),
        *facts(words.blocks[0].rows, known, style, bold="payee sum"),
    ]
    return paginate(signed(pieces, signers(words.signatures), style), style.frame.room)


def code_piece(data: bytes) -> Piece:
    """Return the code of a payment, large enough to be read by a telephone."""
    code = qr_code(data)
    return qr_piece(code, max(SMALLEST_MODULE, SMALLEST_SIDE / code.modules))


def _code(payment: Payment, style: Style) -> Piece:
    """Return the code at the left, the sum and what to do beside it."""
    piece = code_piece(payload(payment))
    left = piece.height + 4 * MM
    runs: list[Run] = []
    y = 8 * MM
    for text, font, size in (
        (rubles(payment.kopecks), BOLD, 1.5 * style.body),
        (_SCAN, REGULAR, style.body),
        (payment.purpose, REGULAR, style.label),
    ):
        lines = wrap(drawable(text), font, size, style.width - left)
        if y + len(lines) * LEADING * size > piece.height:
            break  # all of it stands below; half a purpose would be another one
        for line in lines:
            runs.append(Run(left, y + RISE * size, font, size, line))
            y += LEADING * size
    return piece._replace(runs=runs, tag="P", gap=style.gap)
