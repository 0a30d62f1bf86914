"""Which blobs the desks have announced and delivered, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sync.central.store import Reading
from sync.central.store.sql_access import SqlDatabase, Tables, act
from sync.central.store.sql_rows import put_rows
from sync.clock import iso


def expect_blobs(db: SqlDatabase, desk: int, blobs: Sequence[tuple[str, int]]) -> None:
    """Note blobs a desk has, inside a transaction; those known already stay as they are."""
    rows = [(desk, sha, size) for sha, size in dict(blobs).items()]
    put_rows(db, "blob", ("desk", "sha256", "size"), rows, ending="ON CONFLICT DO NOTHING")


def announce_scans(db: SqlDatabase, desk: int, readings: Sequence[Reading]) -> None:
    """Note the scans entries say are on their way, and whose requests they are of."""
    scans = [(one.request_id, one.scan) for one in readings if one.scan is not None]
    expect_blobs(db, desk, [(scan.sha256, scan.size) for _, scan in scans])
    latest = {(of, scan.content): scan.sha256 for of, scan in scans if of is not None}
    put_rows(
        db,
        "request_blob",
        ("desk", "request_id", "content", "sha256"),
        [(desk, of, content, sha) for (of, content), sha in latest.items()],
        ending="ON CONFLICT (desk, request_id, content) DO UPDATE SET sha256 = excluded.sha256",
    )


def scans_wanting(db: SqlDatabase, desk: int, request_id: str | None) -> bool:
    """Whether a request whose service is registered with its scans must wait for them.

    One that stands in the register already waits for announced scans only; a new one has some.
    """
    announced, here = db.execute(
        "SELECT count(*), coalesce(sum(complete), 0) FROM request_blob "
        "JOIN blob USING (desk, sha256) WHERE desk = ? AND request_id = ?",
        [desk, request_id],
    ).fetchone()
    if announced:
        return int(here) < int(announced)
    registered = db.execute("SELECT 1 FROM request WHERE id = ?", [request_id]).fetchone()
    return registered is None


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
    def complete(self, desk: int, sha: str, size: int) -> bool:
        """Note that a desk's blob is here whole; False when that was known."""
        done = self.db.execute(
            "SELECT complete FROM blob WHERE desk = ? AND sha256 = ?", [desk, sha]
        ).fetchone()
        if done == (1,):
            return False
        with self.db.atomic():
            self.db.execute(
                "INSERT INTO blob VALUES (?, ?, ?, 1) ON CONFLICT (desk, sha256) "
                "DO UPDATE SET complete = 1, size = excluded.size",
                [desk, sha, size],
            )
        return True

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
