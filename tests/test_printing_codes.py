"""The barcode on a paper is the number on it."""

from __future__ import annotations

import pypdfium2 as pdfium
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from reportlab.graphics.barcode.code128 import Code128

from printing.codes import LONGEST, QUIET_MODULES, code128, digits_of
from printing.errors import NotANumber
from printing.receipt import render
from tests.paper_world import NUMBER, pages_text, receipt_of

# of the digits reportlab chooses the same symbols for: an even count
PAIRS = st.text("0123456789", min_size=2, max_size=LONGEST).filter(lambda text: len(text) % 2 == 0)


def decoded(pdf: bytes, page: int, dpi: int = 150) -> list[str]:
    """Return what a barcode reader finds on a page rendered at `dpi`."""
    document = pdfium.PdfDocument(pdf)
    try:
        picture = document[page].render(scale=dpi / 72).to_pil().convert("L")
    finally:
        document.close()
    found = zxingcpp.read_barcodes(picture)
    return [code.text for code in found if code.format == zxingcpp.BarcodeFormat.Code128]


@pytest.mark.parametrize("large", [False, True])
def test_barcode_on_both_copies_is_the_number(large: bool) -> None:
    """A reader at 150 dpi finds the digits of the printed number on each copy's first page."""
    pdf = render(receipt_of(5), large=large)
    pages = len(pages_text(pdf))

    assert decoded(pdf, 0) == ["00317000428514"]
    assert decoded(pdf, pages // 2) == ["00317000428514"]


@given(st.text("0123456789", min_size=1, max_size=LONGEST))
def test_any_digits_are_read_back(digits: str) -> None:
    """Any number, of odd length too, is read back from its bars."""
    code = code128(digits)
    scale, height = 2, 40
    width = (code.modules + 2 * QUIET_MODULES) * scale
    row = bytearray(b"\xff" * width)
    for bar in code.bars:
        left = (QUIET_MODULES + bar.left) * scale
        row[left : left + bar.width * scale] = bytes(bar.width * scale)
    picture = memoryview(bytes(row) * height).cast("B", (height, width))

    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [digits]


@given(PAIRS)
def test_bars_are_reportlabs(digits: str) -> None:
    """The bars are those of reportlab's own Code 128."""
    theirs = Code128(digits)
    for step in ("validate", "encode", "decompose"):
        getattr(theirs, step)()
    widths = ["abcdABCD".index(letter) % 4 + 1 for letter in theirs.decomposed]
    ours = [
        (left, width)
        for at, (left, width) in enumerate(
            zip([sum(widths[:end]) for end in range(len(widths))], widths, strict=True)
        )
        if at % 2 == 0
    ]

    assert [tuple(bar) for bar in code128(digits).bars] == ours


def test_digits_of_a_number() -> None:
    """Dashes, dots and blanks of a printed number do not matter."""
    assert digits_of(NUMBER) == digits_of("00317.000428 51 4") == "00317000428514"


@pytest.mark.parametrize("digits", ["", "12a", "٣٤", "1" * (LONGEST + 1), "1 2"])
def test_other_than_digits_is_refused(digits: str) -> None:
    """Letters, foreign digits and endless numbers make no barcode."""
    with pytest.raises(NotANumber):
        code128(digits)
