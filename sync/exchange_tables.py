"""The tables of an exchange: batches, receipts, the inbox, attempts, and where it stands."""

from __future__ import annotations

from sync.database import Database, Migrations

migrations = Migrations("sync.outbox")


@migrations()
def m001_outbox(db: Database) -> None:
    """Batches, receipts, the inbox, attempts and contact, and one row of state an epoch."""
    for statement in (
        """
        CREATE TABLE sync_state (
            epoch INTEGER PRIMARY KEY,
            server TEXT NOT NULL,
            desk INTEGER NOT NULL,
            bound INTEGER NOT NULL DEFAULT 0,
            acked INTEGER NOT NULL DEFAULT 0,
            safe INTEGER NOT NULL DEFAULT 0,
            cursor INTEGER NOT NULL DEFAULT 0,
            incarnation TEXT NOT NULL DEFAULT '',
            failures INTEGER NOT NULL DEFAULT 0,
            next_try TEXT,
            size INTEGER NOT NULL,
            frozen TEXT
        ) STRICT
        """,
        """
        CREATE TABLE contact (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            last_contact TEXT,
            last_error TEXT,
            offset_ms INTEGER,
            offset_error_ms INTEGER,
            offset_at TEXT
        ) STRICT
        """,
        "INSERT INTO contact (id) VALUES (1)",
        """
        CREATE TABLE batch (
            epoch INTEGER NOT NULL,
            from_seq INTEGER NOT NULL,
            to_seq INTEGER NOT NULL CHECK (to_seq >= from_seq),
            head BLOB NOT NULL,
            bytes BLOB,
            size INTEGER NOT NULL,
            sealed_at TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            last_error TEXT,
            PRIMARY KEY (epoch, from_seq)
        ) STRICT
        """,
        """
        CREATE TABLE receipt (
            epoch INTEGER NOT NULL,
            to_seq INTEGER NOT NULL,
            head BLOB NOT NULL,
            level TEXT NOT NULL,
            incarnation TEXT NOT NULL,
            bytes BLOB NOT NULL,
            received_at TEXT NOT NULL,
            PRIMARY KEY (epoch, to_seq, level, incarnation)
        ) STRICT
        """,
        """
        CREATE TABLE inbox_event (
            epoch INTEGER NOT NULL,
            incarnation TEXT NOT NULL,
            n INTEGER NOT NULL,
            kind TEXT NOT NULL,
            body TEXT NOT NULL,
            applied_at TEXT NOT NULL,
            PRIMARY KEY (epoch, incarnation, n)
        ) STRICT
        """,
        """
        CREATE TABLE attempt (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            result TEXT NOT NULL,
            bytes_up INTEGER NOT NULL,
            bytes_down INTEGER NOT NULL,
            ms INTEGER NOT NULL
        ) STRICT
        """,
    ):
        db.execute(statement)
    for table in ("receipt", "inbox_event"):
        for act in ("UPDATE", "DELETE"):
            db.execute(
                f"""
                CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}
                BEGIN SELECT RAISE(ABORT, '{table}: append only'); END
                """
            )


@migrations()
def m002_carried(db: Database) -> None:
    """Who holds a batch meanwhile, which is no receipt; and the lives of the centre met so far."""
    db.execute("ALTER TABLE batch ADD COLUMN custody TEXT")
    db.execute("ALTER TABLE batch ADD COLUMN custody_at TEXT")
    db.execute(
        """
        CREATE TABLE centre_life (
            epoch INTEGER NOT NULL,
            incarnation TEXT NOT NULL,
            PRIMARY KEY (epoch, incarnation)
        ) STRICT, WITHOUT ROWID
        """
    )
    for table in ("receipt", "inbox_event", "sync_state"):
        db.execute(
            "INSERT OR IGNORE INTO centre_life SELECT DISTINCT epoch, incarnation"  # noqa: S608
            f" FROM {table} WHERE incarnation <> ''"
        )


@migrations()
def m003_relay(db: Database) -> None:
    """How far the journal lies at the office relay, and the centre's last word through one."""
    db.execute("ALTER TABLE sync_state ADD COLUMN relayed INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE sync_state ADD COLUMN heard TEXT")
