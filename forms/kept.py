"""Reading answers and rows of answers as records keep them, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from forms.condition import Condition
from forms.constraints import Weighing, looks_around, weighing
from forms.facts import Facts, RowFacts
from forms.kinds import Kind, kind_of
from forms.spec import Field

Kept = Callable[[object], object]
"""Reads an answer as a record keeps it; None for any other and for a doubtful one."""


def kept_by(kind: Kind[Any]) -> Kept:
    """Give what reads the answers a check of this kind finds nothing to say of."""
    if not kind.doubts:
        return kind.kept
    kept, doubt = kind.kept, kind.doubt

    def sure(typed: object) -> object:
        value = kept(typed)
        return None if value is None or doubt(value) else value

    return sure


class _Cell(NamedTuple):
    place: int
    kept: Kept
    relevant: Condition | None
    rules: tuple[Weighing, ...]


class Rows:
    """The columns of a repeat, found out once."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._cells = {
            cell.name: _Cell(
                place,
                kept_by(kind_of(cell)),
                cell.relevant,
                tuple(weighing(rule) for rule in cell.constraints),
            )
            for place, cell in enumerate(field.rows)
        }
        self._wanted = [one for one in field.rows if one.required or one.required_when is not None]
        self._around = any(
            cell.relevant is not None
            or cell.required_when is not None
            or any(looks_around(rule) for rule in cell.constraints)
            for cell in field.rows
        )

    def right(self, typed: object, facts: Facts, today: date) -> bool:
        """Tell whether rows are as a record keeps them, without a problem in any cell."""
        field = self._field
        if type(typed) is not list or not typed or len(typed) < field.min_rows:
            return False
        if field.max_rows and len(typed) > field.max_rows:
            return False
        return all(type(row) is dict and self._row_right(row, facts, today) for row in typed)

    def _row_right(self, row: dict[str, object], facts: Facts, today: date) -> bool:
        own = RowFacts(self._field, row, facts) if self._around else None
        last = -1
        for key, typed in row.items():
            cell = self._cells.get(key)
            if cell is None or cell.place <= last:
                return False
            last = cell.place
            value = cell.kept(typed)
            if value is None or not (
                own is None or cell.relevant is None or cell.relevant.holds(own)
            ):
                return False
            for weigh in cell.rules:
                if not weigh(value, today, own or facts):
                    return False
        for wanted in self._wanted:
            if wanted.name not in row and (
                own is None or (own.asked(wanted) and own.required(wanted))
            ):
                return False
        return True
