"""The centre's store in one SQLite file, behind one lock: several threads, one act at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from sync.central.schema import APPLICATION_ID, MIGRATIONS, SCHEMA_NAME
from sync.central.sqlite_blobs import SqliteBlobs
from sync.central.sqlite_desks import SqliteDesks
from sync.central.sqlite_register import SqliteRegister
from sync.central.sqlite_streams import SqliteStreams
from sync.central.sqlite_versions import SqliteNotices
from sync.clock import Clock, iso
from sync.database import Database, open_database
from sync.ids import Random

ID_BYTES = 8


class SqliteStore:
    """A `Store` over an open database."""

    def __init__(self, db: Database, clock: Clock, random: Random) -> None:
        self._db = db
        self._lock = RLock()
        self.server_id, self.incarnation = self._identify(clock, random)
        self.desks = SqliteDesks(db, self._lock)
        self.streams = SqliteStreams(db, self._lock)
        self.register = SqliteRegister(db, self._lock)
        self.blobs = SqliteBlobs(db, self._lock)
        self.notices = SqliteNotices(db, self._lock)

    @classmethod
    def open(cls, path: Path, clock: Clock, random: Random) -> SqliteStore:
        """Open the file or create it; raises a StoreFailure."""
        db = open_database(
            path,
            key=None,
            migrations=[MIGRATIONS],
            application_id=APPLICATION_ID,
            schema_name=SCHEMA_NAME,
        )
        return cls(db, clock, random)

    def _identify(self, clock: Clock, random: Random) -> tuple[str, str]:
        """Read the centre's names, choosing them the first time."""
        with self._db.atomic():
            self._db.execute(
                "INSERT INTO centre VALUES (1, ?, ?, ?) ON CONFLICT DO NOTHING",
                [
                    f"s-{random.bytes(ID_BYTES).hex()}",
                    _new_incarnation(random),
                    iso(clock.now()),
                ],
            )
        server, incarnation = self._db.execute(
            "SELECT server_id, incarnation FROM centre"
        ).fetchone()
        return server, incarnation

    def begin_new_life(self, random: Random, skipped_numbers: int) -> None:
        """Note that this is a restored copy: a new incarnation, official numbers go on higher."""
        with self._lock, self._db.atomic():
            incarnation = _new_incarnation(random)
            self._db.execute("UPDATE centre SET incarnation = ?", [incarnation])
            self._db.execute("UPDATE official_counter SET last = last + ?", [skipped_numbers])
        self.incarnation = incarnation

    def faults(self) -> tuple[str, ...]:
        """Return what SQLite finds wrong with its own file."""
        with self._lock:
            return self._db.faults()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Hold one consistent view for several reads; nothing may be written meanwhile."""
        with self._lock:
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("ROLLBACK")

    def checkpoint(self) -> None:
        """Let the log be folded into the file."""
        with self._lock:
            self._db.checkpoint()

    def close(self) -> None:
        """Fold the log and close."""
        with self._lock:
            self._db.checkpoint(truncate=True)
            self._db.close()


def _new_incarnation(random: Random) -> str:
    return f"i-{random.bytes(ID_BYTES).hex()}"
