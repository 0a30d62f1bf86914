"""Tables of the centre's database (sync.md, 8)."""

from __future__ import annotations

from typing import Any

from sync.database import Migrations

APPLICATION_ID = 0x4D464343  # "MFCC"
SCHEMA_NAME = "centre"

MIGRATIONS = Migrations("centre")

TABLES = (
    """
    CREATE TABLE centre(
        one INTEGER PRIMARY KEY CHECK (one = 1),
        server_id TEXT NOT NULL,
        incarnation TEXT NOT NULL,
        created_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE office(
        code TEXT PRIMARY KEY,
        data TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE desk(
        desk INTEGER PRIMARY KEY,
        office TEXT NOT NULL REFERENCES office,
        title TEXT NOT NULL,
        window TEXT NOT NULL,
        last_epoch INTEGER NOT NULL,
        feed_to INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    """
    CREATE TABLE ticket(
        code TEXT PRIMARY KEY,
        desk INTEGER NOT NULL REFERENCES desk,
        epoch INTEGER NOT NULL,
        data BLOB NOT NULL,
        valid_until TEXT NOT NULL,
        key TEXT,
        UNIQUE (desk, epoch)
    ) STRICT
    """,
    """
    CREATE TABLE device(
        key TEXT PRIMARY KEY,
        desk INTEGER NOT NULL REFERENCES desk,
        epoch INTEGER NOT NULL,
        public BLOB NOT NULL,
        recipient TEXT NOT NULL,
        standing TEXT NOT NULL,
        enrolled_at TEXT NOT NULL,
        revoked_at TEXT,
        UNIQUE (desk, epoch)
    ) STRICT
    """,
    """
    CREATE TABLE stream(
        desk INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        last INTEGER NOT NULL,
        head BLOB NOT NULL,
        applied_to INTEGER NOT NULL,
        first_head BLOB NOT NULL,
        open INTEGER NOT NULL,
        PRIMARY KEY (desk, epoch),
        FOREIGN KEY (desk, epoch) REFERENCES device(desk, epoch)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX stream_behind ON stream(desk, epoch) WHERE applied_to < last",
    # the pack last: what is before it is read without it
    """
    CREATE TABLE batch(
        number INTEGER PRIMARY KEY,
        desk INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        first INTEGER NOT NULL,
        skip INTEGER NOT NULL,
        "to" INTEGER NOT NULL,
        head BLOB NOT NULL,
        header BLOB NOT NULL,
        signature BLOB NOT NULL,
        received_at TEXT NOT NULL,
        pack BLOB NOT NULL,
        UNIQUE (desk, epoch, "to")
    ) STRICT
    """,
    """
    CREATE TABLE parked(
        number INTEGER PRIMARY KEY,
        desk INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        first INTEGER NOT NULL,
        "to" INTEGER NOT NULL,
        head BLOB NOT NULL,
        received_at TEXT NOT NULL,
        size INTEGER NOT NULL,
        data BLOB NOT NULL,
        UNIQUE (desk, epoch, first, "to", head)
    ) STRICT
    """,
    """
    CREATE TABLE quarantine(
        number INTEGER PRIMARY KEY,
        desk INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        first INTEGER NOT NULL,
        "to" INTEGER NOT NULL,
        why TEXT NOT NULL,
        at TEXT NOT NULL,
        size INTEGER NOT NULL,
        digest BLOB NOT NULL UNIQUE,
        data BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE entry(
        row INTEGER PRIMARY KEY,
        desk INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        leaf BLOB NOT NULL,
        entry_id TEXT,
        kind TEXT,
        request_id TEXT,
        outcome TEXT NOT NULL,
        reason TEXT,
        problems TEXT,
        number TEXT,
        official_no TEXT,
        service TEXT,
        service_version INTEGER,
        accepted_at TEXT,
        applied_at TEXT NOT NULL,
        record TEXT,
        UNIQUE (desk, epoch, seq)
    ) STRICT
    """,
    "CREATE INDEX entry_request ON entry(row) WHERE kind = 'request.register'",
    # exactly once over all epochs: the first place an entry id was seen at
    """
    CREATE TABLE entry_key(
        entry_id TEXT PRIMARY KEY,
        row INTEGER NOT NULL REFERENCES entry
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE request(
        id TEXT PRIMARY KEY,
        number TEXT NOT NULL UNIQUE,
        official_no TEXT NOT NULL UNIQUE,
        row INTEGER NOT NULL UNIQUE REFERENCES entry
    ) STRICT
    """,
    """
    CREATE TABLE official_counter(
        prefix TEXT NOT NULL,
        year INTEGER NOT NULL,
        last INTEGER NOT NULL,
        PRIMARY KEY (prefix, year)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE feed(
        desk INTEGER NOT NULL REFERENCES desk,
        n INTEGER NOT NULL,
        kind TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (desk, n)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TRIGGER batch_is_kept BEFORE UPDATE ON batch
    BEGIN SELECT raise(ABORT, 'a stored batch never changes'); END
    """,
    """
    CREATE TRIGGER batch_is_not_dropped BEFORE DELETE ON batch
    BEGIN SELECT raise(ABORT, 'a stored batch never goes'); END
    """,
    """
    CREATE TRIGGER feed_is_kept BEFORE UPDATE ON feed
    BEGIN SELECT raise(ABORT, 'the feed never changes'); END
    """,
    """
    CREATE TRIGGER feed_is_not_dropped BEFORE DELETE ON feed
    BEGIN SELECT raise(ABORT, 'the feed never goes'); END
    """,
)


@MIGRATIONS()
def m001_tables(db: Any) -> None:
    """Create everything."""
    for table in TABLES:
        db.execute(table)


BLOB_TABLES = (
    """
    CREATE TABLE blob(
        desk INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        complete INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (desk, sha256)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX blob_missing ON blob(desk) WHERE complete = 0",
    """
    CREATE TABLE published(
        sha256 TEXT PRIMARY KEY,
        size INTEGER NOT NULL,
        at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)


@MIGRATIONS()
def m002_blobs(db: Any) -> None:
    """Create the tables of scans."""
    for table in BLOB_TABLES:
        db.execute(table)


VERSIONS = (
    "ALTER TABLE entry ADD COLUMN version INTEGER",
    # a request whose only version was applied stands in `request` alone
    """
    CREATE TABLE request_version(
        row INTEGER PRIMARY KEY REFERENCES entry,
        request_id TEXT NOT NULL,
        entry_id TEXT NOT NULL,
        number TEXT,
        state TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX request_version_request ON request_version(request_id)",
    "CREATE INDEX request_version_number ON request_version(number)",
    "CREATE INDEX request_version_waiting ON request_version(row) WHERE state = 'waiting'",
    """
    CREATE INDEX entry_act ON entry(request_id)
    WHERE kind IN ('request.amend', 'request.withdraw', 'result.issue')
    """,
    "DROP INDEX entry_request",
    """
    CREATE INDEX entry_request ON entry(row)
    WHERE kind IN ('request.register', 'request.amend')
    """,
    """
    INSERT INTO request_version
    SELECT entry.row, request_id, entry_id, number, 'refused' FROM entry
    JOIN entry_key USING (row, entry_id)
    WHERE kind = 'request.register' AND request_id IS NOT NULL
    AND outcome IN ('held', 'rejected') AND reason IS NOT 'id-collision'
    """,
    """
    CREATE TABLE notice(
        desk INTEGER NOT NULL,
        n INTEGER NOT NULL,
        request_id TEXT,
        at TEXT NOT NULL,
        PRIMARY KEY (desk, n),
        FOREIGN KEY (desk, n) REFERENCES feed(desk, n)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX notice_request ON notice(request_id)",
)


@MIGRATIONS()
def m003_versions(db: Any) -> None:
    """Amended requests keep every version; what operators told is found by its request."""
    for statement in VERSIONS:
        db.execute(statement)


DESKS = (
    "ALTER TABLE entry_key ADD COLUMN desk INTEGER",
    "UPDATE entry_key SET desk = (SELECT desk FROM entry WHERE entry.row = entry_key.row)",
    "ALTER TABLE request ADD COLUMN desk INTEGER",
    "UPDATE request SET desk = (SELECT desk FROM entry WHERE entry.row = request.row)",
    "ALTER TABLE request_version ADD COLUMN desk INTEGER",
    "UPDATE request_version AS v SET desk = (SELECT desk FROM entry WHERE entry.row = v.row)",
)


@MIGRATIONS()
def m004_desks(db: Any) -> None:
    """Names of requests and entries tell whose rows they are: rows are found by desk everywhere."""
    for statement in DESKS:
        db.execute(statement)


REVIEWS = (
    "ALTER TABLE quarantine ADD COLUMN settled_at TEXT",
    "CREATE INDEX entry_waiting ON entry(row) WHERE outcome IN ('held', 'rejected')",
)


@MIGRATIONS()
def m005_reviews(db: Any) -> None:
    """What was refused once is tried again: entries under new rules, batches with new keys."""
    for statement in REVIEWS:
        db.execute(statement)


PUBLICATIONS = (
    "ALTER TABLE published ADD COLUMN told TEXT",
    """
    CREATE INDEX entry_catalogue ON entry(desk, row)
    WHERE kind IN ('catalogue.switch', 'catalogue.refuse')
    """,
)


@MIGRATIONS()
def m006_publications(db: Any) -> None:
    """Desks that are enrolled later hear of the last catalogue too."""
    for statement in PUBLICATIONS:
        db.execute(statement)


SCANS = (
    """
    CREATE TABLE request_blob(
        desk INTEGER NOT NULL,
        request_id TEXT NOT NULL,
        content TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        PRIMARY KEY (desk, request_id, content)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX entry_scans ON entry(desk, row) WHERE outcome = 'held' AND reason = 'blob'",
)


@MIGRATIONS()
def m007_scans(db: Any) -> None:
    """Which scans a request has: some services are registered only with theirs."""
    for statement in SCANS:
        db.execute(statement)


SAFE = ("ALTER TABLE stream ADD COLUMN safe_to INTEGER NOT NULL DEFAULT 0",)


@MIGRATIONS()
def m008_safe(db: Any) -> None:
    """How far a copy of the centre holds each stream."""
    for statement in SAFE:
        db.execute(statement)
