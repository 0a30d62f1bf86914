"""Whatever is typed, nothing on a paper is clipped, overlapped or left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, cycle, islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printing import fonts
from printing.fonts import BOLD, REGULAR, drawable, width_of
from printing.page import PAGE_HEIGHT, PAGE_WIDTH, ROOM, WIDTH, Page, Piece, paginate, wrap
from printing.receipt import Receipt, ReceiptDocument, ReceiptDuty, ReceiptTerm, lay_out, render
from tests.paper_world import Mark, marks_of, pages_text, receipt_of, squeezed, texts_of

LETTERS = (
    "абвгґдеєёжзиіїйклмнопрстуфхцчшщъыьэюя"
    "АБВГҐДЕЄЁЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
    "abcXYZ0123456789«»№₽().,:;–-—/’ʼ"
)


def worded(lengths: Sequence[int], start: int = 0) -> str:
    """Return words of these lengths, from letters in turn: wide and narrow ones meet everywhere."""
    turn = islice(cycle(LETTERS), start, None)
    return " ".join("".join(islice(turn, length)) for length in lengths)


def worded_text(words: int, longest: int) -> st.SearchStrategy[str]:
    lengths = st.lists(st.integers(1, longest), min_size=1, max_size=words)
    return st.builds(worded, lengths, st.integers(0, len(LETTERS)))


TEXT = worded_text(8, 14)
LONG_TEXT = worded_text(40, 40)
LONG_WORD = worded_text(1, 200)
ANY_TEXT = st.one_of(TEXT, TEXT, TEXT, LONG_TEXT, LONG_WORD)
SOME_TEXT = ANY_TEXT | st.just("")
NAME = worded_text(3, 20) | LONG_WORD
SHEETS = st.integers(1, 999)

NOTES = st.sampled_from(["в деле", "возвращён"])
DOCUMENTS = st.builds(ReceiptDocument, ANY_TEXT, SOME_TEXT, TEXT, SHEETS, SHEETS, NOTES)
TERMS = st.builds(ReceiptTerm, *([ANY_TEXT] * 2), *([SOME_TEXT] * 6))
DUTIES = st.builds(ReceiptDuty, ANY_TEXT, ANY_TEXT, SOME_TEXT)
RECEIPTS = st.builds(
    Receipt,
    org=ANY_TEXT,
    office=ANY_TEXT,
    office_address=ANY_TEXT,
    number=st.from_regex(r"[0-9]{5}-[0-9]{6}-[0-9]{2}-[0-9]", fullmatch=True),
    accepted_at=st.just("21.11.2026 10:32"),
    window=st.sampled_from(["3", "мобильный офис № 2"]),
    worker=NAME,
    service=ANY_TEXT,
    authority=ANY_TEXT,
    applicant=NAME,
    applicant_doc=ANY_TEXT,
    phone=ANY_TEXT,
    term=TERMS,
    documents=st.lists(DOCUMENTS, max_size=4).flatmap(
        lambda few: st.integers(0, 40).map(lambda count: tuple(islice(cycle(few), count)))
    ),
    official_number=st.none() | st.just("90/2026-000117"),
    representative=st.none() | NAME,
    power=ANY_TEXT,
    smev=st.lists(ANY_TEXT, max_size=3).map(tuple),
    missing=st.lists(ANY_TEXT, max_size=3).map(tuple),
    missing_until=st.just("05.12.2026"),
    duty=st.none() | DUTIES,
    register_by=st.none() | st.just("23.11.2026"),
    applicant_signs=worded_text(3, 20),
    worker_signs=worded_text(3, 20),
    journal_head=st.just("9f86d081884c7d65"),
)


class Box:
    """The letters of one run on a page, without the blank above and below them; y grows down."""

    def __init__(self, x: float, y: float, font: str, size: float, text: str) -> None:
        self.text = text
        self.left, self.right = x, x + width_of(text, font, size)
        self.top, self.bottom = y - 0.93 * size, y + 0.24 * size

    def overlaps(self, other: Box) -> bool:
        return (
            min(self.right, other.right) - max(self.left, other.left) > 0.1
            and min(self.bottom, other.bottom) - max(self.top, other.top) > 0.1
        )


def boxes(page: Page) -> list[Box]:
    return [
        Box(run.x, placed.y + run.y, run.font, run.size, run.text)
        for placed in page
        for run in placed.piece.runs
    ]


def faults(page: Page) -> Iterator[str]:
    """Say what is clipped or overlapped on a page."""
    known = boxes(page)
    for box in known:
        if box.left < -0.01 or box.right > WIDTH + 0.01:
            yield f"over the side: {box.text}"
        if box.top < -2.0 or box.bottom > ROOM + 0.5:
            yield f"over the edge: {box.text}"
    for one, other in combinations(known, 2):
        if one.overlaps(other):
            yield f"overlap: {one.text} / {other.text}"
    for placed in page:
        for rule in placed.piece.rules:
            top, bottom = placed.y + rule.y0, placed.y + rule.y1
            for box in known:
                middle = (box.top + box.bottom) / 2
                down = rule.x0 == rule.x1 and top < middle < bottom
                if down and box.left + 0.01 < rule.x0 < box.right - 0.01:
                    yield f"struck through: {box.text}"
                across = rule.y0 == rule.y1 and box.left < rule.x1 and box.right > rule.x0
                if across and box.top + 1.5 < top < box.bottom - 1.5:
                    yield f"struck out: {box.text}"


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
@settings(max_examples=2000, deadline=None)
@given(RECEIPTS)
def test_nothing_is_clipped_or_overlaps_in_full(receipt: Receipt) -> None:
    """The same for two thousand receipts."""
    check_layout(receipt)


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
