"""Numbers of the state: the domain's own examples, valid and invalid."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms import identifiers, people
from forms.identifiers.okato import doubt_region
from forms.identifiers.people import snils_check
from forms.identifiers.reach import doubt_email, doubt_phone
from forms.kinds.dates import Day
from forms.kinds.identity import PassportNumber
from forms.spec import Field

EXAMPLES: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "identifiers.json").read_text("utf-8")
)
BIC = EXAMPLES["bank_account"]["bic"]
DAY = Day(Field("day", "", "date"))

READERS: dict[str, Callable[[str], object]] = {
    "snils": identifiers.read_snils,
    "inn12": identifiers.read_inn12,
    "inn10": identifiers.read_inn10,
    "ogrn": identifiers.read_ogrn,
    "ogrnip": identifiers.read_ogrnip,
    "bank_account": lambda text: identifiers.read_account(text, BIC),
    "bic": identifiers.read_bic,
    "enp": identifiers.read_oms,
    "uin": identifiers.read_uin,
    "vin": identifiers.read_vin,
    "passport_rf": identifiers.read_passport,
    "subdivision_code": identifiers.read_subdivision_code,
    "birth_cert": identifiers.read_birth_certificate,
    "zagran": identifiers.read_foreign_passport,
    "driver_license": identifiers.read_driver_license,
    "sts": identifiers.read_sts,
    "pts": identifiers.read_pts,
    "plate": identifiers.read_plate,
    "cadastral": identifiers.read_cadastral,
    "oktmo": identifiers.read_oktmo,
    "gar_guid": identifiers.read_gar,
    "phone": identifiers.read_phone,
    "email": identifiers.read_email,
    "postcode": identifiers.read_postcode,
    "date": DAY.read,
    "kpp": identifiers.read_kpp,
    "ua_rntrc": identifiers.read_rntrc,
    "payer_code": identifiers.read_payer_code,
}

# Spellings the domain asks to put right, not to refuse.
PUT_RIGHT = {
    ("subdivision_code", "770001"): "770-001",
    ("zagran", "751234567"): "75 1234567",
    ("cadastral", "77-01-0001001-1234"): "77:01:0001001:1234",
    ("plate", "A123BC77"): "А123ВС77",
    ("birth_cert", "II-MЮ 123456"): "II-МЮ № 123456",
    ("vin", "ХТА210990Y1234567"): "XTA210990Y1234567",
    ("gar_guid", "{0c5b2444-70a0-4932-980c-b4dc0d3f02b5}"): "0c5b2444-70a0-4932-980c-b4dc0d3f02b5",
}
# Odd but possible: a warning, not a refusal.
WARNED: dict[tuple[str, str], Callable[[str], str]] = {
    ("phone", "+380 50 000 00 03"): doubt_phone,
    ("email", "а@mail.ru (кириллическая а)"): doubt_email,
    ("passport_rf", "4599 000000"): lambda text: PassportNumber(
        Field("number", "", "passport_number")
    ).doubt(text[-6:]),
}

VALID = [
    (kind, text)
    for kind, examples in EXAMPLES.items()
    for key in ("valid", "valid_edge", "valid_zero")
    for text in examples.get(key, [])
]
INVALID = [(kind, one[0]) for kind, examples in EXAMPLES.items() for one in examples["invalid"]]


def test_every_kind_of_the_domain_has_a_reader() -> None:
    """No identifier of the domain's list is left out."""
    assert READERS.keys() == EXAMPLES.keys()


@pytest.mark.parametrize(("kind", "text"), VALID)
def test_valid_examples_read_and_stay_as_they_are(kind: str, text: str) -> None:
    """A valid number reads, and what was read reads again as itself."""
    value = READERS[kind](text)

    assert READERS[kind](str(value)) == value


@pytest.mark.parametrize(("kind", "text"), INVALID)
def test_invalid_examples_are_refused_put_right_or_doubted(kind: str, text: str) -> None:
    """A wrong number is refused in Russian, a mere spelling is put right, an odd one doubted."""
    key = (kind, text)
    if key in PUT_RIGHT:
        assert READERS[kind](text) == PUT_RIGHT[key]
    elif key in WARNED:
        assert WARNED[key](str(READERS[kind](text.partition(" (")[0])))
    else:
        with pytest.raises(ValueError, match=r"[а-яё]"):
            READERS[kind](text)


@pytest.mark.parametrize(
    ("bic", "account"),
    [
        tuple(pair)
        for key in ("corr_valid", "treasury_no_key", "eks_checked")
        for pair in EXAMPLES["bank_account"][key]
    ],
)
def test_correspondent_and_treasury_accounts_read(bic: str, account: str) -> None:
    """A correspondent account has the centre's key, a treasury account has none."""
    assert identifiers.read_account(account, bic) == account


def test_early_snils_has_no_check_number() -> None:
    """Up to 001-001-998 the check number is not looked at."""
    assert identifiers.read_snils("001-001-998 77") == "001-001-998 77"


def test_snils_refusal_says_what_was_expected() -> None:
    """The words of the refusal are those of the design."""
    with pytest.raises(ValueError, match=r"ожидается 93\. Проверьте номер по документу"):
        identifiers.read_snils("900-100-200 39")


def test_stdnum_bug_of_ogrnip_is_not_ours() -> None:
    """A valid ОГРНИП whose remainder has two digits is accepted."""
    assert identifiers.read_ogrnip("304990000000002") == "304990000000002"


@settings(deadline=None)
@given(st.integers(0, 999_999), st.sampled_from(["", " ", "-", "\u00a0", " – ", "\u2009"]))
def test_snils_reads_with_anything_between_digits(seed: int, between: str) -> None:
    """Spaces and dashes of any kind, full-width digits too, never stand in the way."""
    number = people.snils(seed)
    digits = [sign for sign in number if sign.isdigit()]
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in digits)

    assert identifiers.read_snils(between.join(digits)) == number
    assert identifiers.read_snils(wide) == number


@settings(deadline=None)
@given(st.integers(1_001_999, 999_999_999), st.integers(0, 8), st.integers(1, 9))
def test_snils_catches_a_wrong_digit(number: int, place: int, shift: int) -> None:
    """A wrong digit is refused unless the modulus of the state's own formula hides it."""
    right = f"{number:09d}"
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    if int(wrong) <= 1_001_998 or snils_check(wrong) == snils_check(right):
        return

    with pytest.raises(ValueError, match="не сходится"):
        identifiers.read_snils(wrong + snils_check(right))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ІІ-мю 123456", "II-МЮ № 123456"),
        ("ХIV ЕР №000042", "XIV-ЕР № 000042"),
        ("І-НО № 123456", "I-НО № 123456"),
    ],
)
def test_birth_certificate_is_read_from_any_keyboard(typed: str, read: str) -> None:
    """Roman numerals typed in Cyrillic, small letters and missing signs are put right."""
    assert identifiers.read_birth_certificate(typed) == read


def test_ukrainian_numbers_read_and_never_pass_for_russian_ones() -> None:
    """УНЗР begins with a day that exists, ЄДРПОУ has a check digit; none is an ИНН."""
    assert identifiers.read_unzr("19900228 12345") == "19900228-12345"
    assert identifiers.read_edrpou("00032112") == "00032112"
    for read, wrong in (
        (identifiers.read_unzr, "19900230-12345"),
        (identifiers.read_unzr, "19900228"),
        (identifiers.read_edrpou, "00032113"),
        (identifiers.read_inn10, "00032112"),
        (identifiers.read_inn12, "1234567899"),
        (identifiers.read_inn12, "19900228-12345"),
    ):
        with pytest.raises(ValueError, match=r"[а-яё]"):
            read(wrong)


@pytest.mark.parametrize("series", ["4520", "9999", "2122", "4322", "2322", "7422", "3914"])
def test_the_region_of_a_passport_is_not_doubted(series: str) -> None:
    """Москва, a synthetic one, the regions of 2022, Крым."""
    assert doubt_region(series) == ""


def test_mixed_alphabets_in_an_address_are_doubted() -> None:
    """A Cyrillic look-alike inside a Latin mailbox is told, a Russian domain is fine."""
    assert doubt_email("ivаn@example.ru")
    assert not doubt_email("ivan@пример.рф")
