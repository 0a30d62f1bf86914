"""Comparisons with the centre as they came out. Local: what both sides had at that moment."""

from __future__ import annotations

from sync.database import Database, Migrations, translate_errors

migrations = Migrations("desk.reconciliations")


@migrations()
def m001_reconciliation(db: Database) -> None:
    """One row a comparison, by the number its act bears; `body` is JSON."""
    db.execute(
        """
        CREATE TABLE reconciliation (
            id INTEGER PRIMARY KEY,
            number TEXT NOT NULL UNIQUE,
            at TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT
        """
    )


@migrations()
def m002_carried_question(db: Database) -> None:
    """Questions on carriers, by SHA-256 (hex) of `body`; `answered`: ISO UTC by the centre."""
    db.execute(
        """
        CREATE TABLE carried_question (
            id INTEGER PRIMARY KEY,
            asked TEXT NOT NULL UNIQUE,
            epoch INTEGER NOT NULL,
            body BLOB NOT NULL,
            answered TEXT
        ) STRICT
        """
    )


def keep_question(db: Database, asked: str, epoch: int, body: bytes, most: int) -> None:
    """Keep a question until its carrier is back; the last `most` of them."""
    db.execute(
        "INSERT OR IGNORE INTO carried_question (asked, epoch, body) VALUES (?, ?, ?)",
        [asked, epoch, body],
    )
    db.execute(
        "DELETE FROM carried_question WHERE id NOT IN"
        " (SELECT id FROM carried_question ORDER BY id DESC LIMIT ?)",
        [most],
    )


@translate_errors()
def question(db: Database, asked: str, epoch: int) -> tuple[bytes, str | None] | None:
    """Return the body of a question of an epoch, and when the centre answered it last."""
    row = db.execute(
        "SELECT body, answered FROM carried_question WHERE asked = ? AND epoch = ?", [asked, epoch]
    ).fetchone()
    return (bytes(row[0]), row[1]) if row else None


def note_answered(db: Database, asked: str, at: str) -> None:
    """Note the moment of the answer that counts; `at` is ISO UTC."""
    db.execute("UPDATE carried_question SET answered = ? WHERE asked = ?", [at, asked])


def add(db: Database, number: str, at: str, body: str) -> None:
    """Keep a comparison; `at` is ISO UTC."""
    db.execute("INSERT INTO reconciliation (number, at, body) VALUES (?, ?, ?)", [number, at, body])


@translate_errors()
def newest(db: Database, limit: int) -> list[str]:
    """Return the bodies of the last comparisons, newest first."""
    rows = db.execute(
        "SELECT body FROM reconciliation ORDER BY id DESC LIMIT ?", [limit]
    ).fetchall()
    return [str(row[0]) for row in rows]


@translate_errors()
def count_beginning(db: Database, beginning: str) -> int:
    """Return how many comparisons have a number that begins so."""
    row = db.execute(
        "SELECT count(*) FROM reconciliation WHERE substr(number, 1, ?) = ?",
        [len(beginning), beginning],
    ).fetchone()
    return int(row[0])
