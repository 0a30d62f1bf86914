"""Many rows a statement, in SQL both databases speak."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any

from sync.central.store.sql_access import SqlDatabase

InsertsColumns = Callable[[str, Sequence[str], Sequence[Sequence[object]], str], Any]
"""`insert_columns` of a database that takes any number of rows by one short statement.

Table, columns, rows, ending; the answer has `fetchall`. Fifty rows by their values are a statement
of a thousand marks, and psycopg reads it anew each time: half of the time of a projection.
"""
FindsAmong = Callable[[str, str, Collection[str]], Any]
"""`find_among` of such a database: table, column, texts; the answer has `fetchall`."""

ROWS = 50  # texts of a search at most: one statement for the database to prepare


def put_rows(
    db: SqlDatabase,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    ending: str = "",
) -> None:
    """Insert rows, all by one statement."""
    if not rows:
        return
    # asking for a Protocol takes longer than the statement
    by_columns: InsertsColumns | None = getattr(db, "insert_columns", None)
    if by_columns is not None:
        by_columns(table, columns, rows, ending)
    else:
        db.conn.executemany(_insert(table, tuple(columns), ending), rows)


def put_numbered(
    db: SqlDatabase,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    order: int,
) -> list[int]:
    """Insert rows of a table that numbers them by `row`; return the number of each, in order.

    `order` is the place of a column whose values differ.
    """
    by_columns: InsertsColumns | None = getattr(db, "insert_columns", None)
    if by_columns is not None:
        answer = by_columns(table, columns, rows, f"RETURNING {columns[order]}, row")
        places = dict(answer.fetchall())
        return [places[row[order]] for row in rows]
    # the numbers SQLite would give, under the write lock: an answer for each row costs far more
    last = db.execute(f"SELECT coalesce(max(row), 0) FROM {table}").fetchone()[0]  # noqa: S608 - names of our own
    numbers = list(range(last + 1, last + 1 + len(rows)))
    numbered = [(*row, number) for row, number in zip(rows, numbers, strict=True)]
    put_rows(db, table, (*columns, "row"), numbered)
    return numbers


def found_rows(db: SqlDatabase, table: str, column: str, texts: Collection[str]) -> set[str]:
    """Which of the texts stand in a column of a table."""
    if not texts:
        return set()
    among: FindsAmong | None = getattr(db, "find_among", None)
    if among is not None:
        return {str(row[0]) for row in among(table, column, texts).fetchall()}
    found: set[str] = set()
    wanted = list(texts)
    for start in range(0, len(wanted), ROWS):
        some = wanted[start : start + ROWS]
        padded = some + some[-1:] * (ROWS - len(some))  # one statement whatever their number
        found |= {str(row[0]) for row in db.execute(_search(table, column), padded).fetchall()}
    return found


@cache
def _insert(table: str, columns: tuple[str, ...], ending: str) -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table}({', '.join(columns)}) VALUES ({marks}) {ending}".rstrip()  # noqa: S608 - names of our own


@cache
def _search(table: str, column: str) -> str:
    marks = ", ".join("?" * ROWS)
    return f"SELECT {column} FROM {table} WHERE {column} IN ({marks})"  # noqa: S608 - names of our own
