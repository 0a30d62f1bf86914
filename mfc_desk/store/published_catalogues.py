"""Catalogues the centre has published, as its feed named them, and what became of each here.

Local: what was told follows from the feed, what was done is journalled by whoever did it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sync.database import Database, Migrations, translate_errors

migrations = Migrations("desk.published-catalogues")

WANTED, IN_USE, REFUSED = "wanted", "in-use", "refused"


@migrations()
def m001_published_catalogue(db: Database) -> None:
    """One row a publication, in the order they were heard of."""
    db.execute(
        """
        CREATE TABLE published_catalogue (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            digest TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            size INTEGER NOT NULL,
            heard_at TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'wanted'
        ) STRICT
        """
    )


@migrations()
def m002_not_found(db: Database) -> None:
    """An archive may be away for a while: how often it was asked for in vain, and since when."""
    db.execute("ALTER TABLE published_catalogue ADD COLUMN not_found INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE published_catalogue ADD COLUMN not_found_since TEXT")


@dataclass(frozen=True)
class Publication:
    """A catalogue the centre named: its digest, and the archive's SHA-256 and size in bytes.

    The archive was asked for in vain `not_found` times, since `not_found_since` (ISO UTC).
    """

    id: int
    digest: str
    sha256: str
    size: int
    not_found: int = 0
    not_found_since: str | None = None


def hear_of(db: Database, *, key: str, digest: str, sha256: str, size: int, at: str) -> None:
    """Keep a publication once; a centre restored from a copy names it again under the same key."""
    db.execute(
        "INSERT OR IGNORE INTO published_catalogue (key, digest, sha256, size, heard_at) "
        "VALUES (?, ?, ?, ?, ?)",
        [key, digest, sha256, size, at],
    )


@translate_errors()
def wanted(db: Database) -> Publication | None:
    """Return the newest publication while nothing has become of it; those before it are past."""
    row = db.execute(
        "SELECT id, digest, sha256, size, not_found, not_found_since, state "
        "FROM published_catalogue ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return Publication(*row[:-1]) if row and row[-1] == WANTED else None


def asked_in_vain(db: Database, publication: Publication, at: str) -> None:
    """Note that the centre has not given the archive; it stays wanted."""
    db.execute(
        "UPDATE published_catalogue SET not_found = not_found + 1, "
        "not_found_since = coalesce(not_found_since, ?) WHERE id = ?",
        [at, publication.id],
    )


def settle(db: Database, publication: Publication, state: str) -> None:
    """Note what became of a publication."""
    db.execute("UPDATE published_catalogue SET state = ? WHERE id = ?", [state, publication.id])
