"""Several services of one visit: those being filled are local, complex requests journalled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync.database import Database, Migrations, translate_errors
from sync.entries import Entry

migrations = Migrations("desk.bundles")
REPLAYED = {"complex_part": "complex_id, place, of, request_id"}
"""Tables that follow from the journal, with the columns a replay must give again."""

REGISTER = "request.register"
COMPLEX = "complex"
"""The member of a register entry that ties the requests of one complex request."""


@migrations()
def m001_bundles(db: Database) -> None:
    """Bundles being filled and their steps are local; parts of complex requests are replayed."""
    db.execute(
        """
        CREATE TABLE bundle (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('situation', 'complex')),
            name TEXT NOT NULL,
            operator TEXT NOT NULL,
            begun_at TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE bundle_step (
            bundle_id TEXT NOT NULL REFERENCES bundle (id) ON DELETE CASCADE,
            place INTEGER NOT NULL,
            service TEXT NOT NULL,
            after TEXT NOT NULL,
            draft_id TEXT,
            request_id TEXT,
            PRIMARY KEY (bundle_id, place)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX bundle_draft ON bundle_step (draft_id) WHERE draft_id IS NOT NULL")
    db.execute(
        """
        CREATE TABLE complex_part (
            complex_id TEXT NOT NULL,
            place INTEGER NOT NULL,
            of INTEGER NOT NULL,
            request_id TEXT NOT NULL UNIQUE,
            PRIMARY KEY (complex_id, place)
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def m002_answers(db: Database) -> None:
    """What the applicant answered to the question of a step: 1 yes, 0 no, NULL not asked."""
    db.execute("ALTER TABLE bundle_step ADD COLUMN answer INTEGER")


@dataclass(frozen=True)
class StoredStep:
    """A row of `bundle_step`; `after` are places from 0, `answer` None where nobody asked."""

    place: int
    service: str
    after: tuple[int, ...]
    draft_id: str | None = None
    request_id: str | None = None
    answer: bool | None = None


@dataclass(frozen=True)
class StoredBundle:
    """A row of `bundle` with its steps; `kind` is situation | complex."""

    id: str
    kind: str
    name: str
    operator: str
    begun_at: str
    steps: tuple[StoredStep, ...]


def put(db: Database, bundle: StoredBundle) -> None:
    """Insert a bundle with its steps; inside a transaction."""
    db.execute(
        "INSERT INTO bundle (id, kind, name, operator, begun_at) VALUES (?, ?, ?, ?, ?)",
        [bundle.id, bundle.kind, bundle.name, bundle.operator, bundle.begun_at],
    )
    for step in bundle.steps:
        db.execute(
            "INSERT INTO bundle_step (bundle_id, place, service, after) VALUES (?, ?, ?, ?)",
            [bundle.id, step.place, step.service, json.dumps(step.after)],
        )


def sweep(db: Database) -> None:
    """Forget bundles in which nothing was ever begun or answered; inside a transaction."""
    db.execute(
        "DELETE FROM bundle WHERE NOT EXISTS (SELECT 1 FROM bundle_step s WHERE "
        "s.bundle_id = bundle.id AND "
        "(s.draft_id IS NOT NULL OR s.request_id IS NOT NULL OR s.answer IS NOT NULL))"
    )


@translate_errors()
def get(db: Database, bundle_id: str) -> StoredBundle | None:
    """Return one bundle, or None."""
    row = db.execute(
        "SELECT id, kind, name, operator, begun_at FROM bundle WHERE id = ?", [bundle_id]
    ).fetchone()
    if row is None:
        return None
    steps = db.execute(
        "SELECT place, service, after, draft_id, request_id, answer FROM bundle_step "
        "WHERE bundle_id = ? ORDER BY place",
        [bundle_id],
    ).fetchall()
    found = tuple(
        StoredStep(
            place,
            service,
            tuple(json.loads(after)),
            draft_id,
            request_id,
            None if answer is None else bool(answer),
        )
        for place, service, after, draft_id, request_id, answer in steps
    )
    bundle_id, kind, name, operator, begun_at = row
    return StoredBundle(bundle_id, kind, name, operator, begun_at, found)


@translate_errors()
def newest(db: Database, limit: int) -> list[str]:
    """Return ids of bundles that still have a draft, last begun first."""
    rows = db.execute(
        "SELECT id FROM bundle WHERE id IN (SELECT s.bundle_id FROM bundle_step s "
        "JOIN draft d ON d.id = s.draft_id WHERE s.request_id IS NULL) "
        "ORDER BY begun_at DESC, id DESC LIMIT ?",
        [limit],
    ).fetchall()
    return [bundle_id for (bundle_id,) in rows]


@translate_errors()
def of_draft(db: Database, draft_id: str) -> tuple[str, str] | None:
    """Return (id, kind) of the bundle a draft belongs to, or None."""
    row = db.execute(
        "SELECT b.id, b.kind FROM bundle_step s JOIN bundle b ON b.id = s.bundle_id "
        "WHERE s.draft_id = ?",
        [draft_id],
    ).fetchone()
    return (row[0], row[1]) if row else None


@translate_errors()
def of_request(db: Database, request_id: str) -> str | None:
    """Return the id of the bundle a registered request came from on this desk, or None."""
    row = db.execute(
        "SELECT bundle_id FROM bundle_step WHERE request_id = ?", [request_id]
    ).fetchone()
    return str(row[0]) if row else None


def draft_begun(db: Database, bundle_id: str, place: int, draft_id: str) -> None:
    """Note which draft fills a step."""
    db.execute(
        "UPDATE bundle_step SET draft_id = ? WHERE bundle_id = ? AND place = ?",
        [draft_id, bundle_id, place],
    )


def answered(db: Database, bundle_id: str, place: int, answer: bool | None) -> bool:
    """Note what the applicant answered to a step's question; False when there is no such step."""
    done = db.execute(
        "UPDATE bundle_step SET answer = ? WHERE bundle_id = ? AND place = ?",
        [answer, bundle_id, place],
    )
    return int(done.rowcount) == 1


def draft_registered(db: Database, draft_id: str, request_id: str) -> None:
    """Note which request became of a draft; a draft of no bundle changes nothing."""
    db.execute(
        "UPDATE bundle_step SET request_id = ?, draft_id = NULL WHERE draft_id = ?",
        [request_id, draft_id],
    )


def add_part(db: Database, request_id: str, body: Mapping[str, Any]) -> None:
    """Note the part of a complex request a register entry is; others change nothing."""
    part = body.get(COMPLEX)
    if not isinstance(part, Mapping):
        return
    db.execute(
        "INSERT INTO complex_part (complex_id, place, of, request_id) VALUES (?, ?, ?, ?)",
        [part["id"], part["place"], part["of"], request_id],
    )


def apply_entry(db: Database, entry: Entry) -> None:
    """Note the part of a complex request when a register entry is one."""
    if entry.kind == REGISTER and entry.request_id is not None:
        add_part(db, entry.request_id, entry.body)


@translate_errors()
def parts_taken(db: Database, since: str) -> list[tuple[str, str, str]]:
    """Return (complex id, number, day) of parts that go on, taken from a day on (ISO date)."""
    rows = db.execute(
        "SELECT p.complex_id, r.number, r.day FROM request r JOIN complex_part p "
        "ON p.request_id = r.id WHERE r.day >= ? AND NOT EXISTS (SELECT 1 FROM request_act a "
        "WHERE a.request_id = r.id AND a.kind IN ('request.withdraw', 'result.issue')) "
        "ORDER BY r.rid",
        [since],
    ).fetchall()
    return [(str(complex_id), str(number), str(day)) for complex_id, number, day in rows]


@translate_errors()
def parts_beside(db: Database, request_id: str) -> list[tuple[int, int, str]]:
    """Return (place, of, request id) of every part of the complex request this one belongs to."""
    rows = db.execute(
        "SELECT p.place, p.of, p.request_id FROM complex_part p WHERE p.complex_id = "
        "(SELECT complex_id FROM complex_part WHERE request_id = ?) ORDER BY p.place",
        [request_id],
    ).fetchall()
    return [(int(place), int(of), str(request)) for place, of, request in rows]
