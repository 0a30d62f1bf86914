"""The catalogue's little language of conditions: data, never code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Literal, Protocol

Scalar = str | int | bool
Operator = Literal["is", "not", "all", "lt", "gt", "le", "ge", "given"]
_EMPTY = (str, tuple, list, type(None))
_ORDER = {"lt": lt, "gt": gt, "le": le, "ge": ge}


class Facts(Protocol):
    """Where a condition looks its names up."""

    def fact(self, name: str) -> object:
        """Give the value under a dotted name, or None when nothing is there."""


class NoFacts:
    """Nothing is known: a field is looked at alone."""

    def fact(self, name: str) -> object:  # noqa: ARG002 - nothing is known under any name
        """Give None."""
        return None


@dataclass(frozen=True, slots=True)
class Clause:
    """One entry of a condition: a name, what is asked of it, and the accepted values.

    is: one of the values; not: none of them; all: each of them is chosen; lt, gt, le, ge: less,
    greater, less or equal, greater or equal; given: whether there is an answer.
    """

    name: str
    operator: Operator
    values: tuple[Scalar, ...]

    def holds(self, facts: Facts) -> bool:
        """Tell whether the fact passes; a fact that is not given passes only `not` and `given`."""
        value = facts.fact(self.name)
        if self.operator == "given":
            return is_given(value) is self.values[0]
        if self.operator == "is":
            return any(_matches(value, wanted) for wanted in self.values)
        if self.operator == "not":
            return not any(_matches(value, wanted) for wanted in self.values)
        if self.operator == "all":
            return all(_matches(value, wanted) for wanted in self.values)
        return self._compares(value)

    def _compares(self, value: object) -> bool:
        """Compare numbers with numbers and dates with ISO dates; anything else fails."""
        bound, holds = self.values[0], _ORDER[self.operator]
        if isinstance(value, date):
            return isinstance(bound, str) and holds(value, date.fromisoformat(bound))
        if isinstance(value, int | Decimal):
            return bool(holds(value, Decimal(bound)))
        return False


@dataclass(frozen=True, slots=True)
class Condition:
    """Tables joined by OR; the tests of one table are joined by AND."""

    any_of: tuple[tuple[Clause, ...], ...]

    def holds(self, facts: Facts) -> bool:
        """Tell whether at least one table passes as a whole."""
        return any(all(test.holds(facts) for test in table) for table in self.any_of)

    @property
    def names(self) -> frozenset[str]:
        """Every name the condition looks at."""
        return frozenset(test.name for table in self.any_of for test in table)


def is_given(value: object) -> bool:
    """Tell an answer from no answer: None, an empty text and an empty list are none."""
    return bool(value) or not isinstance(value, _EMPTY)


def _matches(value: object, wanted: Scalar) -> bool:
    if isinstance(value, tuple | list):  # select_multiple: any chosen one counts
        return any(_matches(one, wanted) for one in value)
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return value == wanted
