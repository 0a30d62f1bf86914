"""The journal: entries on a hash chain, append-only (sync.md, 3 and 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sync import chain
from sync.database import Database, Migrations, translate_errors
from sync.entries import decode
from sync.errors import EntryInvalid

migrations = Migrations("sync.journal")

EDITED = "edited"
REORDERED = "reordered"
REMOVED = "removed"
BROKEN = "broken"
UNLIKE_RECEIPT = "unlike-receipt"

TEXTS = {
    EDITED: "текст записи изменён",
    REORDERED: "запись стоит не на своём месте",
    REMOVED: "записи удалены",
    BROKEN: "запись не продолжает предыдущую",
    UNLIKE_RECEIPT: "журнал не тот, что подтвердил центр",
}


@migrations()
def m001_journal(db: Database) -> None:
    """Entries by epoch and sequence; triggers let rows only be added, each right after the last."""
    db.execute(
        """
        CREATE TABLE journal_epoch (
            epoch INTEGER PRIMARY KEY,
            first_head BLOB NOT NULL CHECK (length(first_head) = 32),
            seq INTEGER NOT NULL DEFAULT 0,
            head BLOB NOT NULL CHECK (length(head) = 32)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE journal (
            epoch INTEGER NOT NULL REFERENCES journal_epoch (epoch),
            seq INTEGER NOT NULL,
            entry_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            bytes BLOB,
            leaf BLOB NOT NULL CHECK (length(leaf) = 32),
            head BLOB NOT NULL CHECK (length(head) = 32),
            PRIMARY KEY (epoch, seq),
            UNIQUE (entry_id, epoch)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TRIGGER journal_in_order BEFORE INSERT ON journal
        WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM journal WHERE epoch = NEW.epoch)
        BEGIN SELECT RAISE(ABORT, 'journal: not the next entry'); END
        """
    )
    for act in ("UPDATE", "DELETE"):
        db.execute(
            f"""
            CREATE TRIGGER journal_no_{act.lower()} BEFORE {act} ON journal
            BEGIN SELECT RAISE(ABORT, 'journal: append only'); END
            """
        )


@dataclass(frozen=True)
class Position:
    """Where an entry stands: `leaf` and `head` are 32 bytes; seq 0 is an epoch's empty journal."""

    epoch: int
    seq: int
    leaf: bytes
    head: bytes


@dataclass(frozen=True)
class JournalRow:
    """One entry as kept; `data` are its bytes, None once erased."""

    epoch: int
    seq: int
    entry_id: str
    kind: str
    data: bytes | None
    leaf: bytes
    head: bytes


@dataclass(frozen=True)
class ChainFault:
    """Something wrong in the journal, and where; `text` names the kind in Russian."""

    epoch: int
    seq: int
    kind: str

    @property
    def text(self) -> str:
        """The fault in words."""
        return f"запись {self.seq}: {TEXTS[self.kind]}"


@dataclass(frozen=True)
class Proven:
    """A head the centre signed for."""

    epoch: int
    seq: int
    head: bytes


class Journal:
    """The journal of an open database. Appending needs a transaction of the caller's."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @translate_errors()
    def open_epoch(self, epoch: int, first_head: bytes) -> None:
        """Begin the chain of a new epoch, which must be above all before it."""
        last = self._db.execute("SELECT max(epoch) FROM journal_epoch").fetchone()[0]
        if last is not None and last >= epoch:
            raise ValueError(f"epoch {epoch} is not after {last}")
        row = {"epoch": epoch, "first_head": first_head, "seq": 0, "head": first_head}
        self._db.table("journal_epoch").insert(row)

    @translate_errors()
    def append(self, entry: bytes, entry_id: str, kind: str) -> Position:
        """Put an entry at the end of the current epoch; its bytes are kept verbatim.

        Must be called inside `db.atomic()`. One fsync comes with the caller's commit.
        """
        if not self._db.conn.in_transaction:
            raise RuntimeError("an entry is appended in the transaction of its act")
        last = self.position()
        leaf = chain.leaf(entry)
        found = Position(last.epoch, last.seq + 1, leaf, chain.next_head(last.head, leaf))
        self._db.execute(
            "INSERT INTO journal (epoch, seq, entry_id, kind, bytes, leaf, head)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [found.epoch, found.seq, entry_id, kind, entry, leaf, found.head],
        )
        self._db.execute(
            "UPDATE journal_epoch SET seq = ?, head = ? WHERE epoch = ?",
            [found.seq, found.head, found.epoch],
        )
        return found

    @translate_errors()
    def position(self) -> Position:
        """The end of the current epoch. Raises LookupError before the first one is opened."""
        row = self._db.execute(
            "SELECT epoch, seq, head FROM journal_epoch ORDER BY epoch DESC LIMIT 1"
        ).fetchone()
        if row is None:
            raise LookupError("no epoch is open")
        epoch, seq, head = row
        return Position(epoch, seq, b"", head)

    @translate_errors()
    def last_id(self) -> str | None:
        """The highest entry id of all epochs: ids go on above it, whatever the clock."""
        row = self._db.execute("SELECT max(entry_id) FROM journal").fetchone()
        return str(row[0]) if row[0] else None

    @translate_errors()
    def head_at(self, seq: int, epoch: int | None = None) -> bytes | None:
        """The head after entry `seq` (0: of the empty journal); None beyond the end."""
        if epoch is None:
            epoch = self.position().epoch
        if seq == 0:
            sql, params = "SELECT first_head FROM journal_epoch WHERE epoch = ?", [epoch]
        else:
            sql, params = "SELECT head FROM journal WHERE epoch = ? AND seq = ?", [epoch, seq]
        row = self._db.execute(sql, params).fetchone()
        return bytes(row[0]) if row else None

    @translate_errors()
    def entries(self, after: int, limit: int, epoch: int | None = None) -> tuple[JournalRow, ...]:
        """Entries after + 1 … of an epoch (the current one), at most `limit`, in order."""
        if epoch is None:
            epoch = self.position().epoch
        rows = self._db.execute(
            "SELECT epoch, seq, entry_id, kind, bytes, leaf, head FROM journal"
            " WHERE epoch = ? AND seq > ? ORDER BY seq LIMIT ?",
            [epoch, after, limit],
        ).fetchall()
        return tuple(JournalRow(*row) for row in rows)

    @translate_errors()
    def find(self, entry_id: str) -> JournalRow | None:
        """The entry of this id, from the latest epoch that holds it."""
        row = self._db.execute(
            "SELECT epoch, seq, entry_id, kind, bytes, leaf, head FROM journal"
            " WHERE entry_id = ? ORDER BY epoch DESC LIMIT 1",
            [entry_id],
        ).fetchone()
        return JournalRow(*row) if row else None

    @translate_errors()
    def verify(self, proven: Iterable[Proven] = ()) -> tuple[ChainFault, ...]:
        """Recompute every chain and name each entry that is edited, moved or missing.

        `proven` are heads of receipts: they also find a chain recomputed as a whole.
        """
        found: list[ChainFault] = []
        leaves = {bytes(row[0]) for row in self._db.execute("SELECT leaf FROM journal")}
        ends = self._db.execute(
            "SELECT epoch, first_head, seq, head FROM journal_epoch ORDER BY epoch"
        ).fetchall()
        for epoch, first_head, seq, head in ends:
            found += self._epoch_faults(epoch, first_head, Proven(epoch, seq, head), leaves)
        for one in proven:
            if self.head_at(one.seq, one.epoch) != one.head:
                fault = ChainFault(one.epoch, one.seq, UNLIKE_RECEIPT)
                found += [] if _told(found, fault) else [fault]
        return tuple(found)

    def _epoch_faults(
        self, epoch: int, first_head: bytes, end: Proven, leaves: set[bytes]
    ) -> list[ChainFault]:
        """Walk one chain, going on from the stored head after a fault to find the next."""
        found: list[ChainFault] = []
        seq, head = 0, first_head
        rows = self._db.execute(
            "SELECT epoch, seq, entry_id, kind, bytes, leaf, head FROM journal"
            " WHERE epoch = ? ORDER BY seq",
            [epoch],
        )
        for row in (JournalRow(*one) for one in rows):
            if row.seq != seq + 1:
                found.append(ChainFault(epoch, seq + 1, REMOVED))
            kind = _fault(row, head if row.seq == seq + 1 else None, leaves)
            if kind:
                found.append(ChainFault(epoch, row.seq, kind))
            seq, head = row.seq, row.head
        if seq < end.seq:
            found.append(ChainFault(epoch, seq + 1, REMOVED))
        elif head != end.head:
            found.append(ChainFault(epoch, seq, BROKEN))
        return found


def _fault(row: JournalRow, head: bytes | None, leaves: set[bytes]) -> str | None:
    """What is wrong with a row that follows `head` (None: unknown, entries before are missing)."""
    if row.data is not None:
        leaf = chain.leaf(row.data)
        if leaf != row.leaf:
            return REORDERED if leaf in leaves else EDITED
        if not _labels_hold(row, row.data):
            return EDITED
    if head is not None and chain.next_head(head, row.leaf) != row.head:
        return BROKEN
    return None


def _labels_hold(row: JournalRow, data: bytes) -> bool:
    """Whether the columns beside the bytes say what the bytes say."""
    try:
        entry = decode(data)
    except EntryInvalid:
        return False
    return (entry.entry_id, entry.kind) == (row.entry_id, row.kind)


def _told(found: list[ChainFault], fault: ChainFault) -> bool:
    """Whether an earlier fault of the epoch already explains this one."""
    return any(one.epoch == fault.epoch and one.seq <= fault.seq for one in found)
