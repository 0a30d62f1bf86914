"""Numbers of places and of things that stand on them."""

from __future__ import annotations

import re
import uuid

from forms.pasted import clean, digits

_CADASTRAL = re.compile(r"\d{2}:\d{2}:\d{1,7}:\d+")
_BETWEEN = re.compile(r"\s*[:\-]\s*")


def read_cadastral(text: str) -> str:
    """Cadastral number as 77:01:0001001:1234; dashes are read as colons."""
    found = _BETWEEN.sub(":", clean(text))
    if _CADASTRAL.fullmatch(found) is None:
        raise ValueError("кадастровый номер пишется так: 77:01:0001001:1234")
    return found


def read_oktmo(text: str) -> str:
    """ОКТМО, eight or eleven digits."""
    try:
        return digits(text, 8, "ОКТМО")
    except ValueError:
        pass
    try:
        return digits(text, 11, "ОКТМО")
    except ValueError:
        raise ValueError("ОКТМО состоит из 8 или 11 цифр") from None


def read_postcode(text: str) -> str:
    """Postal index, six digits from 1 to 6."""
    found = digits(text, 6, "индекс")
    if found[0] not in "123456":
        raise ValueError("почтовый индекс начинается с цифры от 1 до 6")
    return found


def read_gar(text: str) -> str:
    """GUID of an address in ГАР, in lower case with dashes."""
    found = clean(text).strip("{}")
    shape = [len(part) for part in found.split("-")]
    try:
        if shape == [8, 4, 4, 4, 12]:
            return str(uuid.UUID(found))
    except ValueError:
        pass
    raise ValueError("код ГАР пишется так: 0c5b2444-70a0-4932-980c-b4dc0d3f02b5")
