"""What the entries say, in SQL: requests, official numbers, outcomes, and the feed of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from sync import failpoint
from sync.central.intake import Stream
from sync.central.store import (
    APPLIED,
    DUPLICATE,
    HELD,
    REFUSED,
    EntryRow,
    Event,
    Numbering,
    PlacedRow,
    Reading,
    StreamRow,
)
from sync.central.store.sql_access import Tables, act
from sync.central.store.sql_blobs import announce_scans, scans_wanting
from sync.central.store.sql_entries import (
    BLOB,
    COLUMNS,
    ENTRY,
    ID_COLLISION,
    INSERT,
    RESULT,
    entry_row,
    plain_row,
    register_request,
    result_body,
)
from sync.central.store.sql_plain import ACTS, Seen, write_plain
from sync.central.store.sql_streams import STREAM, stream_row
from sync.central.store.sql_versions import (
    NO_BASE,
    SETTLED,
    keep_version,
    known,
    place_amendment,
    put_events,
)
from sync.clock import iso

# an entry that came again stands where it came first; a collision is another entry
REGISTERED = (
    "FROM entry WHERE kind IN ('request.register', 'request.amend') AND row > ? "
    "AND (reason IS NOT DISTINCT FROM ? "
    "OR row = (SELECT row FROM entry_key WHERE entry_key.entry_id = entry.entry_id)) "
    "ORDER BY row LIMIT ?"
)
REVIEWED = ("form", "unknown-kind", "centre-fault", "invalid", "unreadable", BLOB, NO_BASE)
"""Why entries wait that another day's rules, or what came since, may let through."""

VERSIONS = frozenset({"request.register", "request.amend"})
# the list of kinds as the index `entry_act` has it, else SQLite does not use that
WITHDRAWN = (
    "SELECT 1 FROM entry AS w WHERE w.kind IN "  # noqa: S608 - names of our own
    "('request.amend', 'request.withdraw', 'result.issue') "
    f"AND w.kind = 'request.withdraw' AND w.outcome = '{APPLIED}'"
)
# what is amended since then is settled by its newest version, what is withdrawn stays as it is
SCANS_HERE = (
    "EXISTS (SELECT 1 FROM request_blob AS r "  # noqa: S608 - names of our own
    "WHERE r.desk = entry.desk AND r.request_id = entry.request_id) "
    "AND NOT EXISTS (SELECT 1 FROM request_blob AS r JOIN blob AS b USING (desk, sha256) "
    "WHERE r.desk = entry.desk AND r.request_id = entry.request_id AND b.complete = 0) "
    "AND NOT EXISTS (SELECT 1 FROM request_version AS v "
    "WHERE v.request_id = entry.request_id AND v.row > entry.row) "
    f"AND NOT EXISTS ({WITHDRAWN} AND w.request_id = entry.request_id AND w.row > entry.row)"
)


class _Unchanged(Exception):  # noqa: N818 - named by what happened
    """An entry stays what it is: nothing is written, nobody told."""


class SqlRegister(Tables):
    """A `RegisterStore`."""

    @act
    def behind(self) -> tuple[StreamRow, ...]:
        """Return the streams that have entries not applied yet."""
        rows = self.db.execute(f"{STREAM} WHERE applied_to < last ORDER BY desk, epoch").fetchall()
        return tuple(stream_row(row) for row in rows)

    @contextmanager
    def claim(self, stream: StreamRow) -> Iterator[bool]:  # noqa: ARG002 - there is no other
        """Hold a stream; always true: one process projects, by one thread."""
        yield True

    @act
    def apply(
        self, stream: StreamRow, readings: Sequence[Reading], numbering: Numbering, at: datetime
    ) -> int | None:
        """Apply a stream's next entries: rows, official numbers, feed and watermark together."""
        with self.db.atomic():
            moved = self.db.execute(
                "UPDATE stream SET applied_to = ? WHERE desk = ? AND epoch = ? AND applied_to = ?",
                [stream.applied_to + len(readings), stream.desk, stream.epoch, stream.applied_to],
            ).rowcount
            if not moved:
                return None
            announce_scans(self.db, stream.desk, readings)
            told = self._settle_all(stream, readings, numbering, at)
            put_events(self.db, stream.desk, [(RESULT, body) for body in told])
            failpoint.reach("centre.apply.before-commit")
        failpoint.reach("centre.apply.after-commit")
        return len(told)

    @act
    def waiting(self, after: int, limit: int) -> tuple[tuple[int, EntryRow], ...]:
        """Return entries that new rules may let through, each with the number to go on from."""
        rows = self.db.execute(
            f"{ENTRY}, row FROM entry WHERE outcome IN ('held', 'rejected') AND row > ? "
            f"AND reason IN ({', '.join('?' * len(REVIEWED))}) ORDER BY row LIMIT ?",
            [after, *REVIEWED, limit],
        ).fetchall()
        return tuple((row[-1], entry_row(row)) for row in rows)

    @act
    def scanned(self, desk: int, after: int, limit: int) -> tuple[tuple[int, EntryRow], ...]:
        """Return entries of a desk held for scans that are here whole now, as `waiting` does."""
        rows = self.db.execute(
            f"{ENTRY}, row FROM entry WHERE desk = ? AND row > ? AND outcome = 'held' "
            f"AND reason = '{BLOB}' AND {SCANS_HERE} ORDER BY row LIMIT ?",
            [desk, after, limit],
        ).fetchall()
        return tuple((row[-1], entry_row(row)) for row in rows)

    @act
    def reapply(
        self, entry: EntryRow, reading: Reading, numbering: Numbering, at: datetime
    ) -> EntryRow | None:
        """Settle a held or rejected entry anew by what it reads like now, and tell its desk."""
        with suppress(_Unchanged), self.db.atomic():
            row = self._reapplied(entry, reading, numbering, at)
            failpoint.reach("centre.reapply.before-commit")
            return row
        return None

    def _reapplied(
        self, entry: EntryRow, reading: Reading, numbering: Numbering, at: datetime
    ) -> EntryRow:
        """Write it down; raises _Unchanged when it stays what it is, and all is undone."""
        place = [entry.desk, entry.epoch, entry.seq]
        found = self.db.execute(
            "SELECT row, outcome FROM entry WHERE desk = ? AND epoch = ? AND seq = ?", place
        ).fetchone()
        if found is None or found[1] != entry.outcome or self._stood_on(entry, found[0]):
            raise _Unchanged
        row = self._again(entry, found[0], reading, numbering, at)
        if (row.outcome, row.reason) == (entry.outcome, entry.reason):
            raise _Unchanged
        names = [name for name in COLUMNS if name not in ("desk", "epoch", "seq", "leaf")]
        self.db.execute(
            f"UPDATE entry SET {', '.join(f'{name} = ?' for name in names)} "  # noqa: S608 - names of our own
            "WHERE desk = ? AND epoch = ? AND seq = ?",
            [*(getattr(row, name) for name in names), *place],
        )
        n = put_events(self.db, row.desk, [(SETTLED, result_body(row))])
        self.db.execute(
            "INSERT INTO notice(desk, n, request_id, at) VALUES (?, ?, ?, ?)",
            [row.desk, n, row.request_id, iso(at)],
        )
        return row

    def _stood_on(self, entry: EntryRow, row: int) -> bool:
        """Whether a newer version of the request came, or it was withdrawn since.

        Then a person or the desk has moved on: what is withdrawn gets no number any more.
        """
        since = [entry.request_id, row]
        newer = self.db.execute(
            "SELECT 1 FROM request_version WHERE request_id = ? AND row > ? LIMIT 1", since
        ).fetchone()
        if newer is None and entry.kind in VERSIONS:
            newer = self.db.execute(
                f"{WITHDRAWN} AND w.request_id = ? AND w.row > ? LIMIT 1", since
            ).fetchone()
        return newer is not None

    def _again(
        self, entry: EntryRow, row: int, reading: Reading, numbering: Numbering, at: datetime
    ) -> EntryRow:
        """Settle an entry as if it came now, at the place it has."""
        stream = StreamRow(entry.desk, entry.epoch, Stream(0, b""), 0, b"", open=True)
        new, state = plain_row(stream, reading, iso(at)), None
        earlier = self._earlier(reading.entry_id)
        if earlier is not None and (earlier.epoch, earlier.seq) == (entry.epoch, entry.seq):
            earlier = None
        if earlier is not None:
            return _repeated(new, earlier)
        self.db.execute("DELETE FROM request_version WHERE row = ?", [row])
        new, state = self._placed(new, reading, numbering)
        if new.entry_id is not None:
            self.db.execute(
                "INSERT INTO entry_key(entry_id, row, desk) VALUES (?, ?, ?) "
                "ON CONFLICT (entry_id) DO NOTHING",
                [new.entry_id, row, new.desk],
            )
        if new.outcome == APPLIED and new.official_no is not None:
            self.db.execute(
                "INSERT INTO request(id, number, official_no, row, desk) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (id) DO NOTHING",
                [new.request_id, new.number, new.official_no, row, new.desk],
            )
        if state is not None:
            keep_version(self.db, new, row, state)
        return new

    def _settle_all(
        self, stream: StreamRow, readings: Sequence[Reading], numbering: Numbering, at: datetime
    ) -> list[str]:
        """Write entries down in order: plain ones together, the rest one by one.

        Returns what the feed tells of each.
        """
        seen, now = Seen(self.db, readings), iso(at)
        told: list[str] = []
        together: list[Reading] = []
        for reading in readings:
            if seen.plain(reading):
                together.append(reading)
            else:
                told += write_plain(self.db, stream, together, numbering, now)
                together = []
                row = plain_row(stream, reading, now)
                told.append(result_body(self._settle(row, reading, numbering)))
            seen.add(reading)
        return told + write_plain(self.db, stream, together, numbering, now)

    def _settle(self, row: EntryRow, reading: Reading, numbering: Numbering) -> EntryRow:
        """Write one entry down and say what became of it."""
        state = None
        earlier = self._earlier(reading.entry_id)
        if earlier is not None:
            row = _repeated(row, earlier)
        else:
            row, state = self._placed(row, reading, numbering)
        place = self.db.execute(INSERT, list(vars(row).values())).fetchone()[0]
        if earlier is None and row.entry_id is not None:
            self.db.execute(
                "INSERT INTO entry_key VALUES (?, ?, ?)", [row.entry_id, place, row.desk]
            )
        if earlier is None and row.outcome == APPLIED and row.official_no is not None:
            self.db.execute(
                "INSERT INTO request VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                [row.request_id, row.number, row.official_no, place, row.desk],
            )
        if state is not None:
            keep_version(self.db, row, place, state)
        return row

    def _placed(
        self, row: EntryRow, reading: Reading, numbering: Numbering
    ) -> tuple[EntryRow, str | None]:
        """What becomes of an entry that came for the first time, and how its version stands.

        A registration that was applied stands in `request` and needs no version beside it.
        """
        if row.outcome == APPLIED and self._lacks_scans(row.desk, reading):
            row = replace(row, outcome=HELD, reason=BLOB)
        version = reading.version
        if version is not None and version.base is not None:
            return place_amendment(self.db, row, version, numbering)
        if version is None:
            if row.outcome == APPLIED and row.kind in ACTS and not known(self.db, row.request_id):
                row = replace(row, outcome=HELD, reason=NO_BASE)
            return row, None
        if row.outcome == APPLIED:
            row = register_request(self.db, row, numbering)
        known_by_id = row.outcome == APPLIED or row.reason == ID_COLLISION
        return row, None if known_by_id or known(self.db, row.request_id) else REFUSED

    def _lacks_scans(self, desk: int, reading: Reading) -> bool:
        """Whether an entry must wait for the scans of its request."""
        return reading.awaits_scans and scans_wanting(self.db, desk, reading.request_id)

    def _earlier(self, entry_id: str | None) -> EntryRow | None:
        """The first place an entry id was seen at, whichever desk and epoch."""
        if entry_id is None:
            return None
        found = self.db.execute(
            f"{ENTRY} FROM entry JOIN entry_key USING (desk, row, entry_id) WHERE entry_id = ?",
            [entry_id],
        ).fetchone()
        return entry_row(found) if found else None

    @act
    def events(self, desk: int, after: int, limit: int) -> tuple[Event, ...]:
        """Return a desk's feed after `after`, in order."""
        rows = self.db.execute(
            "SELECT n, kind, body FROM feed WHERE desk = ? AND n > ? ORDER BY n LIMIT ?",
            [desk, after, limit],
        ).fetchall()
        return tuple(Event(*row) for row in rows)

    @act
    def entries(self, desk: int, epoch: int, after: int, limit: int) -> tuple[EntryRow, ...]:
        """Return the applied entries of a stream in order."""
        rows = self.db.execute(
            f"{ENTRY} FROM entry WHERE desk = ? AND epoch = ? AND seq > ? ORDER BY seq LIMIT ?",
            [desk, epoch, after, limit],
        ).fetchall()
        return tuple(entry_row(row) for row in rows)

    @act
    def placed(self, desk: int, epoch: int, first: int, to: int) -> tuple[PlacedRow, ...]:
        """Return the applied entries `first`..`to` of a stream in short, in order."""
        rows = self.db.execute(
            "SELECT seq, leaf, kind, number, service FROM entry "
            "WHERE desk = ? AND epoch = ? AND seq BETWEEN ? AND ? ORDER BY seq",
            [desk, epoch, first, to],
        ).fetchall()
        return tuple(PlacedRow(*row) for row in rows)

    @act
    def catalogue_entry(self, desk: int) -> EntryRow | None:
        """Return the newest entry in which a desk tells of a catalogue it took or turned down."""
        row = self.db.execute(
            f"{ENTRY} FROM entry WHERE desk = ? "
            "AND kind IN ('catalogue.switch', 'catalogue.refuse') ORDER BY row DESC LIMIT 1",
            [desk],
        ).fetchone()
        return entry_row(row) if row else None

    @act
    def registered(self, after: int, limit: int) -> tuple[tuple[int, EntryRow], ...]:
        """Return requests in the order they came, each with the number to go on from."""
        rows = self.db.execute(
            f"{ENTRY}, row {REGISTERED}",
            [after, ID_COLLISION, limit],
        ).fetchall()
        return tuple((row[-1], entry_row(row)) for row in rows)

    @act
    def official_no(self, request_id: str) -> str | None:
        """Return the official number of a registered request."""
        row = self.db.execute(
            "SELECT official_no FROM request WHERE id = ?", [request_id]
        ).fetchone()
        return str(row[0]) if row else None


def _repeated(row: EntryRow, earlier: EntryRow) -> EntryRow:
    """The row of an entry whose id is known: the same bytes again, or others under its id."""
    if row.leaf != earlier.leaf:
        return replace(row, outcome=HELD, reason=ID_COLLISION)
    if earlier.outcome == APPLIED:
        return replace(row, outcome=DUPLICATE, official_no=earlier.official_no)
    return replace(row, outcome=earlier.outcome, reason=earlier.reason, problems=earlier.problems)
