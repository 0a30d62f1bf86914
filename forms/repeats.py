"""Repeated rows: children, co-owners, vehicles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from forms.condition import Facts, is_given
from forms.facts import RowFacts
from forms.kinds import kind_of
from forms.problem import Problem
from forms.spec import Field

CheckCell = Callable[[Field, object, str, RowFacts], tuple[Sequence[Problem], object]]


def check_rows(
    field: Field, typed: object, path: str, check_cell: CheckCell, facts: Facts
) -> tuple[list[Problem], object]:
    """Check every cell of every row; the value is the list of rows as a record keeps them.

    A condition of a column looks at the columns of its own row first, then at the document.
    """
    if not isinstance(typed, list) or not all(isinstance(row, Mapping) for row in typed):
        text = "здесь нужен список строк"
        return [Problem(path, field.label, "error", "unreadable", text)], None
    problems: list[Problem] = []
    if len(typed) < field.min_rows or (field.max_rows and len(typed) > field.max_rows):
        text = f"строк нужно от {field.min_rows} до {field.max_rows or 'любого числа'}"
        problems.append(Problem(path, field.label, "error", "rows", text))
    names = {cell.name for cell in field.rows}
    rows: list[dict[str, object]] = []
    for number, row in enumerate(typed):
        kept: dict[str, object] = {}
        place = f"{path}.{number}"
        own = RowFacts(field, row, facts)
        for cell in field.rows:
            if not own.asked(cell):
                continue
            required = own.required(cell)
            asked = cell if cell.required is required else replace(cell, required=required)
            found, value = check_cell(asked, row.get(cell.name), f"{place}.{cell.name}", own)
            problems.extend(found)
            if value is not None and is_given(value):
                kept[cell.name] = kind_of(cell).store(value)
        problems.extend(
            Problem(f"{place}.{key}", key, "error", "unknown-key", "такого столбца здесь нет")
            for key in row
            if key not in names
        )
        rows.append(kept)
    return problems, rows
