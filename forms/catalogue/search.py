"""Finding a service by the words people use for it: any words, any order, any form."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from forms.catalogue.speech import Phrase, Speech
from forms.catalogue.stems import in_russian_layout, one_letter_apart, stem, words_of
from forms.names import fold
from forms.situations import Situation
from forms.spec import Service

# How much a word tells by where it stands.
_NAMED, _TITLE, _OFFICIAL, _SITUATION, _ANSWER = 1.0, 0.8, 0.5, 0.35, 0.25
# How much by its likeness to what was typed.
_SAME, _FORM, _BEGINNING, _STEM, _ROOT, _TYPO = 1.0, 0.95, 0.85, 0.7, 0.5, 0.6
_SHORTEST_STEM, _ROOT_LESS = 4, 2
_RARE = 3  # services; a word in fewer tells no more
_ENOUGH = 0.4  # of the typed words' weight, when no service has all of them
_NEAR_BEST = 0.55
_USED, _POPULAR = 0.25, 0.15  # what habit adds to the score of what fits

Hits = dict[int, float]


class Vocabulary:
    """Folded forms of all words, sorted, with the services each stands in and what it tells."""

    def __init__(self) -> None:
        self.forms: list[str] = []
        self.stem_of: dict[str, str] = {}
        self.of_stem: dict[str, list[str]] = defaultdict(list)
        self.services: dict[str, Hits] = {}

    def add(self, word: str, service: int, tier: float) -> None:
        """Note that a word stands in a text of a service."""
        form = fold(word)
        if form not in self.services:
            self.forms.append(form)
            self.services[form] = {}
            self.stem_of[form] = root = stem(word)
            self.of_stem[root].append(form)
        known = self.services[form]
        known[service] = max(known.get(service, 0.0), tier)

    def beginning(self, letters: str) -> Iterator[str]:
        """Walk the forms that begin so."""
        for place in range(bisect_left(self.forms, letters), len(self.forms)):
            form = self.forms[place]
            if not form.startswith(letters):
                return
            yield form


class ServiceIndex:
    """Words of every service by form and by stem.

    Made at the first search (some 60 ms for 74 services), asked on every key after it.
    """

    def __init__(
        self,
        services: Sequence[Service],
        situations: Sequence[Situation] = (),
        speech: Speech | None = None,
    ) -> None:
        """Take what is searched; nothing is computed yet."""
        self._services = sorted(services, key=lambda one: (-one.popularity, one.short))
        self._situations = situations
        self._speech = speech or Speech()

    def find(self, text: str, used: Sequence[str] = ()) -> list[str]:
        """Give slugs that fit the text, the closest first; without words all of them.

        `used` are slugs, most often registered on this desk first: they stand higher. Words
        nobody has are left out when others are known; text in the Latin layout is understood.
        """
        habit = self._habit(used)
        if not self._wanted(text):
            place = {slug: number for number, slug in enumerate(used)}
            every = [service.slug for service in self._services]  # the popular ones first
            return sorted(every, key=lambda slug: place.get(slug, len(place)))
        found = self._scores(text) or self._scores(in_russian_layout(text))
        ranked = sorted(found, key=lambda one: (-found[one] * habit[one], one))
        return [self._services[one].slug for one in ranked]

    def situations(self, text: str) -> set[str]:
        """Give names of life situations that have every word of the text, or its beginning."""
        wanted = self._wanted(text)
        return {
            one.name
            for one in self._situations
            if all(_is_said(word, (one.title, *one.keywords)) for word in wanted)
        }

    def prepare(self) -> None:
        """Make the index now rather than at the first key."""
        _ = self._vocabulary, self._meanings

    def _habit(self, used: Sequence[str]) -> list[float]:
        """Give a factor a service: those used here and those popular everywhere come higher."""
        place = {slug: number for number, slug in enumerate(used)}
        count = max(1, len(self._services))
        factors = []
        for number, service in enumerate(self._services):
            popular = _POPULAR * (1 - number / count) if service.popularity else 0.0
            own = place.get(service.slug)
            mine = _USED * (1 - own / len(place)) if own is not None else 0.0
            factors.append(1 + popular + mine)
        return factors

    def _wanted(self, text: str) -> list[str]:
        return [word for word in words_of(text) if word not in self._speech.empty]

    def _scores(self, text: str) -> Hits:
        wanted = self._wanted(text)
        hits = [found for word in wanted if (found := self._hits(word))]
        if not hits:
            return {}
        count = len(self._services)
        weights = [math.log(1 + count / max(_RARE, len(found))) for found in hits]
        total = sum(weights)
        scores: Hits = defaultdict(float)
        covered: Hits = defaultdict(float)
        for found, weight in zip(hits, weights, strict=True):
            for service, likeness in found.items():
                scores[service] += weight * likeness
                covered[service] += weight
        best = max(score * covered[one] for one, score in scores.items())
        return {
            one: score * covered[one]
            for one, score in scores.items()
            if covered[one] >= _ENOUGH * total and score * covered[one] >= _NEAR_BEST**2 * best
        }

    def _hits(self, word: str) -> Hits:
        """Give the services a typed word may mean, each with how surely."""
        found = self._plain_hits(word)
        for phrase in self._meanings.get(stem(word), ()):
            parts = [self._plain_hits(part) for part in phrase]
            for service in set(parts[0]).intersection(*parts[1:]):
                likeness = _FORM * min(part[service] for part in parts)
                found[service] = max(found.get(service, 0.0), likeness)
        return found or self._typo_hits(word)

    def _plain_hits(self, word: str) -> Hits:
        words, typed, root = self._vocabulary, fold(word), stem(word)
        likeness: dict[str, float] = {}
        if len(root) >= _SHORTEST_STEM:
            short = root[: max(_SHORTEST_STEM, len(root) - _ROOT_LESS)]
            for form in words.beginning(short):
                other = words.stem_of[form]
                if other == root:
                    likeness[form] = _FORM
                elif form.startswith(root):
                    likeness[form] = _STEM
                elif abs(len(other) - len(root)) <= _ROOT_LESS:
                    likeness[form] = _ROOT
        else:
            likeness |= dict.fromkeys(words.of_stem.get(root, ()), _FORM)
        for form in words.beginning(typed):
            likeness[form] = max(likeness.get(form, 0.0), _SAME if form == typed else _BEGINNING)
        return self._postings(likeness)

    def _typo_hits(self, word: str) -> Hits:
        words, typed, root = self._vocabulary, fold(word), stem(word)
        if len(typed) <= _SHORTEST_STEM:
            return {}
        length = len(typed)
        near = {
            form: _TYPO
            for form in words.beginning(typed[0])  # the first letter is seldom the wrong one
            if one_letter_apart(root, words.stem_of[form])
            or any(one_letter_apart(typed, form[:cut]) for cut in (length - 1, length, length + 1))
        }
        return self._postings(near)

    def _postings(self, likeness: Mapping[str, float]) -> Hits:
        words, hits = self._vocabulary, Hits()
        for form, much in likeness.items():
            for service, tier in words.services[form].items():
                if much * tier > hits.get(service, 0.0):
                    hits[service] = much * tier
        return hits

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        vocabulary = Vocabulary()
        of_situation = _situation_texts(self._situations)
        for number, service in enumerate(self._services):
            for tier, text in _texts(service, of_situation.get(service.slug, "")):
                for word in words_of(text):
                    if word not in self._speech.empty:
                        vocabulary.add(word, number, tier)
        vocabulary.forms.sort()
        return vocabulary

    @cached_property
    def _meanings(self) -> dict[str, list[Phrase]]:
        return self._speech.meanings()


def _situation_texts(situations: Sequence[Situation]) -> dict[str, str]:
    texts: dict[str, str] = defaultdict(str)
    for situation in situations:
        for step in situation.steps:
            texts[step.service] += " " + " ".join((situation.title, *situation.keywords))
    return texts


def _is_said(word: str, texts: Sequence[str]) -> bool:
    said = [other for text in texts for other in words_of(text)]
    typed, root = fold(word), stem(word)
    return any(fold(other).startswith(typed) or stem(other) == root for other in said)


def _texts(service: Service, situation: str) -> tuple[tuple[float, str], ...]:
    answers = (choice.label for field in service.fields for choice in field.choices)
    return (
        (_NAMED, " ".join((service.short, *service.keywords, service.slug))),
        (_TITLE, service.title),
        (_OFFICIAL, " ".join((service.authority, service.group, service.result))),
        (_SITUATION, situation),
        (_ANSWER, " ".join(answers)),
    )
