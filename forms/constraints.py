"""Weighing one value against a field's constraints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from operator import ge, gt, le, lt

from forms.ages import age_on
from forms.condition import Facts
from forms.identifiers.money import read_account
from forms.kinds.numbers import Share
from forms.spec import Constraint, Field

SEPARATOR = "; "
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_LIMITS = {"min": ge, "max": le, "gt": gt, "lt": lt}
_ORDERED: Mapping[str, Callable[[date, date], bool]] = {
    "not_after": le,
    "not_before": ge,
    "before": lt,
    "after": gt,
}
Weighing = Callable[[object, date, Facts | None], bool]
"""What tells whether a value passes on a day, with the facts around it."""


def holds(constraint: Constraint, value: object, today: date, facts: Facts | None) -> bool:
    """Tell whether a value passes; a bound that is not known lets everything pass."""
    return weighing(constraint)(value, today, facts)


def weighing(constraint: Constraint) -> Weighing:
    """Give what tells whether values pass; found out once a constraint."""
    weigh: Weighing | None = constraint.weigh
    if weigh is None:
        weigh = _weighing(constraint)
        object.__setattr__(constraint, "weigh", weigh)
    return weigh


def _weighing(constraint: Constraint) -> Weighing:
    """Give a quick way for the usual constraints, `_weighed` for the others."""
    operator, bound = constraint.operator, str(constraint.bound)
    whole = partial(_weighed, constraint)
    if operator == "pattern":
        fits = re.compile(bound).fullmatch
        return lambda value, _today, _facts: fits(str(value)) is not None
    if operator in _ORDERED and bound == "today":
        passes = _ORDERED[operator]
        return lambda value, today, facts: (
            passes(value, today) if type(value) is date else whole(value, today, facts)
        )
    if operator in _ORDERED and bound[:1].isdigit():
        compares, limit = _ORDERED[operator], date.fromisoformat(bound)
        return lambda value, today, facts: (
            compares(value, limit) if type(value) is date else whole(value, today, facts)
        )
    return whole


def _weighed(constraint: Constraint, value: object, today: date, facts: Facts | None) -> bool:
    operator, bound = constraint.operator, constraint.bound
    if operator in _ALONE:
        return _ALONE[operator](bound, value)
    if operator in _ACROSS:
        return facts is None or _ACROSS[operator](str(bound), value, facts)
    if isinstance(value, tuple):
        return _chosen_holds(operator, bound, value)
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return _date_holds(operator, bound, value, today, facts)
    if isinstance(value, int | Decimal):
        limit = _number_bound(bound, facts)
        return limit is None or bool(_LIMITS[operator](value, limit))
    return True


def is_number(bound: object) -> bool:
    """Tell whether a bound is a number and not the name of one."""
    text = isinstance(bound, str) and _NUMBER.fullmatch(bound) is not None
    return text or isinstance(bound, int)


def looks_around(constraint: Constraint) -> bool:
    """Tell whether a constraint looks at other fields than its own."""
    operator, bound = constraint.operator, str(constraint.bound)
    named = not (is_number(bound) or bound == "today" or bound[:1].isdigit())
    return operator in _ACROSS or (named and (operator in _ORDERED or operator in _LIMITS))


def _number_bound(bound: str | int, facts: Facts | None) -> Decimal | None:
    if is_number(bound):
        return Decimal(bound)
    found = facts.fact(str(bound)) if facts is not None else None
    return Decimal(found) if isinstance(found, int | Decimal) else None


def _chosen_holds(operator: str, bound: str | int, chosen: tuple[str, ...]) -> bool:
    if operator == "alone":
        return bound not in chosen or len(chosen) == 1
    if operator == "apart":
        return len(set(str(bound).split(SEPARATOR)) & set(chosen)) <= 1
    count = len(chosen)
    return count >= int(bound) if operator == "min_chosen" else count <= int(bound)


def _date_holds(
    operator: str, bound: str | int, value: date, today: date, facts: Facts | None
) -> bool:
    if operator == "within_days_before":
        return value >= today - timedelta(days=int(bound))
    if operator in ("age_from", "age_under"):
        old_enough = age_on(value, today) >= int(bound)
        return old_enough if operator == "age_from" else not old_enough
    limit = _date_bound(str(bound), today, facts)
    if limit is None:
        return True
    return _ORDERED[operator](value, limit)


def _date_bound(bound: str, today: date, facts: Facts | None) -> date | None:
    if bound == "today":
        return today
    if bound[:1].isdigit():
        return date.fromisoformat(bound)
    found = facts.fact(bound) if facts is not None else None
    return found if isinstance(found, date) else None


def _key_holds(field: str, account: object, facts: Facts) -> bool:
    bic = facts.fact(field)
    if not isinstance(bic, str):
        return True  # no БИК yet: its own field says so
    try:
        read_account(str(account), bic)
    except ValueError:
        return False
    return True


def _sum_holds(column: str, total: object, facts: Facts) -> bool:
    repeat, _, name = column.partition(".")
    cells = [row.get(name) for row in _rows(facts.fact(repeat))]
    numbers = [cell for cell in cells if isinstance(cell, int) and not isinstance(cell, bool)]
    return len(numbers) != len(cells) or not cells or sum(numbers) == total


def _count_holds(repeat: str, count: object, facts: Facts) -> bool:
    rows = _rows(facts.fact(repeat))
    return not rows or len(rows) == count


def _shares_hold(column: str, rows: object, _facts: Facts) -> bool:
    side, _, name = column.rpartition(".")
    held: dict[object, Fraction] = {}
    for row in _rows(rows):
        try:
            share = Share(_SHARE).read(row.get(name))
        except ValueError:
            continue  # the cell says so itself
        key = row.get(side) if side else None
        held[key] = held.get(key, Fraction(0)) + share
    return all(total <= 1 for total in held.values())


def _rows(value: object) -> list[Mapping[str, object]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


_ALONE: Mapping[str, Callable[[str | int, object], bool]] = {
    "min_length": lambda bound, value: len(str(value)) >= int(bound),
    "equals": lambda bound, value: value is bool(bound),
}
_SHARE = Field("", "", "fraction")
_ACROSS: Mapping[str, Callable[[str, object, Facts], bool]] = {
    "bank": _key_holds,
    "sum_of": _sum_holds,
    "count_of": _count_holds,
    "whole": _shares_hold,
}
