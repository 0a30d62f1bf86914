"""Applicants of a synthetic town: thousands of invented surnames, met as often as real ones are."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cached_property
from random import Random
from typing import Any

from forms import people

SURNAMES = 3000
_RANKS_ALIKE = 20
"""The first surnames are about equally frequent; after them frequency falls as 1 / rank."""
_FIRST = (
    "К" * 12 + "С" * 10 + "Б" * 8 + "П" * 8 + "М" * 8 + "Г" * 6 + "В" * 6 + "Ш" * 5 + "А" * 5
    + "Т" * 5 + "Д" * 4 + "З" * 4 + "Н" * 4 + "Л" * 4 + "Р" * 4 + "Ч" * 3 + "ИФХЕОЯЁЩЖЦЭЮ"
)  # fmt: skip
_VOWELS = "ааааоооооуееиияё"
_CONSONANTS = "бвгджзклмнпрстфхчш"
_MALE = ("ов", "ев", "ин", "ский", "енко", "ук")
_FEMALE = ("ова", "ева", "ина", "ская", "енко", "ук")


def _surname(random: Random) -> tuple[str, str]:
    """An invented surname, male and female: a stem of two or three syllables and an ending."""
    first = random.choice(_FIRST)
    stem = first if first in "АИЕОЯЁЭЮ" else first + random.choice(_VOWELS)
    for _ in range(random.choice((1, 1, 2))):
        stem += random.choice(_CONSONANTS) + random.choice(_VOWELS)
    stem += random.choice(_CONSONANTS)
    ending = random.choices(range(len(_MALE)), (40, 15, 25, 8, 10, 2))[0]
    return stem + _MALE[ending], stem + _FEMALE[ending]


class Population:
    """People of a town; the same seed gives the same town."""

    def __init__(self, seed: int = 317) -> None:
        self._random = Random(f"population {seed}")

    @cached_property
    def surnames(self) -> list[tuple[str, str]]:
        """Different surnames, the most frequent first."""
        found: dict[str, tuple[str, str]] = {}
        while len(found) < SURNAMES:
            pair = _surname(self._random)
            found[pair[0]] = pair
        return list(found.values())

    @cached_property
    def _weights(self) -> list[float]:
        return [1 / (rank + _RANKS_ALIKE) for rank in range(SURNAMES)]

    def settle(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A copy of a checked record with another applicant in it: name, СНИЛС, phone, passport."""
        settled = deepcopy(dict(record))
        random = self._random
        person = settled["applicant"]
        male, female = random.choices(self.surnames, self._weights)[0]
        if "surname" in person:
            person["surname"] = female if person.get("sex") == "f" else male
            named = random.choice(people.PEOPLE)
            if named.sex == person.get("sex") and named.patronymic and person.get("patronymic"):
                person |= {"name": named.name, "patronymic": named.patronymic}
        if person.get("phone"):
            person["phone"] = f"+7900000{random.randrange(10_000):04d}"
        if person.get("snils"):
            person["snils"] = people.snils(random.randrange(1_000_000))
        if isinstance(person.get("id_document"), dict):
            person["id_document"]["number"] = f"{random.randrange(100_000, 1_000_000)}"
        return settled
