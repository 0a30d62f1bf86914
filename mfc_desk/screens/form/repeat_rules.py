"""What the rows of a repeat ask, and where their problems are said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from forms.check import PlacedField, Problem, check_field
from forms.facts import Facts, RowFacts
from forms.spec import Field


@dataclass(frozen=True)
class RepeatRules:
    """The rules of one repeat of an open form; `forms` knows them all."""

    repeat: Field
    facts: Facts
    today: date

    def cells(self, row: Mapping[str, Any]) -> tuple[Field, ...]:
        """The columns a row asks for, each with whether it must be answered there."""
        seen = RowFacts(self.repeat, row, self.facts)
        return tuple(
            replace(cell, required=seen.required(cell))
            for cell in self.repeat.rows
            if seen.asked(cell)
        )

    def look(self, cell: Field, row: Mapping[str, Any]) -> Problem | None:
        """What is wrong with one answer of a row."""
        seen = RowFacts(self.repeat, row, self.facts)
        return check_field(cell, row.get(cell.name), self.today, facts=seen)


def told_at(problem: Problem, placed: PlacedField) -> Problem:
    """A problem of a row as the repeat tells it: «строка 2, Имя: …», at the repeat's own path."""
    number = problem.path.removeprefix(f"{placed.path}.").partition(".")[0]
    if problem.path == placed.path or not number.isdigit():
        return problem
    text = f"строка {int(number) + 1}, {problem.label}: {problem.text}"
    return replace(problem, path=placed.path, label=placed.field.label, text=text)
