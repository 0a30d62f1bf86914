"""What the entries say, in SQLite: requests, official numbers, outcomes, and the feed of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sync import failpoint
from sync.central.sqlite_access import Tables, act
from sync.central.sqlite_streams import STREAM, stream_row
from sync.central.store import (
    APPLIED,
    DUPLICATE,
    HELD,
    EntryRow,
    Event,
    Numbering,
    Reading,
    StreamRow,
)
from sync.clock import iso

ENTRY = (
    "SELECT desk, epoch, seq, leaf, entry_id, kind, request_id, outcome, reason, problems, number, "
    "official_no, service, service_version, accepted_at, applied_at, record"
)
ENTRY_COLUMNS = 17
# an entry that came again stands where it came first; a collision is another entry
REGISTERED = (
    "FROM entry WHERE kind = 'request.register' AND row > ? AND (reason IS ? "
    "OR row = (SELECT row FROM entry_key WHERE entry_key.entry_id = entry.entry_id)) "
    "ORDER BY row LIMIT ?"
)
RESULT = "entry.result"
ID_COLLISION = "id-collision"
NUMBER_COLLISION = "number-collision"


class SqliteRegister(Tables):
    """A `RegisterStore`."""

    @act
    def behind(self) -> tuple[StreamRow, ...]:
        """Return the streams that have entries not applied yet."""
        rows = self.db.execute(f"{STREAM} WHERE applied_to < last ORDER BY desk, epoch").fetchall()
        return tuple(stream_row(row) for row in rows)

    @act
    def apply(
        self, stream: StreamRow, readings: Sequence[Reading], numbering: Numbering, at: datetime
    ) -> tuple[EntryRow, ...] | None:
        """Apply a stream's next entries: rows, official numbers, feed and watermark together."""
        with self.db.atomic():
            moved = self.db.execute(
                "UPDATE stream SET applied_to = ? WHERE desk = ? AND epoch = ? AND applied_to = ?",
                [stream.applied_to + len(readings), stream.desk, stream.epoch, stream.applied_to],
            ).rowcount
            if not moved:
                return None
            rows = tuple(self._settle(stream, reading, numbering, at) for reading in readings)
            self._tell(stream.desk, rows)
            failpoint.reach("centre.apply.before-commit")
        failpoint.reach("centre.apply.after-commit")
        return rows

    def _settle(
        self, stream: StreamRow, reading: Reading, numbering: Numbering, at: datetime
    ) -> EntryRow:
        """Write one entry down and say what became of it."""
        row = _plain_row(stream, reading, at)
        earlier = self._earlier(reading.entry_id)
        if earlier is not None:
            row = _repeated(row, earlier)
        elif row.outcome == APPLIED and row.number is not None:
            row = self._registered(row, numbering)
        place = self.db.execute(
            "INSERT INTO entry(desk, epoch, seq, leaf, entry_id, kind, request_id, outcome, "
            "reason, problems, number, official_no, service, service_version, accepted_at, "
            "applied_at, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            list(vars(row).values()),
        ).lastrowid
        if earlier is None and row.entry_id is not None:
            self.db.execute("INSERT INTO entry_key VALUES (?, ?)", [row.entry_id, place])
        if earlier is None and row.outcome == APPLIED and row.official_no is not None:
            self.db.execute(
                "INSERT INTO request VALUES (?, ?, ?, ?)",
                [row.request_id, row.number, row.official_no, place],
            )
        return row

    def _earlier(self, entry_id: str | None) -> EntryRow | None:
        """The first place an entry id was seen at, whichever desk and epoch."""
        if entry_id is None:
            return None
        found = self.db.execute(
            f"{ENTRY} FROM entry JOIN entry_key USING (row, entry_id) WHERE entry_id = ?",
            [entry_id],
        ).fetchone()
        return EntryRow(*found) if found else None

    def _registered(self, row: EntryRow, numbering: Numbering) -> EntryRow:
        """Give a new request its official number, or hold it when its names are taken."""
        if self.db.execute("SELECT 1 FROM request WHERE id = ?", [row.request_id]).fetchone():
            return replace(row, outcome=HELD, reason=ID_COLLISION)
        if self.db.execute("SELECT 1 FROM request WHERE number = ?", [row.number]).fetchone():
            return replace(row, outcome=HELD, reason=NUMBER_COLLISION)
        counter = self.db.execute(
            "INSERT INTO official_counter VALUES (?, ?, 1) "
            "ON CONFLICT (prefix, year) DO UPDATE SET last = last + 1 RETURNING last",
            [numbering.prefix, numbering.year],
        ).fetchone()[0]
        return replace(row, official_no=f"{numbering.prefix}/{numbering.year}-{counter:06d}")

    def _tell(self, desk: int, rows: Sequence[EntryRow]) -> None:
        """Put the outcomes into the desk's feed; numbers are taken under the write lock."""
        last = self.db.execute(
            "UPDATE desk SET feed_to = feed_to + ? WHERE desk = ? RETURNING feed_to",
            [len(rows), desk],
        ).fetchone()[0]
        first = last - len(rows) + 1
        self.db.conn.executemany(
            "INSERT INTO feed VALUES (?, ?, ?, ?)",
            [(desk, n, RESULT, result_body(row)) for n, row in enumerate(rows, first)],
        )

    @act
    def events(self, desk: int, after: int, limit: int) -> tuple[Event, ...]:
        """Return a desk's feed after `after`, in order."""
        rows = self.db.execute(
            "SELECT n, kind, body FROM feed WHERE desk = ? AND n > ? ORDER BY n LIMIT ?",
            [desk, after, limit],
        ).fetchall()
        return tuple(Event(*row) for row in rows)

    @act
    def entries(self, desk: int, epoch: int, after: int, limit: int) -> tuple[EntryRow, ...]:
        """Return the applied entries of a stream in order."""
        rows = self.db.execute(
            f"{ENTRY} FROM entry WHERE desk = ? AND epoch = ? AND seq > ? ORDER BY seq LIMIT ?",
            [desk, epoch, after, limit],
        ).fetchall()
        return tuple(EntryRow(*row) for row in rows)

    @act
    def registered(self, after: int, limit: int) -> tuple[tuple[int, EntryRow], ...]:
        """Return requests in the order they came, each with the number to go on from."""
        rows = self.db.execute(
            f"{ENTRY}, row {REGISTERED}",
            [after, ID_COLLISION, limit],
        ).fetchall()
        return tuple((row[ENTRY_COLUMNS], EntryRow(*row[:ENTRY_COLUMNS])) for row in rows)

    @act
    def official_no(self, request_id: str) -> str | None:
        """Return the official number of a registered request."""
        row = self.db.execute(
            "SELECT official_no FROM request WHERE id = ?", [request_id]
        ).fetchone()
        return str(row[0]) if row else None


def _plain_row(stream: StreamRow, reading: Reading, at: datetime) -> EntryRow:
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
        official_no=None,
        service=asked.service if asked else None,
        service_version=asked.service_version if asked else None,
        accepted_at=asked.accepted_at if asked else None,
        applied_at=iso(at),
        record=asked.record if asked else None,
    )


def _repeated(row: EntryRow, earlier: EntryRow) -> EntryRow:
    """The row of an entry whose id is known: the same bytes again, or others under its id."""
    if row.leaf != earlier.leaf:
        return replace(row, outcome=HELD, reason=ID_COLLISION)
    if earlier.outcome == APPLIED:
        return replace(row, outcome=DUPLICATE, official_no=earlier.official_no)
    return replace(row, outcome=earlier.outcome, reason=earlier.reason, problems=earlier.problems)


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
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
