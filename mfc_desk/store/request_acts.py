"""What is done to a request after its registration: amended, withdrawn, its result issued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mfc_desk.store.requests import AMEND
from sync.database import Database, Migrations, translate_errors
from sync.entries import Entry

migrations = Migrations("desk.request_acts")
REPLAYED = {"request_act": "entry_id, request_id, kind, at, operator, note"}
"""Tables that follow from the journal, with the columns a replay must give again."""

WITHDRAW = "request.withdraw"
ISSUE = "result.issue"
CLOSING = (WITHDRAW, ISSUE)
"""Acts after which a request is not changed any more."""


@migrations()
def m001_request_acts(db: Database) -> None:
    """One row an act; found by its request and by the office's day."""
    db.execute(
        """
        CREATE TABLE request_act (
            entry_id TEXT PRIMARY KEY,
            request_id TEXT NOT NULL REFERENCES request (id),
            kind TEXT NOT NULL,
            at TEXT NOT NULL,
            day TEXT NOT NULL GENERATED ALWAYS AS (substr(at, 1, 10)) VIRTUAL,
            operator TEXT NOT NULL,
            note TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX request_act_request ON request_act (request_id, kind)")
    db.execute("CREATE INDEX request_act_day ON request_act (day, kind)")


@dataclass(frozen=True)
class Act:
    """One act; `at` is ISO with the office's offset, `note` the reason or who received."""

    entry_id: str
    request_id: str
    kind: str
    at: str
    operator: str
    note: str


def act_of(kind: str, body: Mapping[str, Any], *, request_id: str, entry_id: str) -> Act:
    """Return the act an entry is."""
    note = body["reason"] if kind == WITHDRAW else body["receiver"] if kind == ISSUE else ""
    return Act(entry_id, request_id, kind, body["at"], body["by"], note)


def apply_entry(db: Database, entry: Entry) -> None:
    """Add the act an entry is; entries of other kinds change nothing."""
    if entry.kind in (AMEND, *CLOSING) and entry.request_id is not None:
        add(
            db,
            act_of(entry.kind, entry.body, request_id=entry.request_id, entry_id=entry.entry_id),
        )


def add(db: Database, act: Act) -> None:
    """Write an act down."""
    db.execute(
        "INSERT INTO request_act (entry_id, request_id, kind, at, operator, note) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [act.entry_id, act.request_id, act.kind, act.at, act.operator, act.note],
    )


@translate_errors()
def of_request(db: Database, request_id: str) -> list[Act]:
    """Return what was done to a request, oldest first."""
    rows = db.execute(
        "SELECT entry_id, request_id, kind, at, operator, note FROM request_act "
        "WHERE request_id = ? ORDER BY at, entry_id",
        [request_id],
    ).fetchall()
    return [Act(*row) for row in rows]


@translate_errors()
def on_day(db: Database, day: str, kind: str) -> list[Act]:
    """Return the acts of a kind done on a day of the office (ISO date), oldest first."""
    rows = db.execute(
        "SELECT entry_id, request_id, kind, at, operator, note FROM request_act "
        "WHERE day = ? AND kind = ? ORDER BY at, entry_id",
        [day, kind],
    ).fetchall()
    return [Act(*row) for row in rows]


@translate_errors()
def closed(db: Database, request_id: str) -> bool:
    """Whether a request was withdrawn or its result issued."""
    found = db.execute(
        "SELECT 1 FROM request_act WHERE request_id = ? AND kind IN (?, ?) LIMIT 1",
        [request_id, *CLOSING],
    ).fetchone()
    return found is not None


@translate_errors()
def count_on(db: Database, day: str, kind: str) -> int:
    """Return how many acts of a kind were done on a day of the office (ISO date)."""
    found = db.execute(
        "SELECT count(*) FROM request_act WHERE day = ? AND kind = ?", [day, kind]
    ).fetchone()
    return int(found[0])
