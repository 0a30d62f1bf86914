"""How often each paper came out, as the journal says: what a further printing is numbered by."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sync.database import Database, Migrations, translate_errors
from sync.entries import Entry, decode
from sync.errors import EntryInvalid

migrations = Migrations("desk.printed_papers")
REPLAYED = {"printed_paper": "bearer, paper, copies"}
"""Tables that follow from the journal, with the columns a replay must give again."""

PRINTED = "paper.printed"


@migrations()
def m001_printed_paper(db: Database) -> None:
    """One row a paper of a request (its id) or of a number of its own."""
    db.execute(
        """
        CREATE TABLE printed_paper (
            bearer TEXT NOT NULL,
            paper TEXT NOT NULL,
            copies INTEGER NOT NULL,
            PRIMARY KEY (bearer, paper)
        ) STRICT, WITHOUT ROWID
        """
    )
    for (data,) in db.execute(
        "SELECT bytes FROM journal WHERE kind = ? AND bytes IS NOT NULL GROUP BY entry_id",
        [PRINTED],
    ).fetchall():
        try:
            apply_entry(db, decode(data))
        except EntryInvalid:
            continue  # the check of the desk names it


def apply_entry(db: Database, entry: Entry) -> None:
    """Count a printing; entries of other kinds change nothing."""
    if entry.kind == PRINTED:
        came_out(db, entry.body)


def came_out(db: Database, body: Mapping[str, Any]) -> None:
    """Count what a `paper.printed` entry says; inside the act's transaction."""
    db.execute(
        "INSERT INTO printed_paper (bearer, paper, copies) VALUES (?, ?, 1) "
        "ON CONFLICT (bearer, paper) DO UPDATE SET copies = copies + 1",
        [_bearer(body), body["paper"]],
    )


@translate_errors()
def printings(db: Database) -> frozenset[tuple[str, str, int]]:
    """Return bearer, paper and copy of every printing the journal says; reads all of them."""
    found = db.execute(
        "SELECT bytes FROM journal WHERE kind = ? AND bytes IS NOT NULL GROUP BY entry_id",
        [PRINTED],
    )
    known = set()
    for (data,) in found:
        with suppress(EntryInvalid):  # the check of the desk names it
            body = decode(data).body
            known.add((_bearer(body), str(body["paper"]), int(body["copy"])))
    return frozenset(known)


def _bearer(body: Mapping[str, Any]) -> str:
    return str(body.get("request") or body.get("subject", ""))


@translate_errors()
def copies(db: Database, bearer: str, paper: str) -> int:
    """Return how many copies of a paper came out."""
    row = db.execute(
        "SELECT copies FROM printed_paper WHERE bearer = ? AND paper = ?", [bearer, paper]
    ).fetchone()
    return int(row[0]) if row else 0
