"""The catalogue's little language of conditions: data, never code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
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
    passes: Callable[[object], bool] = field(init=False, repr=False, compare=False)
    """Tells whether a value passes; one that is not given passes only `not` and `given`."""

    def __post_init__(self) -> None:
        """Find out once what every form asks of it at every key."""
        object.__setattr__(self, "passes", self._passing())

    def holds(self, facts: Facts) -> bool:
        """Tell whether the fact passes."""
        return self.passes(facts.fact(self.name))

    def _passing(self) -> Callable[[object], bool]:
        values = self.values
        if self.operator == "given":
            return lambda value: is_given(value) is values[0]
        if self.operator == "is":
            return _among(values)
        if self.operator == "not":
            among = _among(values)
            return lambda value: not among(value)
        if self.operator == "all":
            return lambda value: all(_matches(value, wanted) for wanted in values)
        return self._compares

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
        for table in self.any_of:  # a form weighs fifty of them: no generators
            for test in table:
                if not test.passes(facts.fact(test.name)):
                    break
            else:
                return True
        return False

    @property
    def names(self) -> frozenset[str]:
        """Every name the condition looks at."""
        return frozenset(test.name for table in self.any_of for test in table)


def is_given(value: object) -> bool:
    """Tell an answer from no answer: None, an empty text and an empty list are none."""
    return bool(value) or not isinstance(value, _EMPTY)


def _among(values: tuple[Scalar, ...]) -> Callable[[object], bool]:
    """Give what tells whether a value is one of those accepted."""
    texts = frozenset(one for one in values if isinstance(one, str))

    def among(value: object) -> bool:
        if type(value) is str:  # equal to a text at most
            return value in texts
        return value is not None and any(_matches(value, wanted) for wanted in values)

    return among


def _matches(value: object, wanted: Scalar) -> bool:
    if isinstance(value, tuple | list):  # select_multiple: any chosen one counts
        return any(_equals(one, wanted) for one in value)
    return _equals(value, wanted)


def _equals(value: object, wanted: Scalar) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return value == wanted
