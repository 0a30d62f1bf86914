"""How people speak of services: words that mean others, words that mean nothing here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from forms.catalogue.stems import stem, words_of
from forms.catalogue.table import Table

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Speech:
    """empty: words left out of a search. groups: words and phrases that mean the same."""

    empty: frozenset[str] = frozenset()
    groups: tuple[tuple[str, ...], ...] = ()

    def meanings(self) -> dict[str, list[Phrase]]:
        """Give the phrases that stand for a word, by its stem."""
        meanings: dict[str, list[Phrase]] = defaultdict(list)
        for group in self.groups:
            phrases = [words_of(text) for text in group]
            for phrase in phrases:
                if len(phrase) == 1:
                    meanings[stem(phrase[0])] += [one for one in phrases if one != phrase]
        return meanings


def read_speech(table: Table) -> Speech:
    """Read speech.toml: `empty` words, and `same` groups, each a list of words and phrases."""
    empty = table.words("empty")
    groups: list[tuple[str, ...]] = []
    for group in table.tables("same"):
        words = group.words("words")
        if len(words) < 2:  # noqa: PLR2004 - one word has nothing to be the same as
            group.wrong("words", "в группе нужно хотя бы два слова")
        groups.append(words)
        group.close()
    table.close()
    return Speech(frozenset(word for text in empty for word in words_of(text)), tuple(groups))
