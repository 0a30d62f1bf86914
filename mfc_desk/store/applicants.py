"""Applicants this desk has already served, remembered from registered requests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forms.names import fold, full_name
from mfc_desk.store.search import indexed_text, people_groups
from sync.database import Database, Migrations, translate_errors
from sync.entries import Entry

migrations = Migrations("desk.applicants")
REPLAYED = {"applicant": "id, same, name, birth_date, phone_tail, snils_tail, body, folded"}
"""Tables that follow from the journal, with the columns a replay must give again."""

REGISTER = "request.register"
_TAIL = 4
_NUMBERS = ("snils", "inn", "ogrn", "ogrnip")


@migrations()
def m001_applicants(db: Database) -> None:
    """One row an applicant, found again by `same`: СНИЛС, ИНН, or names with birth date."""
    db.execute(
        """
        CREATE TABLE applicant (
            aid INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            same TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            birth_date TEXT,
            phone_tail TEXT NOT NULL,
            snils_tail TEXT NOT NULL,
            body TEXT NOT NULL,
            folded TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE VIRTUAL TABLE applicant_fts USING fts5(
            folded, content = 'applicant', content_rowid = 'aid',
            tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2 3', columnsize = 0
        )
        """
    )
    db.execute(
        "CREATE TRIGGER applicant_fts_insert AFTER INSERT ON applicant BEGIN "
        "INSERT INTO applicant_fts (rowid, folded) VALUES (new.aid, new.folded); END"
    )
    db.execute(
        "CREATE TRIGGER applicant_fts_update AFTER UPDATE OF folded ON applicant "
        "WHEN old.folded IS NOT new.folded BEGIN "
        "INSERT INTO applicant_fts (applicant_fts, rowid, folded) "
        "VALUES ('delete', old.aid, old.folded); "
        "INSERT INTO applicant_fts (rowid, folded) VALUES (new.aid, new.folded); END"
    )


@dataclass(frozen=True)
class StoredApplicant:
    """A row of `applicant`; `body` is the JSON of the document's applicant block."""

    id: str
    same: str
    name: str
    birth_date: str | None
    phone_tail: str
    snils_tail: str
    body: str
    folded: str


def row_of(applicant: Mapping[str, Any], request_id: str) -> StoredApplicant:
    """Return the row an applicant is remembered by; the first request gives it its id."""
    birth_date = applicant.get("birth_date")
    return StoredApplicant(
        id=request_id,
        same=_same(applicant),
        name=full_name(applicant),
        birth_date=str(birth_date) if birth_date else None,
        phone_tail=_tail(applicant.get("phone")),
        snils_tail=_tail(applicant.get("snils")),
        body=json.dumps(applicant, ensure_ascii=False, separators=(",", ":")),
        folded=indexed_text([full_name(applicant)], people_groups([applicant])),
    )


def _same(applicant: Mapping[str, Any]) -> str:
    """Return what tells the same applicant next time: a number of the state, or names and birth."""
    kind = applicant.get("kind", "person")
    for name in _NUMBERS:
        if applicant.get(name):
            return f"{kind}|{name}:{applicant[name]}"
    return f"{kind}|{fold(full_name(applicant))}|{applicant.get('birth_date') or ''}"


def _tail(value: object) -> str:
    digits = "".join(character for character in str(value or "") if character.isdecimal())
    return digits[-_TAIL:]


def apply_entry(db: Database, entry: Entry) -> None:
    """Remember the applicant of a `request.register` entry; other kinds change nothing."""
    if entry.kind == REGISTER and entry.request_id is not None:
        remember(db, row_of(entry.body["record"]["applicant"], entry.request_id))


def remember(db: Database, applicant: StoredApplicant) -> None:
    """Insert, or bring an applicant known by `same` up to date, keeping the first id."""
    db.execute(
        "INSERT INTO applicant (id, same, name, birth_date, phone_tail, snils_tail, body, folded) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (same) DO UPDATE SET name = excluded.name, "
        "birth_date = excluded.birth_date, phone_tail = excluded.phone_tail, "
        "snils_tail = excluded.snils_tail, body = excluded.body, folded = excluded.folded",
        [
            applicant.id,
            applicant.same,
            applicant.name,
            applicant.birth_date,
            applicant.phone_tail,
            applicant.snils_tail,
            applicant.body,
            applicant.folded,
        ],
    )


_COLUMNS = "id, same, name, birth_date, phone_tail, snils_tail, body, folded"


@translate_errors()
def get(db: Database, applicant_id: str) -> StoredApplicant | None:
    """Return one applicant, or None."""
    row = db.execute(f"SELECT {_COLUMNS} FROM applicant WHERE id = ?", [applicant_id]).fetchone()  # noqa: S608 - constant columns
    return StoredApplicant(*row) if row else None


@translate_errors()
def newest(db: Database, limit: int) -> list[StoredApplicant]:
    """Return up to `limit` applicants, last remembered first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM applicant ORDER BY aid DESC LIMIT ?",  # noqa: S608 - constant columns
        [limit],
    ).fetchall()
    return [StoredApplicant(*row) for row in rows]


@translate_errors()
def matching(db: Database, match: str, limit: int) -> list[StoredApplicant]:
    """Return up to `limit` applicants that match an FTS5 expression, last remembered first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM applicant WHERE aid IN (SELECT rowid FROM applicant_fts "  # noqa: S608 - constant columns
        "WHERE applicant_fts MATCH ? ORDER BY rowid DESC LIMIT ?) ORDER BY aid DESC",
        [match, limit],
    ).fetchall()
    return [StoredApplicant(*row) for row in rows]
