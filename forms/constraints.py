"""Weighing one value against a field's constraints."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import ge, gt, le, lt

from forms.condition import Facts
from forms.spec import Constraint

SEPARATOR = "; "
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_LIMITS = {"min": ge, "max": le, "gt": gt, "lt": lt}
_pattern = lru_cache(maxsize=256)(re.compile)


def holds(constraint: Constraint, value: object, today: date, facts: Facts | None) -> bool:
    """Tell whether a value passes; a bound that is not known lets everything pass."""
    operator, bound = constraint.operator, constraint.bound
    if operator == "pattern":
        return _pattern(str(bound)).fullmatch(str(value)) is not None
    if operator == "min_length":
        return len(str(value)) >= int(bound)
    if isinstance(value, tuple):
        return _chosen_holds(operator, bound, value)
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
    limit = _date_bound(str(bound), today, facts)
    if limit is None:
        return True
    if operator in ("not_after", "before"):
        return value < limit or (operator == "not_after" and value == limit)
    return value > limit or (operator == "not_before" and value == limit)


def _date_bound(bound: str, today: date, facts: Facts | None) -> date | None:
    if bound == "today":
        return today
    if bound[:1].isdigit():
        return date.fromisoformat(bound)
    found = facts.fact(bound) if facts is not None else None
    return found if isinstance(found, date) else None
