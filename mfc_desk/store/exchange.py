"""What the centre said became of each entry, and the status each request has by it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sync.database import Database, Migrations, translate_errors

migrations = Migrations("desk.exchange")

APPLIED = "applied"
DUPLICATE = "duplicate"
HELD = "held"
REJECTED = "rejected"
CONFIRMED = frozenset({APPLIED, DUPLICATE})
"""Outcomes that mean the entry took effect at the centre, by this copy or an earlier one."""


@migrations()
def m001_exchange(db: Database) -> None:
    """One outcome an entry, one status a request; both follow from the feed alone."""
    db.execute(
        """
        CREATE TABLE entry_outcome (
            epoch INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            outcome TEXT NOT NULL,
            reason TEXT,
            PRIMARY KEY (epoch, seq)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE request_status (
            request_id TEXT PRIMARY KEY REFERENCES request (id),
            outcome TEXT NOT NULL,
            official_no TEXT,
            reason TEXT,
            problems TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX request_status_official ON request_status (official_no)")
    db.execute("CREATE INDEX request_status_outcome ON request_status (outcome)")


@dataclass(frozen=True)
class CentreProblem:
    """What the centre found wrong in one field of a request."""

    path: str
    label: str
    text: str


@dataclass(frozen=True)
class RequestStatus:
    """What the centre said last of a request; `at` is ISO UTC of when the desk learned it."""

    request_id: str
    outcome: str
    official_no: str | None
    reason: str | None
    problems: tuple[CentreProblem, ...]
    at: str


def put_outcome(db: Database, *, epoch: int, seq: int, outcome: str, reason: str | None) -> None:
    """Keep what became of an entry; what the centre says later replaces it."""
    db.execute(
        "INSERT INTO entry_outcome (epoch, seq, outcome, reason) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (epoch, seq) DO UPDATE SET outcome = excluded.outcome, "
        "reason = excluded.reason",
        [epoch, seq, outcome, reason],
    )


@dataclass(frozen=True)
class EntryOutcome:
    """What the centre said of the entry at a place of the journal."""

    outcome: str
    reason: str | None


@translate_errors()
def outcomes(db: Database, *, epoch: int, first: int, to: int) -> dict[int, EntryOutcome]:
    """Return outcomes of the entries first … to by sequence; those without an answer are absent."""
    rows = db.execute(
        "SELECT seq, outcome, reason FROM entry_outcome WHERE epoch = ? AND seq BETWEEN ? AND ?",
        [epoch, first, to],
    ).fetchall()
    return {int(seq): EntryOutcome(outcome, reason) for seq, outcome, reason in rows}


@translate_errors()
def outcome_totals(db: Database, *, epoch: int, first: int, to: int) -> dict[str, int]:
    """Return how many of the entries first … to stand at each outcome."""
    rows = db.execute(
        "SELECT outcome, count(*) FROM entry_outcome WHERE epoch = ? AND seq BETWEEN ? AND ? "
        "GROUP BY outcome",
        [epoch, first, to],
    ).fetchall()
    return {str(outcome): int(n) for outcome, n in rows}


@translate_errors()
def numbers_at(db: Database, *, epoch: int, first: int, to: int) -> dict[int, str]:
    """Return numbers of the requests registered by the entries first … to, by sequence."""
    rows = db.execute(
        "SELECT seq, number FROM request WHERE epoch = ? AND seq BETWEEN ? AND ?",
        [epoch, first, to],
    ).fetchall()
    return {int(seq): str(number) for seq, number in rows}


def put_status(db: Database, status: RequestStatus) -> None:
    """Keep the status of a request; an official number once given stays."""
    problems = [
        {"path": problem.path, "label": problem.label, "text": problem.text}
        for problem in status.problems
    ]
    db.execute(
        "INSERT INTO request_status (request_id, outcome, official_no, reason, problems, at) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (request_id) DO UPDATE SET "
        "outcome = excluded.outcome, "
        "official_no = coalesce(excluded.official_no, request_status.official_no), "
        "reason = excluded.reason, problems = excluded.problems, at = excluded.at",
        [
            status.request_id,
            status.outcome,
            status.official_no,
            status.reason,
            json.dumps(problems, ensure_ascii=False),
            status.at,
        ],
    )


_STATUS = "SELECT request_id, outcome, official_no, reason, problems, at FROM request_status "


@translate_errors()
def status(db: Database, request_id: str) -> RequestStatus | None:
    """Return what the centre said of a request, or None when it has not answered yet."""
    row = db.execute(_STATUS + "WHERE request_id = ?", [request_id]).fetchone()
    return _status(row) if row else None


@translate_errors()
def returned(db: Database, limit: int) -> list[RequestStatus]:
    """Return requests the centre rejected or holds, newest answer first."""
    rows = db.execute(
        _STATUS + "WHERE outcome IN ('rejected', 'held') ORDER BY at DESC, request_id LIMIT ?",
        [limit],
    ).fetchall()
    return [_status(row) for row in rows]


@translate_errors()
def outcome_counts(db: Database) -> dict[str, int]:
    """Return how many requests stand at each outcome."""
    rows = db.execute("SELECT outcome, count(*) FROM request_status GROUP BY outcome").fetchall()
    return {str(outcome): int(n) for outcome, n in rows}


def has_request(db: Database, request_id: str) -> bool:
    """Whether this desk holds the request."""
    found = db.execute("SELECT 1 FROM request WHERE id = ?", [request_id]).fetchone()
    return found is not None


@dataclass(frozen=True)
class Unconfirmed:
    """Registered requests the centre has not confirmed: how many, and the nearest deadline."""

    count: int
    register_by: str | None


@translate_errors()
def unconfirmed(db: Database, *, epoch: int, acked: int) -> Unconfirmed:
    """Return requests after the acknowledged position of this epoch: not at the centre."""
    row = db.execute(
        "SELECT count(*), min(register_by) FROM request WHERE epoch = ? AND seq > ?", [epoch, acked]
    ).fetchone()
    return Unconfirmed(int(row[0]), row[1])


@dataclass(frozen=True)
class Due:
    """A request the centre has not confirmed and when it must be registered by (ISO UTC)."""

    number: str
    register_by: str


@translate_errors()
def due_soon(db: Database, *, before: str, limit: int) -> list[Due]:
    """Return requests the centre has not confirmed that are due before a moment, due first."""
    rows = db.execute(
        "SELECT number, register_by FROM request "
        "WHERE state <> 'confirmed' AND register_by < ? ORDER BY register_by, rid LIMIT ?",
        [before, limit],
    ).fetchall()
    return [Due(*row) for row in rows]


def _status(row: tuple[str, str, str | None, str | None, str, str]) -> RequestStatus:
    request_id, outcome, official_no, reason, problems, at = row
    known = read_problems(json.loads(problems))
    return RequestStatus(request_id, outcome, official_no, reason, known, at)


def read_problems(problems: Iterable[Mapping[str, object]]) -> tuple[CentreProblem, ...]:
    """Read the problems of an `entry.result`; members that are absent become empty."""
    return tuple(
        CentreProblem(*(str(problem.get(name) or "") for name in ("path", "label", "text")))
        for problem in problems
    )
