"""Whatever is typed, nothing on a paper is clipped, overlapped or left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from printing import fonts
from printing.duty_slip import DutySlip
from printing.fonts import BOLD, REGULAR, drawable, width_of
from printing.kinds import KINDS
from printing.page import LANDSCAPE, PAGE_HEIGHT, PAGE_WIDTH, PORTRAIT, Piece, paginate, wrap
from printing.payment_qr import payload
from printing.receipt import Receipt, lay_out, render
from printing.route_sheet import RouteSheet, RouteStop
from printing.samples import LONG, USUAL
from tests.paper_faults import boxes, faults, thin_pages
from tests.paper_strategies import RECEIPTS, any_paper, papers_of, worded
from tests.paper_world import Mark, marks_of, pages_text, receipt_of, squeezed, texts_of


def check_layout(receipt: Receipt) -> None:
    pages = lay_out(receipt)
    assert [fault for page in pages for fault in faults(page)] == []
    printed = squeezed("".join(run.text for page in pages for p in page for run in p.piece.runs))
    for text in texts_of(receipt)[:-1]:
        for word in text.split():
            assert word in printed or len(word) > 6  # a cut word stands in two places
    letters = sorted(printed)
    assert len(letters) >= sum(len(squeezed(text)) for text in texts_of(receipt)[:-1])
    last = [page for page in pages if any("Документы сдал(а)" in box.text for box in boxes(page))]
    assert len(last) == 1
    assert any("Заявителю разъяснены" in box.text for box in boxes(last[0]))
    assert any("Результат выдал(а)" in box.text for box in boxes(last[0]))


@settings(max_examples=60, deadline=None)
@given(RECEIPTS)
def test_nothing_is_clipped_or_overlaps(receipt: Receipt) -> None:
    """Any receipt stays inside its frame, run by run, and signs with what is signed."""
    check_layout(receipt)


@pytest.mark.full
@pytest.mark.timeout(3600)
@settings(max_examples=2000, deadline=None)
@given(RECEIPTS)
def test_nothing_is_clipped_or_overlaps_in_full(receipt: Receipt) -> None:
    """The same for two thousand receipts."""
    check_layout(receipt)


LANDSCAPES = {"transfer_register", "route_sheet", "issue_journal"}
WITHOUT_SIGNATURE = {"issue_journal", "case_label", "certify_stamp", "edoc_certify"}
SIGNING = {"подпись", "расшифровка подписи", "дата", "М.\u00a0П."}


def check_paper(code: str, paper: Any, *, large: bool) -> None:
    """Nothing is clipped or overlaps, no page is wasted, nobody signs a page without its text."""
    frame = LANDSCAPE if code in LANDSCAPES else PORTRAIT
    pages = KINDS[code].lay_out(paper, large=large)
    assert [fault for page in pages for fault in faults(page, frame)] == []
    assert list(thin_pages(pages, frame)) == []
    if code in WITHOUT_SIGNATURE:
        return
    signing = [at for at, page in enumerate(pages) if SIGNING & {b.text for b in boxes(page)}]
    assert len(signing) >= 1
    for at in signing[-1:]:
        tops = [b.top for b in boxes(pages[at]) if b.text == "подпись"]
        above = [b for b in boxes(pages[at]) if b.top < min(tops, default=0.0) - 60.0]
        assert above or tops[0] > 60.0


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,  # the same papers each time here; the full size draws new ones
    suppress_health_check=[HealthCheck.too_slow],
)
@given(any_paper())
def test_any_paper_is_whole(made: tuple[str, Any, bool]) -> None:
    """Any paper of any kind, at 12 and at 16 pt, stays inside its frame."""
    code, paper, large = made
    check_paper(code, paper, large=large)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(papers_of(DutySlip), st.booleans())
def test_any_slip_is_whole(slip: DutySlip, large: bool) -> None:
    """Payees, purposes and payers of any length: the code and every detail inside the frame."""
    check_paper("duty_slip", slip, large=large)
    pdf = KINDS["duty_slip"].render(slip, large=large)
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[0].render(scale=150 / 72).to_pil().convert("L")
    codes = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    (code,) = zxingcpp.read_barcodes(picture, formats=codes)
    assert code.bytes == payload(slip.payment)


@pytest.mark.full
@pytest.mark.timeout(3600)
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_paper())
def test_any_paper_is_whole_in_full(made: tuple[str, Any, bool]) -> None:
    """The same for two thousand papers."""
    code, paper, large = made
    check_paper(code, paper, large=large)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("code", sorted(KINDS))
def test_papers_of_the_gallery_are_whole(code: str, large: bool) -> None:
    """Usual and long ones, as they are shown."""
    check_paper(code, USUAL[code], large=large)
    check_paper(code, LONG[code], large=large)


@pytest.mark.parametrize("count", [15, 16, 17])
def test_a_place_to_sign_takes_two_lines_of_its_text_along(count: int) -> None:
    """Stops that end just above the end of a page: what is signed does not stay behind."""
    stop = RouteStop(slot="а", address="а", fio="а", phone="а", basis="а", services="а", take="а")
    paper = RouteSheet(
        org="а",
        office="а",
        office_address="а",
        number="00000-000000-00-0",
        date="а",
        worker="а б в г",
        driver="а б в г",
        device="а",
        stops=(stop,) * count,
        incidents="",
    )
    check_paper("route_sheet", paper, large=False)


def collisions(marks: Sequence[Mark]) -> list[str]:
    """Return letters whose ink covers each other's, as the reader of the PDF measures them."""
    out = []
    placed = sorted(marks, key=lambda mark: mark.left)
    for at, one in enumerate(placed):
        for other in placed[at + 1 :]:
            if other.left > one.right - 1.0:
                break
            if min(one.top, other.top) - max(one.bottom, other.bottom) > 1.0:
                out.append(f"{one.text}{other.text}")
    return out


def check_drawn(receipt: Receipt) -> None:
    pdf = render(receipt)
    for marks in marks_of(pdf):
        assert collisions(marks) == []
        for mark in marks:
            assert mark.left > 15
            assert mark.right < PAGE_WIDTH - 15
            assert mark.bottom > 12
            assert mark.top < PAGE_HEIGHT - 15
    pages = [squeezed(text) for text in pages_text(pdf)]
    half = len(pages) // 2
    body = "".join(pages[:half])
    missing = set("".join(map(squeezed, texts_of(receipt)))) - set(body)
    assert missing == set()


@settings(max_examples=12, deadline=None)
@given(RECEIPTS)
def test_ink_of_the_pdf_is_apart_and_on_the_sheet(receipt: Receipt) -> None:
    """Measured in the PDF by another program, letters keep apart and inside the margins."""
    check_drawn(receipt)


@pytest.mark.full
@pytest.mark.timeout(3600)
@settings(max_examples=300, deadline=None)
@given(RECEIPTS)
def test_ink_of_the_pdf_is_apart_in_full(receipt: Receipt) -> None:
    """The same for three hundred receipts."""
    check_drawn(receipt)


@pytest.mark.parametrize("documents", [0, 1, 8, 40])
def test_usual_receipts_are_clean(documents: int) -> None:
    """Receipts as offices print them have no fault, by the layout and by the ink."""
    check_layout(receipt_of(documents))
    check_drawn(receipt_of(documents))


@given(st.text(), st.floats(40, 500), st.sampled_from([REGULAR, BOLD]), st.floats(7, 16))
def test_wrapping_keeps_every_letter(text: str, room: float, font: str, size: float) -> None:
    """Lines fit the room and hold all letters in order, whatever was typed."""
    fonts.register()
    known = drawable(text)

    lines = wrap(known, font, size, room)

    assert squeezed("".join(lines)) == squeezed(known)
    assert all(width_of(line, font, size) <= room + 0.001 or len(line) == 1 for line in lines)


@given(st.text())
def test_drawable_is_stable_and_loses_no_letter(text: str) -> None:
    """Cleaning twice changes nothing, and each visible letter is there or shown as its code."""
    fonts.register()
    known = drawable(text)

    assert drawable(known) == known
    for letter in text:
        if letter.isalnum() and letter not in known:
            assert f"‹U+{ord(letter):04X}›" in known or len(known) > 0


@given(
    st.lists(
        st.builds(
            Piece,
            st.floats(1, 300),
            gap=st.floats(0, 20),
            keep=st.booleans(),
            head=st.sampled_from([(), (Piece(25.0),)]),
        ),
        max_size=60,
    )
)
def test_pages_hold_their_pieces(pieces: list[Piece]) -> None:
    """Every piece is on a page once and in order, inside the text area, below the one before."""
    pages = paginate(pieces, 400.0)

    heads = {id(head) for piece in pieces for head in piece.head}
    placed = [p.piece for page in pages for p in page if id(p.piece) not in heads]
    assert [id(piece) for piece in placed] == [id(piece) for piece in pieces]
    for page in pages:
        bottom = 0.0
        for spot in page:
            assert spot.y >= bottom - 0.001
            bottom = spot.y + spot.piece.height
        assert bottom <= 400.001
        assert [spot.last for spot in page] == [False] * (len(page) - 1) + [True]


def test_a_name_of_forty_words_stays_in_its_place_to_sign() -> None:
    """It is set smaller: a place to sign is never torn, so it must not outgrow a page."""
    name = worded([14] * 40)
    check_paper("consent", replace(USUAL["consent"], subject_signs=name), large=True)
