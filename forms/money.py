"""Money is whole kopecks inside and «4 000,00 ₽» outside."""

from __future__ import annotations

import re

_TYPED = re.compile(r"(\d+)(?:[.,](\d{1,2}))?")


def rubles(kopecks: int) -> str:
    """Show kopecks as rubles: 400000 -> «4 000,00 ₽»."""
    whole, part = divmod(abs(kopecks), 100)
    sign = "−" if kopecks < 0 else ""
    return f"{sign}{whole:,}".replace(",", " ") + f",{part:02d} ₽"


def read_rubles(text: str) -> int:
    """Read «4 000,00 ₽», «4000» or «4000.5» as kopecks. ValueError with Russian words."""
    bare = re.sub(r"[\s₽]|руб\.?|р\.$", "", text.replace("\u00a0", ""))
    found = _TYPED.fullmatch(bare)
    if found is None:
        raise ValueError("сумма пишется цифрами: рубли и через запятую копейки, например 4000,00")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
