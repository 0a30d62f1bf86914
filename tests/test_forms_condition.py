"""Conditions are data."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from forms.condition import Clause, Condition, Operator, Scalar


class Known:
    """Facts of a test."""

    def __init__(self, **facts: object) -> None:
        self.facts = facts

    def fact(self, name: str) -> object:
        """Give a fact by name."""
        return self.facts.get(name)


@pytest.mark.parametrize(
    ("operator", "values", "value", "holds"),
    [
        ("is", ("a", "b"), "b", True),
        ("is", ("a",), None, False),
        ("is", (True,), True, True),
        ("is", (1,), True, False),
        ("is", ("a",), ("c", "a"), True),
        ("not", ("a",), "b", True),
        ("not", ("a",), None, True),
        ("not", (True,), None, True),
        ("not", (True,), True, False),
        ("not", ("a",), ("a", "b"), False),
        ("lt", (14,), 13, True),
        ("lt", (14,), 14, False),
        ("lt", (14,), None, False),
        ("gt", (10,), Decimal("10.5"), True),
        ("gt", ("2026-01-01",), date(2026, 1, 2), True),
        ("lt", ("2026-01-01",), date(2026, 1, 1), False),
        ("le", (14,), 14, True),
        ("ge", (15,), 14, False),
        ("ge", ("10.5",), Decimal("10.5"), True),
        ("le", ("2026-01-01",), date(2026, 1, 1), True),
        ("ge", (1,), None, False),
        ("ge", (1,), "text", False),
        ("all", ("a", "b"), ("b", "c", "a"), True),
        ("all", ("a", "b"), ("a",), False),
        ("all", ("a",), None, False),
        ("given", (True,), "x", True),
        ("given", (True,), "", False),
        ("given", (False,), None, True),
        ("given", (True,), False, True),
        ("given", (True,), [], False),
    ],
)
def test_each_operator(
    operator: Operator, values: tuple[Scalar, ...], value: object, holds: bool
) -> None:
    """A fact that is not given passes `not` and `given = false` only."""
    assert Clause("fact", operator, values).holds(Known(fact=value)) is holds


def test_tables_are_joined_by_or_their_entries_by_and() -> None:
    """A list of tables needs one of them, a table needs all of its entries."""
    both = (Clause("a", "is", (1,)), Clause("b", "is", (2,)))
    condition = Condition((both, (Clause("c", "given", (True,)),)))

    assert condition.holds(Known(a=1, b=2))
    assert not condition.holds(Known(a=1))
    assert condition.holds(Known(c="x"))
    assert condition.names == {"a", "b", "c"}
