"""Many rows a statement, in SQL both databases speak."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from sync.central.store.sql_access import SqlDatabase

InsertsColumns = Callable[[str, Sequence[str], Sequence[Sequence[object]], str], Any]
"""`insert_columns` of a database that takes any number of rows by one short statement.

Table, columns, rows, ending; the answer has `fetchall`. Fifty rows by their values are a statement
of a thousand marks, and psycopg reads it anew each time: half of the time of a projection.
"""

ROWS = 50  # of a statement at most: a handful of texts for the database to prepare


def put_rows(
    db: SqlDatabase,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    returning: str = "",
    ending: str = "",
) -> list[Any]:
    """Insert rows, many a statement; return what `returning` names of each, in no order."""
    end = f"RETURNING {returning}" if returning else ending
    # asking for a Protocol takes longer than the statement
    by_columns: InsertsColumns | None = getattr(db, "insert_columns", None)
    if by_columns is not None:
        answer = by_columns(table, columns, rows, end) if rows else None
        return list(answer.fetchall()) if answer is not None and returning else []
    told: list[Any] = []
    for start in range(0, len(rows), ROWS):
        some = rows[start : start + ROWS]
        insert = _insert(table, tuple(columns), len(some), end)
        answer = db.execute(insert, [value for row in some for value in row])
        if returning:
            told += answer.fetchall()
    return told


@cache
def _insert(table: str, columns: tuple[str, ...], count: int, ending: str) -> str:
    places = ", ".join([f"({', '.join('?' * len(columns))})"] * count)
    return f"INSERT INTO {table}({', '.join(columns)}) VALUES {places} {ending}".rstrip()  # noqa: S608 - names of our own
