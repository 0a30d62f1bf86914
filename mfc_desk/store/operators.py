"""Operators of the desk: rows that follow from the journal's `operator.*` entries."""

from __future__ import annotations

from dataclasses import dataclass

from mfc_desk.access.roles import Role
from sync.database import Database, Migrations, translate_errors
from sync.entries import Entry, decode

migrations = Migrations("desk.operators")
REPLAYED = {"operator": "login, name, role, locked, entry_id"}
"""Tables that follow from the journal, with the columns a replay must give again."""


@migrations()
def m001_operators(db: Database) -> None:
    """One row a login; a locked one keeps its row: entries name it."""
    db.execute(
        """
        CREATE TABLE operator (
            login TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            locked INTEGER NOT NULL CHECK (locked IN (0, 1)),
            entry_id TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )


@dataclass(frozen=True)
class StoredOperator:
    """A row of `operator`; `entry_id` is the entry that last changed it."""

    login: str
    name: str
    role: Role
    locked: bool
    entry_id: str


def apply_entry(db: Database, entry: Entry) -> None:
    """Change the rows as `entry` says; entries of other kinds change nothing."""
    body = entry.body
    if entry.kind in {"operator.add", "operator.change"}:
        db.execute(
            "INSERT INTO operator (login, name, role, locked, entry_id) VALUES (?, ?, ?, 0, ?) "
            "ON CONFLICT (login) DO UPDATE SET name = excluded.name, role = excluded.role, "
            "locked = 0, entry_id = excluded.entry_id",
            [body["login"], body["name"], body["role"], entry.entry_id],
        )
    elif entry.kind == "operator.lock":
        db.execute(
            "UPDATE operator SET locked = 1, entry_id = ? WHERE login = ?",
            [entry.entry_id, body["login"]],
        )


def get(db: Database, login: str) -> StoredOperator | None:
    """Return one operator, or None."""
    row = db.execute(
        "SELECT login, name, role, locked, entry_id FROM operator WHERE login = ?", [login]
    ).fetchone()
    return _operator(row) if row else None


@translate_errors()
def as_of(db: Database, login: str, epoch: int, seq: int) -> StoredOperator | None:
    """Return an operator as the journal knew him when entry `seq` of an epoch was written."""
    rows = db.execute(
        "SELECT bytes FROM journal WHERE epoch = ? AND seq < ? AND bytes IS NOT NULL "
        "AND kind IN ('operator.add', 'operator.change') ORDER BY seq DESC",
        [epoch, seq],
    )
    for (data,) in rows:
        entry = decode(data)
        if entry.body.get("login") == login:
            body = entry.body
            return StoredOperator(login, body["name"], Role(body["role"]), False, entry.entry_id)
    return None


def every(db: Database) -> tuple[StoredOperator, ...]:
    """Return all operators, by name."""
    rows = db.execute(
        "SELECT login, name, role, locked, entry_id FROM operator ORDER BY name, login"
    ).fetchall()
    return tuple(_operator(row) for row in rows)


def _operator(row: tuple[str, str, str, int, str]) -> StoredOperator:
    login, name, role, locked, entry_id = row
    return StoredOperator(login, name, Role(role), bool(locked), entry_id)
