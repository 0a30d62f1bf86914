"""Many rows a statement, in SQL both databases speak."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sync.central.sql_access import SqlDatabase

ROWS = 50  # of a statement at most: a handful of texts for the database to prepare


def put_rows(
    db: SqlDatabase,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    returning: str = "",
    ending: str = "",
) -> list[Any]:
    """Insert rows, fifty a statement; return what `returning` names of each, in no order."""
    told: list[Any] = []
    for start in range(0, len(rows), ROWS):
        some = rows[start : start + ROWS]
        end = f"RETURNING {returning}" if returning else ending
        insert = _insert(table, tuple(columns), len(some), end)
        answer = db.execute(insert, [value for row in some for value in row])
        if returning:
            told += answer.fetchall()
    return told


@cache
def _insert(table: str, columns: tuple[str, ...], count: int, ending: str) -> str:
    places = ", ".join([f"({', '.join('?' * len(columns))})"] * count)
    return f"INSERT INTO {table}({', '.join(columns)}) VALUES {places} {ending}".rstrip()  # noqa: S608 - names of our own
