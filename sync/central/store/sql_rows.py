"""Many rows a statement, in SQL both databases speak."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol, runtime_checkable

from sync.central.store.sql_access import SqlDatabase

ROWS = 50  # of a statement at most: a handful of texts for the database to prepare


@runtime_checkable
class TakesColumns(Protocol):
    """A database that takes any number of rows by one short statement, column by column.

    Fifty rows by their values are a statement of a thousand marks, and psycopg reads it anew each
    time: half of the time of a projection.
    """

    def insert_columns(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], ending: str
    ) -> Any:
        """Insert rows; the answer has `fetchall`."""


def put_rows(
    db: SqlDatabase,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    returning: str = "",
    ending: str = "",
) -> list[Any]:
    """Insert rows, many a statement; return what `returning` names of each, in no order."""
    if isinstance(db, TakesColumns):
        end = f"RETURNING {returning}" if returning else ending
        answer = db.insert_columns(table, columns, rows, end) if rows else None
        return list(answer.fetchall()) if answer is not None and returning else []
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
