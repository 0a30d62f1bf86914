"""The number printed at the door catches slips of the hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.number import RequestNumber, compose, read

NUMBERS = st.builds(compose, st.integers(0, 99_999), st.integers(1, 999_999), st.integers(0, 99))


def test_number_is_written_in_its_three_ways() -> None:
    """The printed, the scanned and the listed spelling hold the same digits."""
    number = compose(317, 428, 51)

    assert number.text == "00317-000428-51-9"
    assert number.digits == "00317000428519"
    assert number.short == "…000428-51-9"


@settings(deadline=None)
@given(NUMBERS)
def test_every_spelling_reads_back(number: RequestNumber) -> None:
    """What is printed, scanned, pasted with odd dashes or spaces reads as the same number."""
    assert read(number.text) == number
    assert read(number.digits) == number
    assert read(" № " + number.text.replace("-", "\u00a0–\u2009")) == number


@settings(deadline=None)
@given(NUMBERS, st.integers(0, 13), st.integers(1, 9))
def test_every_single_wrong_digit_is_caught(number: RequestNumber, place: int, shift: int) -> None:
    """One wrong digit anywhere never gives another valid number."""
    digits = list(number.digits)
    digits[place] = str((int(digits[place]) + shift) % 10)

    with pytest.raises(ValueError, match="контрольная цифра"):
        read("".join(digits))


@settings(deadline=None)
@given(NUMBERS, st.integers(0, 12))
def test_every_swap_of_neighbours_is_caught(number: RequestNumber, place: int) -> None:
    """Two neighbours changed over never give another valid number."""
    digits = list(number.digits)
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    if "".join(digits) == number.digits:
        return

    with pytest.raises(ValueError, match="контрольная цифра"):
        read("".join(digits))


@pytest.mark.parametrize(
    ("typed", "words"),
    [("00317-000428-51", "14 цифр, набрано 13"), ("00317-OOO428-51-9", "из цифр"), ("", "из цифр")],
)
def test_refusal_says_what_is_wrong(typed: str, words: str) -> None:
    """Another length and letters are refused in words."""
    with pytest.raises(ValueError, match=words):
        read(typed)


@pytest.mark.parametrize("parts", [(100_000, 1, 0), (0, 0, 0), (0, 1_000_000, 0), (0, 1, 100)])
def test_parts_out_of_range_are_refused(parts: tuple[int, int, int]) -> None:
    """A part that does not fit its digits never makes a number."""
    with pytest.raises(ValueError, match="out of range"):
        compose(*parts)


def test_zero_counter_is_no_request() -> None:
    """A number whose check digit holds but whose counter is zero is refused."""
    with pytest.raises(ValueError, match="счётчик"):
        read(RequestNumber(0, 0, 0).digits)
