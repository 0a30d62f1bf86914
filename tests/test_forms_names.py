"""Names and money as people write them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.money import read_rubles, rubles
from forms.names import fold, full_name, short_name

MARIA = {"kind": "person", "surname": "Образцова", "name": "Мария", "patronymic": "Петровна"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Семёнов", "СЕМЕНОВ"),
        ("Сергій", "сергии"),
        ("Андрей", "Андреи"),
        ("Їжакова", "Ижакова"),
        ("Євген", "Евген"),
        ("Ґаліна", "Галина"),
        ("Мар’яна", "Мар'яна"),
        ("Марʼяна", "Мар`яна"),
        (unicodedata.normalize("NFD", "Йёлкин"), "Йелкин"),
        (" Аль  Примери ", "аль примери"),
    ],
)
def test_two_spellings_of_a_name_fold_together(one: str, other: str) -> None:
    """Ё/Е, І/И, Ї/И, Є/Е, Ґ/Г, Й/И, apostrophes, case and spaces are all one for search."""
    assert fold(one) == fold(other)


@settings(deadline=None)
@given(st.text("АаЁёЙйІіЇїЄєҐґ '’ʼ-.Z1", max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    """What is folded stays as it is."""
    assert fold(fold(text)) == fold(text)


def test_names_are_written_in_full_and_in_short() -> None:
    """Initials for lists, everything for papers, no dangling spaces without a patronymic."""
    assert full_name(MARIA) == "Образцова Мария Петровна"
    assert short_name(MARIA) == "Образцова М. П."
    assert short_name({"surname": "Аль-Примери", "name": "Самир"}) == "Аль-Примери С."
    assert short_name({}) == full_name({}) == ""
    assert full_name({"kind": "organisation", "title": "ООО «Образец»"}) == "ООО «Образец»"
    assert short_name({"kind": "organisation", "title": "ООО «Образец»"}) == "ООО «Образец»"


@pytest.mark.parametrize(
    ("kopecks", "text"),
    [(400_000, "4 000,00 ₽"), (1, "0,01 ₽"), (123_456_789, "1 234 567,89 ₽"), (-250, "−2,50 ₽")],
)
def test_money_is_shown_in_rubles(kopecks: int, text: str) -> None:
    """Thousands are set apart, kopecks are always two digits."""
    assert rubles(kopecks) == text


@settings(deadline=None)
@given(st.integers(0, 10**13))
def test_money_that_is_shown_reads_back(kopecks: int) -> None:
    """Nothing is lost between kopecks and the text."""
    assert read_rubles(rubles(kopecks)) == kopecks


@pytest.mark.parametrize("typed", ["", "сто", "1,234", "1.2.3", "-5", "5 долларов"])
def test_what_is_no_money_is_refused(typed: str) -> None:
    """Words, three digits of kopecks and negative sums are refused in Russian."""
    with pytest.raises(ValueError, match="рубли"):
        read_rubles(typed)
