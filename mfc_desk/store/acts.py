"""One journalled act: its entry on the chain and in the totals of its day."""

from __future__ import annotations

from dataclasses import dataclass

from sync.database import Database, Migrations, translate_errors
from sync.journal import Journal, Position

migrations = Migrations("desk.acts")
LEAF_BYTES = 32


@migrations()
def m001_day_total(db: Database) -> None:
    """Per office day and epoch: count, bytes and XOR of leaves, to compare with the centre."""
    db.execute(
        """
        CREATE TABLE day_total (
            day TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            n INTEGER NOT NULL,
            sum_size INTEGER NOT NULL,
            xor_leaf BLOB NOT NULL,
            PRIMARY KEY (day, epoch)
        ) STRICT, WITHOUT ROWID
        """
    )


@dataclass(frozen=True)
class DayTotal:
    """What one epoch of the journal holds of one day; `xor_leaf` is 32 bytes."""

    day: str
    epoch: int
    n: int
    sum_size: int
    xor_leaf: bytes


def append(
    db: Database, journal: Journal, entry: bytes, *, entry_id: str, kind: str, day: str
) -> Position:
    """Append an entry and count it in `day` (ISO date of the office); inside `db.atomic()`."""
    position = journal.append(entry, entry_id, kind)
    _count(db, day, position, len(entry))
    return position


def _count(db: Database, day: str, position: Position, size: int) -> None:
    row = db.execute(
        "SELECT n, sum_size, xor_leaf FROM day_total WHERE day = ? AND epoch = ?",
        [day, position.epoch],
    ).fetchone()
    n, sum_size, xor_leaf = row or (0, 0, bytes(len(position.leaf)))
    db.execute(
        "INSERT OR REPLACE INTO day_total (day, epoch, n, sum_size, xor_leaf) "
        "VALUES (?, ?, ?, ?, ?)",
        [day, position.epoch, n + 1, sum_size + size, xor(xor_leaf, position.leaf)],
    )


def xor(one: bytes, other: bytes) -> bytes:
    """XOR of two equally long byte strings: the order of a day's entries does not matter."""
    mixed = int.from_bytes(one, "big") ^ int.from_bytes(other, "big")
    return mixed.to_bytes(len(one), "big")


@translate_errors()
def day_total(db: Database, day: str, epoch: int) -> DayTotal:
    """Return what an epoch has of one day, nothing where it has nothing."""
    row = db.execute(
        "SELECT day, epoch, n, sum_size, xor_leaf FROM day_total WHERE day = ? AND epoch = ?",
        [day, epoch],
    ).fetchone()
    return DayTotal(*row) if row else DayTotal(day, epoch, 0, 0, bytes(LEAF_BYTES))


@translate_errors()
def day_totals(db: Database) -> list[DayTotal]:
    """Return all totals, by day and epoch."""
    rows = db.execute(
        "SELECT day, epoch, n, sum_size, xor_leaf FROM day_total ORDER BY day, epoch"
    ).fetchall()
    return [DayTotal(*row) for row in rows]
