"""How much of the desk's earlier streams has come back from the centre. Local."""

from __future__ import annotations

from sync.database import Database, Migrations, translate_errors

migrations = Migrations("desk.refill")


@migrations()
def m001_refill(db: Database) -> None:
    """One row a stream that is being read back, and one a step that is done."""
    db.execute(
        "CREATE TABLE refill (epoch INTEGER PRIMARY KEY, taken INTEGER NOT NULL, head BLOB NOT NULL"
        ") STRICT"
    )
    db.execute("CREATE TABLE refill_step (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID")


@translate_errors()
def taken(db: Database, epoch: int) -> tuple[int, bytes | None]:
    """The last entry of a stream that was read, and the head there (None before the first)."""
    row = db.execute("SELECT taken, head FROM refill WHERE epoch = ?", [epoch]).fetchone()
    return (int(row[0]), bytes(row[1])) if row else (0, None)


def note_taken(db: Database, epoch: int, seq: int, head: bytes) -> None:
    """Entries up to `seq` are read; in the transaction that puts them back."""
    db.execute("INSERT OR REPLACE INTO refill VALUES (?, ?, ?)", [epoch, seq, head])


@translate_errors()
def done(db: Database, step: str) -> bool:
    """Whether a step was done before."""
    return db.execute("SELECT 1 FROM refill_step WHERE name = ?", [step]).fetchone() is not None


def note_done(db: Database, step: str) -> None:
    """A step is done; alone one transaction, inside a caller's part of it."""
    with db.atomic():
        db.execute("INSERT OR IGNORE INTO refill_step VALUES (?)", [step])
