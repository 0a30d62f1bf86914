"""How much of the desk's earlier streams has come back from the centre. Local."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


@migrations()
def m002_left(db: Database) -> None:
    """What became of each handed-in file, and the entries that came back and do not fit."""
    db.execute(
        "CREATE TABLE handed_in (file TEXT PRIMARY KEY, refused TEXT NOT NULL) "
        "STRICT, WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE refill_left (epoch INTEGER NOT NULL, seq INTEGER NOT NULL, why TEXT NOT NULL,"
        " PRIMARY KEY (epoch, seq)) STRICT, WITHOUT ROWID"
    )


@translate_errors()
def handed(db: Database) -> dict[str, str]:
    """The files that were handed in, with the code of a refusal, "" for what was taken."""
    return dict(db.execute("SELECT file, refused FROM handed_in").fetchall())


def note_handed(db: Database, answers: Mapping[str, str]) -> None:
    """Keep what the centre said of files, as `handed` returns it; inside a transaction."""
    for file, refused in answers.items():
        db.execute("INSERT OR REPLACE INTO handed_in VALUES (?, ?)", [file, refused])


@dataclass(frozen=True)
class LeftEntry:
    """An entry of an earlier stream that is at the centre and not here; `why` is a stable code."""

    epoch: int
    seq: int
    why: str

    def __str__(self) -> str:
        """The place, for a person."""
        return f"{self.epoch}/{self.seq}"


@translate_errors()
def left(db: Database) -> tuple[LeftEntry, ...]:
    """The entries that came back and could not be applied."""
    rows = db.execute("SELECT epoch, seq, why FROM refill_left ORDER BY epoch, seq").fetchall()
    return tuple(LeftEntry(*row) for row in rows)


def note_left(db: Database, entry: LeftEntry) -> None:
    """An entry could not be applied; in the transaction that notes it as read."""
    db.execute(
        "INSERT OR REPLACE INTO refill_left VALUES (?, ?, ?)", [entry.epoch, entry.seq, entry.why]
    )


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
