"""Papers for a roll: every text is there, no line is too long, the codes can be read."""

from __future__ import annotations

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings

from printing.fonts import width_of
from printing.narrow import NarrowLine, Roll, TextLine, wrap_letters
from printing.narrow_papers import receipt_lines, visit_act_lines
from printing.narrow_sheet import lay_out, render
from printing.receipt import Receipt
from printing.sheet import Marks
from printing.visit_act import VisitAct
from tests.paper_strategies import RECEIPTS
from tests.paper_world import NUMBER, pages_text, receipt_of, squeezed, texts_of

DIGITS = "00317000428514"
ACT = VisitAct(
    org="ГБУ ДНР «МФЦ»",
    office="Мобильный офис № 2",
    office_address="г. Учебный, пр-т Примерный, д. 1",
    number=NUMBER,
    visit="В-17",
    date="21.11.2026",
    address="г. Учебный, ул. Образцовая, д. 7, кв. 4, подъезд 2, домофон 4",
    arrive="10:05 / 11:20",
    category="код 3, справка № 900123",
    fee="не взимается",
    services="Социальная карта; справка о выплатах",
    docs="7 документов, 12 листов",
    present="заявитель, доверенное лицо",
    result="принято",
    code_word="да",
    worker_signs="Примерова А. П.",
    applicant_signs="Образцова М. П.",
)


def written(lines: tuple[NarrowLine, ...]) -> str:
    return squeezed("".join(line.text for line in lines if isinstance(line, TextLine)))


def codes_of(pdf: bytes, dpi: int = 150) -> dict[str, str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        picture = document[0].render(scale=dpi / 72).to_pil().convert("L")
    finally:
        document.close()
    return {str(found.format): found.text for found in zxingcpp.read_barcodes(picture)}


def missing_from(receipt: Receipt, page: str) -> list[str]:
    """Return texts of a receipt that a page lacks; the parts of an address stand a line each."""
    said = page.replace("·", "")
    return [text for text in texts_of(receipt) if squeezed(text).replace("·", "") not in said]


def check_roll(receipt: Receipt, roll: Roll) -> None:
    lines = receipt_lines(receipt, roll)
    assert max(len(line.text) for line in lines if isinstance(line, TextLine)) <= roll.columns
    assert missing_from(receipt, written(lines)) == []
    pages, frame = lay_out(lines, roll)
    for placed in pages[0]:
        for run in placed.piece.runs:
            assert run.x >= -0.01
            assert run.x + width_of(run.text, run.font, run.size) <= frame.width + 0.1


@pytest.mark.parametrize("roll", Roll)
@settings(max_examples=15, deadline=None)
@given(receipt=RECEIPTS)
def test_any_receipt_fits_the_roll(roll: Roll, receipt: Receipt) -> None:
    """No line has more letters than the printer's, no letter is left out, none is over the side."""
    check_roll(receipt, roll)


@pytest.mark.parametrize("roll", Roll)
def test_the_pdf_holds_the_same_lines_and_both_codes(roll: Roll) -> None:
    """One page a copy; the bars and the code give the number back at 150 dpi."""
    receipt = receipt_of(8)
    lines = receipt_lines(receipt, roll, copy="экземпляр заявителя", marks=Marks(copy=2))
    pdf = render(lines, roll, title="Расписка")

    (page,) = pages_text(pdf)
    assert squeezed(page).startswith("КОПИЯ№2")
    assert missing_from(receipt, squeezed(page)) == []
    read = codes_of(pdf)
    assert set(read.values()) == {DIGITS}
    assert len(read) == 2
    assert render(lines, roll, title="Расписка") == pdf


@pytest.mark.parametrize("roll", Roll)
def test_the_act_of_a_visit_is_whole(roll: Roll) -> None:
    """Both copies with every value, watermark words as lines at the top."""
    first = visit_act_lines(ACT, roll, copy="экземпляр заявителя", marks=Marks(training=True))
    second = visit_act_lines(ACT, roll, copy="экземпляр МФЦ", marks=Marks(training=True))
    pages = pages_text(render((*first, *second), roll, title="Акт выезда"))

    assert len(pages) == 2
    for page in map(squeezed, pages):
        assert page.startswith("УЧЕБНЫЙ")
        for text in (ACT.address, ACT.arrive, ACT.category, ACT.docs, ACT.applicant_signs):
            assert squeezed(text) in page


def test_long_words_are_cut_and_nothing_is_lost() -> None:
    """A word longer than the roll goes on in the next line; an empty text is an empty line."""
    assert wrap_letters("а" * 70, 32) == ["а" * 32, "а" * 32, "а" * 6]
    assert wrap_letters("", 32) == [""]
    assert wrap_letters("раз\nдва три", 7) == ["раз", "два три"]
