"""Sealed batches, receipts and the state of the exchange: what of it is durable (sync.md, 4).

T2 seals, T3 keeps a receipt, T4 applies a feed page: each one transaction, one fsync.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sync import batch
from sync.clock import from_iso, iso
from sync.database import Database, Migrations, translate_errors
from sync.entries_page import EntriesPage
from sync.errors import BadChain
from sync.failpoint import reach
from sync.feed import FeedEvent, FeedPage
from sync.journal import Journal, Proven
from sync.keys import DeviceKeys
from sync.receipt import SAFE, Receipt, read, read_verified
from sync.steps import Frozen, Kept
from sync.ticket import Ticket

migrations = Migrations("sync.outbox")

Apply = Callable[[tuple[FeedEvent, ...]], None]
KEPT_NAMES = tuple(field.name for field in fields(Kept))
KEPT = f"SELECT {', '.join(KEPT_NAMES)} FROM sync_state WHERE epoch = ?"  # noqa: S608 - names of our own
PutBack = Callable[[bytes], None]
"""Appends an entry the centre gave back and changes the tables that follow from it."""


@migrations()
def m001_outbox(db: Database) -> None:
    """Batches, receipts, the inbox, attempts and contact, and one row of state an epoch."""
    for statement in (
        """
        CREATE TABLE sync_state (
            epoch INTEGER PRIMARY KEY,
            server TEXT NOT NULL,
            desk INTEGER NOT NULL,
            bound INTEGER NOT NULL DEFAULT 0,
            acked INTEGER NOT NULL DEFAULT 0,
            safe INTEGER NOT NULL DEFAULT 0,
            cursor INTEGER NOT NULL DEFAULT 0,
            incarnation TEXT NOT NULL DEFAULT '',
            failures INTEGER NOT NULL DEFAULT 0,
            next_try TEXT,
            size INTEGER NOT NULL,
            frozen TEXT
        ) STRICT
        """,
        """
        CREATE TABLE contact (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            last_contact TEXT,
            last_error TEXT,
            offset_ms INTEGER,
            offset_error_ms INTEGER,
            offset_at TEXT
        ) STRICT
        """,
        "INSERT INTO contact (id) VALUES (1)",
        """
        CREATE TABLE batch (
            epoch INTEGER NOT NULL,
            from_seq INTEGER NOT NULL,
            to_seq INTEGER NOT NULL CHECK (to_seq >= from_seq),
            head BLOB NOT NULL,
            bytes BLOB,
            size INTEGER NOT NULL,
            sealed_at TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            last_error TEXT,
            PRIMARY KEY (epoch, from_seq)
        ) STRICT
        """,
        """
        CREATE TABLE receipt (
            epoch INTEGER NOT NULL,
            to_seq INTEGER NOT NULL,
            head BLOB NOT NULL,
            level TEXT NOT NULL,
            incarnation TEXT NOT NULL,
            bytes BLOB NOT NULL,
            received_at TEXT NOT NULL,
            PRIMARY KEY (epoch, to_seq, level, incarnation)
        ) STRICT
        """,
        """
        CREATE TABLE inbox_event (
            epoch INTEGER NOT NULL,
            incarnation TEXT NOT NULL,
            n INTEGER NOT NULL,
            kind TEXT NOT NULL,
            body TEXT NOT NULL,
            applied_at TEXT NOT NULL,
            PRIMARY KEY (epoch, incarnation, n)
        ) STRICT
        """,
        """
        CREATE TABLE attempt (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            result TEXT NOT NULL,
            bytes_up INTEGER NOT NULL,
            bytes_down INTEGER NOT NULL,
            ms INTEGER NOT NULL
        ) STRICT
        """,
    ):
        db.execute(statement)
    for table in ("receipt", "inbox_event"):
        for act in ("UPDATE", "DELETE"):
            db.execute(
                f"""
                CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}
                BEGIN SELECT RAISE(ABORT, '{table}: append only'); END
                """
            )


@migrations()
def m002_carried(db: Database) -> None:
    """Who holds a batch meanwhile, which is no receipt; and the lives of the centre met so far."""
    db.execute("ALTER TABLE batch ADD COLUMN custody TEXT")
    db.execute("ALTER TABLE batch ADD COLUMN custody_at TEXT")
    db.execute(
        """
        CREATE TABLE centre_life (
            epoch INTEGER NOT NULL,
            incarnation TEXT NOT NULL,
            PRIMARY KEY (epoch, incarnation)
        ) STRICT, WITHOUT ROWID
        """
    )
    for table in ("receipt", "inbox_event", "sync_state"):
        db.execute(
            "INSERT OR IGNORE INTO centre_life SELECT DISTINCT epoch, incarnation"  # noqa: S608
            f" FROM {table} WHERE incarnation <> ''"
        )


@migrations()
def m003_relay(db: Database) -> None:
    """How far the journal lies at the office relay, and the centre's last word through one."""
    db.execute("ALTER TABLE sync_state ADD COLUMN relayed INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE sync_state ADD COLUMN heard TEXT")


CARRIER = "carrier"
"""Custody of a batch that was written to a carrier."""


@dataclass(frozen=True)
class BatchRow:
    """A batch as sealed. `data` is None once a receipt covers it; `acked` says whether one does.

    `custody` names who holds a copy of it since `custody_at`: only a receipt is delivery.
    """

    from_seq: int
    to_seq: int
    size: int
    sealed_at: datetime
    attempts: int
    last_error: str | None
    acked: bool
    data: bytes | None
    custody: str | None = None
    custody_at: datetime | None = None


class Outbox:
    """The exchange of one epoch in an open database."""

    def __init__(self, db: Database, ticket: Ticket) -> None:
        self._db = db
        self._ticket = ticket
        self._epoch = ticket.epoch
        self.journal = Journal(db)

    @translate_errors()
    def begin(self, *, bound: bool) -> Kept:
        """The durable state, made when this epoch has none; `bound`: the centre knows the keys."""
        first = Kept(self._ticket.server_id, self._ticket.desk_no, self._epoch, bound=bound)
        with self._db.atomic():
            self._db.execute(
                "INSERT OR IGNORE INTO sync_state (epoch, server, desk, bound, size)"
                " VALUES (?, ?, ?, ?, ?)",
                [self._epoch, first.server, first.desk, int(bound), first.size],
            )
        return self.kept() or first

    @translate_errors()
    def kept(self) -> Kept | None:
        """The durable state; None before the first exchange."""
        row = self._db.execute(KEPT, [self._epoch]).fetchone()
        if row is None:
            return None
        found = dict(zip(KEPT_NAMES, row, strict=True))
        found["bound"] = bool(found["bound"])
        found["next_try"] = from_iso(found["next_try"]) if found["next_try"] else None
        found["frozen"] = Frozen(found["frozen"]) if found["frozen"] else None
        found["heard"] = from_iso(found["heard"]) if found["heard"] else None
        return Kept(**found)

    @translate_errors()
    def save(self, kept: Kept) -> None:
        """Write the durable state; alone one transaction, inside a caller's part of it."""
        with self._db.atomic():
            self._db.execute(
                "UPDATE sync_state SET bound = ?, acked = ?, cursor = ?, incarnation = ?,"
                " failures = ?, next_try = ?, size = ?, frozen = ?, relayed = ?, heard = ?"
                " WHERE epoch = ?",
                [
                    int(kept.bound),
                    kept.acked,
                    kept.cursor,
                    kept.incarnation,
                    kept.failures,
                    iso(kept.next_try) if kept.next_try else None,
                    kept.size,
                    kept.frozen,
                    kept.relayed,
                    iso(kept.heard) if kept.heard else None,
                    self._epoch,
                ],
            )
            if kept.incarnation:
                self._db.execute(
                    "INSERT OR IGNORE INTO centre_life VALUES (?, ?)",
                    [self._epoch, kept.incarnation],
                )

    @translate_errors()
    def met(self, incarnation: str) -> bool:
        """Whether this epoch has known that life of the centre's store."""
        found = self._db.execute(
            "SELECT 1 FROM centre_life WHERE epoch = ? AND incarnation = ?",
            [self._epoch, incarnation],
        ).fetchone()
        return found is not None

    def thaw(self) -> None:
        """Let a frozen exchange try again, once a person has seen to the cause."""
        kept = self.kept()
        if kept is not None and kept.frozen:
            self.save(replace(kept, frozen=None, failures=0, next_try=None))

    def stored(self, from_seq: int) -> BatchRow | None:
        """The sealed batch that begins there and still has its bytes."""
        rows = self._batches("from_seq = ? AND bytes IS NOT NULL", [from_seq], 1)
        return rows[0] if rows else None

    def batches(self, limit: int) -> tuple[BatchRow, ...]:
        """Batches as sealed, newest first."""
        return self._batches("1", [], limit)

    @translate_errors()
    def _batches(self, where: str, params: list[object], limit: int) -> tuple[BatchRow, ...]:
        kept = self.kept()
        acked = kept.acked if kept else 0
        rows = self._db.execute(
            "SELECT from_seq, to_seq, size, sealed_at, attempts, last_error, bytes, custody,"  # noqa: S608
            f" custody_at FROM batch WHERE epoch = ? AND {where} ORDER BY from_seq DESC LIMIT ?",
            [self._epoch, *params, limit],
        ).fetchall()
        return tuple(
            BatchRow(
                start,
                to,
                size,
                from_iso(at),
                tries,
                error,
                to <= acked,
                data,
                custody,
                from_iso(since) if since else None,
            )
            for start, to, size, at, tries, error, data, custody, since in rows
        )

    @translate_errors()
    def seal(
        self,
        from_seq: int,
        limit: int,
        keys: DeviceKeys,
        dictionary: batch.Dictionary | None,
        now: datetime,
    ) -> BatchRow | None:
        """T2: seal entries from there on, at most `limit` of them; None when there are none.

        The bytes are made without a write lock; batches sealed before that overlap are dropped.
        """
        data = self.sealed(from_seq, limit, keys, dictionary, now)
        if data is None:
            return None
        header = batch.read_header(data).header
        with self._db.atomic():
            self._db.execute(
                "DELETE FROM batch WHERE epoch = ? AND bytes IS NOT NULL AND to_seq >= ?",
                [self._epoch, from_seq],
            )
            self._db.execute(
                "INSERT OR REPLACE INTO batch"
                " (epoch, from_seq, to_seq, head, bytes, size, sealed_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [self._epoch, from_seq, header.to_seq, header.head, data, len(data), iso(now)],
            )
            reach("seal.uncommitted")
        reach("seal.committed")
        return self.stored(from_seq)

    @translate_errors()
    def sealed(
        self,
        from_seq: int,
        limit: int,
        keys: DeviceKeys,
        dictionary: batch.Dictionary | None,
        now: datetime,
    ) -> bytes | None:
        """The same bytes without keeping them: for a folder, where other bounds suit better."""
        lines = self._lines(from_seq, limit)
        prev = self.journal.head_at(from_seq - 1, self._epoch)
        if not lines or prev is None:
            return None
        return batch.seal(
            lines,
            server=self._ticket.server_id,
            desk=self._ticket.desk_no,
            epoch=self._epoch,
            from_seq=from_seq,
            prev=prev,
            keys=keys,
            recipients=list(self._ticket.age_recipients),
            sealed=now,
            dictionary=dictionary,
        )

    def _lines(self, from_seq: int, limit: int) -> list[bytes]:
        """Entry bytes that fit a batch: count and unpacked size within what the centre takes."""
        limits = batch.Limits()
        found: list[bytes] = []
        room = limits.plain
        for row in self.journal.entries(from_seq - 1, min(limit, limits.entries), self._epoch):
            if row.data is None:
                raise BadChain("Стёртую запись нельзя отправить.")
            room -= len(row.data) + 1
            if room < 0:
                break
            found.append(row.data)
        return found

    @translate_errors()
    def keep_receipt(
        self, kept: Kept, raw: bytes, publics: Mapping[str, bytes], now: datetime
    ) -> None:
        """T3: keep a receipt and the state it leads to; verified again, right where it counts."""
        receipt = read_verified(raw, publics)
        with self._db.atomic():
            self._put(receipt, raw, now)
            self._db.execute(
                "UPDATE batch SET bytes = NULL, last_error = NULL WHERE epoch = ? AND to_seq <= ?",
                [self._epoch, receipt.to],
            )
            self.save(kept)
            reach("receipt.uncommitted")
        reach("receipt.committed")

    @translate_errors()
    def keep_safe(self, raw: bytes, publics: Mapping[str, bytes], now: datetime) -> int:
        """Keep a receipt of level `safe`: its entries stand in a second place of the centre.

        Returns up to which entry. Raises BadFormat, BadSignature, BadChain, and changes nothing.
        """
        receipt = read_verified(raw, publics)
        if receipt.level != SAFE:
            raise BadChain("Квитанция не о второй копии центра.")
        with self._db.atomic():
            self._put(receipt, raw, now)
        return receipt.to

    def _put(self, receipt: Receipt, raw: bytes, now: datetime) -> None:
        """Keep a receipt of this journal; raises BadChain for any other."""
        self._require_ours(receipt)
        self._db.execute(
            "INSERT OR IGNORE INTO receipt"
            " (epoch, to_seq, head, level, incarnation, bytes, received_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                self._epoch,
                receipt.to,
                bytes.fromhex(receipt.head),
                receipt.level,
                receipt.incarnation,
                raw,
                iso(now),
            ],
        )
        if receipt.level == SAFE:
            self._db.execute(
                "UPDATE sync_state SET safe = max(safe, ?) WHERE epoch = ?",
                [receipt.to, self._epoch],
            )

    def _require_ours(self, receipt: Receipt) -> None:
        ours = self.journal.head_at(receipt.to, self._epoch)
        address = (receipt.server, receipt.desk, receipt.epoch)
        mine = (self._ticket.server_id, self._ticket.desk_no, self._epoch)
        if ours is None or ours.hex() != receipt.head or address != mine:
            raise BadChain("Квитанция центра не к этому журналу.")

    @translate_errors()
    def keep_page(self, kept: Kept, page: FeedPage, apply: Apply, now: datetime) -> None:
        """T4: what the events change, the events and the cursor, all or nothing."""
        with self._db.atomic():
            for event in page.events:
                body = json.dumps(event.body, ensure_ascii=False, separators=(",", ":"))
                self._db.execute(
                    "INSERT INTO inbox_event (epoch, incarnation, n, kind, body, applied_at)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    [self._epoch, kept.incarnation, event.n, event.kind, body, iso(now)],
                )
            apply(page.events)
            self.save(kept)
            reach("page.uncommitted")
        reach("page.committed")

    @translate_errors()
    def keep_entries(self, kept: Kept, page: EntriesPage, put: PutBack) -> int:
        """Put entries of this stream back at the end of the journal, all or nothing; how many.

        0 when something was saved here meanwhile: the next comparison finds the fork.
        """
        with self._db.atomic():
            end = self.journal.position()
            if (end.epoch, end.seq, end.head) != (self._epoch, page.after, page.prev):
                return 0
            for entry in page.entries:
                put(entry)
            if self.journal.position().head != (page.heads or (page.prev,))[-1]:
                raise BadChain("Центр вернул записи, которые не продолжают этот журнал.")
            self.save(kept)
            reach("entries.uncommitted")
        reach("entries.committed")
        return len(page.entries)

    @translate_errors()
    def rewind(self, kept: Kept) -> None:
        """The centre has less than it signed for: what it lacks is to be sealed and sent again."""
        with self._db.atomic():
            self._db.execute(
                "DELETE FROM batch WHERE epoch = ? AND to_seq > ?", [self._epoch, kept.acked]
            )
            self._db.execute(  # a copy that is gone with its disk keeps nothing safe
                "UPDATE sync_state SET safe = min(safe, ?) WHERE epoch = ?",
                [kept.acked, self._epoch],
            )
            self.save(kept)

    @translate_errors()
    def note_batch(self, from_seq: int, error: str | None) -> None:
        """Count an attempt to send a batch, with the code of its failure."""
        with self._db.atomic():
            self._db.execute(
                "UPDATE batch SET attempts = attempts + 1, last_error = ?"
                " WHERE epoch = ? AND from_seq = ?",
                [error, self._epoch, from_seq],
            )

    @translate_errors()
    def hand_over(self, from_seq: int, custody: str, now: datetime) -> None:
        """Note who holds a copy of a batch now; its entries stay unsent."""
        with self._db.atomic():
            self._db.execute(
                "UPDATE batch SET custody = ?, custody_at = ? WHERE epoch = ? AND from_seq = ?",
                [custody, iso(now), self._epoch, from_seq],
            )

    @translate_errors()
    def receipted_at(self) -> datetime:
        """When the centre signed its last receipt, by its own clock; the epoch's start before."""
        row = self._db.execute(
            "SELECT bytes FROM receipt WHERE epoch = ? ORDER BY to_seq DESC LIMIT 1", [self._epoch]
        ).fetchone()
        if row is None:
            return self._ticket.given_out
        return read(bytes(row[0])).at

    @translate_errors()
    def end(self) -> int:
        """The last entry of this epoch's journal."""
        row = self._db.execute(
            "SELECT seq FROM journal_epoch WHERE epoch = ?", [self._epoch]
        ).fetchone()
        return int(row[0]) if row else 0

    def unsent(self) -> int:
        """How many entries have no receipt of the centre yet."""
        kept = self.kept()
        return self.end() - (kept.acked if kept else 0)


@translate_errors()
def proven(db: Database) -> tuple[Proven, ...]:
    """Every head the centre signed for, of all epochs: what `Journal.verify` is held against."""
    rows = db.execute("SELECT epoch, to_seq, head FROM receipt ORDER BY epoch, to_seq").fetchall()
    return tuple(Proven(*row) for row in rows)
