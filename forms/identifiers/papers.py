"""Series and numbers of papers that prove who a person is."""

from __future__ import annotations

import re

from forms.pasted import bare, clean, cyrillic, digits, latin

_SUBDIVISION = re.compile(r"\d{2}[0-3]\d{3}")
_KEPT_SUBDIVISION = re.compile(r"[0-9]{2}[0-3]-[0-9]{3}")
_DASHED_ELSEWHERE = re.compile(r"-(?!\d{3}$)|(?<!^\d{3})-")
_BIRTH = re.compile(r"([IVXLC]{1,6})[ -]*([А-ЯЁІЇЄҐ]{2})[ №]*(\d{6})")
# The Roman part is typed with whatever looks right: Cyrillic І, У, Х, С, П for II, Л for L.
_ROMAN = str.maketrans({"І": "I", "У": "V", "Х": "X", "С": "C", "П": "II", "Л": "L"})


def read_passport_series(text: str) -> str:
    """Series of a Russian passport, four digits: region of issue and year of the blank."""
    return digits(text, 4, "серия паспорта")


def read_passport_number(text: str) -> str:
    """Number of a Russian passport, six digits."""
    return digits(text, 6, "номер паспорта")


def read_passport(text: str) -> str:
    """Series and number together, as 99 20 123456. A zero number is told from the rest by doubt."""
    found = digits(text, 10, "серия и номер паспорта")
    return f"{found[:2]} {found[2:4]} {found[4:]}"


def read_subdivision_code(text: str) -> str:
    """Code of the body that issued a passport, as 770-001; its third digit is 0..3."""
    if _KEPT_SUBDIVISION.fullmatch(text) and text != "000-000":
        return text
    if _DASHED_ELSEWHERE.search(clean(text)):
        raise ValueError("код подразделения пишется так: 770-001")
    found = digits(text, 6, "код подразделения")
    if _SUBDIVISION.fullmatch(found) is None:
        raise ValueError("третья цифра кода подразделения бывает от 0 до 3. Проверьте по паспорту")
    if found == "000000":
        raise ValueError("код подразделения из одних нулей не бывает. Проверьте по паспорту")
    return f"{found[:3]}-{found[3:]}"


def read_foreign_passport(text: str) -> str:
    """Passport for travel abroad, as 75 1234567."""
    found = digits(text, 9, "серия и номер загранпаспорта")
    return f"{found[:2]} {found[2:]}"


def read_birth_certificate(text: str) -> str:
    """Birth certificate as «II-МЮ № 123456»: Roman in Latin letters, two Cyrillic, six digits."""
    typed = clean(text).upper()
    roman, dash, rest = typed.partition("-")
    if not dash:
        roman, _, rest = typed.partition(" ")
    found = _BIRTH.fullmatch(f"{latin(roman.strip().translate(_ROMAN))}-{cyrillic(rest.strip())}")
    if found is None:
        raise ValueError(
            "свидетельство пишется так: II-МЮ № 123456 (римские цифры, две буквы, шесть цифр)"
        )
    return f"{found[1]}-{found[2]} № {found[3]}"


def read_birth_series(text: str) -> str:
    """Series of a birth certificate alone, as «II-МЮ»."""
    try:
        return read_birth_certificate(f"{text} 000001").partition(" ")[0]
    except ValueError:
        raise ValueError("серия свидетельства пишется так: II-МЮ") from None


def bare_number(text: str) -> str:
    """Number of any other document: capitals, nothing between the signs."""
    return bare(text).upper()
