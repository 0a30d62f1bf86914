"""Rows of applied entries in SQL, and the register of requests they stand in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sync.central.compact_json import write_compact
from sync.central.store import HELD, EntryRow, Numbering, Reading, StreamRow
from sync.central.store.sql_access import SqlDatabase

COLUMNS = (
    "desk",
    "epoch",
    "seq",
    "leaf",
    "entry_id",
    "kind",
    "request_id",
    "outcome",
    "reason",
    "problems",
    "number",
    "official_no",
    "service",
    "service_version",
    "accepted_at",
    "applied_at",
    "record",
    "version",
)
"""Of the table `entry`, in the order of `EntryRow`."""
ENTRY = f"SELECT {', '.join(f'entry.{name}' for name in COLUMNS)}"
VALUES = ", ".join("?" * len(COLUMNS))
INSERT = f"INSERT INTO entry({', '.join(COLUMNS)}) VALUES ({VALUES}) RETURNING row"  # noqa: S608 - names of our own
RESULT = "entry.result"
BLOB = "blob"
ID_COLLISION = "id-collision"
NUMBER_COLLISION = "number-collision"


def entry_row(row: Sequence[Any]) -> EntryRow:
    """The row of a statement that begins with `ENTRY`."""
    return EntryRow(*row[: len(COLUMNS)])


def plain_values(
    stream: StreamRow, reading: Reading, at: str, official_no: str | None = None
) -> tuple[Any, ...]:
    """The values of `COLUMNS` of an entry nothing else is known about: no object for each."""
    asked = reading.request
    version = reading.version
    return (
        stream.desk,
        stream.epoch,
        reading.seq,
        reading.leaf,
        reading.entry_id,
        reading.kind,
        reading.request_id,
        reading.outcome,
        reading.reason,
        reading.problems,
        asked.number if asked is not None else None,
        official_no,
        asked.service if asked is not None else None,
        asked.service_version if asked is not None else None,
        asked.accepted_at if asked is not None else None,
        at,
        asked.record if asked is not None else None,
        version.version if version is not None else None,
    )


def plain_row(stream: StreamRow, reading: Reading, at: str) -> EntryRow:
    """The row of an entry nothing else is known about."""
    return EntryRow(*plain_values(stream, reading, at))


def register_request(db: SqlDatabase, row: EntryRow, numbering: Numbering) -> EntryRow:
    """Give a new request its official number, or hold it when its names are taken."""
    if db.execute("SELECT 1 FROM request WHERE id = ?", [row.request_id]).fetchone():
        return replace(row, outcome=HELD, reason=ID_COLLISION)
    if db.execute("SELECT 1 FROM request WHERE number = ?", [row.number]).fetchone():
        return replace(row, outcome=HELD, reason=NUMBER_COLLISION)
    counter = db.execute(
        "INSERT INTO official_counter VALUES (?, ?, 1) "
        "ON CONFLICT (prefix, year) DO UPDATE SET last = official_counter.last + 1 "
        "RETURNING last",
        [numbering.prefix, numbering.year],
    ).fetchone()[0]
    return replace(row, official_no=f"{numbering.prefix}/{numbering.year}-{counter:06d}")


def result_body(row: EntryRow) -> str:
    """The body of `entry.result`: compact JSON without what is not known."""
    return values_body(tuple(vars(row).values()))


def values_body(values: Sequence[Any]) -> str:
    """The body of `entry.result` of the values of `COLUMNS`."""
    _, epoch, seq, _, entry, kind, request, outcome, reason, problems, number, official_no = values[
        :12
    ]
    told = {
        "entry": entry,
        "epoch": epoch,
        "seq": seq,
        "kind": kind,
        "outcome": outcome,
        "reason": reason,
        "request": request,
        "number": number,
        "official_no": official_no,
        "problems": json.loads(problems) if problems else None,
    }
    return write_compact({name: value for name, value in told.items() if value is not None})
