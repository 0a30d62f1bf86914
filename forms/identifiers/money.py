"""Numbers of banks and payments."""

from __future__ import annotations

from itertools import cycle

from forms.pasted import bare, cyrillic, digits

_CURRENCY_LETTERS = {letter: str(digit) for digit, letter in enumerate("АВСЕНКМРТХ")}
_UIN_LENGTHS = (20, 25)
_TEN = 10


def read_bic(text: str) -> str:
    """БИК, nine digits from 0, 1 or 2."""
    found = digits(text, 9, "БИК")
    if found[0] not in "012":
        raise ValueError("БИК начинается с 0, 1 или 2. Проверьте по реквизитам")
    return found


def bare_account(text: str) -> str:
    """Account of twenty signs, its key not checked; a clearing account has a letter in place 6."""
    found = cyrillic(bare(text).upper())
    digits("".join(_CURRENCY_LETTERS.get(sign, sign) for sign in found), 20, "счёт")
    return found


def read_account(text: str, bic: str) -> str:
    """Account of twenty digits, its key checked against the БИК of its bank (ЦБ РФ № 515).

    A treasury account 03… has no key.
    """
    found = bare_account(text)
    plain = "".join(_CURRENCY_LETTERS.get(sign, sign) for sign in found)
    if plain.startswith("03"):
        return found
    bank, centre = bic[6:9], "0" + bic[4:6]
    central = plain.startswith(("301", "401"))
    prefixes = (
        (centre,) if central else (bank, centre) if bank in ("000", "001", "002") else (bank,)
    )
    if not any(_key_holds(prefix + plain) for prefix in prefixes):
        raise ValueError("ключ счёта не сходится с БИК. Проверьте счёт и БИК по реквизитам")
    return found


def _key_holds(signs: str) -> bool:
    pairs = zip(signs, cycle((7, 1, 3)), strict=False)
    return sum(int(digit) * weight % 10 for digit, weight in pairs) % 10 == 0


def uin_check(body: str) -> int:
    """Compute the check digit of a УИН without its last digit."""
    for first in (1, 3):
        weights = ((position + first - 1) % 10 + 1 for position in range(len(body)))
        left = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11
        if left != _TEN:
            return left
    return 0


def read_uin(text: str) -> str:
    """УИН of a payment: «0», twenty digits, or twenty-five signs that may hold letters."""
    found = bare(text).upper()
    if found == "0":
        return found
    if len(found) not in _UIN_LENGTHS or not found.isalnum():
        raise ValueError(f"в УИН 20 или 25 знаков, набрано {len(found)}; если УИН нет, наберите 0")
    if found.isdigit() and uin_check(found[:-1]) != int(found[-1]):
        raise ValueError("контрольный разряд УИН не сходится. Проверьте по квитанции")
    if not found.isdigit() and len(found) == _UIN_LENGTHS[0]:
        raise ValueError("в УИН из 20 знаков бывают только цифры. Проверьте по квитанции")
    return found
