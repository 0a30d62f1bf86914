"""What each paper was made of. The queue of printings is `store.print_queue`.

A receipt follows from its journalled request; what every other paper says goes to the journal with
its first printing, in parts that fit an entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sync.database import Database, Migrations, translate_errors
from sync.entries import Entry

_AFTER_ALL = "\U0010ffff"
"""Follows every sign a subject may have: the end of those with one beginning."""

migrations = Migrations("desk.papers")
REPLAYED = {"paper_snapshot": "subject, paper, content"}
"""Tables that follow from the journal, with the columns a replay must give again."""

KEPT = "paper.kept"
_PART = 12_000
"""Characters of a part: even the longest letters leave it below the 64 KiB of an entry."""

_WHOLE = "json_valid(content)"
"""A snapshot whose last parts went with a disk counts as none: it is no JSON."""


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


@migrations()
def m003_paper_snapshot(db: Database) -> None:
    """What papers say that nothing else in the journal holds."""
    db.execute(
        """
        CREATE TABLE paper_snapshot (
            subject TEXT NOT NULL,
            paper TEXT NOT NULL,
            content TEXT NOT NULL,
            PRIMARY KEY (subject, paper)
        ) STRICT, WITHOUT ROWID
        """
    )


def apply_entry(db: Database, entry: Entry) -> None:
    """Add a part of a snapshot; entries of other kinds change nothing."""
    if entry.kind == KEPT:
        add_part(db, entry.body)


def parts(subject: str, paper: str, content: str) -> Iterator[dict[str, Any]]:
    """Yield the bodies of the `paper.kept` entries that hold a snapshot."""
    count = -(-len(content) // _PART)
    for at in range(count):
        part = content[at * _PART : (at + 1) * _PART]
        yield {"subject": subject, "paper": paper, "part": at + 1, "of": count, "content": part}


def add_part(db: Database, body: Mapping[str, Any]) -> None:
    """Keep what a `paper.kept` entry says; inside the act's transaction, in order.

    A first part begins anew: what there was lacked its end, which went with a disk.
    """
    db.execute(
        "INSERT INTO paper_snapshot (subject, paper, content) VALUES (?, ?, ?) ON CONFLICT "
        "(subject, paper) DO UPDATE SET content = iif(?, '', content) || excluded.content",
        [body["subject"], body["paper"], body["content"], body["part"] == 1],
    )


@translate_errors()
def is_journalled(db: Database, subject: str, paper: str) -> bool:
    """Return whether the journal holds all of what the paper of `subject` says."""
    row = db.execute(
        f"SELECT 1 FROM paper_snapshot WHERE subject = ? AND paper = ? AND {_WHOLE}",  # noqa: S608
        [subject, paper],
    ).fetchone()
    return row is not None


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
        f"SELECT content FROM paper_snapshot WHERE subject = ? AND paper = ? AND {_WHOLE} "  # noqa: S608
        "UNION ALL SELECT content FROM paper_kept WHERE subject = ? AND paper = ?",
        [subject, paper, subject, paper],
    ).fetchone()
    return str(row[0]) if row else None


@translate_errors()
def kept_beginning(db: Database, beginning: str, paper: str) -> list[tuple[str, str]]:
    """Return subject and content of the papers whose subject begins so, in order."""
    return [
        (str(subject), str(content))
        for subject, content in db.execute(
            f"SELECT subject, content FROM paper_snapshot WHERE paper = ?1 AND {_WHOLE} "  # noqa: S608
            "AND subject >= ?2 AND subject < ?3 UNION SELECT subject, content FROM paper_kept "
            "WHERE paper = ?1 AND subject >= ?2 AND subject < ?3 ORDER BY subject",
            [paper, beginning, beginning + _AFTER_ALL],
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
