"""Versions of requests in SQL: what an amendment stands on, and what an operator chooses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sync import failpoint
from sync.central.store import (
    APPLIED,
    EFFECTIVE,
    HELD,
    PAST,
    REFUSED,
    SUPERSEDED,
    WAITING,
    EntryRow,
    Event,
    NoticeRow,
    Numbering,
    VersionReading,
    VersionRow,
)
from sync.central.store.sql_access import SqlDatabase, Tables, act
from sync.central.store.sql_entries import ENTRY, entry_row, register_request, result_body
from sync.central.store.sql_rows import put_rows
from sync.clock import iso

CONFLICT = "conflict"
NO_BASE = "no-base"
SETTLED = "entry.settled"
VERSIONS = (
    f"{ENTRY}, v.state FROM request_version AS v JOIN entry USING (desk, row) "
    "WHERE v.request_id = ? ORDER BY row"
)


def known(db: SqlDatabase, request_id: str | None) -> bool:
    """Whether any version of a request came, registered or not."""
    for table, column in (("request", "id"), ("request_version", "request_id")):
        found = db.execute(
            f"SELECT 1 FROM {table} WHERE {column} = ? LIMIT 1",  # noqa: S608 - names of our own
            [request_id],
        ).fetchone()
        if found:
            return True
    return False


def place_amendment(
    db: SqlDatabase, row: EntryRow, reading: VersionReading, numbering: Numbering
) -> tuple[EntryRow, str | None]:
    """Say what becomes of an amendment, and how its version stands (None: it is no version).

    It applies on the newest version it knows of; another amendment of the same base is kept and
    waits for a person (sync.md, 9).
    """
    tip = _tip(db, row.request_id)
    if tip is None:
        return replace(row, outcome=HELD, reason=NO_BASE), None
    if tip.entry_id != reading.base or reading.version != (tip.version or 1) + 1:
        if row.outcome == APPLIED:
            return replace(row, outcome=HELD, reason=CONFLICT), WAITING
        return row, None
    if row.outcome != APPLIED:
        return row, REFUSED
    row = _with_official_no(db, row, numbering)
    return row, EFFECTIVE if row.outcome == APPLIED else REFUSED


def _with_official_no(db: SqlDatabase, row: EntryRow, numbering: Numbering) -> EntryRow:
    """The number the request has already, else the next one."""
    found = db.execute(
        "SELECT official_no, number FROM request WHERE id = ?", [row.request_id]
    ).fetchone()
    if found is None:
        return register_request(db, row, numbering)
    if found[1] != row.number:
        return replace(row, outcome=HELD, reason=CONFLICT)
    return replace(row, official_no=found[0])


def keep_version(db: SqlDatabase, row: EntryRow, place: int, state: str) -> None:
    """Write the version of a new entry down; an effective one makes the others past."""
    first = db.execute(
        "SELECT row, desk FROM request WHERE id = ? AND row <> ? "
        "AND row NOT IN (SELECT row FROM request_version WHERE request_id = ?)",
        [row.request_id, place, row.request_id],
    ).fetchone()
    if first is not None:
        _insert(db, first[1], first[0], EFFECTIVE)
    if state == EFFECTIVE:
        _pass(db, row.request_id)
        db.execute(
            "UPDATE request SET row = ?, desk = ? WHERE id = ?", [place, row.desk, row.request_id]
        )
    _insert(db, row.desk, place, state)


def _insert(db: SqlDatabase, desk: int, place: int, state: str) -> None:
    db.execute(
        "INSERT INTO request_version SELECT row, request_id, entry_id, number, ?, desk "
        "FROM entry WHERE desk = ? AND row = ?",
        [state, desk, place],
    )


def _pass(db: SqlDatabase, request_id: str | None) -> None:
    db.execute(
        "UPDATE request_version SET state = ? WHERE request_id = ? AND state IN (?, ?)",
        [PAST, request_id, EFFECTIVE, REFUSED],
    )


def _tip(db: SqlDatabase, request_id: str | None) -> EntryRow | None:
    """The version an amendment may stand on: the newest that is not waiting for a choice."""
    row = db.execute(
        f"{ENTRY} FROM request_version AS v JOIN entry USING (desk, row) "
        "WHERE v.request_id = ? AND v.state IN (?, ?) ORDER BY row DESC LIMIT 1",
        [request_id, EFFECTIVE, REFUSED],
    ).fetchone()
    if row is None:
        row = db.execute(
            f"{ENTRY} FROM entry JOIN request USING (desk, row) WHERE request.id = ?", [request_id]
        ).fetchone()
    return entry_row(row) if row else None


def put_events(db: SqlDatabase, desk: int, events: Iterable[tuple[str, str]]) -> int:
    """Put events (kind, JSON) into a desk's feed; return the number of the last one.

    Numbers are taken under the write lock: the order of commits is theirs.
    """
    told = list(events)
    last = db.execute(
        "UPDATE desk SET feed_to = feed_to + ? WHERE desk = ? RETURNING feed_to",
        [len(told), desk],
    ).fetchone()[0]
    put_rows(
        db,
        "feed",
        ("desk", "n", "kind", "body"),
        [(desk, n, kind, body) for n, (kind, body) in enumerate(told, last - len(told) + 1)],
    )
    return int(last)


class SqlNotices(Tables):
    """A `NoticeStore`."""

    @act
    def request_id(self, number: str) -> str | None:
        """Return the request of a printed number, registered or not."""
        found = self.db.execute(
            "SELECT id FROM request WHERE number = ? UNION ALL "
            "SELECT request_id FROM request_version WHERE number = ? LIMIT 1",
            [number, number],
        ).fetchone()
        return str(found[0]) if found else None

    @act
    def versions(self, request_id: str) -> tuple[VersionRow, ...]:
        """Return the versions of a request in the order they came."""
        rows = self.db.execute(VERSIONS, [request_id]).fetchall()
        if rows:
            return tuple(VersionRow(row[-1], entry_row(row)) for row in rows)
        tip = _tip(self.db, request_id)
        return (VersionRow(EFFECTIVE, tip),) if tip else ()

    @act
    def acts(self, request_id: str) -> tuple[EntryRow, ...]:
        """Return amendments, withdrawals and issues of a request in the order they came."""
        rows = self.db.execute(
            f"{ENTRY} FROM entry WHERE request_id = ? "
            "AND kind IN ('request.amend', 'request.withdraw', 'result.issue') ORDER BY row",
            [request_id],
        ).fetchall()
        return tuple(entry_row(row) for row in rows)

    @act
    def conflicts(self) -> tuple[EntryRow, ...]:
        """Return the amendments that wait for a person's choice, oldest first."""
        rows = self.db.execute(
            f"{ENTRY} FROM request_version AS v JOIN entry USING (desk, row) "
            "WHERE v.state = 'waiting' ORDER BY row"
        ).fetchall()
        return tuple(entry_row(row) for row in rows)

    @act
    def tell(self, desk: int, kind: str, body: str, request_id: str | None, at: datetime) -> int:
        """Put an event (JSON) into a desk's feed; return its number."""
        with self.db.atomic():
            n = put_events(self.db, desk, [(kind, body)])
            self.db.execute(
                "INSERT INTO notice VALUES (?, ?, ?, ?)", [desk, n, request_id, iso(at)]
            )
            failpoint.reach("centre.tell.before-commit")
        return n

    @act
    def notices(self, request_id: str) -> tuple[NoticeRow, ...]:
        """Return what operators told of a request, oldest first."""
        rows = self.db.execute(
            "SELECT desk, n, kind, body, at FROM notice JOIN feed USING (desk, n) "
            "WHERE request_id = ? ORDER BY at, n",
            [request_id],
        ).fetchall()
        return tuple(NoticeRow(desk, Event(n, kind, body), at) for desk, n, kind, body, at in rows)

    @act
    def choose(self, request_id: str, entry_id: str, numbering: Numbering, at: datetime) -> bool:
        """Make one version effective and the rest past; tell the desks they came from."""
        with self.db.atomic():
            rows = self.db.execute(VERSIONS, [request_id]).fetchall()
            versions = [VersionRow(row[-1], entry_row(row)) for row in rows]
            chosen = next((one for one in versions if one.entry.entry_id == entry_id), None)
            if chosen is None or chosen.state not in (EFFECTIVE, WAITING):
                return False
            for version in versions:
                if version is not chosen and version.state in (EFFECTIVE, WAITING):
                    self._settle(replace(version.entry, outcome=SUPERSEDED, reason=None), PAST, at)
            _pass(self.db, request_id)
            took = _with_official_no(self.db, replace(chosen.entry, reason=None), numbering)
            if took.outcome == HELD and took.reason == CONFLICT:
                raise LookupError("a version of another number")
            self._settle(replace(took, outcome=APPLIED), EFFECTIVE, at)
            self.db.execute(
                "INSERT INTO request SELECT ?, ?, ?, row, desk FROM entry_key WHERE entry_id = ? "
                "ON CONFLICT (id) DO UPDATE SET row = excluded.row, desk = excluded.desk",
                [request_id, took.number, took.official_no, entry_id],
            )
            failpoint.reach("centre.choose.before-commit")
        return True

    def _settle(self, row: EntryRow, state: str, at: datetime) -> None:
        """Write down what became of a version and tell its desk."""
        self.db.execute(
            "UPDATE entry SET outcome = ?, reason = ?, official_no = ? "
            "WHERE desk = ? AND epoch = ? AND seq = ?",
            [row.outcome, row.reason, row.official_no, row.desk, row.epoch, row.seq],
        )
        self.db.execute(
            "UPDATE request_version SET state = ? "
            "WHERE row = (SELECT row FROM entry_key WHERE entry_id = ?)",
            [state, row.entry_id],
        )
        n = put_events(self.db, row.desk, [(SETTLED, result_body(row))])
        self.db.execute(
            "INSERT INTO notice VALUES (?, ?, ?, ?)", [row.desk, n, row.request_id, iso(at)]
        )
