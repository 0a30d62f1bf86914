"""What stands in the desk's second place, and how the last look at it went. Local."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sync.clock import from_iso, iso
from sync.database import Database, Migrations, translate_errors

migrations = Migrations("desk.second_place")


@migrations()
def m001_second_place(db: Database) -> None:
    """One row a sealed file in the folder, and one row of what is known of the folder itself."""
    db.execute(
        """
        CREATE TABLE second_place_file (
            name TEXT PRIMARY KEY,
            epoch INTEGER NOT NULL,
            from_seq INTEGER NOT NULL,
            to_seq INTEGER NOT NULL CHECK (to_seq >= from_seq),
            size INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX second_place_run ON second_place_file (epoch, from_seq)")
    db.execute(
        """
        CREATE TABLE second_place (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            folder TEXT NOT NULL DEFAULT '',
            looked_at TEXT,
            trouble TEXT
        ) STRICT
        """
    )
    db.execute("INSERT INTO second_place (id) VALUES (1)")


@migrations()
def m002_local(db: Database) -> None:
    """What the sealed file of drafts and settings in the folder was made of."""
    db.execute("ALTER TABLE second_place ADD COLUMN local_mark TEXT")


@dataclass(frozen=True)
class File:
    """A sealed batch in the folder: entries `first`…`to` of an epoch, `size` bytes."""

    name: str
    epoch: int
    first: int
    to: int
    size: int


@dataclass(frozen=True)
class Look:
    """The folder the rows are about, when it was last looked at, what was wrong, in Russian.

    `local_mark` says what the file of drafts and settings there was made of; None: there is none.
    """

    folder: str
    looked_at: datetime | None
    trouble: str | None
    local_mark: str | None = None


@translate_errors()
def look(db: Database) -> Look:
    """How the last look at the folder went."""
    folder, at, trouble, mark = db.execute(
        "SELECT folder, looked_at, trouble, local_mark FROM second_place"
    ).fetchone()
    return Look(folder, from_iso(at) if at else None, trouble, mark)


@translate_errors()
def note_look(db: Database, at: datetime, trouble: str | None) -> None:
    """Write a look down."""
    with db.atomic():
        db.execute("UPDATE second_place SET looked_at = ?, trouble = ?", [iso(at), trouble])


@translate_errors()
def begin(db: Database, folder: str) -> None:
    """Another folder: nothing of this desk is known to stand there."""
    with db.atomic():
        db.execute("DELETE FROM second_place_file")
        db.execute(
            "UPDATE second_place SET folder = ?, looked_at = NULL, trouble = NULL,"
            " local_mark = NULL",
            [folder],
        )


@translate_errors()
def note_local(db: Database, mark: str) -> None:
    """The file of drafts and settings stands there, made of what `mark` says."""
    with db.atomic():
        db.execute("UPDATE second_place SET local_mark = ?", [mark])


@translate_errors()
def files(db: Database) -> tuple[File, ...]:
    """The files written, by epoch and place."""
    rows = db.execute(
        "SELECT name, epoch, from_seq, to_seq, size FROM second_place_file "
        "ORDER BY epoch, from_seq, to_seq"
    ).fetchall()
    return tuple(File(*row) for row in rows)


@translate_errors()
def written(db: Database, file: File, instead_of: tuple[File, ...] = ()) -> None:
    """A file stands there, read back, `instead_of` smaller ones."""
    with db.atomic():
        forget(db, instead_of)
        db.execute(
            "INSERT OR REPLACE INTO second_place_file VALUES (?, ?, ?, ?, ?)",
            [file.name, file.epoch, file.first, file.to, file.size],
        )


@translate_errors()
def forget(db: Database, gone: tuple[File, ...]) -> None:
    """Files that are not there any more."""
    with db.atomic():
        for one in gone:
            db.execute("DELETE FROM second_place_file WHERE name = ?", [one.name])


@translate_errors()
def safe(db: Database, epoch: int) -> int:
    """Entries 1… of an epoch that stand in a second place of the centre, by its receipt."""
    row = db.execute("SELECT safe FROM sync_state WHERE epoch = ?", [epoch]).fetchone()
    return int(row[0]) if row else 0
