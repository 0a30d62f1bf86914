"""Changes of the centre's keys, as it signed them, in the order this desk heard of them. Local."""

from __future__ import annotations

from sync.database import Database, Migrations, translate_errors

migrations = Migrations("desk.centre-keys")


@migrations()
def m001_key_change(db: Database) -> None:
    """One row a change, each once."""
    db.execute(
        "CREATE TABLE centre_key_change (n INTEGER PRIMARY KEY, file BLOB NOT NULL UNIQUE) STRICT"
    )


def keep(db: Database, file: bytes) -> None:
    """Keep a change that was verified."""
    db.execute("INSERT OR IGNORE INTO centre_key_change (file) VALUES (?)", [file])


@translate_errors()
def changes(db: Database) -> tuple[bytes, ...]:
    """Return the changes in order."""
    rows = db.execute("SELECT file FROM centre_key_change ORDER BY n").fetchall()
    return tuple(row[0] for row in rows)
