"""Tables of a relay: nothing in them can be read by who holds the file but counts and hashes."""

from __future__ import annotations

from sync.database import Database, Migrations

APPLICATION_ID = 0x4D464352  # «MFCR»
SCHEMA_NAME = "relay"
MIGRATIONS = Migrations("sync.relay")


@MIGRATIONS()
def m001_custody(db: Database) -> None:
    """Batches held, what the centre said, requests desks signed, pages for them, scans."""
    for statement in (
        """
        CREATE TABLE held (
            number INTEGER PRIMARY KEY,
            key TEXT NOT NULL,
            public BLOB NOT NULL,
            desk INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            head BLOB NOT NULL,
            data BLOB NOT NULL,
            at TEXT NOT NULL,
            parked_at TEXT,
            status INTEGER,
            problem TEXT,
            UNIQUE (desk, epoch, last, head)
        ) STRICT
        """,
        "CREATE INDEX held_order ON held (first, number) WHERE status IS NULL",
        """
        CREATE TABLE said (
            desk INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            kind TEXT NOT NULL,
            last INTEGER NOT NULL,
            data BLOB NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (desk, epoch, kind)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE asked (
            key TEXT NOT NULL,
            act TEXT NOT NULL,
            desk INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            target TEXT NOT NULL,
            signature TEXT NOT NULL,
            body BLOB,
            at TEXT NOT NULL,
            answered_at TEXT,
            status INTEGER,
            answer BLOB,
            PRIMARY KEY (key, act)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE scan (
            desk INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            key TEXT NOT NULL,
            size INTEGER NOT NULL,
            signature TEXT NOT NULL,
            whole INTEGER NOT NULL DEFAULT 0,
            receipt TEXT,
            status INTEGER,
            at TEXT NOT NULL,
            PRIMARY KEY (desk, sha256)
        ) STRICT, WITHOUT ROWID
        """,
    ):
        db.execute(statement)


@MIGRATIONS()
def m002_held_by_key(db: Database) -> None:
    """What two keys hand in under one name is held of both: whose it is the centre can tell."""
    for statement in (
        """
        CREATE TABLE held_by_key (
            number INTEGER PRIMARY KEY,
            key TEXT NOT NULL,
            public BLOB NOT NULL,
            desk INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            head BLOB NOT NULL,
            data BLOB NOT NULL,
            at TEXT NOT NULL,
            parked_at TEXT,
            status INTEGER,
            problem TEXT,
            UNIQUE (key, desk, epoch, last, head)
        ) STRICT
        """,
        "INSERT INTO held_by_key SELECT number, key, public, desk, epoch, first, last, head, data,"
        " at, parked_at, status, problem FROM held",
        "DROP TABLE held",
        "ALTER TABLE held_by_key RENAME TO held",
        "CREATE INDEX held_order ON held (first, number) WHERE status IS NULL",
    ):
        db.execute(statement)
