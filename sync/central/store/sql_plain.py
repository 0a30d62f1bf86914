"""The usual entries of a slice in SQL, many rows a statement: what is new and stands on nothing.

Everything else (a repeat, an amendment, a withdrawal, a name that is taken) is settled alone, by
`SqlRegister`. Both ways write the same rows; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from sync.central.store import APPLIED, EntryRow, Numbering, Reading, StreamRow
from sync.central.store.sql_access import SqlDatabase
from sync.central.store.sql_entries import COLUMNS, plain_row
from sync.central.store.sql_rows import ROWS, put_rows

ACTS = frozenset({"request.withdraw", "result.issue"})
"""Kinds that stand on a request the centre must know."""


class Seen:
    """Names that are taken: of entries, of requests, printed numbers."""

    def __init__(self, db: SqlDatabase, readings: Sequence[Reading]) -> None:
        self._entries = _found(db, "entry_key", "entry_id", (one.entry_id for one in readings))
        asked = [one for one in readings if one.request is not None]
        self._requests = _found(db, "request", "id", (one.request_id for one in asked))
        numbers = (one.request.number for one in asked if one.request is not None)
        self._numbers = _found(db, "request", "number", numbers)

    def plain(self, reading: Reading) -> bool:
        """Whether an entry is new and stands on nothing."""
        if reading.entry_id in self._entries or reading.awaits_scans:
            return False
        if reading.version is None:
            return reading.outcome != APPLIED or reading.kind not in ACTS
        return (
            reading.version.base is None
            and reading.outcome == APPLIED
            and reading.request is not None
            and reading.request_id not in self._requests
            and reading.request.number not in self._numbers
        )

    def add(self, reading: Reading) -> None:
        """Take the names of an entry that is settled now."""
        if reading.entry_id is not None:
            self._entries.add(reading.entry_id)
        if reading.request is not None:
            self._requests.add(str(reading.request_id))
            self._numbers.add(reading.request.number)


def _found(db: SqlDatabase, table: str, column: str, names: Iterable[str | None]) -> set[str]:
    """Which of the names stand in a table."""
    found: set[str] = set()
    wanted = list({name for name in names if name is not None})
    for start in range(0, len(wanted), ROWS):
        some = wanted[start : start + ROWS]
        padded = some + some[-1:] * (ROWS - len(some))  # one statement whatever their number
        rows = db.execute(_search(table, column), padded).fetchall()
        found |= {str(row[0]) for row in rows}
    return found


@cache
def _search(table: str, column: str) -> str:
    marks = ", ".join("?" * ROWS)
    return f"SELECT {column} FROM {table} WHERE {column} IN ({marks})"  # noqa: S608 - names of our own


def write_plain(
    db: SqlDatabase,
    stream: StreamRow,
    readings: Sequence[Reading],
    numbering: Numbering,
    told: str,
) -> list[EntryRow]:
    """Write entries `Seen` called plain, registrations with the next official numbers."""
    if not readings:
        return []
    numbers = _numbers(db, sum(one.version is not None for one in readings), numbering)
    rows = [
        plain_row(stream, one, told, next(numbers) if one.version is not None else None)
        for one in readings
    ]
    values = [tuple(vars(row).values()) for row in rows]
    places = dict(put_rows(db, "entry", COLUMNS, values, returning="seq, row"))
    put_rows(
        db,
        "entry_key",
        ("desk", "entry_id", "row"),
        [(row.desk, row.entry_id, places[row.seq]) for row in rows if row.entry_id is not None],
    )
    put_rows(
        db,
        "request",
        ("desk", "id", "number", "official_no", "row"),
        [
            (row.desk, row.request_id, row.number, row.official_no, places[row.seq])
            for row in rows
            if row.official_no is not None
        ],
    )
    return rows


def _numbers(db: SqlDatabase, count: int, numbering: Numbering) -> Iterator[str]:
    """Take the next official numbers by one statement."""
    if not count:
        return
    last = db.execute(
        "INSERT INTO official_counter VALUES (?, ?, ?) "
        "ON CONFLICT (prefix, year) DO UPDATE SET last = official_counter.last + excluded.last "
        "RETURNING last",
        [numbering.prefix, numbering.year, count],
    ).fetchone()[0]
    for number in range(last - count + 1, last + 1):
        yield f"{numbering.prefix}/{numbering.year}-{number:06d}"
