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
