"""Finding a service by the words people use for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from forms.names import fold
from forms.spec import Service

_WORD = re.compile(r"[\w№]+")
_STEM, _ENDING = 4, 3  # letters that must agree, letters an ending may have


@dataclass(frozen=True, slots=True)
class _Words:
    slug: str
    strong: tuple[str, ...]  # title, short title, keywords
    weak: tuple[str, ...]  # authority, group, result


class ServiceIndex:
    """Words of every service, folded; a hundred services are searched in well under 5 ms."""

    def __init__(self, services: tuple[Service, ...]) -> None:
        ordered = sorted(services, key=lambda one: (-one.popularity, one.short))
        self._services = tuple(
            _Words(
                one.slug,
                _words(" ".join((one.short, one.title, *one.keywords, one.slug))),
                _words(" ".join((one.authority, one.group, one.result))),
            )
            for one in ordered
        )

    def find(self, text: str) -> list[str]:
        """Give slugs that have every word of the text, the closest first."""
        wanted = _words(text)
        if not wanted:
            return [words.slug for words in self._services]
        scored = [(_score(wanted, words), words.slug) for words in self._services]
        return [slug for score, slug in sorted(scored, key=lambda one: -one[0]) if score]


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_WORD.findall(fold(text))))


def _score(wanted: tuple[str, ...], words: _Words) -> int:
    total = 0
    for word in wanted:
        best = max((2 * _likeness(word, one) for one in words.strong), default=0)
        best = max(best, max((_likeness(word, one) for one in words.weak), default=0))
        if best == 0:
            return 0
        total += best
    return total


def _likeness(typed: str, word: str) -> int:
    """3: begins with what was typed; 1: differs by its ending; 0: another word."""
    if word.startswith(typed):
        return 3
    common = 0
    for left, right in zip(typed, word, strict=False):
        if left != right:
            break
        common += 1
    if common < _STEM:
        return 0
    return int(len(typed) - common <= _ENDING and len(word) - common <= _ENDING)
