"""Scans of requests: what each sealed file is, and how much of it is at the centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sync.database import Database, Migrations, translate_errors
from sync.entries import Entry

migrations = Migrations("desk.attachments")
REPLAYED = {"attachment": "sha256, plain_sha256, size, mime, name, request_id, entry_id, at"}
"""Tables that follow from the journal, with the columns a replay must give again."""

ADD = "blob.add"


@migrations()
def m001_attachments(db: Database) -> None:
    """One row a scan, found by its request; how far each is at the centre stands apart."""
    db.execute(
        """
        CREATE TABLE attachment (
            sha256 TEXT PRIMARY KEY,
            plain_sha256 TEXT NOT NULL,
            size INTEGER NOT NULL,
            mime TEXT NOT NULL,
            name TEXT NOT NULL,
            request_id TEXT NOT NULL REFERENCES request (id),
            entry_id TEXT NOT NULL,
            at TEXT NOT NULL,
            operator TEXT NOT NULL,
            UNIQUE (request_id, plain_sha256)
        ) STRICT, WITHOUT ROWID
        """
    )
    # `whole_in` is the life of the centre's store that has all of it: a restored one may lack it
    db.execute(
        """
        CREATE TABLE attachment_sent (
            sha256 TEXT PRIMARY KEY REFERENCES attachment (sha256),
            sent INTEGER NOT NULL DEFAULT 0,
            whole_in TEXT
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def m002_damaged(db: Database) -> None:
    """Whether the sealed file was found spoilt or gone before the centre had it. Local."""
    db.execute("ALTER TABLE attachment_sent ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0")


@dataclass(frozen=True)
class Stored:
    """A scan: `sha256` and `size` of the sealed file, `name` as the specialist knows it."""

    sha256: str
    plain_sha256: str
    size: int
    mime: str
    name: str
    request_id: str
    entry_id: str
    at: str
    operator: str
    sent: int = 0
    whole_in: str | None = None
    damaged: bool = False


def of_body(body: dict[str, Any], *, request_id: str, entry_id: str) -> Stored:
    """Return the row a `blob.add` entry makes."""
    return Stored(
        sha256=body["sha256"],
        plain_sha256=body["plain_sha256"],
        size=body["size"],
        mime=body["mime"],
        name=body["name"],
        request_id=request_id,
        entry_id=entry_id,
        at=body["at"],
        operator=body["by"],
    )


def apply_entry(db: Database, entry: Entry) -> None:
    """Add the scan of a `blob.add` entry; entries of other kinds change nothing."""
    if entry.kind == ADD and entry.request_id is not None:
        add(db, of_body(entry.body, request_id=entry.request_id, entry_id=entry.entry_id))


def add(db: Database, scan: Stored) -> None:
    """Insert a scan, nothing of it sent.

    It takes the place of one of the same content: that one was damaged and is attached again.
    """
    same = [scan.request_id, scan.plain_sha256]
    where = "request_id = ? AND plain_sha256 = ?"
    db.execute(
        "DELETE FROM attachment_sent WHERE sha256 IN "  # noqa: S608 - the words above
        f"(SELECT sha256 FROM attachment WHERE {where})",
        same,
    )
    db.execute(f"DELETE FROM attachment WHERE {where}", same)  # noqa: S608 - as above
    db.execute(
        "INSERT INTO attachment (sha256, plain_sha256, size, mime, name, request_id, entry_id, at, "
        "operator) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            scan.sha256,
            scan.plain_sha256,
            scan.size,
            scan.mime,
            scan.name,
            scan.request_id,
            scan.entry_id,
            scan.at,
            scan.operator,
        ],
    )
    db.execute("INSERT INTO attachment_sent (sha256) VALUES (?)", [scan.sha256])


_SCAN = (
    "SELECT a.sha256, a.plain_sha256, a.size, a.mime, a.name, a.request_id, a.entry_id, a.at, "
    "a.operator, s.sent, s.whole_in, s.damaged FROM attachment AS a "
    "JOIN attachment_sent AS s USING (sha256) "
)


def _stored(row: tuple[Any, ...]) -> Stored:
    *others, spoilt = row
    return replace(Stored(*others), damaged=bool(spoilt))


@translate_errors()
def of_request(db: Database, request_id: str) -> list[Stored]:
    """Return the scans of a request, oldest first."""
    rows = db.execute(_SCAN + "WHERE a.request_id = ? ORDER BY a.entry_id", [request_id]).fetchall()
    return [_stored(row) for row in rows]


@translate_errors()
def every(db: Database) -> list[Stored]:
    """Return all scans."""
    return [_stored(row) for row in db.execute(_SCAN + "ORDER BY a.sha256").fetchall()]


@translate_errors()
def damaged(db: Database, limit: int) -> list[Stored]:
    """Return scans that are neither whole here nor at the centre, the newest first."""
    rows = db.execute(
        _SCAN + "WHERE s.damaged = 1 ORDER BY a.entry_id DESC LIMIT ?", [limit]
    ).fetchall()
    return [_stored(row) for row in rows]


@translate_errors()
def without_scan(db: Database, services: Sequence[str], limit: int) -> list[str]:
    """Return the numbers of requests of `services` that the centre has not confirmed, nobody
    withdrew, and that have no scan; the nearest deadline first.
    """
    marks = ", ".join("?" for _ in services)
    rows = db.execute(
        "SELECT number FROM request "  # noqa: S608 - constant and question marks
        f"WHERE state <> 'confirmed' AND service IN ({marks}) "
        "AND NOT EXISTS (SELECT 1 FROM attachment WHERE request_id = request.id) "
        "AND NOT EXISTS (SELECT 1 FROM request_act "
        "WHERE request_id = request.id AND kind = 'request.withdraw') "
        "ORDER BY register_by, rid LIMIT ?",
        [*services, limit],
    ).fetchall()
    return [str(number) for (number,) in rows]


@translate_errors()
def unsent(db: Database, incarnation: str) -> list[Stored]:
    """Return scans that this life of the centre's store does not have whole, smallest first."""
    rows = db.execute(
        _SCAN + "WHERE s.whole_in IS NOT ? ORDER BY a.size, a.sha256", [incarnation]
    ).fetchall()
    return [_stored(row) for row in rows]


@dataclass(frozen=True)
class Waiting:
    """Scans that are not at the centre whole: how many, their bytes, how many of them are sent."""

    count: int
    size: int
    sent: int


@translate_errors()
def waiting(db: Database, incarnation: str) -> Waiting:
    """Return how much is still to be sent."""
    row = db.execute(
        "SELECT count(*), coalesce(sum(a.size), 0), coalesce(sum(s.sent), 0) FROM attachment AS a "
        "JOIN attachment_sent AS s USING (sha256) WHERE s.whole_in IS NOT ?",
        [incarnation],
    ).fetchone()
    return Waiting(*(int(one) for one in row))


def mark_sent(db: Database, sha256: str, sent: int, whole_in: str | None) -> None:
    """Note how many bytes the centre has, and in which life of its store it has all of them."""
    db.execute(
        "UPDATE attachment_sent SET sent = ?, whole_in = ?, damaged = 0 WHERE sha256 = ?",
        [sent, whole_in, sha256],
    )


def mark_damaged(db: Database, sha256: str) -> None:
    """Note that this disk does not give a scan back as it was sealed."""
    db.execute("UPDATE attachment_sent SET damaged = 1 WHERE sha256 = ?", [sha256])
