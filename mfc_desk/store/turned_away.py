"""People whose request was not taken: refused, referred elsewhere, or waiting for the link.

Each has a number of the desk's own counter, so that its paper can be found again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms.names import full_name, short_name
from forms.number import read as read_number
from mfc_desk.store import applicants, numbers
from mfc_desk.store.applicants import key_of
from mfc_desk.store.search import indexed_text, number_groups, people_groups
from sync.database import Database, Migrations, translate_errors
from sync.entries import Entry

migrations = Migrations("desk.turned-away")
REPLAYED = {
    "turned_away": "id, kind, number, service, applicant, applicant_key, at, operator, remind_on, "
    "closed, closed_at, closed_why, entry_id, body, folded",
}
"""Tables that follow from the journal, with the columns a replay must give again."""

REFUSAL = "request.refuse"
REFERRAL = "referral.give"
WAITING = "waiting.put"
WAITING_CLOSED = "waiting.close"
KINDS = (REFUSAL, REFERRAL, WAITING)


@migrations()
def m001_turned_away(db: Database) -> None:
    """One row a refusal, referral or waiting entry; full text finds them by person and number."""
    db.execute(
        """
        CREATE TABLE turned_away (
            n INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL CHECK (
                kind IN ('request.refuse', 'referral.give', 'waiting.put')
            ),
            number TEXT NOT NULL UNIQUE,
            service TEXT NOT NULL,
            applicant TEXT NOT NULL,
            applicant_key TEXT NOT NULL,
            at TEXT NOT NULL,
            day TEXT NOT NULL GENERATED ALWAYS AS (substr(at, 1, 10)) VIRTUAL,
            operator TEXT NOT NULL,
            remind_on TEXT,
            closed TEXT,
            closed_at TEXT,
            entry_id TEXT NOT NULL,
            body TEXT NOT NULL,
            folded TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX turned_away_day ON turned_away (day, kind)")
    db.execute("CREATE INDEX turned_away_applicant ON turned_away (applicant_key, service)")
    db.execute(
        "CREATE INDEX turned_away_due ON turned_away (remind_on) "
        "WHERE remind_on IS NOT NULL AND closed IS NULL"
    )
    db.execute(
        """
        CREATE VIRTUAL TABLE turned_away_fts USING fts5(
            folded, content = 'turned_away', content_rowid = 'n',
            tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2 3', columnsize = 0
        )
        """
    )
    db.execute(
        "CREATE TRIGGER turned_away_fts_insert AFTER INSERT ON turned_away BEGIN "
        "INSERT INTO turned_away_fts (rowid, folded) VALUES (new.n, new.folded); END"
    )


@migrations()
def m002_closed_why(db: Database) -> None:
    """What ended a waiting entry beside the way it ended: the refusal of its request."""
    db.execute("ALTER TABLE turned_away ADD COLUMN closed_why TEXT NOT NULL DEFAULT ''")


@dataclass(frozen=True)
class StoredTurning:
    """A row of `turned_away`; `kind` is that of its entry, `body` the JSON of the entry's body.

    `remind_on` is an ISO date, `closed` how a waiting entry ended, None while it waits.
    """

    n: int
    id: str
    kind: str
    number: str
    service: str
    applicant: str
    applicant_key: str
    at: str
    operator: str
    remind_on: str | None
    closed: str | None
    closed_at: str | None
    closed_why: str
    body: str


_COLUMNS = (
    "t.n, t.id, t.kind, t.number, t.service, t.applicant, t.applicant_key, t.at, t.operator, "
    "t.remind_on, t.closed, t.closed_at, t.closed_why, t.body"
)


def apply_entry(db: Database, entry: Entry) -> None:
    """Add the row of an entry of KINDS, or close one that waited; other kinds change nothing."""
    if entry.kind in KINDS:
        number = read_number(entry.body["number"])
        numbers.number_given(db, number)
        add(db, entry.kind, entry.body, entry_id=entry.entry_id)
    elif entry.kind == WAITING_CLOSED:
        body = entry.body
        close(db, body["id"], body["how"], body["at"], body.get("why", ""))


def add(db: Database, kind: str, body: Mapping[str, Any], *, entry_id: str) -> None:
    """Insert what an entry of KINDS says; inside the act's transaction.

    Somebody who can be told again by a number or a birth date is remembered as an applicant.
    """
    applicant: Mapping[str, Any] = body.get("applicant") or {}
    known = identifiable(applicant)
    tails = number_groups(read_number(body["number"]).digits)
    db.execute(
        "INSERT INTO turned_away (id, kind, number, service, applicant, applicant_key, at, "
        "operator, remind_on, entry_id, body, folded) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            body["id"],
            kind,
            body["number"],
            body["service"],
            short_name(applicant) or str(applicant.get("title") or ""),
            key_of(applicant) if known else "",
            body["at"],
            body["operator"],
            body.get("remind_on"),
            entry_id,
            json.dumps(body, ensure_ascii=False, separators=(",", ":")),
            indexed_text([full_name(applicant)], people_groups([applicant]), tails),
        ],
    )
    if known:
        applicants.remember_new(db, applicants.row_of(applicant, body["id"]))


def identifiable(applicant: Mapping[str, Any]) -> bool:
    """Whether the block tells this person from another one of the same name, and reads."""
    try:
        date.fromisoformat(str(applicant.get("birth_date") or "2000-01-01"))
    except ValueError:
        return False  # as typed, not read yet
    numbers = ("snils", "inn", "ogrn", "ogrnip", "birth_date")
    return bool(full_name(applicant)) and any(applicant.get(name) for name in numbers)


def close(db: Database, turning_id: str, how: str, at: str, why: str = "") -> bool:
    """End a waiting entry; False when it has ended already."""
    return (
        int(
            db.execute(
                "UPDATE turned_away SET closed = ?, closed_at = ?, closed_why = ? "
                "WHERE id = ? AND closed IS NULL",
                [how, at, why, turning_id],
            ).rowcount
        )
        == 1
    )


@translate_errors()
def get(db: Database, id_or_number: str) -> StoredTurning | None:
    """Return one by its id or its number (as printed, with dashes), or None."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM turned_away AS t WHERE t.id = ? OR t.number = ?",  # noqa: S608 - constant columns
        [id_or_number, id_or_number],
    ).fetchone()
    return StoredTurning(*row) if row else None


@translate_errors()
def due(db: Database, day: str, limit: int) -> list[StoredTurning]:
    """Return what waits and should be remembered on `day` (ISO date) or before, oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM turned_away AS t WHERE t.remind_on <= ? AND t.closed IS NULL "  # noqa: S608 - constant columns
        "AND t.remind_on IS NOT NULL ORDER BY t.remind_on, t.n LIMIT ?",
        [day, limit],
    ).fetchall()
    return [StoredTurning(*row) for row in rows]


@translate_errors()
def waiting(db: Database, limit: int) -> list[StoredTurning]:
    """Return all that still waits, the reminder due first in front."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM turned_away AS t WHERE t.kind = ? AND t.closed IS NULL "  # noqa: S608 - constant columns
        "ORDER BY t.remind_on, t.n LIMIT ?",
        [WAITING, limit],
    ).fetchall()
    return [StoredTurning(*row) for row in rows]


@translate_errors()
def of_applicants(
    db: Database, keys: list[str], *, kind: str | None = None, service: str | None = None
) -> list[StoredTurning]:
    """Return what happened to an applicant known under these keys, newest first."""
    marks = ", ".join("?" for _ in keys)
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM turned_away AS t WHERE t.applicant_key IN ({marks}) "  # noqa: S608 - constant columns
        "AND (? IS NULL OR t.kind = ?) AND (? IS NULL OR t.service = ?) ORDER BY t.n DESC",
        [*keys, kind, kind, service, service],
    ).fetchall()
    return [StoredTurning(*row) for row in rows]


@translate_errors()
def matching(db: Database, match: str, limit: int) -> list[StoredTurning]:
    """Return those matching an FTS5 expression, newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM turned_away_fts AS f JOIN turned_away AS t ON t.n = f.rowid "  # noqa: S608 - constant columns
        "WHERE turned_away_fts MATCH ? ORDER BY f.rowid DESC LIMIT ?",
        [match, limit],
    ).fetchall()
    return [StoredTurning(*row) for row in rows]


@translate_errors()
def count_on(db: Database, day: str, kind: str) -> int:
    """Return how many there were of a kind on a day of the office (ISO date)."""
    row = db.execute(
        "SELECT count(*) FROM turned_away WHERE day = ? AND kind = ?", [day, kind]
    ).fetchone()
    return int(row[0])
