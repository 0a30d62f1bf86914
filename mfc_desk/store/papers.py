"""What each paper was made of. Local; the queue of printings is `store.print_queue`."""

from __future__ import annotations

from sync.database import Database, Migrations, translate_errors

migrations = Migrations("desk.papers")


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
