"""Numbers of taxpayers and of registered businesses."""

from __future__ import annotations

import re

from forms.pasted import bare, digits

_KPP = re.compile(r"\d{4}[0-9A-Z]{2}\d{3}")


def read_inn10(text: str) -> str:
    """ИНН of an organisation, ten digits."""
    return _read_inn(text, 10)


def read_inn12(text: str) -> str:
    """ИНН of a person, twelve digits."""
    return _read_inn(text, 12)


def _read_inn(text: str, count: int) -> str:
    found = digits(text, count, "ИНН")
    from stdnum.ru import inn  # noqa: PLC0415 - stdnum imports ssl and pydoc, 20 ms

    if int(found) == 0:  # the arithmetic holds for zeros, the tax service does not
        raise ValueError("ИНН из одних нулей не бывает. Проверьте номер по документу")
    if not inn.is_valid(found):
        raise ValueError("контрольная цифра ИНН не сходится. Проверьте номер по документу")
    return found


def read_ogrn(text: str) -> str:
    """ОГРН of an organisation, thirteen digits."""
    found = digits(text, 13, "ОГРН")
    if found[0] == "0":
        raise ValueError("ОГРН не начинается с нуля. Проверьте номер по документу")
    return _checked_ogrn(found, 11, "ОГРН")


def read_ogrnip(text: str) -> str:
    """ОГРНИП of a sole trader, fifteen digits (own arithmetic: stdnum 2.2 loses 23 % of them)."""
    found = digits(text, 15, "ОГРНИП")
    if found[0] not in "34":
        raise ValueError("ОГРНИП начинается с цифры 3 или 4. Проверьте номер по документу")
    return _checked_ogrn(found, 13, "ОГРНИП")


def _checked_ogrn(found: str, modulus: int, what: str) -> str:
    if int(found[:-1]) % modulus % 10 != int(found[-1]):
        raise ValueError(f"контрольная цифра {what} не сходится. Проверьте номер по документу")
    return found


def read_edrpou(text: str) -> str:
    """ЄДРПОУ, the eight digits of a Ukrainian organisation; it never stands in an ИНН field."""
    found = digits(text, 8, "ЕГРПОУ (ЄДРПОУ)")
    from stdnum.ua import edrpou  # noqa: PLC0415 - stdnum imports ssl and pydoc, 20 ms

    if not edrpou.is_valid(found):
        raise ValueError("контрольная цифра ЕГРПОУ не сходится. Проверьте номер по документу")
    return found


def read_kpp(text: str) -> str:
    """КПП: four digits, two digits or Latin capitals, three digits."""
    found = bare(text).upper()
    if _KPP.fullmatch(found) is None:
        raise ValueError("КПП состоит из 9 знаков, например 770101001")
    return found
