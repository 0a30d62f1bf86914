"""What a check of the desk reads: whole tables, as digests where the rows are large."""

from __future__ import annotations

from hashlib import sha256

from sync.database import Database, translate_errors
from sync.errors import StoreFailure

INDEXES = ("request_fts", "turned_away_fts")


@translate_errors()
def counts(db: Database) -> tuple[int, int]:
    """Return how many different journal entries and how many requests there are."""
    entries = db.execute("SELECT count(DISTINCT entry_id) FROM journal").fetchone()[0]
    requests = db.execute("SELECT count(*) FROM request").fetchone()[0]
    return int(entries), int(requests)


@translate_errors()
def epochs(db: Database) -> list[int]:
    """Return the epochs of the journal, first one first."""
    return [row[0] for row in db.execute("SELECT epoch FROM journal_epoch ORDER BY epoch")]


@translate_errors()
def digests(db: Database, table: str, columns: str) -> dict[bytes, str]:
    """Return the digest of each row -> what a person calls the row."""
    found: dict[bytes, str] = {}
    named_by = "number" if table == "request" else columns.partition(",")[0]
    for row in db.execute(f"SELECT {named_by}, {columns} FROM {table}"):  # noqa: S608 - our names
        digest = sha256(repr(row).encode("utf-8", "surrogatepass")).digest()
        found[digest] = str(row[0])
    return found


@translate_errors()
def misplaced(db: Database) -> list[str]:
    """Return the numbers of requests that do not stand where the journal has their entry.

    By its place a request counts as delivered, so the place is as good as the words.
    """
    rows = db.execute(
        "SELECT r.number FROM request_version AS v JOIN request AS r ON r.id = v.request_id "
        "WHERE NOT EXISTS (SELECT 1 FROM journal AS j WHERE j.epoch = v.epoch AND j.seq = v.seq "
        "AND j.entry_id = v.entry_id) "
        "UNION SELECT r.number FROM request AS r WHERE NOT EXISTS (SELECT 1 FROM journal AS j "
        "WHERE j.epoch = r.epoch AND j.seq = r.seq AND j.entry_id = r.entry_id) ORDER BY 1"
    ).fetchall()
    return [str(number) for (number,) in rows]


def broken_indexes(db: Database) -> list[str]:
    """Return the search indexes that do not agree with the rows they index."""
    broken = []
    for index in INDEXES:
        try:
            with db.atomic():
                db.execute(
                    f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)"  # noqa: S608 - our names
                )
        except StoreFailure:
            broken.append(index)
    return broken


@translate_errors()
def draft_documents(db: Database) -> list[tuple[str, str]]:
    """Return id and JSON text of every draft."""
    rows = db.execute("SELECT id, document FROM draft ORDER BY id").fetchall()
    return [(str(draft_id), str(document)) for draft_id, document in rows]


@translate_errors()
def printed_papers(db: Database) -> list[tuple[str, str | None, str, int, str | None]]:
    """Return number, request id, paper, copy and sha256 of every paper marked as printed."""
    rows = db.execute(
        "SELECT subject, request_id, paper, copy, sha256 FROM print_job "
        "WHERE state = 'printed' ORDER BY id"
    ).fetchall()
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]
