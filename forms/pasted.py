"""What people paste: odd spaces, dashes, foreign digits, letters of the other alphabet."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_HIDDEN = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_LATIN = "ABEKMHOPCTXYaeopcxy"
_CYRILLIC = "АВЕКМНОРСТХУаеорсху"
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_APART = re.compile(r"[\s\-./()№]+")


def clean(text: str) -> str:
    """Trim, join spaces of all kinds, make dashes and digits plain, drop invisible signs."""
    if text.isascii():
        return " ".join(text.split())
    text = text.translate(_INVISIBLE).replace("№", "\ue000")  # NFKC would turn it into «No»
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    plain = _FOREIGN_DIGIT.sub(lambda digit: str(int(digit[0])), plain)
    return " ".join(plain.replace("\ue000", "№").split())


def tidy(text: str) -> str:
    """Trim a text and join its spaces; letters stay as typed."""
    if text.isprintable() and "  " not in text and text == text.strip():  # no space but plain ones
        return text if text.isascii() else unicodedata.normalize("NFC", text)
    if not text.isascii():
        if _HIDDEN.search(text):  # a look is cheaper than a translation of every name
            text = text.translate(_INVISIBLE)
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


def bare(text: str) -> str:
    """Clean a number and take out everything people put between its digits."""
    if text.isascii():
        return _APART.sub("", text)
    return _APART.sub("", clean(text))


def cyrillic(text: str) -> str:
    """Turn Latin look-alikes (A, B, C, E …) into Cyrillic letters."""
    return text.translate(_TO_CYRILLIC)


def latin(text: str) -> str:
    """Turn Cyrillic look-alikes (А, В, С, Е …) into Latin letters."""
    return text.translate(_TO_LATIN)


def digits(text: str, count: int, what: str) -> str:
    """Read exactly `count` digits. ValueError says what is wrong: a letter or the length."""
    found = text if len(text) == count and text.isascii() and text.isdigit() else bare(text)
    if not (found.isascii() and found.isdigit()):
        raise ValueError(f"{what}: допустимы только цифры")
    if len(found) != count:
        raise ValueError(f"{what}: нужно цифр {count}, набрано {len(found)}")
    return found
