"""Plain numbers and money."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction as Ratio

from forms.kinds.kind import Json, Kind, typed_text
from forms.money import read_rubles, rubles
from forms.pasted import clean

_WHOLE = re.compile(r"-?\d{1,15}")
_SHARE = re.compile(r"(\d{1,6})[/⁄∕:](\d{1,6})")
_FRACTION = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?")


class Whole(Kind[int]):
    """A whole number."""

    width = 10

    def read(self, typed: object) -> int:
        if isinstance(typed, int) and not isinstance(typed, bool):
            return typed
        words = clean(typed_text(typed)).replace(" ", "")
        if _WHOLE.fullmatch(words) is None:
            raise ValueError("нужно целое число, например 2")
        return int(words)

    def store(self, value: int) -> Json:
        return value


class Fraction(Kind[Decimal]):
    """A number with a fraction, typed with a comma or a dot."""

    width = 12

    def read(self, typed: object) -> Decimal:
        if isinstance(typed, int | float | Decimal) and not isinstance(typed, bool):
            typed = str(typed)
        words = clean(typed_text(typed)).replace(" ", "").replace(",", ".")
        if _FRACTION.fullmatch(words) is None:
            raise ValueError("нужно число, например 54,3")
        return Decimal(words)

    def show(self, value: Decimal) -> str:
        return f"{value:f}".replace(".", ",")

    def store(self, value: Decimal) -> Json:
        return f"{value:f}"


class Money(Kind[int]):
    """A sum: text is rubles («4 000,00 ₽», «4000»), a JSON number and the value are kopecks."""

    width = 16

    def read(self, typed: object) -> int:
        if isinstance(typed, int) and not isinstance(typed, bool):
            if typed < 0:
                raise ValueError("сумма не бывает меньше нуля")
            return typed
        return read_rubles(typed_text(typed))

    def show(self, value: int) -> str:
        return rubles(value)

    def store(self, value: int) -> Json:
        return value


class Share(Kind[Ratio]):
    """A share in a right, typed as 1/2; more than nothing and not more than the whole."""

    width = 13

    def read(self, typed: object) -> Ratio:
        words = clean(typed_text(typed)).replace(" ", "")
        found = _SHARE.fullmatch("1/1" if words == "1" else words)
        if found is None or int(found[2]) == 0:
            raise ValueError("доля пишется так: 1/2")
        share = Ratio(int(found[1]), int(found[2]))
        if not 0 < share <= 1:
            raise ValueError("доля больше нуля и не больше целого. Проверьте по документу")
        return share

    def show(self, value: Ratio) -> str:
        return f"{value.numerator}/{value.denominator}"
