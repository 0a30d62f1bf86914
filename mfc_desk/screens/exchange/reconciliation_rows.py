"""The rows of «Сверка»: what a desk made anew still lacks, then what differs from the centre."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mfc_desk.screens.wording import day_text
from mfc_desk.widgets.rows import Cell, Row

if TYPE_CHECKING:
    from mfc_desk.exchange.reconciliation_views import Comparison
    from mfc_desk.recovery.restored import Lack, RestoredView

TONES = {"unsent": "warn", "missing": "bad", "surplus": "bad", "changed": "bad"}
_LACK = "lack:"


def lack_rows(view: RestoredView | None) -> list[Row]:
    """What did not come back with a desk made anew."""
    if view is None:
        return []
    day = day_text(view.at.date()) if view.at else ""
    return [
        Row(
            f"{_LACK}{n}",
            (Cell(lack.name, "strong"), Cell(lack.text, "warn"), Cell(day, "muted")),
        )
        for n, lack in enumerate(view.lacks)
    ]


def lack_of(view: RestoredView | None, key: str) -> Lack | None:
    """The lack a row of `lack_rows` is about; None for another row."""
    if view is None or not key.startswith(_LACK):
        return None
    return view.lacks[int(key.removeprefix(_LACK))]


def compared_rows(made: Comparison) -> list[Row]:
    """What differs: days that were not looked into, then entries."""
    listed = {one.day for one in made.differences}
    days = [
        Row(
            f"day:{one.day}",
            (
                Cell(day_text(date.fromisoformat(one.day)), "strong"),
                Cell(f"в офисе {one.here}, в центре {one.there}", "bad"),
                Cell(""),
            ),
        )
        for one in made.days
        if not one.equal and one.day not in listed
    ]
    return days + [
        Row(
            f"{one.day}:{one.seq}",
            (
                Cell(one.name, "strong"),
                Cell(one.text, TONES[one.what]),
                Cell(day_text(date.fromisoformat(one.day)), "muted"),
            ),
        )
        for one in made.differences
    ]
