"""Numbers of vehicles and of drivers."""

from __future__ import annotations

import re

from forms.pasted import bare, cyrillic, digits, latin

_LETTERS = "АВЕКМНОРСТУХ"
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{13}\d{4}")
_CARD = re.compile(rf"(\d{{2}})(\d{{2}}|[{_LETTERS}]{{2}})(\d{{6}})")
_PTS = re.compile(r"(\d{2})([А-Я]{2})(\d{6})|([13]\d{14})")
_PLATE = re.compile(
    rf"[{_LETTERS}](?!000)\d{{3}}[{_LETTERS}]{{2}}\d{{2,3}}|[{_LETTERS}]{{2}}\d{{5,7}}"
    rf"|(?!0000)\d{{4}}[{_LETTERS}]{{2}}\d{{2,3}}"
)


def read_vin(text: str) -> str:
    """VIN, seventeen signs; its check digit is not used in Russia and not asked for."""
    found = latin(bare(text).upper())
    if _VIN.fullmatch(found) is None:
        raise ValueError(
            "VIN состоит из 17 латинских букв и цифр, без I, O, Q, последние четыре знака — цифры"
        )
    return found


def doubt_vin(vin: str) -> str:
    """Say that all signs are one and the same, or nothing; the check digit is not asked for."""
    return "в VIN все знаки одинаковы. Проверьте по документу" if len(set(vin)) == 1 else ""


def read_driver_license(text: str) -> str:
    """Driving licence as 99 20 123456 or 77 АВ 123456."""
    return _read_card(text, "водительское удостоверение")


def read_sts(text: str) -> str:
    """Certificate of registration of a vehicle, the same shape as a driving licence."""
    return _read_card(text, "СТС")


def _read_card(text: str, what: str) -> str:
    found = _CARD.fullmatch(cyrillic(bare(text).upper()))
    if found is None:
        raise ValueError(
            f"{what}: 2 цифры, 2 цифры или буквы из {_LETTERS}, 6 цифр, например 99 20 123456"
        )
    return " ".join(found.groups())


def read_pts(text: str) -> str:
    """Passport of a vehicle: paper 77 НА 123456 or electronic, fifteen digits."""
    found = _PTS.fullmatch(cyrillic(bare(text).upper()))
    if found is None:
        raise ValueError("ПТС: 2 цифры, 2 буквы, 6 цифр, например 77 НА 123456, или 15 цифр ЭПТС")
    return found[4] or f"{found[1]} {found[2]} {found[3]}"


def read_plate(text: str) -> str:
    """State registration plate of a car, bus, motorcycle or trailer."""
    found = cyrillic(bare(text).upper())
    if _PLATE.fullmatch(found) is None:
        raise ValueError(f"госномер пишется так: А123ВС777, буквы только из {_LETTERS}")
    return found


def read_driver_license_series(text: str) -> str:
    """Series of a driving licence alone, as 99 20 or 77 АВ."""
    try:
        return read_driver_license(f"{text} 000001")[:5]
    except ValueError:
        text = f"серия удостоверения: 2 цифры и 2 цифры или буквы из {_LETTERS}, например 99 20"
        raise ValueError(text) from None


def read_driver_license_number(text: str) -> str:
    """Number of a driving licence alone, six digits."""
    return digits(text, 6, "номер удостоверения")
