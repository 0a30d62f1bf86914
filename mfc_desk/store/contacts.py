"""Contacts of applicants corrected on their cards: what was changed, from what to what, and back.

The contacts in force stand in the applicant's own row; here is what was done to them by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync.database import Database, Migrations, translate_errors
from sync.entries import Entry

migrations = Migrations("desk.contacts")
REPLAYED = {"contact_change": "n, id, applicant_id, at, operator, undone_by, undoes, changes"}
"""Tables that follow from the journal, with the columns a replay must give again."""

CHANGED = "applicant.amend"
NAMES = ("phone", "email", "address", "fact_address")
"""The members of an applicant's block that are contacts."""


@migrations()
def m001_contacts(db: Database) -> None:
    """One row a change, in the order of the journal; one taken back names what took it back."""
    db.execute(
        """
        CREATE TABLE contact_change (
            n INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            applicant_id TEXT NOT NULL,
            at TEXT NOT NULL,
            operator TEXT NOT NULL,
            undone_by TEXT,
            undoes TEXT,
            changes TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX contact_change_applicant ON contact_change (applicant_id, n)")


@dataclass(frozen=True)
class StoredChange:
    """A row of `contact_change`; `changes` is the JSON of {name: [before, after]}, null: none.

    `undoes` is the id of the change this one took back, `undone_by` of the one that did it.
    """

    id: str
    applicant_id: str
    at: str
    operator: str
    undone_by: str | None
    undoes: str | None
    changes: str


def apply_entry(db: Database, entry: Entry) -> None:
    """Add a change; entries of other kinds change nothing."""
    if entry.kind == CHANGED:
        add(db, entry.body)


def add(db: Database, body: Mapping[str, Any]) -> None:
    """Insert what an `applicant.amend` entry says; inside the act's transaction."""
    db.execute(
        "INSERT INTO contact_change (id, applicant_id, at, operator, undoes, changes) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [
            body["id"],
            body["applicant_id"],
            body["at"],
            body["operator"],
            body.get("undoes"),
            json.dumps(body["changes"], ensure_ascii=False, separators=(",", ":")),
        ],
    )
    db.execute(
        "UPDATE contact_change SET undone_by = ? WHERE id = ?", [body["id"], body.get("undoes")]
    )


@translate_errors()
def of_applicants(db: Database, applicant_ids: list[str]) -> list[StoredChange]:
    """Return the changes of these records, newest first."""
    marks = ", ".join("?" for _ in applicant_ids)
    rows = db.execute(
        "SELECT id, applicant_id, at, operator, undone_by, undoes, changes "  # noqa: S608 - marks
        f"FROM contact_change WHERE applicant_id IN ({marks}) ORDER BY n DESC",
        applicant_ids,
    ).fetchall()
    return [StoredChange(*row) for row in rows]


def changed(block: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return an applicant's block with the contacts of {name: [before, after]} in force."""
    block = dict(block)
    for name, (_, after) in changes.items():
        block.pop(name, None)
        if after:
            block[name] = after
    return block


def kept(
    db: Database,
    applicant_id: str,
    held: Mapping[str, Any],
    told: Mapping[str, Any],
    had: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the block an amended request tells, with contacts that were corrected since.

    `had` is the block of its version before. A contact it had all along is that of its own day:
    where `held` has what was done on the card, the card's stays. One it names anew counts.
    """
    stays = {
        name: (None, held.get(name))
        for name, values in _by_hand(db, applicant_id).items()
        if held.get(name) in values and told.get(name) == had.get(name)
    }
    return changed(told, stays)


def brought_up_to_date(
    db: Database, applicant_id: str, held: Mapping[str, Any], told: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the card has for the contacts of a block from before they were corrected.

    Only where `held` has what was done on the card, and `told` something the card has had; None
    for one that was taken away.
    """
    return {
        name: held.get(name)
        for name, values in _by_hand(db, applicant_id).items()
        if held.get(name) in values
        and told.get(name) in values
        and told.get(name) != held.get(name)
    }


def _by_hand(db: Database, applicant_id: str) -> dict[str, set[Any]]:
    """What each contact that was corrected on the card has been there, before and after."""
    values: dict[str, set[Any]] = {}
    for one in of_applicants(db, [applicant_id]):
        for name, (before, after) in json.loads(one.changes).items():
            values.setdefault(name, set()).update((before, after))
    return values
