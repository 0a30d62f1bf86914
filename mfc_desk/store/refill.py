"""How much of the desk's earlier streams has come back from the centre. Local."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sync.clock import from_iso, iso
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


@migrations()
def m003_rebuilt(db: Database) -> None:
    """How this desk was made anew from the centre: at most one row."""
    db.execute(
        """
        CREATE TABLE rebuilt (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            at TEXT,
            drafts INTEGER NOT NULL DEFAULT 0,
            papers INTEGER NOT NULL DEFAULT 0,
            local_at TEXT,
            missing_scans INTEGER NOT NULL DEFAULT 0,
            left_files TEXT NOT NULL DEFAULT '[]',
            refused_files TEXT NOT NULL DEFAULT '[]'
        ) STRICT
        """
    )


@dataclass(frozen=True)
class Report:
    """How a desk was made anew: when, and what did not come back.

    `local_at` is when the lost disk sealed the drafts, settings and papers that were brought, None
    where none were. Files are names in the second place.
    """

    at: datetime
    drafts: int
    papers: int
    local_at: datetime | None
    missing_scans: int
    left_files: tuple[str, ...]
    refused_files: tuple[str, ...]


@translate_errors()
def report(db: Database) -> Report | None:
    """How this desk was made anew; None for one that never was."""
    row = db.execute(
        "SELECT at, drafts, papers, local_at, missing_scans, left_files, refused_files FROM rebuilt"
        " WHERE at IS NOT NULL"
    ).fetchone()
    if row is None:
        return None
    at, drafts, papers, local_at, missing, left_files, refused = row
    return Report(
        from_iso(at),
        drafts,
        papers,
        from_iso(local_at) if local_at else None,
        missing,
        tuple(json.loads(left_files)),
        tuple(json.loads(refused)),
    )


def note_local(db: Database, drafts: int, papers: int, local_at: str) -> None:
    """What is local was brought; in the transaction that puts it there."""
    db.execute("INSERT OR IGNORE INTO rebuilt (id) VALUES (1)")
    db.execute(
        "UPDATE rebuilt SET drafts = ?, papers = ?, local_at = ?", [drafts, papers, local_at]
    )


def note_rebuilt(
    db: Database,
    at: datetime,
    missing_scans: int,
    left_files: Sequence[str],
    refused_files: Sequence[str],
) -> None:
    """The desk is made anew; alone one transaction. Said again it replaces what was said."""
    texts = [json.dumps(list(one)) for one in (left_files, refused_files)]
    with db.atomic():
        db.execute("INSERT OR IGNORE INTO rebuilt (id) VALUES (1)")
        db.execute(
            "UPDATE rebuilt SET at = ?, missing_scans = ?, left_files = ?, refused_files = ?",
            [iso(at), missing_scans, *texts],
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
