"""Reading conditions and constraints of a catalogue file."""

from __future__ import annotations

import re
from datetime import date

from forms.catalogue.table import Table
from forms.condition import Clause, Condition, Operator, Scalar
from forms.spec import Constraint, Severity

_OPERATORS: tuple[Operator, ...] = ("not", "lt", "gt", "given")
_DATE_BOUNDS = ("not_after", "not_before", "before", "after")
_NUMBERS = ("within_days_before", "min", "max", "min_length")
_CONSTRAINTS = (*_DATE_BOUNDS, *_NUMBERS, "pattern")
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
        tests = [_read_test(table, key, name, wanted) for name, wanted in one.items()]
        any_of.append(tuple(test for test in tests if test is not None))
    return Condition(tuple(any_of)) if any_of else None


def _read_test(table: Table, key: str, name: str, wanted: object) -> Clause | None:
    operator: Operator = "is"
    if isinstance(wanted, dict):
        found = [one for one in _OPERATORS if one in wanted]
        if len(wanted) != 1 or not found:
            table.wrong(key, f"«{name}»: допустимо ровно одно из {', '.join(_OPERATORS)}")
            return None
        operator, wanted = found[0], wanted[found[0]]
    values = wanted if isinstance(wanted, list) else [wanted]
    if operator in ("lt", "gt"):
        values = [one.isoformat() if isinstance(one, date) else one for one in values]
        if len(values) != 1 or isinstance(values[0], bool):
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
    if operator in _NUMBERS:
        if isinstance(bound, bool) or not isinstance(bound, int):
            table.wrong("constraint", f"{operator}: нужно целое число")
            return None
        return Constraint(operator, bound, message, severity)
    text = bound.isoformat() if isinstance(bound, date) else bound
    if not isinstance(text, str) or not _bound_reads(operator, text):
        table.wrong("constraint", f"{operator}: «{bound}» не подходит")
        return None
    return Constraint(operator, text, message, severity)


def _bound_reads(operator: str, bound: str) -> bool:
    try:
        if operator == "pattern":
            re.compile(bound)
        elif bound[:1].isdigit():
            date.fromisoformat(bound)
        else:
            return _NAME.fullmatch(bound) is not None
    except (re.error, ValueError):
        return False
    return True
