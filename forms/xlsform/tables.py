"""Conditions as tables joined by OR: combined, simplified, written as the catalogue writes them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import product

from forms.xlsform.expression import Inexpressible

Value = str | int | bool
Test = tuple[str, str, tuple[Value, ...]]
"""A name, an operator of the catalogue's language, its values."""
Table = tuple[Test, ...]
Tables = tuple[Table, ...]
"""No table: never; one empty table: always."""

NEVER: Tables = ()
ALWAYS: Tables = ((),)
MOST = 24
"""More tables than this say nothing to the reader of a catalogue file."""


def joined(left: Tables, right: Tables, several: frozenset[str]) -> Tables:
    """Join by AND; `several` names the fields that hold several choices at once."""
    found: list[Table] = []
    for one, other in product(left, right):
        table = _merged((*one, *other), several)
        if table is not None and table not in found:
            found.append(table)
    return _bounded(tuple(found))


def either(left: Tables, right: Tables) -> Tables:
    """Join by OR; equal tests of one name become one list."""
    found = list(left)
    for table in right:
        if () in found or table in found:
            continue
        if not table:
            return ALWAYS
        twin = next((one for one in found if _joinable(one, table)), None)
        if twin is None:
            found.append(table)
        else:
            name, _, values = twin[0]
            more = tuple(value for value in table[0][2] if value not in values)
            found[found.index(twin)] = ((name, "is", values + more),)
    return _bounded(tuple(found))


def _joinable(one: Table, other: Table) -> bool:
    return len(one) == len(other) == 1 and one[0][:2] == other[0][:2] and one[0][1] == "is"


def _bounded(tables: Tables) -> Tables:
    if len(tables) > MOST:
        raise Inexpressible(f"в условии больше {MOST} сочетаний")
    return tables


def _merged(tests: Table, several: frozenset[str]) -> Table | None:
    """Make one test of each name and operator; None when they contradict each other."""
    found: dict[tuple[str, str], tuple[Value, ...]] = {}
    for name, operator, values in tests:
        held = found.get((name, operator))
        if held is None or held == values:
            found[name, operator] = values
        elif operator in ("not", "all"):
            found[name, operator] = (*held, *(one for one in values if one not in held))
        elif operator == "given":
            return None
        elif operator == "is":
            if name in several:
                if len(held) > 1 or len(values) > 1:
                    raise Inexpressible("два списка вариантов одного вопроса разом")
                del found[name, "is"]
                chosen = (*found.get((name, "all"), ()), *held, *values)
                found[name, "all"] = tuple(dict.fromkeys(chosen))
                continue
            common = tuple(one for one in held if one in values)
            if not common:
                return None
            found[name, "is"] = common
        else:
            tighter = max if operator in ("gt", "ge") else min
            found[name, operator] = (tighter(held[0], values[0], key=_order),)
    return tuple((name, operator, values) for (name, operator), values in found.items())


def _order(bound: Value) -> tuple[Decimal, str]:
    """Order bounds: numbers as numbers, ISO dates as texts."""
    text = str(bound)
    if text[4:5] == "-":
        return Decimal(0), text
    return Decimal(text), ""


def as_data(tables: Tables) -> list[dict[str, object]]:
    """Write tables as the catalogue's TOML holds them."""
    return [_table(table) for table in tables]


def _table(table: Table) -> dict[str, object]:
    names: dict[str, dict[str, object]] = {}
    for name, operator, values in table:
        plain: object = values[0] if len(values) == 1 else list(values)
        names.setdefault(name, {})[operator] = plain
    return {name: _short(tests) for name, tests in names.items()}


def _short(tests: Mapping[str, object]) -> object:
    return tests["is"] if list(tests) == ["is"] else dict(tests)
