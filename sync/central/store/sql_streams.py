"""Streams of entries as received, in SQL: one transaction and one row a batch."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

from sync import failpoint
from sync.central.intake import Stream
from sync.central.store import BatchRow, ParkedRow, QuarantineRow, StreamRow
from sync.central.store.sql_access import Tables, act
from sync.central.store.sql_versions import put_events
from sync.clock import from_iso, iso

STREAM = "SELECT desk, epoch, last, head, applied_to, first_head, open, safe_to FROM stream"
BATCH = 'SELECT desk, epoch, first, skip, "to", head, header, signature, received_at, number'
PARKED = 'SELECT desk, epoch, first, "to", head, received_at, data, number FROM parked'
QUARANTINE = 'SELECT desk, epoch, first, "to", why, at, size, number, settled_at FROM quarantine'
AT_STREAM = "WHERE desk = ? AND epoch = ?"
MOVE = (
    "UPDATE stream SET last = ?, head = ? "
    "WHERE desk = ? AND epoch = ? AND last = ? AND head = ? AND open >= ?"
)
KEEP = (
    'INSERT INTO batch(desk, epoch, first, skip, "to", head, header, signature, received_at, pack)'
)
PLACES = "?, ?, ?, ?, ?, ?, ?, ?, ?, ?"


class SqlStreams(Tables):
    """A `StreamStore`."""

    @act
    def stream(self, desk: int, epoch: int) -> StreamRow | None:
        """Return a stream."""
        row = self.db.execute(f"{STREAM} {AT_STREAM}", [desk, epoch]).fetchone()
        return stream_row(row) if row else None

    @act
    def streams(self) -> tuple[StreamRow, ...]:
        """Return all streams by desk and epoch."""
        rows = self.db.execute(f"{STREAM} ORDER BY desk, epoch").fetchall()
        return tuple(stream_row(row) for row in rows)

    @act
    def streams_of(self, desk: int) -> tuple[StreamRow, ...]:
        """Return the streams of a desk by epoch."""
        rows = self.db.execute(f"{STREAM} WHERE desk = ? ORDER BY epoch", [desk]).fetchall()
        return tuple(stream_row(row) for row in rows)

    @act
    def append(self, batch: BatchRow, after: Stream, *, closed: bool = False) -> int | None:
        """Store a batch and move the stream's head from `after` to its end."""
        number = self._append(move_of(batch, after, closed=closed), columns_of(batch))
        if number is not None:
            failpoint.reach("centre.append.after-commit")
        return number

    def _append(self, move: list[object], columns: list[object]) -> int | None:
        """Run `MOVE` and `KEEP` as one transaction."""
        with self.db.atomic():
            if not self.db.execute(MOVE, move).rowcount:
                return None
            (number,) = self.db.execute(
                f"{KEEP} VALUES ({PLACES}) RETURNING number", columns
            ).fetchone()
            failpoint.reach("centre.append.before-commit")
        return int(number)

    @act
    def mark_safe(self, copied: StreamRow, kind: str, body: str) -> int:
        """Note that a copy holds a stream as `copied`, and put an event of it into the feed."""
        place, to = [copied.desk, copied.epoch], copied.stream.last
        with self.db.atomic():
            before = self.db.execute(
                "SELECT safe_to FROM stream WHERE desk = ? AND epoch = ?", place
            ).fetchone()
            if before is None or before[0] >= to:
                return 0
            moved = self.db.execute(
                "UPDATE stream SET safe_to = ? "
                "WHERE desk = ? AND epoch = ? AND safe_to = ? AND last >= ?",
                [to, *place, before[0], to],
            ).rowcount
            if not moved:
                return 0
            put_events(self.db, copied.desk, [(kind, body)])
            failpoint.reach("centre.safe.before-commit")
        return to - int(before[0])

    @act
    def receipted(self, desk: int, epoch: int, seq: int) -> BatchRow | None:
        """Return the stored batch that holds entry `seq`, with an empty pack."""
        row = self.db.execute(
            f'{BATCH}, x\'\' FROM batch {AT_STREAM} AND "to" >= ? ORDER BY "to" LIMIT 1',
            [desk, epoch, seq],
        ).fetchone()
        return _batch(row) if row else None

    @act
    def batches(self, desk: int, epoch: int, after: int, limit: int) -> tuple[BatchRow, ...]:
        """Return stored batches that end after `after`, in order, with their packs."""
        rows = self.db.execute(
            f'{BATCH}, pack FROM batch {AT_STREAM} AND "to" > ? ORDER BY "to" LIMIT ?',
            [desk, epoch, after, limit],
        ).fetchall()
        return tuple(_batch(row) for row in rows)

    @act
    def park(self, parked: ParkedRow, limit: int) -> bool:
        """Keep a batch that came too early, once; False when `limit` bytes are parked already."""
        place = [parked.desk, parked.epoch]
        with self.db.atomic():
            there = self.db.execute(
                "SELECT 1 FROM parked WHERE desk = ? AND epoch = ? "
                'AND first = ? AND "to" = ? AND head = ?',
                [*place, parked.first, parked.to, parked.head],
            ).fetchone()
            if there:
                return True
            size = self.db.execute(
                "SELECT coalesce(sum(size), 0) FROM parked WHERE desk = ? AND epoch = ?", place
            ).fetchone()[0]
            if size + len(parked.data) > limit:
                return False
            self.db.execute(
                'INSERT INTO parked(desk, epoch, first, "to", head, received_at, size, data) '
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    *place,
                    parked.first,
                    parked.to,
                    parked.head,
                    iso(parked.received_at),
                    len(parked.data),
                    parked.data,
                ],
            )
            failpoint.reach("centre.park.before-commit")
        failpoint.reach("centre.park.after-commit")
        return True

    @act
    def parked(self, desk: int, epoch: int) -> tuple[ParkedRow, ...]:
        """Return the parked batches of a stream, lowest first."""
        rows = self.db.execute(
            f'{PARKED} {AT_STREAM} ORDER BY first, "to"', [desk, epoch]
        ).fetchall()
        return tuple(_parked(row) for row in rows)

    @act
    def unpark(self, desk: int, number: int) -> None:
        """Drop a parked batch that is stored now."""
        with self.db.atomic():
            self.db.execute("DELETE FROM parked WHERE desk = ? AND number = ?", [desk, number])

    @act
    def quarantine(self, row: QuarantineRow, data: bytes, parked: int | None = None) -> None:
        """Keep bytes aside, once however often they come; `parked` is dropped with it.

        What is there already gets the newest reason and waits again.
        """
        digest = sha256(data).digest()
        with self.db.atomic():
            self.db.execute(
                "UPDATE quarantine SET why = ?, settled_at = NULL WHERE desk = ? AND digest = ?",
                [row.why, row.desk, digest],
            )
            self.db.execute(
                'INSERT INTO quarantine(desk, epoch, first, "to", why, at, size, digest, data) '
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [
                    row.desk,
                    row.epoch,
                    row.first,
                    row.to,
                    row.why,
                    iso(row.at),
                    row.size,
                    digest,
                    data,
                ],
            )
            if parked is not None:
                self.db.execute(
                    "DELETE FROM parked WHERE desk = ? AND number = ?", [row.desk, parked]
                )

    @act
    def quarantined(self) -> tuple[QuarantineRow, ...]:
        """Return what is kept aside, oldest first."""
        rows = self.db.execute(f"{QUARANTINE} ORDER BY number").fetchall()
        return tuple(_quarantined(row) for row in rows)

    @act
    def settle_quarantined(self, desk: int, number: int, at: datetime) -> None:
        """Note that bytes kept aside could be stored after all; they stay where they are."""
        with self.db.atomic():
            self.db.execute(
                "UPDATE quarantine SET settled_at = ? WHERE desk = ? AND number = ?",
                [iso(at), desk, number],
            )

    @act
    def quarantined_bytes(self, number: int) -> bytes | None:
        """Return the bytes kept aside under a number."""
        row = self.db.execute("SELECT data FROM quarantine WHERE number = ?", [number]).fetchone()
        return bytes(row[0]) if row else None


def move_of(batch: BatchRow, after: Stream, *, closed: bool) -> list[object]:
    """The values of `MOVE`."""
    end = [batch.to, batch.head]
    return [*end, batch.desk, batch.epoch, after.last, after.head, int(not closed)]


def columns_of(batch: BatchRow) -> list[object]:
    """The values of `KEEP`."""
    return [
        batch.desk,
        batch.epoch,
        batch.first,
        batch.skip,
        batch.to,
        batch.head,
        batch.header,
        batch.signature,
        iso(batch.received_at),
        batch.pack,
    ]


def stream_row(row: Any) -> StreamRow:
    """A stream from the columns of `STREAM`."""
    desk, epoch, last, head, applied_to, first_head, is_open, safe_to = row
    end = Stream(last, head)
    return StreamRow(desk, epoch, end, applied_to, first_head, bool(is_open), safe_to)


def _batch(row: Any) -> BatchRow:
    desk, epoch, first, skip, to, head, header, signature, received_at, number, pack = row
    return BatchRow(
        desk, epoch, first, skip, to, head, header, signature, from_iso(received_at), pack, number
    )


def _parked(row: Any) -> ParkedRow:
    desk, epoch, first, to, head, received_at, data, number = row
    return ParkedRow(desk, epoch, first, to, head, from_iso(received_at), data, number)


def _quarantined(row: Any) -> QuarantineRow:
    desk, epoch, first, to, why, at, size, number, settled_at = row
    settled = from_iso(settled_at) if settled_at else None
    return QuarantineRow(desk, epoch, first, to, why, from_iso(at), size, number, settled)
