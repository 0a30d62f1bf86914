"""The print queue and what each paper was made of. Local; `paper.printed` goes to the journal."""

from __future__ import annotations

from dataclasses import dataclass

from sync.database import Database, Migrations, translate_errors

migrations = Migrations("desk.papers")

WAITING = "waiting"
PRINTING = "printing"
PRINTED = "printed"
FAILED = "failed"
UNKNOWN = "unknown"


@migrations()
def m001_papers(db: Database) -> None:
    """What a paper says, fixed at registration, and the queue of printings."""
    db.execute(
        """
        CREATE TABLE paper_content (
            request_id TEXT NOT NULL REFERENCES request (id),
            paper TEXT NOT NULL,
            content TEXT NOT NULL,
            PRIMARY KEY (request_id, paper)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE print_job (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id TEXT NOT NULL REFERENCES request (id),
            paper TEXT NOT NULL,
            copies INTEGER NOT NULL,
            copy INTEGER NOT NULL,
            printer TEXT,
            state TEXT NOT NULL CHECK (
                state IN ('waiting', 'printing', 'printed', 'failed', 'unknown')
            ),
            error TEXT,
            spool_job TEXT,
            sha256 TEXT,
            at TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX print_job_state ON print_job (state, id)")
    db.execute("CREATE INDEX print_job_request ON print_job (request_id)")


@dataclass(frozen=True)
class StoredJob:
    """A row of `print_job` with the request's number; `copy` 1 is the first printing."""

    id: int
    request_id: str
    number: str
    paper: str
    copies: int
    copy: int
    printer: str | None
    state: str
    error: str | None
    spool_job: str | None
    sha256: str | None
    at: str


def keep_content(db: Database, request_id: str, paper: str, content: str) -> None:
    """Fix what a paper says (JSON)."""
    db.execute(
        "INSERT INTO paper_content (request_id, paper, content) VALUES (?, ?, ?)",
        [request_id, paper, content],
    )


@translate_errors()
def content(db: Database, request_id: str, paper: str) -> str | None:
    """Return what a paper says (JSON), or None when this request has no such paper."""
    row = db.execute(
        "SELECT content FROM paper_content WHERE request_id = ? AND paper = ?", [request_id, paper]
    ).fetchone()
    return str(row[0]) if row else None


def queue(
    db: Database, *, request_id: str, paper: str, copies: int, printer: str | None, at: str
) -> int:
    """Append a printing to the queue and return its id; every later one is a further copy."""
    cursor = db.execute(
        "INSERT INTO print_job (request_id, paper, copies, copy, printer, state, at) VALUES (?, ?, "
        "?, 1 + (SELECT count(*) FROM print_job WHERE request_id = ? AND paper = ? "
        "AND state IN ('printed', 'unknown')), ?, 'waiting', ?)",
        [request_id, paper, copies, request_id, paper, printer, at],
    )
    return int(cursor.lastrowid or 0)


_JOB = (
    "SELECT j.id, j.request_id, r.number, j.paper, j.copies, j.copy, j.printer, j.state, j.error, "
    "j.spool_job, j.sha256, j.at FROM print_job AS j JOIN request AS r ON r.id = j.request_id "
)


@translate_errors()
def job(db: Database, job_id: int) -> StoredJob | None:
    """Return one printing, or None."""
    row = db.execute(_JOB + "WHERE j.id = ?", [job_id]).fetchone()
    return StoredJob(*row) if row else None


@translate_errors()
def of_request(db: Database, request_id: str) -> list[StoredJob]:
    """Return the printings of a request, oldest first."""
    rows = db.execute(_JOB + "WHERE j.request_id = ? ORDER BY j.id", [request_id]).fetchall()
    return [StoredJob(*row) for row in rows]


@translate_errors()
def in_states(db: Database, states: tuple[str, ...], limit: int) -> list[StoredJob]:
    """Return printings in these states, oldest first."""
    marks = ", ".join("?" * len(states))
    rows = db.execute(
        _JOB + f"WHERE j.state IN ({marks}) ORDER BY j.id LIMIT ?", [*states, limit]
    ).fetchall()
    return [StoredJob(*row) for row in rows]


def claim(db: Database, job_id: int, printer: str, sha256: str, at: str) -> bool:
    """Take a waiting printing for this process; False when another one was quicker."""
    cursor = db.execute(
        "UPDATE print_job SET state = 'printing', error = NULL, spool_job = NULL, printer = ?, "
        "sha256 = ?, at = ? WHERE id = ? AND state = 'waiting'",
        [printer, sha256, at, job_id],
    )
    return int(cursor.rowcount) == 1


def settle(
    db: Database,
    job_id: int,
    state: str,
    *,
    at: str,
    error: str | None = None,
    spool_job: str | None = None,
) -> None:
    """Say what became of a printing."""
    db.execute(
        "UPDATE print_job SET state = ?, error = ?, spool_job = coalesce(?, spool_job), at = ? "
        "WHERE id = ?",
        [state, error, spool_job, at, job_id],
    )


def wait_again(db: Database, job_id: int, printer: str | None, at: str) -> bool:
    """Put a failed or doubtful printing back into the queue, on the same or another printer."""
    cursor = db.execute(
        "UPDATE print_job SET state = 'waiting', error = NULL, printer = coalesce(?, printer), "
        "at = ? WHERE id = ? AND state IN ('failed', 'unknown')",
        [printer, at, job_id],
    )
    return int(cursor.rowcount) == 1


def remove(db: Database, job_id: int) -> bool:
    """Take a printing that is not under way out of the queue."""
    cursor = db.execute(
        "DELETE FROM print_job WHERE id = ? AND state IN ('waiting', 'failed', 'unknown')", [job_id]
    )
    return int(cursor.rowcount) == 1
