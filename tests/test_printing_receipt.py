"""The receipt says everything it must, legibly, on the sheets it should."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from printing.errors import NotANumber
from printing.receipt import COPIES, ReceiptDuty, render
from tests.cups_server import needs
from tests.paper_world import NUMBER, TERM, pages_text, receipt_of, squeezed, texts_of

FULL = receipt_of(
    3,
    official_number="90/2026-000117",
    representative="Примеров Иван Сергеевич",
    power="доверенность 99 АА 1234567 от 01.10.2026",
    missing=("Справка о составе семьи",),
    missing_until="05.12.2026",
)


def test_every_field_is_on_both_copies() -> None:
    """Each text of the receipt is read back from each of its copies."""
    first, second = (squeezed(text) for text in pages_text(render(FULL)))

    assert [text for text in texts_of(FULL) if squeezed(text) not in first] == []
    assert [text for text in texts_of(FULL) if squeezed(text) not in second] == []


def test_a_payment_number_is_never_cut_in_two() -> None:
    """At 16 pt the УИН has a line of its own: a person copies it into the bank's form."""
    uin = "18810999000000000011"
    pages = pages_text(render(receipt_of(3, duty=ReceiptDuty("300,00 ₽", "", uin)), large=True))

    assert sum(page.count(uin) for page in pages) == len(COPIES)


def test_copies_say_whose_they_are() -> None:
    """One page is the applicant's copy and the other the case's, each «стр. 1 из 1»."""
    pages = pages_text(render(receipt_of(5)))

    assert len(pages) == 2
    for page, mine, other in zip(pages, COPIES, reversed(COPIES), strict=True):
        assert page.count(mine) == 2
        assert other not in page
        assert "стр. 1 из 1" in page


def test_eight_documents_stay_on_one_sheet() -> None:
    """A copy with eight documents is one A4 page."""
    assert len(pages_text(render(receipt_of(8)))) == 2


def test_forty_documents_flow_over_numbered_pages() -> None:
    """A long inventory repeats the table's head and numbers the pages of each copy on its own."""
    pages = pages_text(render(receipt_of(40)))
    half = len(pages) // 2

    assert half > 1
    assert [f"стр. {at + 1} из {half}" in page for at, page in enumerate(pages[:half])] == [
        True
    ] * half
    assert [f"стр. {at + 1} из {half}" in page for at, page in enumerate(pages[half:])] == [
        True
    ] * half
    assert "Наименование документа" in pages[1]
    assert "Всего принято документов: 40" in "".join(pages[:half])


def test_signatures_stand_with_the_text_they_sign() -> None:
    """The page that holds the places to sign holds the explanation too, at any length."""
    for documents in range(6, 45):
        pages = pages_text(render(receipt_of(documents)))
        signed = next(page for page in pages if "Документы сдал(а)" in page)

        assert "Заявителю разъяснены" in signed
        assert "Результат выдал(а)" in signed


def test_same_receipt_gives_same_bytes() -> None:
    """Rendering twice gives one and the same file."""
    assert render(FULL) == render(replace(FULL))


def test_online_receipt_has_no_offline_clause() -> None:
    """Without a day to register by, nothing is said of the autonomous mode."""
    offline = "Документы приняты в автономном режиме"

    assert offline in pages_text(render(receipt_of(1)))[0]
    assert offline not in pages_text(render(receipt_of(1, register_by=None)))[0]


def test_absent_blocks_leave_no_headings() -> None:
    """No duty, nothing missing, no СМЭВ, no representative: their headings are not printed."""
    text = pages_text(render(receipt_of(0, duty=None, smev=(), term=replace(TERM, storage=""))))[0]

    for heading in ("Государственная пошлина", "СМЭВ", "обязуется", "Представитель", "Хранение"):
        assert heading not in text
    assert "Всего принято документов: 0, листов: 0" in text


def test_ukrainian_and_unknown_letters_are_not_lost() -> None:
    """Ґ, Є, І, Ї and the apostrophe are printed; a letter Roboto lacks is shown as its code."""
    name = "Ґалаґан-Їжакевич Єва Мар’янівна 漢"

    text = pages_text(render(receipt_of(1, applicant=name)))[0]

    assert "Ґалаґан-Їжакевич Єва Мар’янівна ‹U+6F22›" in text


def test_large_print_has_sixteen_points() -> None:
    """The variant for the elderly has every field too, on as many pages as it takes."""
    pages = pages_text(render(FULL, large=True))
    half = squeezed("".join(pages[: len(pages) // 2]))

    assert len(pages) > 2
    assert [text for text in texts_of(FULL) if squeezed(text) not in half] == []


@pytest.mark.parametrize("number", ["", "00317-АБ", "1" * 25])
def test_number_must_be_digits(number: str) -> None:
    """A number no barcode can carry is refused, and the sentence does not repeat it."""
    with pytest.raises(NotANumber) as raised:
        render(receipt_of(1, number=number))

    assert str(raised.value) == NotANumber.__doc__


def test_metadata_names_nobody() -> None:
    """The file's properties hold the title «Расписка» and the language, no personal data."""
    document = pypdfium2.PdfDocument(render(FULL))
    try:
        known = document.get_metadata_dict()
    finally:
        document.close()

    assert known["Title"] == "Расписка"
    assert {known["Author"], known["Subject"], known["Keywords"]} == {""}
    assert NUMBER not in str(known)


def test_fonts_are_embedded_and_the_language_is_named() -> None:
    """Every font of the file is inside it, as a subset of Roboto; the file says it is Russian."""
    pdf = render(FULL)
    fonts = re.findall(rb"/BaseFont /(\S+)", pdf)

    assert sorted(fonts) == [b"AAAAAA+Roboto-Bold", b"AAAAAA+Roboto-Regular"]
    assert pdf.count(b"/FontFile2") == len(fonts)
    assert b"/Lang (ru)" in pdf


def test_poppler_reads_every_field_and_finds_the_fonts(tmp_path: Path) -> None:
    """Another reader, poppler, extracts every text and lists only embedded fonts."""
    needs("pdftotext", "pdffonts")
    paper = tmp_path / "job.pdf"
    paper.write_bytes(render(FULL))

    said = subprocess.run(
        ["pdftotext", "-l", "1", "-enc", "UTF-8", str(paper), "-"], capture_output=True, check=True
    )
    listed = subprocess.run(["pdffonts", str(paper)], capture_output=True, text=True, check=True)

    read = squeezed(said.stdout.decode())
    words = {word for text in texts_of(FULL) for word in text.split()}
    assert sorted(word for word in words if word not in read) == []
    assert [line.split()[-5:-2] for line in listed.stdout.splitlines()[2:]] == [["yes"] * 3] * 2
