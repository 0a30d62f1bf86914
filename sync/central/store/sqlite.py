"""The centre's store in one SQLite file, behind one lock: several threads, one act at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from sync.central.store import StreamRow
from sync.central.store.schema import APPLICATION_ID, MIGRATIONS, SCHEMA_NAME
from sync.central.store.sql_blobs import SqlBlobs
from sync.central.store.sql_desks import SqlDesks
from sync.central.store.sql_names import identify, new_incarnation
from sync.central.store.sql_register import SqlRegister
from sync.central.store.sql_streams import SqlStreams
from sync.central.store.sql_versions import SqlNotices
from sync.clock import Clock, SystemClock
from sync.database import Database, copy_verified, open_database
from sync.errors import Damaged, StoreFailure
from sync.ids import Random, SystemRandom


class SqliteStore:
    """A `Store` over an open database."""

    shared = False

    def __init__(self, db: Database, clock: Clock, random: Random) -> None:
        self._db = db
        self._lock = RLock()
        self.server_id, self.incarnation = identify(db, clock, random)
        self.desks = SqlDesks(db, self._lock)
        self.streams = SqlStreams(db, self._lock)
        self.register = SqlRegister(db, self._lock)
        self.blobs = SqlBlobs(db, self._lock)
        self.notices = SqlNotices(db, self._lock)

    @classmethod
    def open(cls, path: Path, clock: Clock, random: Random) -> SqliteStore:
        """Open the file or create it; raises a StoreFailure."""
        return cls(_opened(path), clock, random)

    def begin_new_life(self, random: Random, skipped_numbers: int) -> None:
        """Note that this is a restored copy: a new incarnation, official numbers go on higher."""
        with self._lock, self._db.atomic():
            incarnation = new_incarnation(random)
            self._db.execute("UPDATE centre SET incarnation = ?", [incarnation])
            self._db.execute("UPDATE official_counter SET last = last + ?", [skipped_numbers])
        self.incarnation = incarnation

    def copy(self, stem: Path) -> tuple[Path, tuple[StreamRow, ...]]:
        """Write a whole copy by SQLite's own means; what it holds is read from the copy."""
        file = stem.with_suffix(".db")
        with self._lock:
            copy_verified(self._db, file, None)
        try:
            return file, _read_back(file)
        except StoreFailure:  # under its name it would count as a copy, and push a good one out
            file.unlink(missing_ok=True)
            raise

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


def _opened(path: Path) -> Database:
    return open_database(
        path,
        key=None,
        migrations=[MIGRATIONS],
        application_id=APPLICATION_ID,
        schema_name=SCHEMA_NAME,
    )


def _read_back(file: Path) -> tuple[StreamRow, ...]:
    """What streams a copy holds; raises Damaged where one does not end as its batches do."""
    copied = SqliteStore(_opened(file), SystemClock(), SystemRandom())
    try:
        streams = copied.streams.streams()
        if any(_broken(copied, stream) for stream in streams):
            raise Damaged
    finally:
        copied.close()
    return streams


def _broken(store: SqliteStore, stream: StreamRow) -> bool:
    """Whether the end of a stream is not the end of its last batch."""
    end = stream.stream
    last = store.streams.receipted(stream.desk, stream.epoch, end.last) if end.last else None
    return end.last > 0 and (last is None or (last.to, last.head) != (end.last, end.head))
