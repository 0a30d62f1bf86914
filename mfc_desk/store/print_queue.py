"""The print queue. Local; that a paper came out goes to the journal as `paper.printed`."""

from __future__ import annotations

from dataclasses import dataclass

from mfc_desk.store import printed_papers
from sync.database import Database, Migrations, translate_errors

migrations = Migrations("desk.print_queue")

WAITING = "waiting"
HELD = "held"
PRINTING = "printing"
PRINTED = "printed"
FAILED = "failed"
UNKNOWN = "unknown"
CANCELLED = "cancelled"


@migrations()
def m001_print_queue(db: Database) -> None:
    """Printings of papers that belong to no request; holding; the title each attempt had."""
    db.execute(
        """
        CREATE TABLE printing (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id TEXT REFERENCES request (id),
            subject TEXT NOT NULL,
            paper TEXT NOT NULL,
            copies INTEGER NOT NULL,
            copy INTEGER NOT NULL,
            attempt INTEGER NOT NULL DEFAULT 1,
            title TEXT,
            printer TEXT,
            batch TEXT,
            state TEXT NOT NULL CHECK (
                state IN (
                    'waiting', 'held', 'printing', 'printed', 'failed', 'unknown', 'cancelled'
                )
            ),
            error TEXT,
            spool_job TEXT,
            sha256 TEXT,
            at TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute(
        "INSERT INTO printing (id, request_id, subject, paper, copies, copy, title, printer, "
        "state, error, spool_job, sha256, at) SELECT j.id, j.request_id, r.number, j.paper, "
        "j.copies, j.copy, CASE WHEN j.sha256 IS NULL THEN NULL "
        "ELSE j.paper || '-' || r.number || '-' || j.copy END, j.printer, j.state, j.error, "
        "j.spool_job, j.sha256, j.at FROM print_job AS j JOIN request AS r ON r.id = j.request_id"
    )
    db.execute("DROP TABLE print_job")
    db.execute("ALTER TABLE printing RENAME TO print_job")
    db.execute("CREATE INDEX print_job_state ON print_job (state, id)")
    db.execute("CREATE INDEX print_job_request ON print_job (request_id)")
    db.execute("CREATE INDEX print_job_subject ON print_job (subject, paper)")


@migrations()
def m002_print_chosen(db: Database) -> None:
    """The printer a person chose, apart from the one an attempt went to; the large variant."""
    db.execute("ALTER TABLE print_job ADD COLUMN chosen TEXT")
    db.execute("ALTER TABLE print_job ADD COLUMN large INTEGER NOT NULL DEFAULT 0")
    db.execute(
        "UPDATE print_job SET chosen = printer WHERE state IN ('waiting', 'held') "
        "AND title IS NULL AND error IS NULL"
    )


@dataclass(frozen=True)
class StoredJob:
    """A row of `print_job`.

    `subject` is the number the paper bears (of a request, a register, a day); `copy` 1 is the first
    that came out; `title` is the spool's name of the last attempt, None before the first; `printer`
    is where that attempt went, `chosen` the one a person named, None when the route says; `large`
    1 for the variant of 16 pt, else 0.
    """

    id: int
    request_id: str | None
    subject: str
    paper: str
    copies: int
    copy: int
    attempt: int
    title: str | None
    printer: str | None
    batch: str | None
    state: str
    error: str | None
    spool_job: str | None
    sha256: str | None
    at: str
    chosen: str | None
    large: int


# Printings of the same paper that came out, on a desk this one was made anew from too, with those
# that may have come out or are coming out.
_CAME_OUT = (
    "coalesce((SELECT p.copies FROM printed_paper AS p WHERE p.paper = print_job.paper "
    "AND p.bearer = coalesce(print_job.request_id, print_job.subject)), 0)"
)
_OTHER_COPIES = (
    f"({_CAME_OUT} + (SELECT count(*) FROM print_job AS o WHERE o.subject = print_job.subject "  # noqa: S608  no typed text
    "AND o.paper = print_job.paper AND o.id <> print_job.id "
    "AND o.state IN ('printing', 'unknown')))"
)


def queue(
    db: Database,
    *,
    request_id: str | None,
    subject: str,
    paper: str,
    copies: int,
    printer: str | None,
    at: str,
    batch: str | None = None,
    large: bool = False,
) -> int:
    """Append a printing to the queue and return its id; its copy is counted when it is printed."""
    cursor = db.execute(
        "INSERT INTO print_job (request_id, subject, paper, copies, copy, printer, chosen, batch, "
        "large, state, at) VALUES (?, ?, ?, ?, 1 + ? + (SELECT count(*) FROM print_job WHERE "
        "subject = ? AND paper = ? AND state IN "
        "('waiting', 'held', 'printing', 'unknown')), ?, ?, ?, ?, 'waiting', ?)",
        [
            *(request_id, subject, paper, copies),
            *(printed_papers.copies(db, request_id or subject, paper), subject, paper),
            *(printer, printer, batch, int(large), at),
        ],
    )
    return int(cursor.lastrowid or 0)


_COLUMNS = (
    "id, request_id, subject, paper, copies, copy, attempt, title, printer, batch, state, error, "
    "spool_job, sha256, at, chosen, large"
)
_JOB = f"SELECT {_COLUMNS} FROM print_job "  # noqa: S608  our own names only


@translate_errors()
def job(db: Database, job_id: int) -> StoredJob | None:
    """Return one printing, or None."""
    row = db.execute(_JOB + "WHERE id = ?", [job_id]).fetchone()
    return StoredJob(*row) if row else None


@translate_errors()
def of_request(db: Database, request_id: str) -> list[StoredJob]:
    """Return the printings of a request, oldest first, without those that were cancelled."""
    rows = db.execute(
        _JOB + "WHERE request_id = ? AND state <> 'cancelled' ORDER BY id", [request_id]
    ).fetchall()
    return [StoredJob(*row) for row in rows]


@translate_errors()
def in_states(db: Database, states: tuple[str, ...], limit: int, after: int = 0) -> list[StoredJob]:
    """Return printings in these states with an id above `after`, oldest first."""
    marks = ", ".join("?" * len(states))
    rows = db.execute(
        _JOB + f"WHERE state IN ({marks}) AND id > ? ORDER BY id LIMIT ?", [*states, after, limit]
    ).fetchall()
    return [StoredJob(*row) for row in rows]


@translate_errors()
def batch_states(db: Database, batch: str) -> dict[str, int]:
    """Return how many printings of a batch are in each state."""
    rows = db.execute(
        "SELECT state, count(*) FROM print_job WHERE batch = ? GROUP BY state", [batch]
    ).fetchall()
    return {str(state): int(count) for state, count in rows}


@translate_errors()
def waiting_of(db: Database, batch: str) -> list[int]:
    """Return the ids of a batch's printings that wait, oldest first."""
    rows = db.execute(
        "SELECT id FROM print_job WHERE batch = ? AND state = 'waiting' ORDER BY id", [batch]
    ).fetchall()
    return [int(job_id) for (job_id,) in rows]


@translate_errors()
def ordered(db: Database, subject: str, paper: str) -> bool:
    """Return whether this paper was ordered and not taken back before any of it came out."""
    row = db.execute(
        "SELECT 1 FROM print_job WHERE subject = ? AND paper = ? "
        "AND (state <> 'cancelled' OR error IS NOT NULL) LIMIT 1",  # it says that a part is out
        [subject, paper],
    ).fetchone()
    return row is not None


@translate_errors()
def next_copy(db: Database, job_id: int) -> int:
    """Return which copy this printing is when it comes out now."""
    row = db.execute(
        f"SELECT 1 + {_OTHER_COPIES} FROM print_job WHERE id = ?",  # noqa: S608  no typed text
        [job_id],
    ).fetchone()
    return int(row[0]) if row else 1


@translate_errors()
def copies_out(db: Database, request_id: str | None, subject: str, paper: str) -> int:
    """Return how many copies of a paper came out, may have come out or are coming out."""
    row = db.execute(
        "SELECT count(*) FROM print_job WHERE subject = ? AND paper = ? "
        "AND state IN ('printing', 'unknown')",
        [subject, paper],
    ).fetchone()
    return int(row[0]) + printed_papers.copies(db, request_id or subject, paper)


def count_as(db: Database, job_id: int, copy: int) -> None:
    """Say which copy a printing is."""
    db.execute("UPDATE print_job SET copy = ? WHERE id = ?", [copy, job_id])


def claim(
    db: Database, job_id: int, *, copy: int, title: str, printer: str, sha256: str, at: str
) -> bool:
    """Take a waiting printing for this process as that copy; False when another was quicker."""
    cursor = db.execute(
        "UPDATE print_job SET state = 'printing', error = NULL, spool_job = NULL, copy = ?, "  # noqa: S608
        "title = ?, printer = ?, sha256 = ?, at = ? WHERE id = ? AND state = 'waiting' "
        f"AND 1 + {_OTHER_COPIES} = ?",
        [copy, title, printer, sha256, at, job_id, copy],
    )
    return int(cursor.rowcount) == 1


@translate_errors()
def title_taken(db: Database, title: str) -> bool:
    """Return whether an attempt of any printing has this title."""
    return db.execute("SELECT 1 FROM print_job WHERE title = ?", [title]).fetchone() is not None


def settle(
    db: Database,
    job_id: int,
    state: str,
    *,
    at: str,
    error: str | None = None,
    spool_job: str | None = None,
) -> None:
    """Say what became of a printing; one a person cancelled stays so, unless it came out."""
    db.execute(
        "UPDATE print_job SET state = ?, error = ?, spool_job = coalesce(?, spool_job), at = ? "
        "WHERE id = ? AND (state <> 'cancelled' OR ? = 'printed')",
        [state, error, spool_job, at, job_id, state],
    )


def explain(db: Database, job_id: int, error: str) -> None:
    """Say why a printing waits, if it still does."""
    db.execute("UPDATE print_job SET error = ? WHERE id = ? AND state = 'waiting'", [error, job_id])


def remark(db: Database, job_id: int, words: str) -> bool:
    """Say what a printing at its printer waits for; False when that was said or it is done."""
    cursor = db.execute(
        "UPDATE print_job SET error = ? WHERE id = ? AND state = 'printing' AND error IS NOT ?",
        [words, job_id, words],
    )
    return int(cursor.rowcount) == 1


def wait_again(db: Database, job_id: int, printer: str | None, at: str) -> bool:
    """Put a failed or doubtful printing back into the queue, on a chosen printer or the route's.

    `printer` of the row stays: there the attempt that was is looked for.
    """
    cursor = db.execute(
        "UPDATE print_job SET state = 'waiting', error = NULL, "
        "attempt = attempt + (title IS NOT NULL), chosen = coalesce(?, chosen), at = ? "
        "WHERE id = ? AND state IN ('failed', 'unknown')",
        [printer, at, job_id],
    )
    return int(cursor.rowcount) == 1


def redirect(db: Database, job: StoredJob, printer: str | None, at: str) -> bool:
    """Let a printing wait for `printer`, None for where its kind goes; False when it moved on.

    The attempt there was is over: nobody looks for it any more. What was held stays held.
    """
    cursor = db.execute(
        "UPDATE print_job SET state = iif(state = 'held', 'held', 'waiting'), error = NULL, "
        "attempt = attempt + (title IS NOT NULL), title = NULL, spool_job = NULL, sha256 = NULL, "
        "printer = ?, chosen = ?, at = ? WHERE id = ? AND title IS ? AND state IN (?, 'failed')",
        [printer, printer, at, job.id, job.title, job.state],
    )
    return int(cursor.rowcount) == 1


def move(
    db: Database,
    job_id: int,
    before: tuple[str, ...],
    state: str,
    at: str,
    error: str | None = None,
) -> bool:
    """Bring a printing from one of the states `before` to `state`; False when it is in none.

    `error` is what is to be said of it.
    """
    marks = ", ".join("?" * len(before))
    cursor = db.execute(
        f"UPDATE print_job SET state = ?, error = ?, at = ? WHERE id = ? AND state IN ({marks})",  # noqa: S608  marks only
        [state, error, at, job_id, *before],
    )
    return int(cursor.rowcount) == 1


def take_back(db: Database, job_id: int, state: str, *, error: str, at: str) -> None:
    """Settle a printing of which the spool says that nothing was handed over."""
    db.execute(
        "UPDATE print_job SET state = ?, error = ?, title = NULL, sha256 = NULL, at = ? "
        "WHERE id = ? AND state <> 'cancelled'",
        [state, error, at, job_id],
    )


def cancel_batch(db: Database, batch: str, at: str) -> int:
    """Take what of a batch is not at a printer out of the queue; return how many."""
    cursor = db.execute(
        "UPDATE print_job SET state = 'cancelled', error = NULL, at = ? WHERE batch = ? "
        "AND state IN ('waiting', 'held', 'failed')",
        [at, batch],
    )
    return int(cursor.rowcount)
