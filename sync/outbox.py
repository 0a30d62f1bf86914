"""Receipts, pages and the state of the exchange: what of it is durable (sync.md, 4).

T2 (`sync.sealing`) seals, T3 keeps a receipt, T4 applies a feed page: each one transaction, one
fsync.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import datetime

from sync.clock import from_iso, iso
from sync.database import Database, translate_errors
from sync.entries_page import EntriesPage
from sync.errors import BadChain
from sync.failpoint import reach
from sync.feed import FeedEvent, FeedPage
from sync.journal import Journal, Proven
from sync.receipt import SAFE, Receipt, read, read_verified
from sync.sealing import Sealing
from sync.steps import Frozen, Kept
from sync.ticket import Ticket

Write = Callable[[], None]
"""Writes what was read and verified before its transaction began: SQL alone."""
Apply = Callable[[tuple[FeedEvent, ...]], Write]
"""Reads the events of a page; what it gives back writes what follows from them."""
KEPT_NAMES = tuple(field.name for field in fields(Kept))
KEPT = f"SELECT {', '.join(KEPT_NAMES)} FROM sync_state WHERE epoch = ?"  # noqa: S608 - names of our own
PutBack = Callable[[bytes], Write]
"""Reads an entry the centre gave back; what it gives back appends it, and what follows from it."""


class Outbox:
    """The exchange of one epoch in an open database."""

    def __init__(self, db: Database, ticket: Ticket) -> None:
        self._db = db
        self._ticket = ticket
        self._epoch = ticket.epoch
        self.journal = Journal(db)
        self.sealing = Sealing(db, ticket)

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
    def keep_safe(self, receipt: Receipt, raw: bytes, now: datetime) -> None:
        """Keep what `read_safe` gave back: entries stand in a second place of the centre.

        Alone one transaction, inside a caller's part of it. Raises BadChain and changes nothing.
        """
        with self._db.atomic():
            self._put(receipt, raw, now)

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
        """T4: what the events change, the events and the cursor, all or nothing.

        `apply` is called before the transaction, what it gives back inside.
        """
        write = apply(page.events)
        texts = [_compact(event.body) for event in page.events]
        with self._db.atomic():
            for event, body in zip(page.events, texts, strict=True):
                self._db.execute(
                    "INSERT INTO inbox_event (epoch, incarnation, n, kind, body, applied_at)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    [self._epoch, kept.incarnation, event.n, event.kind, body, iso(now)],
                )
            write()
            self.save(kept)
            reach("page.uncommitted")
        reach("page.committed")

    @translate_errors()
    def keep_entries(self, kept: Kept, page: EntriesPage, put: PutBack) -> int:
        """Put entries of this stream back at the end of the journal, all or nothing; how many.

        0 when something was saved here meanwhile: the next comparison finds the fork. `put` reads
        every entry before the transaction.
        """
        appends = [put(entry) for entry in page.entries]
        with self._db.atomic():
            end = self.journal.position()
            if (end.epoch, end.seq, end.head) != (self._epoch, page.after, page.prev):
                return 0
            for append in appends:
                append()
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


def read_safe(raw: bytes, publics: Mapping[str, bytes]) -> Receipt:
    """Verify a receipt of level `safe`; raises BadFormat, BadSignature, BadChain."""
    receipt = read_verified(raw, publics)
    if receipt.level != SAFE:
        raise BadChain("Квитанция не о второй копии центра.")
    return receipt


def _compact(body: Mapping[str, object]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


@translate_errors()
def proven(db: Database) -> tuple[Proven, ...]:
    """Every head the centre signed for, of all epochs: what `Journal.verify` is held against."""
    rows = db.execute("SELECT epoch, to_seq, head FROM receipt ORDER BY epoch, to_seq").fetchall()
    return tuple(Proven(*row) for row in rows)
