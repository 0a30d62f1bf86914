"""Consents to the processing of personal data (152-ФЗ): one purpose each, given and withdrawn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync.database import Database, Migrations, translate_errors
from sync.entries import Entry

migrations = Migrations("desk.consents")
REPLAYED = {
    "consent": "id, applicant_id, purpose, given_at, until, withdrawn_at, operator, entry_id, body"
}
"""Tables that follow from the journal, with the columns a replay must give again."""

GIVEN, WITHDRAWN = "consent.give", "consent.withdraw"


@migrations()
def m001_consents(db: Database) -> None:
    """One row a consent; a withdrawn one stays, with the day of it."""
    db.execute(
        """
        CREATE TABLE consent (
            id TEXT PRIMARY KEY,
            applicant_id TEXT NOT NULL,
            purpose TEXT NOT NULL,
            given_at TEXT NOT NULL,
            until TEXT NOT NULL,
            withdrawn_at TEXT,
            operator TEXT NOT NULL,
            entry_id TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX consent_applicant ON consent (applicant_id, given_at)")


@dataclass(frozen=True)
class StoredConsent:
    """A row of `consent`: times ISO with the office's offset, `until` an ISO date."""

    id: str
    applicant_id: str
    purpose: str
    given_at: str
    until: str
    withdrawn_at: str | None
    operator: str
    body: str


def apply_entry(db: Database, entry: Entry) -> None:
    """Add or withdraw a consent; entries of other kinds change nothing."""
    if entry.kind == GIVEN:
        add(db, entry.body, entry_id=entry.entry_id)
    elif entry.kind == WITHDRAWN:
        withdraw(db, entry.body["id"], entry.body["at"])


def add(db: Database, body: Mapping[str, Any], *, entry_id: str) -> None:
    """Insert what a `consent.give` entry says; inside the act's transaction."""
    db.execute(
        "INSERT INTO consent (id, applicant_id, purpose, given_at, until, operator, entry_id, "
        "body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            body["id"],
            body["applicant_id"],
            body["purpose"],
            body["at"],
            body["until"],
            body["operator"],
            entry_id,
            json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        ],
    )


def withdraw(db: Database, consent_id: str, at: str) -> bool:
    """End a consent; False when there is none in force."""
    done = db.execute(
        "UPDATE consent SET withdrawn_at = ? WHERE id = ? AND withdrawn_at IS NULL",
        [at, consent_id],
    )
    return int(done.rowcount) == 1


@translate_errors()
def of_applicants(db: Database, applicant_ids: list[str]) -> list[StoredConsent]:
    """Return the consents of these records, newest first."""
    marks = ", ".join("?" for _ in applicant_ids)
    rows = db.execute(
        "SELECT id, applicant_id, purpose, given_at, until, withdrawn_at, operator, body "  # noqa: S608 - marks
        f"FROM consent WHERE applicant_id IN ({marks}) ORDER BY given_at DESC, id DESC",
        applicant_ids,
    ).fetchall()
    return [StoredConsent(*row) for row in rows]
