"""Which blobs the desks have announced and delivered, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sync.central.sql_access import SqlDatabase, Tables, act
from sync.central.sql_rows import put_rows
from sync.clock import iso


def expect_blobs(db: SqlDatabase, desk: int, blobs: Sequence[tuple[str, int]]) -> None:
    """Note blobs a desk has, inside a transaction; those known already stay as they are."""
    rows = [(desk, sha, size) for sha, size in dict(blobs).items()]
    put_rows(db, "blob", ("desk", "sha256", "size"), rows, ending="ON CONFLICT DO NOTHING")


class SqlBlobs(Tables):
    """A `BlobStore`."""

    @act
    def expect(self, desk: int, blobs: Sequence[tuple[str, int]]) -> None:
        """Note blobs a desk has; harmless again."""
        known = "SELECT 1 FROM blob WHERE desk = ? AND sha256 = ?"
        new = [
            (sha, size)
            for sha, size in dict(blobs).items()
            if self.db.execute(known, [desk, sha]).fetchone() is None
        ]
        if new:
            with self.db.atomic():
                expect_blobs(self.db, desk, new)

    @act
    def complete(self, desk: int, sha: str, size: int) -> None:
        """Note that a desk's blob is here whole."""
        done = self.db.execute(
            "SELECT complete FROM blob WHERE desk = ? AND sha256 = ?", [desk, sha]
        ).fetchone()
        if done == (1,):
            return
        with self.db.atomic():
            self.db.execute(
                "INSERT INTO blob VALUES (?, ?, ?, 1) ON CONFLICT (desk, sha256) "
                "DO UPDATE SET complete = 1, size = excluded.size",
                [desk, sha, size],
            )

    @act
    def missing(self, desk: int) -> int:
        """Return how many announced blobs of a desk are not here yet."""
        row = self.db.execute(
            "SELECT count(*) FROM blob WHERE desk = ? AND complete = 0", [desk]
        ).fetchone()
        return int(row[0])

    @act
    def readable(self, desk: int, sha: str) -> bool:
        """Return whether a desk may read a blob."""
        row = self.db.execute(
            "SELECT 1 FROM blob WHERE desk = ? AND sha256 = ? AND complete = 1 "
            "UNION ALL SELECT 1 FROM published WHERE sha256 = ?",
            [desk, sha, sha],
        ).fetchone()
        return row is not None

    @act
    def published(self) -> tuple[str, ...]:
        """Return what every desk may read, by SHA-256, the earliest first."""
        rows = self.db.execute("SELECT sha256 FROM published ORDER BY at, sha256").fetchall()
        return tuple(str(row[0]) for row in rows)

    @act
    def told_last(self) -> str | None:
        """Return what the feeds were told of what was published last."""
        row = self.db.execute(
            "SELECT told FROM published WHERE told IS NOT NULL ORDER BY at DESC LIMIT 1"
        ).fetchone()
        return str(row[0]) if row else None

    @act
    def publish(self, sha: str, size: int, told: str, at: datetime) -> None:
        """Note that every desk may read a blob; `told` is what their feeds say of it."""
        with self.db.atomic():
            self.db.execute(
                "INSERT INTO published(sha256, size, at, told) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (sha256) DO UPDATE SET at = excluded.at, told = excluded.told",
                [sha, size, iso(at), told],
            )
