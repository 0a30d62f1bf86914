"""Applicants this desk has already served, remembered from registered requests."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from forms.names import fold, full_name
from mfc_desk.store import contacts
from mfc_desk.store.search import PATIENCE_S, interrupted_after
from sync.database import Database, Migrations, OperationalError, translate_errors
from sync.entries import Entry

migrations = Migrations("desk.applicants")
REPLAYED = {
    "applicant": "id, same, name, birth_date, phone_tail, snils_tail, body, alike",
    "applicant_merge": "other, survivor, entry_id",
}
"""Tables that follow from the journal, with the columns a replay must give again."""

REGISTER, AMEND = "request.register", "request.amend"
MERGE, SPLIT = "applicant.merge", "applicant.split"
_TAIL = 4
_NUMBERS = ("snils", "inn", "ogrn", "ogrnip")


@migrations()
def m001_applicants(db: Database) -> None:
    """One row an applicant, found again by `same`: СНИЛС, ИНН, or names with birth date.

    They are searched by their requests, so no search index is kept of them.
    """
    db.execute(
        """
        CREATE TABLE applicant (
            same TEXT PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            birth_date TEXT,
            phone_tail TEXT NOT NULL,
            snils_tail TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def m002_one_person(db: Database) -> None:
    """What two records of one person share, and which record of somebody counts as another's.

    A merge is a row, not a change: both records stay, and undoing it takes the row away.
    """
    db.execute("ALTER TABLE applicant ADD COLUMN alike TEXT NOT NULL DEFAULT ''")
    for same, body in db.execute("SELECT same, body FROM applicant").fetchall():
        alike = alike_of(json.loads(body))
        db.execute("UPDATE applicant SET alike = ? WHERE same = ?", [alike, same])
    db.execute("CREATE INDEX applicant_alike ON applicant (alike) WHERE alike <> ''")
    db.execute(
        """
        CREATE TABLE applicant_merge (
            other TEXT PRIMARY KEY,
            survivor TEXT NOT NULL,
            entry_id TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX applicant_merge_survivor ON applicant_merge (survivor)")


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
    alike: str


def row_of(applicant: Mapping[str, Any], request_id: str) -> StoredApplicant:
    """Return the row an applicant is remembered by; the first request gives it its id."""
    birth_date = applicant.get("birth_date")
    return StoredApplicant(
        id=request_id,
        same=key_of(applicant),
        name=full_name(applicant),
        birth_date=str(birth_date) if birth_date else None,
        phone_tail=_tail(applicant.get("phone")),
        snils_tail=_tail(applicant.get("snils")),
        body=_text(applicant),
        alike=alike_of(applicant),
    )


def key_of(applicant: Mapping[str, Any]) -> str:
    """Return what tells the same applicant next time: a number of the state, or names and birth."""
    kind = applicant.get("kind", "person")
    for name in _NUMBERS:
        if applicant.get(name):
            return f"{kind}|{name}:{applicant[name]}"
    return f"{kind}|{fold(full_name(applicant))}|{applicant.get('birth_date') or ''}"


def alike_of(applicant: Mapping[str, Any]) -> str:
    """Return what records of one person share whatever numbers they hold: folded name and birth.

    Empty for organisations (their numbers tell them apart) and where the birth date is not known.
    """
    name, birth = fold(full_name(applicant)), applicant.get("birth_date")
    if applicant.get("kind") == "organisation" or not (name and birth):
        return ""
    return f"{name}|{birth}"


def _text(applicant: Mapping[str, Any]) -> str:
    return json.dumps(applicant, ensure_ascii=False, separators=(",", ":"))


def _tail(value: object) -> str:
    digits = "".join(character for character in str(value or "") if character.isdecimal())
    return digits[-_TAIL:]


def apply_entry(db: Database, entry: Entry) -> None:
    """Remember the applicant of a version, merge, correct contacts; other kinds change nothing."""
    if entry.kind in (REGISTER, AMEND) and entry.request_id is not None:
        told = row_of(entry.body["record"]["applicant"], entry.request_id)
        remember(db, told, amended=entry.kind == AMEND)
    elif entry.kind == contacts.CHANGED:
        correct(db, entry.body)
    elif entry.kind == MERGE:
        merge(db, entry.body["survivor"], entry.body["other"], entry.entry_id)
    elif entry.kind == SPLIT:
        split(db, entry.body["other"])


def merge(db: Database, survivor: str, other: str, entry_id: str) -> None:
    """Count the record `other` as one of `survivor`; both are ids."""
    db.execute(
        "INSERT INTO applicant_merge (other, survivor, entry_id) VALUES (?, ?, ?)",
        [other, survivor, entry_id],
    )


def split(db: Database, other: str) -> bool:
    """Let a merged record stand alone again; False when it did already."""
    return int(db.execute("DELETE FROM applicant_merge WHERE other = ?", [other]).rowcount) == 1


def correct(db: Database, body: Mapping[str, Any]) -> None:
    """Put the contacts of an `applicant.amend` entry in force; inside the act's transaction."""
    stored = get(db, body["applicant_id"])
    if stored is None:
        return
    block = contacts.changed(json.loads(stored.body), body["changes"])
    db.execute(
        "UPDATE applicant SET body = ?, phone_tail = ? WHERE id = ?",
        [_text(block), _tail(block.get("phone")), stored.id],
    )


def remember(db: Database, applicant: StoredApplicant, *, amended: bool = False) -> None:
    """Insert, or bring an applicant known by `same` up to date, keeping the first id.

    A request that was `amended` may know its applicant by another key now: the record follows it
    when nothing else stands under the old key, else the new key gets a record of its own. Contacts
    corrected on the card stay unless the amendment names new ones.
    """
    request_id = applicant.id
    held = db.execute("SELECT same FROM applicant WHERE id = ?", [request_id]).fetchone()
    if held and held[0] != applicant.same:
        if _follows(db, held[0], applicant.same):
            db.execute("UPDATE applicant SET same = ? WHERE same = ?", [applicant.same, held[0]])
        applicant = replace(applicant, id=_free_id(db, applicant.id))
    if amended:
        applicant = _with_corrections(db, applicant, request_id)
    db.execute(
        "INSERT INTO applicant (id, same, name, birth_date, phone_tail, snils_tail, body, alike) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (same) DO UPDATE SET name = excluded.name, "
        "birth_date = excluded.birth_date, phone_tail = excluded.phone_tail, "
        "snils_tail = excluded.snils_tail, body = excluded.body, alike = excluded.alike",
        list(vars(applicant).values()),
    )


def _with_corrections(db: Database, applicant: StoredApplicant, request_id: str) -> StoredApplicant:
    """The row with the contacts that were corrected on the card since its request was taken."""
    known = of_keys(db, [applicant.same])
    if not known:
        return applicant
    told = json.loads(applicant.body)
    before = db.execute(
        "SELECT applicant_before FROM request WHERE id = ?", [request_id]
    ).fetchone()
    had = json.loads(before[0]) if before and before[0] else {}
    held = json.loads(known[0].body)
    block = contacts.kept(db, known[0].id, held, told, had)
    if block == told:
        return applicant
    return replace(applicant, body=_text(block), phone_tail=_tail(block.get("phone")))


def _follows(db: Database, old: str, new: str) -> bool:
    """Whether nothing but the amended request stood under the old key, and the new one is free."""
    others = db.execute(
        "SELECT 1 FROM request WHERE applicant_key = ? UNION ALL "
        "SELECT 1 FROM turned_away WHERE applicant_key = ? UNION ALL "
        "SELECT 1 FROM applicant WHERE same = ? LIMIT 1",
        [old, old, new],
    ).fetchone()
    return others is None


def _free_id(db: Database, request_id: str) -> str:
    """An id for a further record that one request made known: UUID.2, UUID.3 …"""
    n = 2
    while db.execute("SELECT 1 FROM applicant WHERE id = ?", [f"{request_id}.{n}"]).fetchone():
        n += 1
    return f"{request_id}.{n}"


def remember_new(db: Database, applicant: StoredApplicant) -> None:
    """Insert somebody who is not known yet; what is known of others stays as it is."""
    db.execute(
        "INSERT INTO applicant (id, same, name, birth_date, phone_tail, snils_tail, body, alike) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (same) DO NOTHING",
        list(vars(applicant).values()),
    )


COLUMNS = "a.id, a.same, a.name, a.birth_date, a.phone_tail, a.snils_tail, a.body, a.alike"


@translate_errors()
def get(db: Database, applicant_id: str) -> StoredApplicant | None:
    """Return one applicant, or None."""
    row = db.execute(
        f"SELECT {COLUMNS} FROM applicant AS a WHERE a.id = ?",  # noqa: S608 - constant columns
        [applicant_id],
    ).fetchone()
    return StoredApplicant(*row) if row else None


@translate_errors()
def of_keys(db: Database, keys: list[str]) -> list[StoredApplicant]:
    """Return the applicants known by these keys."""
    marks = ", ".join("?" for _ in keys)
    rows = db.execute(
        f"SELECT {COLUMNS} FROM applicant AS a WHERE a.same IN ({marks})",  # noqa: S608 - constant columns
        keys,
    ).fetchall()
    return [StoredApplicant(*row) for row in rows]


@translate_errors()
def newest(db: Database, limit: int) -> list[StoredApplicant]:
    """Return up to `limit` applicants, last remembered first."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM applicant AS a ORDER BY a.id DESC LIMIT ?",  # noqa: S608 - constant columns
        [limit],
    ).fetchall()
    return [StoredApplicant(*row) for row in rows]


@translate_errors()
def matching(
    db: Database,
    match: str,
    limit: int,
    fits: Callable[[StoredApplicant], bool],
    monotonic: Callable[[], float] = time.monotonic,
) -> list[StoredApplicant]:
    """Return up to `limit` applicants that fit, of requests matching an FTS5 expression.

    The one served last comes first; a search that takes too long ends with what it has found.
    """
    found: dict[str, StoredApplicant] = {}
    with interrupted_after(db, PATIENCE_S, monotonic) as interrupted:
        try:
            for row in db.execute(
                f"SELECT {COLUMNS} FROM request_fts AS f JOIN request AS r ON r.rid = f.rowid "  # noqa: S608 - constant columns
                "JOIN applicant AS a ON a.same = r.applicant_key "
                "WHERE request_fts MATCH ? ORDER BY f.rowid DESC",
                [match],
            ):
                applicant = StoredApplicant(*row)
                if applicant.id not in found and fits(applicant):
                    found[applicant.id] = applicant
                if len(found) == limit:
                    break
        except OperationalError:
            if not interrupted():
                raise
    return list(found.values())
