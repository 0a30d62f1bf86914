"""The unchanging part of a Russian word: «карту», «картой», «карты» are one."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from forms.names import fold

if TYPE_CHECKING:
    from Stemmer import Stemmer

_WORD = re.compile(r"[\w№]+")


def words_of(text: str) -> tuple[str, ...]:
    """Give the words of a text once each, in order, in lower case, Ё as Е."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return tuple(dict.fromkeys(_WORD.findall(plain)))


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Give the folded stem of one word of `words_of`; a word of another alphabet is its own."""
    return fold(_stemmer().stemWord(word))  # folding first would spoil the endings in Й


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer:
    from Stemmer import Stemmer  # noqa: PLC0415 - wanted at the first search only

    return Stemmer("russian")


def one_letter_apart(typed: str, word: str) -> bool:
    """Tell whether one letter is wrong, missing, extra, or two neighbours are swapped."""
    left, right = len(typed), len(word)
    if abs(left - right) > 1:
        return False
    at = 0
    while at < min(left, right) and typed[at] == word[at]:
        at += 1
    if left == right:
        swapped = typed[at : at + 2] == word[at : at + 2][::-1]
        return typed[at + 1 :] == word[at + 1 :] or (swapped and typed[at + 2 :] == word[at + 2 :])
    longer, shorter = (typed, word) if left > right else (word, typed)
    return longer[at + 1 :] == shorter[at:]


_KEYS = dict(
    zip(
        "qwertyuiop[]asdfghjkl;'zxcvbnm,.`",
        "йцукенгшщзхъфывапролджэячсмитьбюё",
        strict=True,
    )
)


def in_russian_layout(text: str) -> str:
    """Give what was meant by a text typed with the Latin layout on: «cybkc» is «снилс»."""
    return "".join(_KEYS.get(letter, letter) for letter in text.casefold())
