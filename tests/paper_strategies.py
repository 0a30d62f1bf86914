"""Texts and papers as nobody types them: long words, wide letters, everything at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle, islice
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from printing.kinds import KINDS
from printing.payment_qr import Payment
from printing.receipt import Receipt, ReceiptDocument, ReceiptDuty, ReceiptTerm
from printing.sample_papers import PAYMENT

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


NUMBERS = st.from_regex(r"[0-9]{5}-[0-9]{6}-[0-9]{2}-[0-9]", fullmatch=True)


def papers_of(data: type, most: int = 12) -> st.SearchStrategy[Any]:
    """Any paper of a class of data: every text anything, every list up to `most` long or forty."""
    hints = get_type_hints(data)
    known = {name: _value(name, hints[name], most) for name in hints}
    return st.builds(data, **known)


def _value(name: str, kind: Any, most: int) -> st.SearchStrategy[Any]:
    if name == "number" and kind is str:
        return NUMBERS
    if kind in _PLAIN:
        return _PLAIN[kind] if name != "edition" else st.just(1)
    if get_origin(kind) in {UnionType, Union}:
        (inner,) = (one for one in get_args(kind) if one is not type(None))
        return st.none() | _value(name, inner, most)
    return _tuple(name, get_args(kind), most) if get_origin(kind) is tuple else papers_of(kind, 3)


def _field(longest: int, words: int, word: int) -> st.SearchStrategy[str]:
    """Text of a payment: letters of Windows-1251 only, as long as the standard takes."""
    texts = worded_text(words, word).map(lambda text: text.replace("ʼ", "'").replace("₽", "р"))
    return texts.map(lambda text: text[:longest].strip() or "а")


PAYMENTS = st.builds(
    replace,
    st.just(PAYMENT),
    payee=_field(150, 12, 40) | _field(150, 1, 150),
    purpose=_field(210, 30, 20),
    kopecks=st.integers(1, 10**9),
    last_name=_field(60, 1, 60),
    first_name=_field(40, 2, 20),
    uin=st.sampled_from(["", PAYMENT.uin]),
)
"""Payments whose payee, purpose and payer are as long as the code takes."""
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: SOME_TEXT,
    int: st.integers(0, 999),
    Payment: PAYMENTS,
}


def _tuple(name: str, inner: tuple[Any, ...], most: int) -> st.SearchStrategy[Any]:
    if inner[-1] is not ...:
        return st.tuples(*(_value(name, one, most) for one in inner))
    return st.lists(_value(name, inner[0], 3), max_size=3).flatmap(
        lambda few: st.integers(0, most).map(lambda count: tuple(islice(cycle(few), count)))
    )


@st.composite
def any_paper(draw: st.DrawFn) -> tuple[str, Any, bool]:
    """The code of a kind, a paper of it, and whether it is printed large."""
    code = draw(st.sampled_from(sorted(KINDS)))
    return code, draw(papers_of(KINDS[code].data)), draw(st.booleans())
