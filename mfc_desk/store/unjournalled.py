"""The rows that no journal entry says: drafts, settings, payees, papers that wait, scan keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from mfc_desk.store import print_queue, printed_papers, settings
from sync.database import Database, Migrations, translate_errors
from sync.keys import DeviceKeys

migrations = Migrations("desk.unjournalled")

WAITING = frozenset(
    {
        print_queue.WAITING,
        print_queue.HELD,
        print_queue.PRINTING,
        print_queue.FAILED,
        print_queue.UNKNOWN,
    }
)
"""States of a paper that has not come out for sure and is not given up."""
_DRAFTS = "SELECT * FROM draft ORDER BY id"
_PAYEES = "SELECT authority, body FROM payee ORDER BY authority"
_PAPERS = f"SELECT * FROM print_job WHERE state IN ({', '.join('?' * len(WAITING))}) ORDER BY id"  # noqa: S608 - question marks
_PLACE = "second_place"


@migrations()
def m001_earlier_identity(db: Database) -> None:
    """What opens the scans that a lost disk's device sealed."""
    db.execute("CREATE TABLE earlier_identity (identity TEXT PRIMARY KEY) STRICT, WITHOUT ROWID")


@translate_errors()
def mark(db: Database) -> str:
    """Return what changes with any of the rows; a few reads of small tables."""
    digest = sha256()
    for rows in (
        db.execute("SELECT id, saved_at FROM draft ORDER BY id"),
        db.execute("SELECT name, value FROM setting ORDER BY name"),
        db.execute(_PAYEES),
        db.execute(_PAPERS.replace("*", "id, state, chosen", 1), sorted(WAITING)),
        db.execute("SELECT id FROM device_keys"),
    ):
        for row in rows:
            digest.update(repr(row).encode())
        digest.update(b"\0")
    return digest.hexdigest()


@translate_errors()
def identities(db: Database) -> list[str]:
    """Return every age identity this desk ever sealed a scan to, the newest device's first."""
    own = db.execute("SELECT keys FROM device_keys ORDER BY id DESC").fetchall()
    earlier = db.execute("SELECT identity FROM earlier_identity").fetchall()
    return [*(DeviceKeys.load(row[0]).identity for row in own), *(str(row[0]) for row in earlier)]


@translate_errors()
def rows(db: Database) -> dict[str, Any]:
    """Return the rows as JSON can say them; see `put`."""
    kept = settings.load(db)
    kept.pop(_PLACE, None)
    return {
        "drafts": _told(db, _DRAFTS),
        "settings": kept,
        "payees": dict(db.execute(_PAYEES).fetchall()),
        "papers": _told(db, _PAPERS, sorted(WAITING)),
        "identities": identities(db),
    }


def _told(db: Database, query: str, params: Sequence[str] = ()) -> list[dict[str, Any]]:
    found = db.execute(query, list(params))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def put(db: Database, told: Mapping[str, Any]) -> tuple[int, int]:
    """Put rows of `rows` where this desk has none of its own; inside a transaction.

    Returns how many drafts and papers came. A paper that waited stands held, one that was on its
    way out is in doubt: nobody knows what the lost desk printed since. Papers of which the journal
    says that they came out, and drafts and papers of requests that are not here, are passed over.
    """
    for identity in told["identities"]:
        db.execute("INSERT OR IGNORE INTO earlier_identity VALUES (?)", [identity])
    mine = settings.load(db)
    settings.save(db, {n: v for n, v in told["settings"].items() if n not in mine})
    for authority, body in told["payees"].items():
        db.execute("INSERT OR IGNORE INTO payee VALUES (?, ?)", [authority, body])
    drafts = sum(_insert(db, "draft", one, "amends") for one in told["drafts"])
    papers = 0
    printings = printed_papers.printings(db) if told["papers"] else frozenset()
    for one in told["papers"]:
        if (one["request_id"] or one["subject"], one["paper"], one["copy"]) in printings:
            continue
        state = _STATES.get(one["state"], one["state"])
        row = {name: value for name, value in one.items() if name != "id"} | {"state": state}
        papers += _insert(db, "print_job", row, "request_id")
    return drafts, papers


_STATES = {
    print_queue.WAITING: print_queue.HELD,
    print_queue.PRINTING: print_queue.UNKNOWN,
}


def _insert(db: Database, table: str, row: Mapping[str, Any], request: str) -> int:
    """Insert what this program knows of a row; 0 where it is here or its request is not."""
    about = row.get(request)
    if about is not None and not _is_here(db, about):
        return 0
    known = {str(column[1]) for column in db.execute(f"PRAGMA table_info({table})")}
    names = [name for name in row if name in known]
    marks = ", ".join("?" * len(names))
    done = db.execute(
        f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({marks})",  # noqa: S608 - columns of the table
        [row[name] for name in names],
    )
    return int(done.rowcount)


def _is_here(db: Database, request_id: str) -> bool:
    found = db.execute("SELECT 1 FROM request WHERE id = ?", [request_id]).fetchone()
    return found is not None
