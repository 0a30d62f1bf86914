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


@migrations()
def m002_paper_kept(db: Database) -> None:
    """What further papers say, by the number they bear: of a request, a refusal, a register."""
    db.execute(
        """
        CREATE TABLE paper_kept (
            subject TEXT NOT NULL,
            paper TEXT NOT NULL,
            content TEXT NOT NULL,
            PRIMARY KEY (subject, paper)
        ) STRICT, WITHOUT ROWID
        """
    )


def keep(db: Database, subject: str, paper: str, content: str) -> None:
    """Fix what the paper of `subject` says (JSON); what was fixed before stays."""
    db.execute(
        "INSERT OR IGNORE INTO paper_kept (subject, paper, content) VALUES (?, ?, ?)",
        [subject, paper, content],
    )


@translate_errors()
def kept(db: Database, subject: str, paper: str) -> str | None:
    """Return what the paper of `subject` says (JSON), None when it was not fixed yet."""
    row = db.execute(
        "SELECT content FROM paper_kept WHERE subject = ? AND paper = ?", [subject, paper]
    ).fetchone()
    return str(row[0]) if row else None


@translate_errors()
def kept_beginning(db: Database, beginning: str, paper: str) -> list[tuple[str, str]]:
    """Return subject and content of the papers whose subject begins so, in order."""
    return [
        (str(subject), str(content))
        for subject, content in db.execute(
            "SELECT subject, content FROM paper_kept WHERE paper = ? AND "
            "substr(subject, 1, ?) = ? ORDER BY subject",
            [paper, len(beginning), beginning],
        ).fetchall()
    ]


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
