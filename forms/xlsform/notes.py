"""What an import has to tell: what has no counterpart, what was changed, what is to be given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["lost", "changed", "fill"]
_SHOWN = 120
"""Characters of a cell that are quoted."""


@dataclass(frozen=True, slots=True)
class Note:
    """One remark: lost (no counterpart, left out), changed, fill (the catalogue needs it).

    sheet, rows (as the spreadsheet numbers them) and column are where it was met; all three are
    empty for what no XLSForm says.
    """

    kind: Kind
    sheet: str
    rows: tuple[int, ...]
    column: str
    text: str

    @property
    def place(self) -> str:
        """«survey, строки 3, 7–9, relevant»."""
        word = "строка" if len(self.rows) == 1 else "строки"
        rows = f"{word} {spans(self.rows)}" if self.rows else ""
        return ", ".join(part for part in (self.sheet, rows, self.column) if part)

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


class Notes:
    """Remarks in the order they were met; the same one about several rows is one remark."""

    def __init__(self) -> None:
        self._rows: dict[tuple[Kind, str, str, str], list[int]] = {}

    def add(self, kind: Kind, sheet: str, row: int, column: str, text: str) -> None:
        """Remark on a cell; row 0 is the sheet as a whole."""
        rows = self._rows.setdefault((kind, sheet, column, text), [])
        if row and row not in rows:
            rows.append(row)

    def lost(self, row: int, column: str, text: str, sheet: str = "survey") -> None:
        """Something has no counterpart."""
        self.add("lost", sheet, row, column, text)

    def changed(self, row: int, column: str, text: str, sheet: str = "survey") -> None:
        """Something stands in the catalogue otherwise than in the form."""
        self.add("changed", sheet, row, column, text)

    def fill(self, text: str) -> None:
        """Something the catalogue needs and no XLSForm says."""
        self.add("fill", "", 0, "", text)

    def of(self, kind: Kind) -> tuple[Note, ...]:
        """The remarks of one kind."""
        return tuple(
            Note(own, sheet, tuple(sorted(rows)), column, text)
            for (own, sheet, column, text), rows in self._rows.items()
            if own == kind
        )


def quoted(cell: str) -> str:
    """Quote a cell in a remark, a long one by its beginning."""
    words = " ".join(cell.split())
    return f"«{words[:_SHOWN]}…»" if len(words) > _SHOWN else f"«{words}»"


def spans(rows: Iterable[int]) -> str:
    """Write row numbers shortly: 3, 7–9."""
    found: list[list[int]] = []
    for row in sorted(rows):
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in found)
