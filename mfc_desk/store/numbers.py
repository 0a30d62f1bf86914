"""The counter of printed numbers (table of `store.requests`): none is given twice."""

from __future__ import annotations

from forms.number import RequestNumber
from sync.database import Database


def number_given(db: Database, number: RequestNumber) -> None:
    """Remember that a desk has given this number, so that the next ones go on above it."""
    skip_numbers(db, number.desk_no, number.counter)


def skip_numbers(db: Database, desk_no: int, last: int) -> None:
    """Go on above `last`: numbers below it may stand on papers this desk knows nothing of."""
    db.execute(
        "INSERT INTO number_counter (desk_no, last) VALUES (?, ?) "
        "ON CONFLICT (desk_no) DO UPDATE SET last = max(last, excluded.last)",
        [desk_no, last],
    )


def last_counter(db: Database, desk_no: int) -> int:
    """Return the highest counter this desk is known to have given; 0 for none."""
    row = db.execute("SELECT last FROM number_counter WHERE desk_no = ?", [desk_no]).fetchone()
    return int(row[0]) if row else 0


def take_counter(db: Database, desk_no: int) -> int:
    """Return the next counter of this desk's numbers, from 1; call inside the act's transaction."""
    row = db.execute(
        "INSERT INTO number_counter (desk_no, last) VALUES (?, 1) "
        "ON CONFLICT (desk_no) DO UPDATE SET last = last + 1 RETURNING last",
        [desk_no],
    ).fetchone()
    return int(row[0])
