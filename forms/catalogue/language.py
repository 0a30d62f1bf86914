"""Reading conditions and constraints of a catalogue file."""

from __future__ import annotations

import re
from datetime import date

from forms.catalogue.table import Table
from forms.condition import Clause, Condition, Operator, Scalar
from forms.constraints import SEPARATOR, is_number
from forms.spec import Constraint, Severity

_OPERATORS: tuple[Operator, ...] = ("is", "not", "all", "lt", "gt", "le", "ge", "given")
_BOUNDED = ("lt", "gt", "le", "ge")
_DATE_BOUNDS = ("not_after", "not_before", "before", "after")
_LIMITS = ("min", "max", "lt", "gt")
_NUMBERS = (
    "within_days_before",
    "age_from",
    "age_under",
    "min_length",
    "min_chosen",
    "max_chosen",
)
_NAMES = ("bank", "sum_of", "count_of", "whole")
_CONSTRAINTS = (*_DATE_BOUNDS, *_LIMITS, *_NUMBERS, *_NAMES, "alone", "apart", "equals", "pattern")
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")


def read_condition(table: Table, key: str) -> Condition | None:
    """Read a table of tests joined by AND, or a list of such tables joined by OR."""
    value = table.raw(key)
    if value is None:
        return None
    tables = value if isinstance(value, list) else [value]
    any_of: list[tuple[Clause, ...]] = []
    for one in tables:
        if not isinstance(one, dict) or not one:
            table.wrong(key, "условие — таблица вида { имя = значение } или список таких таблиц")
            continue
        tests = [test for name in one for test in _read_tests(table, key, name, one[name])]
        any_of.append(tuple(tests))
    return Condition(tuple(any_of)) if any_of else None


def _read_tests(table: Table, key: str, name: str, wanted: object) -> list[Clause]:
    """Read what is asked of one name: a value, a list of values, or operators joined by AND."""
    asked = wanted if isinstance(wanted, dict) else {"is": wanted}
    unknown = [one for one in asked if one not in _OPERATORS]
    if not asked or unknown:
        table.wrong(key, f"«{name}»: допустимо {', '.join(_OPERATORS)}")
        return []
    tests = [_read_test(table, key, name, one, asked[one]) for one in _OPERATORS if one in asked]
    return [test for test in tests if test is not None]


def _read_test(
    table: Table, key: str, name: str, operator: Operator, wanted: object
) -> Clause | None:
    values = wanted if isinstance(wanted, list) else [wanted]
    if operator in _BOUNDED:
        values = [one.isoformat() if isinstance(one, date) else one for one in values]
        if len(values) != 1 or not _orders(values[0]):
            table.wrong(key, f"«{name}»: {operator} сравнивает с одним числом или датой")
            return None
    if operator == "given" and not isinstance(wanted, bool):
        table.wrong(key, f"«{name}»: given бывает true или false")
        return None
    scalars: list[Scalar] = [one for one in values if isinstance(one, str | int)]
    if not scalars or len(scalars) != len(values):
        table.wrong(key, f"«{name}»: значением бывает текст, целое число, true или false")
        return None
    return Clause(name, operator, tuple(scalars))


def _orders(bound: object) -> bool:
    """Tell whether a bound is a whole number, a date, or a number with a fraction as a text."""
    if isinstance(bound, str):
        return _is_day(bound) or is_number(bound)
    return isinstance(bound, int) and not isinstance(bound, bool)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def read_constraints(table: Table) -> tuple[Constraint, ...]:
    """Read `constraint`: one table or a list, with field-wide message and severity as defaults."""
    value = table.raw("constraint")
    message = table.text("constraint_message")
    severity = _severity(table, table.raw("severity"), "error")
    if value is None:
        if message:
            table.wrong("constraint_message", "сообщение есть, а ограничения нет")
        return ()
    tables = value if isinstance(value, list) else [value]
    found: list[Constraint] = []
    for one in tables:
        if not isinstance(one, dict):
            table.wrong("constraint", "ограничение — таблица или список таблиц")
            continue
        own = one.get("message", message)
        grade = _severity(table, one.get("severity"), severity)
        if not isinstance(own, str) or not own.strip():
            table.wrong("constraint", "нет сообщения: message или constraint_message")
            own = ""
        rules = {name: bound for name, bound in one.items() if name not in ("message", "severity")}
        if not rules:
            table.wrong("constraint", f"нет ограничения. Допустимо: {', '.join(_CONSTRAINTS)}")
        for operator, bound in rules.items():
            constraint = _read_constraint(table, operator, bound, own, grade)
            if constraint is not None:
                found.append(constraint)
    return tuple(found)


def _severity(table: Table, value: object, default: Severity) -> Severity:
    if value is None:
        return default
    if value == "warning":
        return "warning"
    if value != "error":
        table.wrong("severity", f"«{value}» не подходит. Допустимо: error, warning")
    return "error"


def _read_constraint(
    table: Table, operator: str, bound: object, message: str, severity: Severity
) -> Constraint | None:
    if operator not in _CONSTRAINTS:
        table.wrong("constraint", f"«{operator}» не известно. Допустимо: {', '.join(_CONSTRAINTS)}")
        return None
    if operator in _NUMBERS or operator == "equals":
        is_flag = operator == "equals"
        if not isinstance(bound, int) or isinstance(bound, bool) is not is_flag:
            wanted = "true или false" if is_flag else "целое число"
            table.wrong("constraint", f"{operator}: нужно {wanted}")
            return None
        return Constraint(operator, int(bound), message, severity)
    if operator in _LIMITS and isinstance(bound, int) and not isinstance(bound, bool):
        return Constraint(operator, bound, message, severity)
    text = bound.isoformat() if isinstance(bound, date) else bound
    if operator == "apart":
        text = _joined(bound)
    if not isinstance(text, str) or not _bound_reads(operator, text):
        table.wrong("constraint", f"{operator}: «{bound}» не подходит")
        return None
    return Constraint(operator, text, message, severity)


def _joined(codes: object) -> str:
    """Join a list of two codes or more; anything else is empty."""
    texts = [one for one in codes if isinstance(one, str)] if isinstance(codes, list) else []
    whole = len(texts) > 1 and isinstance(codes, list) and len(texts) == len(codes)
    return SEPARATOR.join(texts) if whole else ""


def _bound_reads(operator: str, bound: str) -> bool:
    try:
        if operator == "pattern":
            re.compile(bound)
        elif operator in _LIMITS:
            return is_number(bound) or _NAME.fullmatch(bound) is not None
        elif operator in ("alone", "apart"):
            return bool(bound)
        elif bound[:1].isdigit():
            date.fromisoformat(bound)
        else:
            return _NAME.fullmatch(bound) is not None
    except (re.error, ValueError):
        return False
    return True
