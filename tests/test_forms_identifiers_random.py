"""Thousands of numbers by the domain's formulas, not by ours, each also with one broken digit."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from forms import identifiers

COUNT = 3000


def snils(random: Random) -> str:
    """A СНИЛС by the sum of domain.md, 4."""
    body = f"{random.randint(1_001_999, 999_999_999):09d}"
    left = sum(int(body[i]) * (9 - i) for i in range(9)) % 101
    return f"{body}{0 if left == 100 else left:02d}"


def ogrnip(random: Random) -> str:
    """An ОГРНИП by its remainder."""
    body = f"3{random.randrange(10**13):013d}"
    return f"{body}{int(body) % 13 % 10}"


def enp(random: Random) -> str:
    """An ЕНП by Luhn's sum, written out."""
    body = f"{random.randint(10**14, 10**15 - 1)}"
    total = 0
    for place, digit in enumerate(reversed(body)):
        twice = int(digit) * (2 if place % 2 == 0 else 1)
        total += twice - 9 if twice > 9 else twice
    return f"{body}{-total % 10}"


def uin(random: Random) -> str:
    """A УИН of twenty digits by the weights of ОКПО."""
    body = f"1{random.randrange(10**18):018d}"
    for first in (0, 2):
        left = sum(int(digit) * ((i + first) % 10 + 1) for i, digit in enumerate(body)) % 11
        if left != 10:
            return f"{body}{left}"
    return f"{body}0"


MAKERS: dict[str, tuple[Callable[[Random], str], Callable[[str], str], int]] = {
    "snils": (snils, identifiers.read_snils, 2),
    "ogrnip": (ogrnip, identifiers.read_ogrnip, 1),
    "enp": (enp, identifiers.read_oms, 1),
    "uin": (uin, identifiers.read_uin, 1),
}


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_valid_ones_are_read_and_a_broken_check_digit_is_refused(kind: str) -> None:
    """Three thousand of each; any other last digit is seen by the arithmetic."""
    make, read, _ = MAKERS[kind]
    random = Random(kind)
    for _ in range(COUNT):
        number = make(random)
        broken = number[:-1] + str((int(number[-1]) + random.randint(1, 9)) % 10)

        assert "".join(sign for sign in read(number) if sign.isdigit()) == number
        with pytest.raises(ValueError, match="сходится"):
            read(broken)


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_a_digit_broken_anywhere_is_refused_where_arithmetic_can_see_it(kind: str) -> None:
    """A body digit changed: read again only when its own check number came out the same."""
    make, read, checks = MAKERS[kind]
    random = Random(f"{kind} body")
    unseen = 0
    for _ in range(COUNT):
        number = make(random)
        place = random.randrange(1, len(number) - checks)
        other = str((int(number[place]) + random.randint(1, 9)) % 10)
        broken = number[:place] + other + number[place + 1 :]
        try:
            read(broken)
        except ValueError:
            continue
        unseen += 1
    # Luhn sees every single digit; a remainder folded into one digit hides some of them.
    assert unseen <= {"enp": 0, "snils": 60, "ogrnip": 900, "uin": 300}[kind]
