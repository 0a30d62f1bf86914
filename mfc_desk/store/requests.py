"""Registered requests: the row the screens read, and its versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forms.names import full_name, short_name
from forms.number import read as read_number
from mfc_desk.store import numbers
from mfc_desk.store.applicants import key_of
from mfc_desk.store.search import indexed_text, number_groups, people_groups
from sync.clock import from_iso, iso
from sync.database import Database, Migrations, translate_errors
from sync.entries import Entry
from sync.journal import Position

migrations = Migrations("desk.requests")
REPLAYED = {
    "request": "id, number, service, service_version, catalogue_digest, version, accepted_at, "
    "register_by, applicant, applicant_key, operator, entry_id, body, folded",
    "request_version": "request_id, version, entry_id",
    "number_counter": "desk_no, last",
    "service_use": "service, n",
}
"""Tables that follow from the journal, with the columns a replay must give again."""

NOWHERE = Position(0, 0, b"", b"")
REGISTER = "request.register"
AMEND = "request.amend"
SKIP = "numbers.skip"
HEAD_CHARS = 8
"""How much of the journal's head a paper shows (product.md, promise 7)."""


@migrations()
def m001_requests(db: Database) -> None:
    """One row a request, append-only versions (their bodies are journal entries), full text."""
    db.execute(
        """
        CREATE TABLE request (
            rid INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            number TEXT NOT NULL UNIQUE,
            service TEXT NOT NULL,
            service_version INTEGER NOT NULL,
            catalogue_digest TEXT NOT NULL,
            state TEXT NOT NULL CHECK (
                state IN ('registered', 'confirmed', 'held', 'rejected')
            ),
            version INTEGER NOT NULL,
            accepted_at TEXT NOT NULL,
            day TEXT NOT NULL GENERATED ALWAYS AS (substr(accepted_at, 1, 10)) VIRTUAL,
            register_by TEXT NOT NULL,
            applicant TEXT NOT NULL,
            applicant_key TEXT NOT NULL,
            operator TEXT NOT NULL,
            entry_id TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            head TEXT NOT NULL,
            body TEXT NOT NULL,
            folded TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX request_day ON request (day, rid)")
    db.execute("CREATE INDEX request_place ON request (epoch, seq)")
    # what still waits for the centre stays small, however long the history grows
    db.execute("CREATE INDEX request_due ON request (register_by) WHERE state <> 'confirmed'")
    db.execute("CREATE TABLE service_use (service TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT")
    db.execute(
        """
        CREATE TABLE request_version (
            request_id TEXT NOT NULL REFERENCES request (id),
            version INTEGER NOT NULL,
            entry_id TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            PRIMARY KEY (request_id, version)
        ) STRICT, WITHOUT ROWID
        """
    )
    for act in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER request_version_no_{act.lower()} BEFORE {act} ON request_version "
            "BEGIN SELECT RAISE(ABORT, 'versions of a request are append-only'); END"
        )
    db.execute(
        """
        CREATE VIRTUAL TABLE request_fts USING fts5(
            folded, content = 'request', content_rowid = 'rid',
            tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2 3', columnsize = 0
        )
        """
    )
    db.execute(
        "CREATE TRIGGER request_fts_insert AFTER INSERT ON request BEGIN "
        "INSERT INTO request_fts (rowid, folded) VALUES (new.rid, new.folded); END"
    )
    db.execute(
        "CREATE TRIGGER request_fts_delete AFTER DELETE ON request BEGIN "
        "INSERT INTO request_fts (request_fts, rowid, folded) "
        "VALUES ('delete', old.rid, old.folded); END"
    )
    db.execute(
        "CREATE TRIGGER request_fts_update AFTER UPDATE OF folded ON request BEGIN "
        "INSERT INTO request_fts (request_fts, rowid, folded) "
        "VALUES ('delete', old.rid, old.folded); "
        "INSERT INTO request_fts (rowid, folded) VALUES (new.rid, new.folded); END"
    )
    db.execute(
        "CREATE TABLE number_counter (desk_no INTEGER PRIMARY KEY, last INTEGER NOT NULL) STRICT"
    )


@migrations()
def m002_of_applicant(db: Database) -> None:
    """The requests of one applicant are listed on the applicant's card."""
    db.execute("CREATE INDEX request_applicant ON request (applicant_key, rid)")


@migrations()
def m003_versions_by_entry(db: Database) -> None:
    """The centre and the batches name a version by its entry."""
    db.execute("CREATE INDEX request_version_entry ON request_version (entry_id)")


@migrations()
def m004_by_edition(db: Database) -> None:
    """The catalogues that requests were taken by are kept: they are listed without a walk."""
    db.execute("CREATE INDEX request_edition ON request (catalogue_digest)")


@migrations()
def m005_before_the_amendment(db: Database) -> None:
    """The applicant's block of the version before the newest one, null until it is amended.

    What an amendment names anew is told from what its request had all along.
    """
    db.execute("ALTER TABLE request ADD COLUMN applicant_before TEXT")


@dataclass(frozen=True)
class StoredRequest:
    """A row of `request` as register writes it.

    `accepted_at` is ISO with the office's offset (its date is the office's day), `register_by`
    ISO UTC, `body` the JSON of the journal entry's body.
    """

    id: str
    number: str
    service: str
    service_version: int
    catalogue_digest: str
    accepted_at: str
    register_by: str
    applicant: str
    applicant_key: str
    operator: str
    entry_id: str
    epoch: int
    seq: int
    head: str
    body: str
    folded: str
    version: int = 1


def row_of(
    body: Mapping[str, Any],
    *,
    request_id: str,
    entry_id: str,
    epoch: int = 0,
    seq: int = 0,
    head: bytes = b"",
    version: int = 1,
) -> StoredRequest:
    """Return the row a `request.register` or `request.amend` entry makes.

    All but the place follows from the entry.
    """
    return StoredRequest(
        id=request_id,
        number=body["number"],
        service=body["service"],
        service_version=body["service_version"],
        catalogue_digest=body["catalogue"],
        accepted_at=body["accepted_at"],
        register_by=iso(from_iso(body["register_by"])),
        applicant=short_name(body["record"]["applicant"]),
        applicant_key=key_of(body["record"]["applicant"]),
        operator=body["operator"],
        entry_id=entry_id,
        epoch=epoch,
        seq=seq,
        head=head.hex()[:HEAD_CHARS],
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        folded=_folded(body),
        version=version,
    )


def _folded(body: Mapping[str, Any]) -> str:
    """Return the words and digits a registered request is found by."""
    record = body["record"]
    people = [person for person in (record["applicant"], record.get("representative")) if person]
    tails = number_groups(read_number(body["number"]).digits)
    names = [full_name(person) for person in people]
    texts = [*names, str(record["applicant"].get("alt_names") or "")]
    return indexed_text(texts, people_groups(people), tails)


def apply_entry(db: Database, entry: Entry, place: Position = NOWHERE) -> None:
    """Add the row of a registration, or the version of an amendment; other kinds change nothing.

    `place` is where the entry stands in the journal.
    """
    if entry.kind == SKIP:
        numbers.skip_numbers(db, entry.body["desk"], entry.body["last"])
    if entry.request_id is None:
        return
    if entry.kind == AMEND and entry.base is not None:
        amend(
            db,
            row_of(
                entry.body,
                request_id=entry.request_id,
                entry_id=entry.entry_id,
                epoch=place.epoch,
                seq=place.seq,
                head=place.head,
                version=entry.base + 1,
            ),
        )
    if entry.kind != REGISTER:
        return
    numbers.number_given(db, read_number(entry.body["number"]))
    add(
        db,
        row_of(
            entry.body,
            request_id=entry.request_id,
            entry_id=entry.entry_id,
            epoch=place.epoch,
            seq=place.seq,
            head=place.head,
        ),
    )


def add(db: Database, request: StoredRequest) -> None:
    """Insert a newly registered request with its first version."""
    db.execute(
        "INSERT INTO request (id, number, service, service_version, catalogue_digest, state, "
        "version, accepted_at, register_by, applicant, applicant_key, operator, entry_id, epoch, "
        "seq, head, body, folded) "
        "VALUES (?, ?, ?, ?, ?, 'registered', 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            request.id,
            request.number,
            request.service,
            request.service_version,
            request.catalogue_digest,
            request.accepted_at,
            request.register_by,
            request.applicant,
            request.applicant_key,
            request.operator,
            request.entry_id,
            request.epoch,
            request.seq,
            request.head,
            request.body,
            request.folded,
        ],
    )
    db.execute(
        "INSERT INTO request_version (request_id, version, entry_id, epoch, seq) "
        "VALUES (?, 1, ?, ?, ?)",
        [request.id, request.entry_id, request.epoch, request.seq],
    )
    db.execute(
        "INSERT INTO service_use (service, n) VALUES (?, 1) "
        "ON CONFLICT (service) DO UPDATE SET n = n + 1",
        [request.service],
    )


def amend(db: Database, request: StoredRequest) -> None:
    """Make `request` the newest version of the request of its id; earlier ones stay listed."""
    db.execute(
        "UPDATE request SET service = ?, service_version = ?, catalogue_digest = ?, version = ?, "
        "applicant = ?, applicant_key = ?, entry_id = ?, epoch = ?, seq = ?, folded = ?, "
        "applicant_before = json_extract(body, '$.record.applicant'), body = ? WHERE id = ?",
        [
            request.service,
            request.service_version,
            request.catalogue_digest,
            request.version,
            request.applicant,
            request.applicant_key,
            request.entry_id,
            request.epoch,
            request.seq,
            request.folded,
            request.body,
            request.id,
        ],
    )
    db.execute(
        "INSERT INTO request_version (request_id, version, entry_id, epoch, seq) "
        "VALUES (?, ?, ?, ?, ?)",
        [request.id, request.version, request.entry_id, request.epoch, request.seq],
    )


def newest_version(db: Database, request_id: str) -> int | None:
    """Return the version a request stands at."""
    row = db.execute("SELECT version FROM request WHERE id = ?", [request_id]).fetchone()
    return int(row[0]) if row else None


@translate_errors()
def first_entry(db: Database, request_id: str) -> str | None:
    """Return the entry that registered a request."""
    row = db.execute(
        "SELECT entry_id FROM request_version WHERE request_id = ? AND version = 1", [request_id]
    ).fetchone()
    return str(row[0]) if row else None


def set_state(db: Database, request_id: str, state: str) -> None:
    """Move a request to what the centre's answer makes of it."""
    db.execute("UPDATE request SET state = ? WHERE id = ?", [state, request_id])


_COLUMNS = (
    "id, number, service, service_version, catalogue_digest, accepted_at, register_by, applicant, "
    "applicant_key, operator, entry_id, epoch, seq, head, body, folded, version"
)


@translate_errors()
def by_number(db: Database, number: str) -> StoredRequest | None:
    """Return the request with this number (as printed, with dashes), or None."""
    row = db.execute(f"SELECT {_COLUMNS} FROM request WHERE number = ?", [number]).fetchone()  # noqa: S608 - constant columns
    return StoredRequest(*row) if row else None


@translate_errors()
def by_id(db: Database, request_id: str) -> StoredRequest | None:
    """Return the request with this id, or None."""
    row = db.execute(f"SELECT {_COLUMNS} FROM request WHERE id = ?", [request_id]).fetchone()  # noqa: S608 - constant columns
    return StoredRequest(*row) if row else None


@translate_errors()
def count(db: Database) -> int:
    """Return how many requests the desk holds."""
    return int(db.execute("SELECT count(*) FROM request").fetchone()[0])


@translate_errors()
def digests(db: Database) -> frozenset[str]:
    """Return the digests of the catalogues that requests stand under, from one to the next."""
    found: list[str] = []
    while True:
        row = db.execute(
            "SELECT min(catalogue_digest) FROM request WHERE catalogue_digest > ?",
            [found[-1] if found else ""],
        ).fetchone()
        if row[0] is None:
            return frozenset(found)
        found.append(str(row[0]))


@translate_errors()
def services_by_use(db: Database) -> list[str]:
    """Return service slugs, most often registered on this desk first."""
    rows = db.execute("SELECT service FROM service_use ORDER BY n DESC, service").fetchall()
    return [slug for (slug,) in rows]
