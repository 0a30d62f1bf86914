"""Numbers of people: СНИЛС, ЕНП, the Ukrainian РНОКПП and УНЗР, the payer's code."""

from __future__ import annotations

from datetime import date
from operator import mul

from forms.pasted import digits

_WEIGHTS = tuple(range(9, 0, -1))
_ZEROS = sum(ord("0") * weight for weight in _WEIGHTS)
_KEPT_SIGNS = 14  # as records keep it
_UNCHECKED_SNILS = 1_001_998  # up to 001-001-998 the check number was not given


def snils_check(number: str) -> str:
    """Compute the two check digits of a nine-digit СНИЛС."""
    total = sum(map(mul, number.encode(), _WEIGHTS)) - _ZEROS
    return f"{total % 101 % 100:02d}"


def read_snils(text: str) -> str:
    """СНИЛС as 900-100-200 93."""
    kept = len(text) == _KEPT_SIGNS and text[3] == text[7] == "-" and text[11] == " "
    found = digits(text[:3] + text[4:7] + text[8:11] + text[12:] if kept else text, 11, "СНИЛС")
    number, check = found[:9], found[9:]
    if int(number) == 0:
        raise ValueError("СНИЛС из одних нулей не бывает. Проверьте номер по документу")
    if int(number) > _UNCHECKED_SNILS and check != (expected := snils_check(number)):
        raise ValueError(
            f"контрольное число не сходится: ожидается {expected}. Проверьте номер по документу"
        )
    return f"{number[:3]}-{number[3:6]}-{number[6:]} {check}"


def read_oms(text: str) -> str:
    """ЕНП of a medical policy, sixteen digits with a Luhn check."""
    from stdnum import luhn  # noqa: PLC0415 - stdnum imports ssl and pydoc, 20 ms

    found = digits(text, 16, "полис ОМС (ЕНП)")
    if int(found) == 0:
        raise ValueError("номер полиса из одних нулей не бывает. Проверьте номер по полису")
    if luhn.checksum(found) != 0:
        raise ValueError("контрольная цифра полиса не сходится. Проверьте номер по полису")
    return found


def read_rntrc(text: str) -> str:
    """РНОКПП (Ukrainian ІПН), ten digits; it never stands in an ИНН field."""
    from stdnum.ua import rntrc  # noqa: PLC0415 - stdnum imports ssl and pydoc, 20 ms

    found = digits(text, 10, "РНОКПП")
    if not rntrc.is_valid(found):
        raise ValueError("контрольная цифра РНОКПП не сходится. Проверьте номер по документу")
    return found


def read_unzr(text: str) -> str:
    """УНЗР of a Ukrainian ID card as 19900101-12345: the day of birth and five digits."""
    found = digits(text, 13, "УНЗР")
    try:
        date.fromisoformat(f"{found[:4]}-{found[4:6]}-{found[6:8]}")
    except ValueError:
        raise ValueError("УНЗР начинается с даты рождения: ГГГГММДД-NNNNN") from None
    return f"{found[:8]}-{found[8:]}"


def read_payer_code(text: str) -> str:
    """Payer's code of a Moscow utility bill, ten digits, no published check."""
    return digits(text, 10, "код плательщика")
