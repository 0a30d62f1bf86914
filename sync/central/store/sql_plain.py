"""The usual entries of a slice in SQL, many rows a statement: what is new and stands on nothing.

Everything else (a repeat, an amendment, a withdrawal, a name that is taken) is settled alone, by
`SqlRegister`. Both ways write the same rows; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sync.central.store import APPLIED, Numbering, Reading, StreamRow
from sync.central.store.sql_access import SqlDatabase
from sync.central.store.sql_entries import COLUMNS, plain_values, values_body
from sync.central.store.sql_rows import found_rows, put_numbered, put_rows

ACTS = frozenset({"request.withdraw", "result.issue"})
"""Kinds that stand on a request the centre must know."""
SEQ, ENTRY_ID, REQUEST_ID, NUMBER, OFFICIAL_NO = map(
    COLUMNS.index, ("seq", "entry_id", "request_id", "number", "official_no")
)


class Seen:
    """Names that are taken: of entries, of requests, printed numbers."""

    def __init__(self, db: SqlDatabase, readings: Sequence[Reading]) -> None:
        entries = {one.entry_id for one in readings if one.entry_id is not None}
        self._entries = found_rows(db, "entry_key", "entry_id", entries)
        requests = {
            one.request_id
            for one in readings
            if one.request is not None and one.request_id is not None
        }
        self._requests = found_rows(db, "request", "id", requests)
        numbers = {one.request.number for one in readings if one.request is not None}
        self._numbers = found_rows(db, "request", "number", numbers)

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


def write_plain(
    db: SqlDatabase,
    stream: StreamRow,
    readings: Sequence[Reading],
    numbering: Numbering,
    told: str,
) -> list[str]:
    """Write entries `Seen` called plain, registrations with the next official numbers.

    Returns what the feed tells of each.
    """
    if not readings:
        return []
    numbers = _numbers(db, sum(one.version is not None for one in readings), numbering)
    rows = [
        plain_values(stream, one, told, next(numbers) if one.version is not None else None)
        for one in readings
    ]
    places = put_numbered(db, "entry", COLUMNS, rows, order=SEQ)
    desk = stream.desk
    put_rows(
        db,
        "entry_key",
        ("desk", "entry_id", "row"),
        [
            (desk, row[ENTRY_ID], place)
            for row, place in zip(rows, places, strict=True)
            if row[ENTRY_ID] is not None
        ],
    )
    put_rows(
        db,
        "request",
        ("desk", "id", "number", "official_no", "row"),
        [
            (desk, row[REQUEST_ID], row[NUMBER], row[OFFICIAL_NO], place)
            for row, place in zip(rows, places, strict=True)
            if row[OFFICIAL_NO] is not None
        ],
    )
    return [values_body(row) for row in rows]


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
