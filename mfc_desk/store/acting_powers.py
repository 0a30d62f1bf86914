"""Until when those act who came for an applicant: the powers of requests that go on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forms.persons import power_of
from mfc_desk.store.request_acts import CLOSING
from mfc_desk.store.requests import AMEND, REGISTER
from sync.database import Database, Migrations, translate_errors
from sync.entries import Entry

migrations = Migrations("desk.acting-powers")
REPLAYED = {"acting_power": "request_id, last"}
"""Tables that follow from the journal, with the columns a replay must give again."""


@migrations()
def m001_acting_power(db: Database) -> None:
    """One row a request somebody came for with a power that ends; `last` its last day."""
    db.execute(
        """
        CREATE TABLE acting_power (
            request_id TEXT PRIMARY KEY,
            last TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX acting_power_last ON acting_power (last)")
    for request_id, representative in db.execute(
        "SELECT id, json_extract(body, '$.record.representative') FROM request "
        "WHERE json_extract(body, '$.record.representative') IS NOT NULL"
    ).fetchall():
        keep(db, request_id, {"representative": json.loads(representative)})


@dataclass(frozen=True)
class EndingPower:
    """A power of a request that goes on; `last` ISO date."""

    request_id: str
    number: str
    applicant: str
    last: str


def apply_entry(db: Database, entry: Entry) -> None:
    """Follow registrations and amendments; other kinds change nothing."""
    if entry.kind in (REGISTER, AMEND) and entry.request_id is not None:
        keep(db, entry.request_id, entry.body["record"])


def keep(db: Database, request_id: str, record: Mapping[str, Any]) -> None:
    """Remember until when a record's representative acts; inside the act's transaction."""
    db.execute("DELETE FROM acting_power WHERE request_id = ?", [request_id])
    representative = record.get("representative")
    if not isinstance(representative, Mapping):
        return
    last = power_of(representative).last
    if last is not None:
        db.execute(
            "INSERT INTO acting_power (request_id, last) VALUES (?, ?)",
            [request_id, last.isoformat()],
        )


@translate_errors()
def ending(db: Database, day: str, limit: int) -> list[EndingPower]:
    """Return powers of requests that go on whose last day is `day` or before it, soonest first."""
    rows = db.execute(
        "SELECT p.request_id, r.number, r.applicant, p.last FROM acting_power AS p "
        "JOIN request AS r ON r.id = p.request_id WHERE p.last <= ? AND NOT EXISTS (SELECT 1 "
        "FROM request_act AS a WHERE a.request_id = p.request_id AND a.kind IN (?, ?)) "
        "ORDER BY p.last, r.rid LIMIT ?",
        [day, *CLOSING, limit],
    ).fetchall()
    return [EndingPower(*row) for row in rows]
