"""What the centre said became of each entry, and the status each request has by it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.database import Database, Migrations, translate_errors

migrations = Migrations("desk.exchange")

APPLIED = "applied"
DUPLICATE = "duplicate"
HELD = "held"
REJECTED = "rejected"
SUPERSEDED = "superseded"
AMENDED = "amended"
"""Not of the centre: a newer version is here, and the centre has not answered to it yet."""
GRANTED, REFUSED = "granted", "refused"
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


@migrations()
def m002_told(db: Database) -> None:
    """How far the authority is, everything the centre said of a request, and its messages."""
    for column in ("progress", "result"):
        db.execute(f"ALTER TABLE request_status ADD COLUMN {column} TEXT")
    db.execute(
        """
        CREATE TABLE request_event (
            id INTEGER PRIMARY KEY,
            request_id TEXT NOT NULL REFERENCES request (id),
            at TEXT NOT NULL,
            kind TEXT NOT NULL,
            text TEXT,
            key TEXT NOT NULL,
            UNIQUE (request_id, key)
        ) STRICT
        """
    )
    db.execute(
        "INSERT INTO request_event (request_id, at, kind, text, key) SELECT s.request_id, s.at, "
        "s.outcome, coalesce(s.reason, '№ ' || s.official_no), r.entry_id || ':' || s.outcome "
        "FROM request_status AS s JOIN request AS r ON r.id = s.request_id"
    )
    db.execute(
        """
        CREATE TABLE desk_message (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            text TEXT NOT NULL,
            key TEXT NOT NULL UNIQUE,
            read_at TEXT
        ) STRICT
        """
    )
    db.execute("CREATE INDEX desk_message_unread ON desk_message (id) WHERE read_at IS NULL")


@migrations()
def m003_returned(db: Database) -> None:
    """Whether a person at the centre returned the newest version; else the rules rejected it."""
    db.execute("ALTER TABLE request_status ADD COLUMN returned INTEGER NOT NULL DEFAULT 0")
    db.execute(
        "UPDATE request_status SET returned = 1 WHERE outcome = 'rejected' AND 'returned' = "
        "(SELECT kind FROM request_event WHERE request_id = request_status.request_id "
        "AND kind IN ('returned', 'rejected') ORDER BY id DESC LIMIT 1)"
    )


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
    progress: str | None = None
    """How far the authority is, as the centre put it."""
    result: str | None = None
    """`granted` or `refused` when the result has come and may be issued."""
    returned: bool = False
    """By a person at the centre, who said it of an entry that had been applied."""


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
    """Return numbers of the requests the entries first … to are versions of, by sequence."""
    rows = db.execute(
        "SELECT j.seq, r.number FROM journal AS j JOIN request_version AS v USING (entry_id) "
        "JOIN request AS r ON r.id = v.request_id "
        "WHERE j.epoch = ? AND j.seq BETWEEN ? AND ?",
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
        "INSERT INTO request_status "
        "(request_id, outcome, official_no, reason, problems, at, returned) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (request_id) DO UPDATE SET "
        "outcome = excluded.outcome, "
        "official_no = coalesce(excluded.official_no, request_status.official_no), "
        "reason = excluded.reason, problems = excluded.problems, at = excluded.at, "
        "returned = excluded.returned",
        [
            status.request_id,
            status.outcome,
            status.official_no,
            status.reason,
            json.dumps(problems, ensure_ascii=False),
            status.at,
            status.returned,
        ],
    )


def put_progress(
    db: Database,
    request_id: str,
    *,
    progress: str | None = None,
    result: str | None = None,
    official_no: str | None = None,
) -> None:
    """Keep what the centre said beside its answer; what is None stays as it was."""
    db.execute(
        "UPDATE request_status SET progress = coalesce(?, progress), "
        "result = coalesce(?, result), official_no = coalesce(?, official_no) "
        "WHERE request_id = ?",
        [progress, result, official_no, request_id],
    )


def amended(db: Database, request_id: str, at: str) -> None:
    """A newer version is here: what the centre said of the earlier one does not hold for it."""
    db.execute(
        "UPDATE request_status SET outcome = ?, reason = NULL, problems = '[]', at = ?, "
        "returned = 0 WHERE request_id = ?",
        [AMENDED, at, request_id],
    )
    db.execute(
        "UPDATE request SET state = 'registered' WHERE id = ? AND NOT EXISTS (SELECT 1 FROM "
        "request_status WHERE request_id = request.id AND official_no IS NOT NULL)",
        [request_id],
    )


@dataclass(frozen=True)
class RequestEvent:
    """One thing the centre said of a request; `kind` is an outcome, `returned`, `status`, `ready`.

    `at` is ISO UTC of when the desk learned it.
    """

    at: str
    kind: str
    text: str | None


def add_event(db: Database, request_id: str, event: RequestEvent, key: str) -> None:
    """Keep one thing the centre said, once: a centre restored from a copy says it all again."""
    db.execute(
        "INSERT OR IGNORE INTO request_event (request_id, at, kind, text, key) "
        "VALUES (?, ?, ?, ?, ?)",
        [request_id, event.at, event.kind, event.text, key],
    )


@translate_errors()
def events(db: Database, request_id: str) -> list[RequestEvent]:
    """Return what the centre said of a request, oldest first."""
    rows = db.execute(
        "SELECT at, kind, text FROM request_event WHERE request_id = ? ORDER BY id", [request_id]
    ).fetchall()
    return [RequestEvent(*row) for row in rows]


_STATUS = (
    "SELECT request_id, outcome, official_no, reason, problems, at, progress, result, returned "
    "FROM request_status "
)


@translate_errors()
def status(db: Database, request_id: str) -> RequestStatus | None:
    """Return what the centre said of a request, or None when it has not answered yet."""
    row = db.execute(_STATUS + "WHERE request_id = ?", [request_id]).fetchone()
    return _status(row) if row else None


@translate_errors()
def returned(db: Database, limit: int) -> list[RequestStatus]:
    """Return requests the centre rejected or holds, newest answer first."""
    rows = db.execute(
        _STATUS + "WHERE outcome IN ('rejected', 'held') AND NOT EXISTS (SELECT 1 FROM request_act "  # noqa: S608 - constant
        "WHERE request_id = request_status.request_id AND kind = 'request.withdraw') "
        "ORDER BY at DESC, request_id LIMIT ?",
        [limit],
    ).fetchall()
    return [_status(row) for row in rows]


@translate_errors()
def outcome_counts(db: Database) -> dict[str, int]:
    """Return how many requests stand at each outcome."""
    rows = db.execute("SELECT outcome, count(*) FROM request_status GROUP BY outcome").fetchall()
    return {str(outcome): int(n) for outcome, n in rows}


def newest_entry(db: Database, request_id: str) -> str | None:
    """Return the entry of a request's newest version; None when this desk has no such request."""
    found = db.execute("SELECT entry_id FROM request WHERE id = ?", [request_id]).fetchone()
    return str(found[0]) if found else None


@dataclass(frozen=True)
class Unconfirmed:
    """Registered requests the centre has not confirmed: how many, and the nearest deadline."""

    count: int
    register_by: str | None


@translate_errors()
def in_custody(db: Database, *, epoch: int, acked: int, relayed: int) -> int:
    """Return how many requests lie between the acknowledged position and what a relay holds."""
    row = db.execute(
        "SELECT count(*) FROM request WHERE epoch = ? AND seq > ? AND seq <= ?",
        [epoch, acked, relayed],
    ).fetchone()
    return int(row[0])


@translate_errors()
def unconfirmed(db: Database, *, epoch: int, acked: int) -> Unconfirmed:
    """Return requests after the acknowledged position of this epoch: not at the centre.

    An amended one counts again; it has no deadline when the centre has registered it.
    """
    row = db.execute(
        "SELECT count(*), min(CASE WHEN s.official_no IS NULL THEN r.register_by END) "
        "FROM request AS r LEFT JOIN request_status AS s ON s.request_id = r.id "
        "WHERE r.epoch = ? AND r.seq > ?",
        [epoch, acked],
    ).fetchone()
    return Unconfirmed(int(row[0]), row[1])


@translate_errors()
def carried(db: Database, *, epoch: int, acked: int) -> int:
    """Return how many requests after the acknowledged position stand on a carrier."""
    row = db.execute(
        "SELECT count(*) FROM request AS r WHERE r.epoch = ? AND r.seq > ? AND EXISTS (SELECT 1 "
        "FROM batch WHERE batch.epoch = r.epoch AND custody = 'carrier' "
        "AND r.seq BETWEEN from_seq AND to_seq)",
        [epoch, acked],
    ).fetchone()
    return int(row[0])


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
        "WHERE state <> 'confirmed' AND register_by < ? AND NOT EXISTS (SELECT 1 FROM request_act "
        "WHERE request_id = request.id AND kind = 'request.withdraw') "
        "ORDER BY register_by, rid LIMIT ?",
        [before, limit],
    ).fetchall()
    return [Due(*row) for row in rows]


def _status(row: Sequence[Any]) -> RequestStatus:
    request_id, outcome, official_no, reason, problems, *rest = row
    at, progress, result, back = rest
    known = read_problems(json.loads(problems))
    return RequestStatus(
        request_id, outcome, official_no, reason, known, at, progress, result, bool(back)
    )


def read_problems(problems: Iterable[Mapping[str, object]]) -> tuple[CentreProblem, ...]:
    """Read the problems of an `entry.result`; members that are absent become empty."""
    return tuple(
        CentreProblem(*(str(problem.get(name) or "") for name in ("path", "label", "text")))
        for problem in problems
    )
