"""Drafts: what is being typed. Local to the desk, never journalled, one row each."""

from __future__ import annotations

from dataclasses import dataclass

from sync.database import Database, Migrations, translate_errors

migrations = Migrations("desk.drafts")


@migrations()
def m001_drafts(db: Database) -> None:
    """One row a draft; the document is kept as typed."""
    db.execute(
        """
        CREATE TABLE draft (
            id TEXT PRIMARY KEY,
            service TEXT NOT NULL,
            service_version INTEGER NOT NULL,
            catalogue_digest TEXT NOT NULL,
            document TEXT NOT NULL,
            step TEXT NOT NULL,
            section TEXT NOT NULL,
            field TEXT,
            applicant TEXT NOT NULL,
            operator TEXT NOT NULL,
            saved_at TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX draft_saved ON draft (saved_at)")


@migrations()
def m002_amendments(db: Database) -> None:
    """A draft may be an amendment: of which request, and of which version of it."""
    db.execute("ALTER TABLE draft ADD COLUMN amends TEXT REFERENCES request (id)")
    db.execute("ALTER TABLE draft ADD COLUMN base INTEGER")
    db.execute("CREATE UNIQUE INDEX draft_amends ON draft (amends) WHERE amends IS NOT NULL")


@migrations()
def m003_waited_for(db: Database) -> None:
    """A draft may be of somebody on the waiting list: the entry ends with its registration."""
    db.execute("ALTER TABLE draft ADD COLUMN waiting TEXT")


@dataclass(frozen=True)
class StoredDraft:
    """A row of `draft`; `document` is JSON text, `saved_at` ISO UTC."""

    id: str
    service: str
    service_version: int
    catalogue_digest: str
    document: str
    step: str
    section: str
    field: str | None
    applicant: str
    operator: str
    saved_at: str
    amends: str | None = None
    base: int | None = None
    waiting: str | None = None


def put(db: Database, draft: StoredDraft) -> None:
    """Insert or replace a draft; durable when the transaction commits."""
    db.execute(
        "INSERT INTO draft (id, service, service_version, catalogue_digest, document, step, "
        "section, field, applicant, operator, saved_at, amends, base, waiting) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET service = excluded.service, "
        "service_version = excluded.service_version, "
        "catalogue_digest = excluded.catalogue_digest, document = excluded.document, "
        "step = excluded.step, section = excluded.section, field = excluded.field, "
        "applicant = excluded.applicant, operator = excluded.operator, "
        "saved_at = excluded.saved_at, amends = excluded.amends, base = excluded.base, "
        "waiting = excluded.waiting",
        [
            draft.id,
            draft.service,
            draft.service_version,
            draft.catalogue_digest,
            draft.document,
            draft.step,
            draft.section,
            draft.field,
            draft.applicant,
            draft.operator,
            draft.saved_at,
            draft.amends,
            draft.base,
            draft.waiting,
        ],
    )


_COLUMNS = (
    "id, service, service_version, catalogue_digest, document, step, section, field, applicant, "
    "operator, saved_at, amends, base, waiting"
)


@translate_errors()
def get(db: Database, draft_id: str) -> StoredDraft | None:
    """Return one draft, or None."""
    row = db.execute(f"SELECT {_COLUMNS} FROM draft WHERE id = ?", [draft_id]).fetchone()  # noqa: S608 - constant columns
    return StoredDraft(*row) if row else None


@translate_errors()
def amending(db: Database, request_id: str) -> str | None:
    """Return the id of the draft that amends a request, or None."""
    row = db.execute("SELECT id FROM draft WHERE amends = ?", [request_id]).fetchone()
    return str(row[0]) if row else None


@translate_errors()
def newest(db: Database, limit: int) -> list[StoredDraft]:
    """Return up to `limit` drafts, last saved first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM draft ORDER BY saved_at DESC, id LIMIT ?",  # noqa: S608 - constant columns
        [limit],
    ).fetchall()
    return [StoredDraft(*row) for row in rows]


@translate_errors()
def count(db: Database) -> int:
    """Return how many drafts there are."""
    return int(db.execute("SELECT count(*) FROM draft").fetchone()[0])


@translate_errors()
def digests(db: Database) -> frozenset[str]:
    """Return the digests of the catalogues that drafts were begun under."""
    rows = db.execute("SELECT DISTINCT catalogue_digest FROM draft").fetchall()
    return frozenset(str(row[0]) for row in rows)


def remove(db: Database, draft_id: str) -> bool:
    """Delete a draft; False when it was not there."""
    return int(db.execute("DELETE FROM draft WHERE id = ?", [draft_id]).rowcount) == 1
