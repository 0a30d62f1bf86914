"""Every kind reads what it shows and what a record keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction as Ratio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms import people
from forms.identifiers.money import uin_check
from forms.kinds import KINDS, kind_of
from forms.spec import Choice, Field

CHOICES = (Choice("first", "первичное"), Choice("lost", "утрата, хищение"), Choice("x", "Иное"))
RUSSIAN = "АБВЁЙЯабвёйяІЇЄҐіїєґ"
MOMENTS = (datetime.fromisoformat("1850-01-01"), datetime.fromisoformat("2100-12-31"))
SEEDS = st.integers(0, 999_999)


def words(alphabet: str, least: int = 1) -> st.SearchStrategy[str]:
    """Texts of an alphabet that begin and end with a letter."""
    return st.text(alphabet, min_size=least, max_size=30)


def _organisation(key: str) -> st.SearchStrategy[object]:
    return SEEDS.map(lambda seed: people.organisation(seed)[key])


def _trader(seed: int) -> object:
    return people.sole_trader(seed, date(2026, 11, 21))["ogrnip"]


def _uin(number: int) -> str:
    body = f"990{number:016d}"
    return f"{body}{uin_check(body)}"


VALUES: Mapping[str, st.SearchStrategy[object]] = {
    "text": words(RUSSIAN + "abc №").map(lambda text: " ".join(text.split())).filter(bool),
    "textarea": st.lists(words(RUSSIAN), min_size=1, max_size=4).map("\n".join),
    "name": st.tuples(words(RUSSIAN), words(RUSSIAN)).map("-".join),
    "latin": words("ABCxyz"),
    "address": words(RUSSIAN + "123", least=8).filter(lambda text: not text.isdigit()),
    "date": st.dates(date(1850, 1, 1), date(2100, 12, 31)),
    "select_one": st.sampled_from([choice.code for choice in CHOICES]),
    "select_multiple": st.sets(
        st.sampled_from([choice.code for choice in CHOICES]), min_size=1
    ).map(lambda chosen: tuple(choice.code for choice in CHOICES if choice.code in chosen)),
    "bool": st.booleans(),
    "integer": st.integers(-(10**9), 10**9),
    "decimal": st.decimals(-(10**9), 10**9, places=3, allow_nan=False).map(Decimal),
    "money": st.integers(0, 10**12),
    "phone": st.integers(9_000_000_000, 9_009_999_999).map(lambda number: f"+7{number}"),
    "email": words("abc").map(lambda text: f"{text}@example.ru"),
    "snils": SEEDS.map(people.snils),
    "inn10": _organisation("inn"),
    "inn12": SEEDS.map(people.inn12),
    "kpp": st.just("990101001"),
    "ogrn": _organisation("ogrn"),
    "ogrnip": SEEDS.map(_trader),
    "oms": st.sampled_from(["7790000000000017", "3391234567890120"]),
    "cadastral": st.integers(1, 10**7 - 1).map(lambda part: f"99:01:{part:07d}:{part}"),
    "passport_series": st.integers(0, 99).map(lambda year: f"99{year:02d}"),
    "passport_number": st.integers(0, 999_999).map(lambda number: f"{number:06d}"),
    "file": words("abcАБВ").map(lambda name: f"{name}.pdf"),
    "datetime": st.datetimes(MOMENTS[0], MOMENTS[1]).map(
        lambda moment: moment.replace(second=0, microsecond=0)
    ),
    "fraction": st.integers(1, 999_999).flatmap(
        lambda whole: st.integers(1, whole).map(lambda part: Ratio(part, whole))
    ),
    "rntrc": st.sampled_from(["1234567899", "2000000015", "3456789014"]),
    "unzr": st.integers(0, 99_999).map(lambda number: f"19900228-{number:05d}"),
    "edrpou": st.sampled_from(["00032112", "32855961"]),
    "bic": st.sampled_from(["044525225", "049805746", "004525988"]),
    "bank_account": SEEDS.map(lambda seed: people.account(people.BIC, seed)),
    "uin": st.integers(0, 10**16 - 1).map(_uin),
    "payer_code": st.integers(0, 10**10 - 1).map(lambda code: f"{code:010d}"),
    "postcode": st.integers(100_000, 699_999).map(str),
    "oktmo": st.sampled_from(["45348000", "33701000001"]),
    "gar": st.uuids().map(str),
    "vin": st.integers(0, 10**11 - 1).map(lambda number: f"XTA990{number:011d}"),
    "plate": st.integers(1, 999).map(lambda number: f"А{number:03d}ВС180"),
    "pts": st.sampled_from(["77 НА 123456", "164301000000001"]),
    "sts": st.integers(0, 999_999).map(lambda number: f"99 УА {number:06d}"),
    "driver_license": st.integers(0, 999_999).map(lambda number: f"99 20 {number:06d}"),
    "vu_series": st.sampled_from(["99 20", "77 АВ"]),
    "vu_number": st.integers(0, 999_999).map(lambda number: f"{number:06d}"),
    "foreign_passport": st.integers(0, 10**7 - 1).map(lambda number: f"99 {number:07d}"),
    "birth_certificate": st.integers(0, 999_999).map(lambda number: f"II-ТТ № {number:06d}"),
    "subdivision_code": st.integers(1, 999).map(lambda part: f"990-{part:03d}"),
    "birth_series": st.sampled_from(["I-АК", "XIV-ЕР", "II-МЮ"]),
    "document_series": st.sampled_from(["ВК", "AA", "99"]),
    "document_number": st.integers(1, 10**9).map(str),
}


def field(kind: str) -> Field:
    """A field of a type with everything the type needs."""
    choices = CHOICES if kind.startswith("select") else ()
    return Field("field", "Поле", kind, choices=choices, max_length=200)


def test_every_kind_has_values_to_try() -> None:
    """A new kind is tried as soon as it exists."""
    assert VALUES.keys() == KINDS.keys()


@pytest.mark.parametrize("name", sorted(KINDS))
@settings(deadline=None)
@given(data=st.data())
def test_what_is_shown_reads_back(name: str, data: st.DataObject) -> None:
    """read(show(v)) == v and read(store(v)) == v for every kind and value."""
    kind = kind_of(field(name))
    value = data.draw(VALUES[name])

    assert kind.read(kind.show(value)) == value
    assert kind.read(kind.store(value)) == value


@pytest.mark.parametrize("name", sorted(KINDS))
@settings(deadline=None)
@given(typed=st.one_of(st.text(max_size=40), st.none(), st.integers(), st.lists(st.integers())))
def test_any_other_thing_is_read_or_refused_in_words(name: str, typed: object) -> None:
    """Whatever is typed, a kind reads it or raises ValueError with Russian words."""
    kind = kind_of(field(name))
    try:
        value = kind.read(typed)
    except ValueError as refusal:
        assert any("а" <= sign <= "я" for sign in str(refusal).casefold())  # noqa: PT017
    else:
        assert kind.read(kind.store(value)) == value


DIGITS_ELSEWHERE = [
    str.maketrans("0123456789", digits)
    for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９", "⁰¹²³⁴⁵⁶⁷⁸⁹")
]
KEPT_AS_TYPED = {"text", "textarea", "address", "file", "name", "email"}


@pytest.mark.parametrize("name", sorted(KINDS.keys() - KEPT_AS_TYPED))
@settings(deadline=None, max_examples=10)
@given(data=st.data(), digits=st.sampled_from(DIGITS_ELSEWHERE))
def test_digits_of_another_script_are_those_of_ours_or_refused(
    name: str, data: st.DataObject, digits: dict[int, int]
) -> None:
    """A number pasted with Arabic, full-width or raised digits is never kept as another one."""
    kind = kind_of(field(name))
    value = data.draw(VALUES[name])
    try:
        read = kind.read(kind.show(value).translate(digits))
    except ValueError as refusal:
        assert any("а" <= sign <= "я" for sign in str(refusal).casefold())  # noqa: PT017
    else:
        assert read == value


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("21.11.2026", date(2026, 11, 21)),
        ("21112026", date(2026, 11, 21)),
        ("1.2.2026 г.", date(2026, 2, 1)),
        ("2026-11-21", date(2026, 11, 21)),
        ("21/11/2026", date(2026, 11, 21)),
    ],
)
def test_dates_are_read_as_people_type_them(typed: str, read: date) -> None:
    """Dots, slashes, nothing between, ISO and «г.» all read."""
    assert kind_of(field("date")).read(typed) == read


@pytest.mark.parametrize(
    ("typed", "words_of_refusal"),
    [
        ("21.11.26", "год полностью"),
        ("211126", "год полностью"),
        ("29.02.2025", "такого дня нет: 29.02.2025"),
        ("31.04.2025", "такого дня нет"),
        ("01.01.2126", "год 2126"),
        ("вчера", "дата пишется так"),
    ],
)
def test_wrong_dates_say_why(typed: str, words_of_refusal: str) -> None:
    """A short year is asked for, a day that does not exist is named."""
    with pytest.raises(ValueError, match=words_of_refusal):
        kind_of(field("date")).read(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "Мар’яна",
        "Мар'яна",
        "Аль-Мансури",
        "Рашид оглы",
        "де Образцов",
        "Їжакова",
        "д’Образец",
        "А. П.",
    ],
)
def test_names_are_kept_as_typed(typed: str) -> None:
    """Apostrophes, hyphens, particles and Ukrainian letters stay, case is never forced."""
    assert kind_of(field("name")).read(typed) == typed


@pytest.mark.parametrize("typed", ["-", "нет", "Б/О", "Отсутствует", "Иван2", "Ivan", "@", "Ли🙂"])
def test_what_is_no_name_is_refused(typed: str) -> None:
    """A dash for a missing patronymic, Latin names, digits and signs are refused."""
    with pytest.raises(ValueError, match=r"[а-яё]"):
        kind_of(field("name")).read(typed)


def test_latin_look_alikes_in_a_name_become_cyrillic() -> None:
    """One Latin «o» among Cyrillic letters is a slip of the keyboard."""
    assert kind_of(field("name")).read("Образцoва") == "Образцова"


@pytest.mark.parametrize(
    ("typed", "kopecks"),
    [
        ("4 000,00 ₽", 400_000),
        ("4000", 400_000),
        ("4000.5", 400_050),
        ("0,01", 1),
        (400_000, 400_000),
    ],
)
def test_money_is_typed_in_rubles_and_kept_in_kopecks(typed: object, kopecks: int) -> None:
    """Text is rubles, a number of a JSON document is kopecks."""
    assert kind_of(field("money")).read(typed) == kopecks


def test_choices_read_by_code_label_and_any_case() -> None:
    """A code and a label of either case are the same choice."""
    kind = kind_of(field("select_one"))

    assert {kind.read(typed) for typed in ("x", "Иное", "иное ")} == {"x"}
    with pytest.raises(ValueError, match="первичное; утрата, хищение; Иное"):
        kind.read("второе")
