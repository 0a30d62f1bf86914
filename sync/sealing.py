"""T2: the journal sealed into batches, once; who holds a copy of them, and how often they went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sync import batch
from sync.clock import from_iso, iso
from sync.database import Database, translate_errors
from sync.errors import BadChain
from sync.failpoint import reach
from sync.journal import Journal
from sync.keys import DeviceKeys
from sync.ticket import Ticket

CARRIER = "carrier"
"""Custody of a batch that was written to a carrier."""


@dataclass(frozen=True)
class BatchRow:
    """A batch as sealed. `data` is None once a receipt covers it; `acked` says whether one does.

    `custody` names who holds a copy of it since `custody_at`: only a receipt is delivery.
    """

    from_seq: int
    to_seq: int
    size: int
    sealed_at: datetime
    attempts: int
    last_error: str | None
    acked: bool
    data: bytes | None
    custody: str | None = None
    custody_at: datetime | None = None


class Sealing:
    """The sealed batches of one epoch in an open database."""

    def __init__(self, db: Database, ticket: Ticket) -> None:
        self._db = db
        self._ticket = ticket
        self._epoch = ticket.epoch
        self._journal = Journal(db)

    def _acked(self) -> int:
        row = self._db.execute(
            "SELECT acked FROM sync_state WHERE epoch = ?", [self._epoch]
        ).fetchone()
        return int(row[0]) if row else 0

    def stored(self, from_seq: int) -> BatchRow | None:
        """The sealed batch that begins there and still has its bytes."""
        rows = self._batches("from_seq = ? AND bytes IS NOT NULL", [from_seq], 1)
        return rows[0] if rows else None

    def batches(self, limit: int) -> tuple[BatchRow, ...]:
        """Batches as sealed, newest first."""
        return self._batches("1", [], limit)

    @translate_errors()
    def _batches(self, where: str, params: list[object], limit: int) -> tuple[BatchRow, ...]:
        acked = self._acked()
        rows = self._db.execute(
            "SELECT from_seq, to_seq, size, sealed_at, attempts, last_error, bytes, custody,"  # noqa: S608
            f" custody_at FROM batch WHERE epoch = ? AND {where} ORDER BY from_seq DESC LIMIT ?",
            [self._epoch, *params, limit],
        ).fetchall()
        return tuple(
            BatchRow(
                start,
                to,
                size,
                from_iso(at),
                tries,
                error,
                to <= acked,
                data,
                custody,
                from_iso(since) if since else None,
            )
            for start, to, size, at, tries, error, data, custody, since in rows
        )

    @translate_errors()
    def seal(
        self,
        from_seq: int,
        limit: int,
        keys: DeviceKeys,
        dictionary: batch.Dictionary | None,
        now: datetime,
    ) -> BatchRow | None:
        """T2: seal entries from there on, at most `limit` of them; None when there are none.

        The bytes are made without a write lock; batches sealed before that overlap are dropped.
        """
        data = self.sealed(from_seq, limit, keys, dictionary, now)
        if data is None:
            return None
        header = batch.read_header(data).header
        with self._db.atomic():
            self._db.execute(
                "DELETE FROM batch WHERE epoch = ? AND bytes IS NOT NULL AND to_seq >= ?",
                [self._epoch, from_seq],
            )
            self._db.execute(
                "INSERT OR REPLACE INTO batch"
                " (epoch, from_seq, to_seq, head, bytes, size, sealed_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [self._epoch, from_seq, header.to_seq, header.head, data, len(data), iso(now)],
            )
            reach("seal.uncommitted")
        reach("seal.committed")
        return self.stored(from_seq)

    @translate_errors()
    def sealed(
        self,
        from_seq: int,
        limit: int,
        keys: DeviceKeys,
        dictionary: batch.Dictionary | None,
        now: datetime,
    ) -> bytes | None:
        """The same bytes without keeping them: for a folder, where other bounds suit better."""
        lines = self._lines(from_seq, limit)
        prev = self._journal.head_at(from_seq - 1, self._epoch)
        if not lines or prev is None:
            return None
        return batch.seal(
            lines,
            server=self._ticket.server_id,
            desk=self._ticket.desk_no,
            epoch=self._epoch,
            from_seq=from_seq,
            prev=prev,
            keys=keys,
            recipients=list(self._ticket.age_recipients),
            sealed=now,
            dictionary=dictionary,
        )

    def _lines(self, from_seq: int, limit: int) -> list[bytes]:
        """Entry bytes that fit a batch: count and unpacked size within what the centre takes."""
        limits = batch.Limits()
        found: list[bytes] = []
        room = limits.plain
        for row in self._journal.entries(from_seq - 1, min(limit, limits.entries), self._epoch):
            if row.data is None:
                raise BadChain("Стёртую запись нельзя отправить.")
            room -= len(row.data) + 1
            if room < 0:
                break
            found.append(row.data)
        return found

    @translate_errors()
    def note_batch(self, from_seq: int, error: str | None) -> None:
        """Count an attempt to send a batch, with the code of its failure."""
        with self._db.atomic():
            self._db.execute(
                "UPDATE batch SET attempts = attempts + 1, last_error = ?"
                " WHERE epoch = ? AND from_seq = ?",
                [error, self._epoch, from_seq],
            )

    @translate_errors()
    def hand_over(self, from_seq: int, custody: str, now: datetime) -> None:
        """Note who holds a copy of a batch now; its entries stay unsent."""
        with self._db.atomic():
            self._db.execute(
                "UPDATE batch SET custody = ?, custody_at = ? WHERE epoch = ? AND from_seq = ?",
                [custody, iso(now), self._epoch, from_seq],
            )
