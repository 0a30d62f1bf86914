"""What a relay holds, in one SQLite file behind one lock: several threads, one act at a time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sync.central.relay.batches import Batches
from sync.central.relay.rows import Custody
from sync.central.relay.scan_rows import HeldScans
from sync.central.relay.schema import APPLICATION_ID, MIGRATIONS, SCHEMA_NAME
from sync.central.relay.tables import act, look
from sync.clock import iso
from sync.database import open_database


class RelayStore(Batches, HeldScans):
    """All of it, and its file."""

    @classmethod
    def open(cls, path: Path) -> RelayStore:
        """Open the file or create it; raises a StoreFailure."""
        return cls(
            open_database(
                path,
                key=None,
                migrations=[MIGRATIONS],
                application_id=APPLICATION_ID,
                schema_name=SCHEMA_NAME,
            )
        )

    def close(self) -> None:
        """Fold the log and close."""
        with self.lock:
            self.db.checkpoint(truncate=True)
            self.db.close()

    def checkpoint(self) -> None:
        """Let the log be folded into the file."""
        with self.lock:
            self.db.checkpoint()

    @act
    def let_go_before(self, moment: datetime) -> int:
        """Let refused batches and receipts of scans go that nobody asked for since; how many."""
        for statement in (
            "DELETE FROM asked WHERE at < ?",
            "DELETE FROM scan WHERE receipt IS NOT NULL AND at < ?",
        ):
            self.db.execute(statement, [iso(moment)])
        gone = self.db.execute(
            "DELETE FROM held WHERE status IS NOT NULL AND at < ?", [iso(moment)]
        )
        return int(gone.rowcount)

    @look
    def custody(self) -> Custody:
        """Return how much is held."""
        batches, size, refused, oldest = self.db.execute(
            "SELECT count(*), coalesce(sum(length(data)), 0),"
            " count(*) FILTER (WHERE status IS NOT NULL), min(at) FROM held"
        ).fetchone()
        scans, scan_bytes = self.db.execute(
            "SELECT count(*), coalesce(sum(size), 0) FROM scan WHERE whole AND receipt IS NULL"
        ).fetchone()
        return Custody(batches, size, refused, scans, scan_bytes, oldest)
