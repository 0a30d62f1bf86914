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


def plain_row(
    stream: StreamRow, reading: Reading, at: str, official_no: str | None = None
) -> EntryRow:
    """The row of an entry nothing else is known about."""
    asked = reading.request
    return EntryRow(
        desk=stream.desk,
        epoch=stream.epoch,
        seq=reading.seq,
        leaf=reading.leaf,
        entry_id=reading.entry_id,
        kind=reading.kind,
        request_id=reading.request_id,
        outcome=reading.outcome,
        reason=reading.reason,
        problems=reading.problems,
        number=asked.number if asked else None,
        official_no=official_no,
        service=asked.service if asked else None,
        service_version=asked.service_version if asked else None,
        accepted_at=asked.accepted_at if asked else None,
        applied_at=at,
        record=asked.record if asked else None,
        version=reading.version.version if reading.version else None,
    )


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
    told: dict[str, Any] = {
        "entry": row.entry_id,
        "epoch": row.epoch,
        "seq": row.seq,
        "kind": row.kind,
        "outcome": row.outcome,
        "reason": row.reason,
        "request": row.request_id,
        "number": row.number,
        "official_no": row.official_no,
        "problems": json.loads(row.problems) if row.problems else None,
    }
    kept = {name: value for name, value in told.items() if value is not None}
    return write_compact(kept)
