"""The centre's store in PostgreSQL: several processes, projection by claimed streams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from sync import failpoint
from sync.central.store import Numbering, Reading, StreamRow
from sync.central.store.postgres_access import PostgresDatabase, translated
from sync.central.store.postgres_dump import dump
from sync.central.store.postgres_schema import MIGRATIONS
from sync.central.store.sql_blobs import SqlBlobs
from sync.central.store.sql_desks import SqlDesks
from sync.central.store.sql_names import identify, new_incarnation
from sync.central.store.sql_register import SqlRegister
from sync.central.store.sql_streams import KEEP, MOVE, PLACES, SqlStreams
from sync.central.store.sql_versions import SqlNotices
from sync.clock import Clock
from sync.errors import TooNew
from sync.ids import Random

MIGRATION_LOCK = 0x4D464343
COUNTER = "SELECT last FROM official_counter WHERE prefix = ? AND year = ? FOR UPDATE"
APPEND = (
    f"WITH moved AS ({MOVE} RETURNING 1) "  # noqa: S608 - statements of our own
    f"{KEEP} SELECT {PLACES} FROM moved RETURNING number"
)
"""An UPDATE that waited for another worker finds the stream moved: nothing is inserted then."""


class PostgresStreams(SqlStreams):
    """A `StreamStore` that appends by one statement: four ways to the server become one."""

    def _append(self, move: list[object], columns: list[object]) -> int | None:
        failpoint.reach("centre.append.before-commit")  # the statement is a transaction of its own
        row = self.db.execute(APPEND, [*move, *columns]).fetchone()
        return int(row[0]) if row else None


class PostgresRegister(SqlRegister):
    """A `RegisterStore` several workers project into."""

    def __init__(self, db: PostgresDatabase) -> None:
        super().__init__(db, db)
        self._database = db

    @contextmanager
    def claim(self, stream: StreamRow) -> Iterator[bool]:
        """Hold a stream, so that no other worker projects it; False when one does.

        The hold is a row of its own: accepting goes on meanwhile.
        """
        place = [stream.desk, stream.epoch]
        with self._database as db:
            db.execute(
                "INSERT INTO projection(desk, epoch) VALUES (?, ?) ON CONFLICT DO NOTHING", place
            )
            with db.atomic():
                held = db.execute(
                    "SELECT 1 FROM projection WHERE desk = ? AND epoch = ? FOR UPDATE SKIP LOCKED",
                    place,
                ).fetchone()
                yield held is not None
        failpoint.reach("centre.claim.after-commit")

    def apply(
        self, stream: StreamRow, readings: Sequence[Reading], numbering: Numbering, at: datetime
    ) -> int | None:
        """Apply as every store does; who gives out the same official numbers waits."""
        with self._database as db, db.atomic():
            series = [numbering.prefix, numbering.year]
            if db.execute(COUNTER, series).fetchone() is None:  # the first of a year
                db.execute(
                    "INSERT INTO official_counter VALUES (?, ?, 0) ON CONFLICT DO NOTHING", series
                )
                db.execute(COUNTER, series)
            return super().apply(stream, readings, numbering, at)


class PostgresStore:
    """A `Store` over a PostgreSQL database."""

    shared = True

    def __init__(self, db: PostgresDatabase, clock: Clock, random: Random) -> None:
        self._db = db
        with db:
            self.server_id, self.incarnation = identify(db, clock, random)
        self.desks = SqlDesks(db, db)
        self.streams = PostgresStreams(db, db)
        self.register = PostgresRegister(db)
        self.blobs = SqlBlobs(db, db)
        self.notices = SqlNotices(db, db)

    @classmethod
    def open(
        cls,
        url: str,
        clock: Clock,
        random: Random,
        *,
        cursor_factory: type[psycopg.Cursor[tuple[Any, ...]]] | None = None,
    ) -> PostgresStore:
        """Open the database of a postgresql:// URL, making its tables; raises a StoreFailure."""
        db = PostgresDatabase(url, cursor_factory=cursor_factory)
        try:
            with db:
                _migrate(db)
            return cls(db, clock, random)
        except BaseException:
            db.close()
            raise

    def begin_new_life(self, random: Random, skipped_numbers: int) -> None:
        """Note that this is a restored copy: a new incarnation, official numbers go on higher."""
        incarnation = new_incarnation(random)
        with self._db as db, db.atomic():
            db.execute("UPDATE centre SET incarnation = ?", [incarnation])
            db.execute("UPDATE official_counter SET last = last + ?", [skipped_numbers])
        self.incarnation = incarnation

    def copy(self, stem: Path) -> tuple[Path, tuple[StreamRow, ...]]:
        """Write a dump of one view by `pg_dump` and read it through by `pg_restore`."""
        file = stem.with_suffix(".dump")
        with self._db.view():
            row = self._db.execute("SELECT pg_export_snapshot()").fetchone()
            streams = self.streams.streams()
            dump(self._db.told, str(row[0]) if row else "", file)
        return file, streams

    def faults(self) -> tuple[str, ...]:
        """Return nothing: PostgreSQL checks its pages itself (data checksums, pg_amcheck)."""
        return ()

    def snapshot(self) -> AbstractContextManager[None]:
        """Hold one consistent view for several reads; others go on writing."""
        return self._db.view()

    def checkpoint(self) -> None:
        """Do nothing: PostgreSQL does it by itself."""

    def close(self) -> None:
        """Close the connections."""
        self._db.close()


def _migrate(db: PostgresDatabase) -> None:
    """Bring the tables to this program's schema; one process at a time. Raises TooNew."""
    with translated(), db.atomic():
        # an index over all of a region's entries takes its time, and who waits for that does too
        db.execute("SET LOCAL statement_timeout = 0")
        db.execute("SELECT pg_advisory_xact_lock(?)", [MIGRATION_LOCK])
        db.execute("CREATE TABLE IF NOT EXISTS centre_schema(version INTEGER PRIMARY KEY)")
        done = db.execute("SELECT coalesce(max(version), 0) FROM centre_schema").fetchone()
        version = int(done[0]) if done else 0
        if version > len(MIGRATIONS):
            raise TooNew
        for number, statements in enumerate(MIGRATIONS[version:], version + 1):
            for statement in statements:
                db.execute(statement)
            db.execute("INSERT INTO centre_schema VALUES (?)", [number])
