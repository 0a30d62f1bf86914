"""Synthetic receipts, and what can be read back from a printed paper."""

from __future__ import annotations

from dataclasses import fields
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw

from printing.receipt import Receipt, ReceiptDocument, ReceiptDuty, ReceiptTerm

NUMBER = "00317-000428-51-4"

DOCUMENTS = (
    ReceiptDocument("Заявление о выдаче (замене) паспорта (бывш. форма № 1П)", sheets=2),
    ReceiptDocument("Паспорт, подлежащий замене", "99 20 № 123456 от 02.04.2001"),
    ReceiptDocument("Две личные фотографии 35×45 мм", copies=2, sheets=2),
    ReceiptDocument(
        "Свидетельство о заключении брака", "I-ЖД № 900123 от 14.06.2026", note="возвращён"
    ),
    ReceiptDocument("Военный билет", "АН № 9901234", note="возвращён"),
    ReceiptDocument(
        "Свидетельство о рождении ребёнка",
        "II-ЖД № 900777 от 03.02.2019",
        form="копия, заверенная работником МФЦ",
    ),
    ReceiptDocument("Доверенность", "99 АА 1234567 от 01.10.2026", sheets=2, note="возвращён"),
    ReceiptDocument("Документ об уплате государственной пошлины", "№ 117", form="копия"),
)

TERM = ReceiptTerm(
    term="5 рабочих дней",
    term_start="дня поступления документов в орган",
    authority_date="30.11.2026",
    office_date="01.12.2026 (предварительно)",
    result="Паспорт гражданина РФ",
    delivery="в этом офисе, лично",
    storage="30 календарных дней",
    status_check="по телефону +7 900 000-00-01, по номеру расписки",
)


def receipt_of(documents: int = 5, **changes: object) -> Receipt:
    """Return the receipt of a synthetic passport request with so many documents."""
    known: dict[str, object] = {
        "org": "ГБУ ДНР «МФЦ»",
        "office": "Центр (офис) «Мои документы» г. Учебный",
        "office_address": "г. Учебный, пр-т Примерный, д. 1 · тел. +7 900 000-00-01 · пн–пт 9–18",
        "number": NUMBER,
        "accepted_at": "21.11.2026 10:32",
        "window": "3",
        "worker": "Ведущий специалист Примерова Анна Павловна",
        "service": "Выдача (замена) паспорта гражданина Российской Федерации",
        "authority": "МВД России (подразделение по вопросам миграции)",
        "applicant": "Образцова Мария Петровна",
        "applicant_doc": "паспорт гражданина РФ, …3456",
        "phone": "+7 900 000-00-00",
        "term": TERM,
        "documents": tuple(DOCUMENTS[at % len(DOCUMENTS)] for at in range(documents)),
        "smev": (
            "Сведения об уплате государственной пошлины (ГИС ГМП)",
            "Сведения о регистрации по месту жительства",
        ),
        "duty": ReceiptDuty("300,00 ₽", "оплачена", "18810999000000000011"),
        "register_by": "23.11.2026",
        "applicant_signs": "Образцова М. П.",
        "worker_signs": "Примерова А. П.",
        "journal_head": "9f86d081884c7d65",
        "unsure": "По состоянию на ноябрь 2026 года требует проверки: перечень документов.",
    }
    return Receipt(**{**known, **changes})  # type: ignore[arg-type]


def texts_of(receipt: Receipt) -> list[str]:
    """Return every text of `receipt` that must be readable on the paper."""
    texts: list[str] = []
    for item in (receipt, receipt.term, receipt.duty, *receipt.documents):
        for field in fields(item) if item is not None else ():
            value = getattr(item, field.name)
            if isinstance(value, tuple):
                texts += [text for text in value if isinstance(text, str)]
            elif isinstance(value, (str, int)) and value != "":
                texts.append(str(value))
    texts.remove(receipt.journal_head)
    if not receipt.missing and receipt.missing_until:
        texts.remove(receipt.missing_until)
    if receipt.representative is None and receipt.power:
        texts.remove(receipt.power)
    return [*texts, receipt.journal_head[:8]]


class Mark(NamedTuple):
    """A letter on a page and its inked box, in points from the lower left corner."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


def pages_text(pdf: bytes) -> list[str]:
    """Return the text of each page as pdfium reads it."""
    document = pdfium.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def marks_of(pdf: bytes) -> list[list[Mark]]:
    """Return the inked letters of each page."""
    document = pdfium.PdfDocument(pdf)
    try:
        out = []
        for page in document:
            text = page.get_textpage()
            marks = []
            for at in range(text.count_chars()):
                letter = chr(pdfium_raw.FPDFText_GetUnicode(text, at))
                if not letter.isspace():
                    marks.append(Mark(letter, *text.get_charbox(at)))
            out.append(marks)
        return out
    finally:
        document.close()


def squeezed(text: str) -> str:
    """Return `text` without any blank, to compare what was wrapped with what was given."""
    return "".join(text.split())
