"""Whom the duties are paid to, by authority, as the office entered it. Local, never journalled."""

from __future__ import annotations

from collections.abc import Mapping

from sync.database import Database, Migrations, translate_errors

migrations = Migrations("desk.payees")


@migrations()
def m001_payee(db: Database) -> None:
    """One row an authority, its details as JSON."""
    db.execute("CREATE TABLE payee (authority TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT")


def replace_all(db: Database, bodies: Mapping[str, str]) -> None:
    """Put these in the place of all there were; call inside a transaction."""
    db.execute("DELETE FROM payee")
    for authority, body in bodies.items():
        db.execute("INSERT INTO payee (authority, body) VALUES (?, ?)", [authority, body])


def put(db: Database, authority: str, body: str) -> None:
    """Put one authority's details in the place of those there were."""
    db.execute(
        "INSERT INTO payee (authority, body) VALUES (?, ?) "
        "ON CONFLICT (authority) DO UPDATE SET body = excluded.body",
        [authority, body],
    )


@translate_errors()
def all_of(db: Database) -> dict[str, str]:
    """Return the details as JSON by authority, in order."""
    rows = db.execute("SELECT authority, body FROM payee ORDER BY authority").fetchall()
    return {str(authority): str(body) for authority, body in rows}


@translate_errors()
def of(db: Database, authority: str) -> str | None:
    """Return the details of one authority as JSON, None when the office has not entered them."""
    row = db.execute("SELECT body FROM payee WHERE authority = ?", [authority]).fetchone()
    return str(row[0]) if row else None
