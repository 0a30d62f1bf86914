"""What is still to come for a registered request: papers promised by a day, and its payments."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mfc_desk.store.request_acts import CLOSING
from mfc_desk.store.requests import AMEND, REGISTER
from sync.database import Database, Migrations, translate_errors
from sync.entries import Entry

migrations = Migrations("desk.follow-ups")
REPLAYED = {
    "promised_paper": "request_id, name, due, brought_at",
    "charge": "request_id, uin, at, operator",
    "payment": "id, request_id, way, kopecks, paid_on, uin, document, at, operator, replaced_by, "
    "difference, reason",
}
"""Tables that follow from the journal, with the columns a replay must give again."""

BROUGHT = "document.brought"
PAYMENT = "payment.note"
UIN = "payment.uin"


@migrations()
def m001_follow_ups(db: Database) -> None:
    """One row a paper the applicant brings later, one row a payment that was shown."""
    db.execute(
        """
        CREATE TABLE promised_paper (
            request_id TEXT NOT NULL,
            name TEXT NOT NULL,
            due TEXT NOT NULL,
            brought_at TEXT,
            PRIMARY KEY (request_id, name)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX promised_paper_due ON promised_paper (due) WHERE brought_at IS NULL")
    db.execute(
        """
        CREATE TABLE payment (
            id TEXT PRIMARY KEY,
            request_id TEXT NOT NULL,
            way TEXT NOT NULL,
            kopecks INTEGER NOT NULL,
            paid_on TEXT NOT NULL,
            uin TEXT NOT NULL,
            document TEXT NOT NULL,
            at TEXT NOT NULL,
            operator TEXT NOT NULL,
            replaced_by TEXT
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX payment_request ON payment (request_id, at)")
    for request_id, body in db.execute(
        "SELECT id, json_extract(body, '$.record') FROM request WHERE body LIKE '%\"promised\"%'"
    ).fetchall():
        expect(db, request_id, json.loads(body))


@migrations()
def m002_charge(db: Database) -> None:
    """The УИН an authority gave to the charge of a request, before anything was paid."""
    db.execute(
        """
        CREATE TABLE charge (
            request_id TEXT PRIMARY KEY,
            uin TEXT NOT NULL,
            at TEXT NOT NULL,
            operator TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def m003_differences(db: Database) -> None:
    """In what a payment did not fit the duty, and why it was noted all the same."""
    db.execute("ALTER TABLE payment ADD COLUMN difference TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE payment ADD COLUMN reason TEXT NOT NULL DEFAULT ''")


@dataclass(frozen=True)
class PromisedPaper:
    """A paper to come, with its request; `due` ISO date, `brought_at` ISO or None."""

    request_id: str
    number: str
    applicant: str
    service: str
    name: str
    due: str
    brought_at: str | None


@dataclass(frozen=True)
class StoredPayment:
    """A row of `payment`; `replaced_by` is the id of the note that corrects it.

    `difference`: in what it did not fit the duty, empty when it did; `reason`: why it was noted.
    """

    id: str
    request_id: str
    way: str
    kopecks: int
    paid_on: str
    uin: str
    document: str
    at: str
    operator: str
    replaced_by: str | None
    difference: str
    reason: str


def apply_entry(db: Database, entry: Entry) -> None:
    """Follow registrations, papers brought and payments; other kinds change nothing."""
    if entry.kind == REGISTER and entry.request_id is not None:
        expect(db, entry.request_id, entry.body["record"])
    elif entry.kind == AMEND and entry.request_id is not None:
        amended(db, entry.request_id, entry.body["record"], entry.body["at"])
    elif entry.kind == BROUGHT:
        bring(db, entry.body["request"], entry.body["name"], entry.body["at"])
    elif entry.kind == PAYMENT:
        pay(db, entry.body)
    elif entry.kind == UIN:
        charge(db, entry.body)


def expect(db: Database, request_id: str, record: Mapping[str, Any]) -> None:
    """Remember the papers a record promises; inside the act's transaction."""
    for paper in record.get("documents") or []:
        if paper.get("promised"):
            db.execute(
                "INSERT INTO promised_paper (request_id, name, due) VALUES (?, ?, ?) "
                "ON CONFLICT (request_id, name) DO UPDATE SET due = excluded.due",
                [request_id, paper["name"], paper["promised"]],
            )


def amended(db: Database, request_id: str, record: Mapping[str, Any], at: str) -> None:
    """Follow an amendment: what it promises no more is here, or not asked for."""
    promised = {paper["name"] for paper in record.get("documents") or [] if paper.get("promised")}
    for one in promised_of(db, request_id):
        if one.name not in promised:
            bring(db, request_id, one.name, at)
    expect(db, request_id, record)


def bring(db: Database, request_id: str, name: str, at: str) -> bool:
    """The paper came; False when it was not waited for."""
    done = db.execute(
        "UPDATE promised_paper SET brought_at = ? WHERE request_id = ? AND name = ? "
        "AND brought_at IS NULL",
        [at, request_id, name],
    )
    return int(done.rowcount) == 1


_PAPER = (
    "SELECT p.request_id, r.number, r.applicant, r.service, p.name, p.due, p.brought_at "
    "FROM promised_paper AS p JOIN request AS r ON r.id = p.request_id "
)


@translate_errors()
def due(db: Database, day: str, limit: int) -> list[PromisedPaper]:
    """Return papers that should be here by `day` (ISO date) and are not, oldest first."""
    rows = db.execute(
        _PAPER + "WHERE p.due <= ? AND p.brought_at IS NULL AND NOT EXISTS (SELECT 1 "
        "FROM request_act AS a WHERE a.request_id = p.request_id AND a.kind IN (?, ?)) "
        "ORDER BY p.due, r.rid LIMIT ?",
        [day, *CLOSING, limit],
    ).fetchall()
    return [PromisedPaper(*row) for row in rows]


@translate_errors()
def promised_of(db: Database, request_id: str) -> list[PromisedPaper]:
    """Return the papers promised for a request, brought ones too."""
    rows = db.execute(_PAPER + "WHERE p.request_id = ? ORDER BY p.due, p.name", [request_id])
    return [PromisedPaper(*row) for row in rows.fetchall()]


def pay(db: Database, body: Mapping[str, Any]) -> None:
    """Insert what a `payment.note` entry says; a note it replaces counts no more."""
    db.execute(
        "INSERT INTO payment (id, request_id, way, kopecks, paid_on, uin, document, at, operator, "
        "difference, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            body["id"],
            body["request"],
            body["way"],
            body["kopecks"],
            body["paid_on"],
            body["uin"],
            body["document"],
            body["at"],
            body["operator"],
            body.get("difference", ""),
            body.get("reason", ""),
        ],
    )
    db.execute(
        "UPDATE payment SET replaced_by = ? WHERE id = ?", [body["id"], body.get("replaces")]
    )


@translate_errors()
def payments_of(db: Database, request_id: str) -> list[StoredPayment]:
    """Return the payments of a request in force, oldest first."""
    rows = db.execute(
        "SELECT id, request_id, way, kopecks, paid_on, uin, document, at, operator, replaced_by, "
        "difference, reason FROM payment WHERE request_id = ? AND replaced_by IS NULL "
        "ORDER BY at, id",
        [request_id],
    ).fetchall()
    return [StoredPayment(*row) for row in rows]


def charge(db: Database, body: Mapping[str, Any]) -> None:
    """Keep what a `payment.uin` entry says in the place of what an earlier one did."""
    db.execute(
        "INSERT OR REPLACE INTO charge (request_id, uin, at, operator) VALUES (?, ?, ?, ?)",
        [body["request"], body["uin"], body["at"], body["operator"]],
    )


@translate_errors()
def uin_of(db: Database, request_id: str) -> str:
    """Return the УИН told last for a request, with its charge or with a payment; "" for none."""
    row = db.execute(
        "SELECT uin FROM (SELECT uin, at, 1 AS own, '' AS id FROM charge WHERE request_id = ?1 "
        "UNION ALL SELECT uin, at, 0, id FROM payment WHERE request_id = ?1 "
        "AND replaced_by IS NULL AND uin <> '') ORDER BY at DESC, own DESC, id DESC LIMIT 1",
        [request_id],
    ).fetchone()
    return str(row[0]) if row else ""
