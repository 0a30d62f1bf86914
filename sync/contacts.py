"""When the desk last spoke with the centre, how it went, and what that says of the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.clock import CentreTime, from_iso, iso
from sync.database import Database, translate_errors

KEPT = 500
MS = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Attempt:
    """One exchange: `result` is «done» or a code, then bytes and milliseconds."""

    at: datetime
    result: str
    bytes_up: int
    bytes_down: int
    ms: int


@dataclass(frozen=True)
class Contact:
    """When the centre last answered, what failed last, and what is known of its clock."""

    last_contact: datetime | None
    last_error: str | None
    centre_time: CentreTime | None


@translate_errors()
def note(db: Database, attempt: Attempt, centre: CentreTime | None, error: str | None) -> None:
    """Write an exchange down; `centre` when the centre answered and told its time."""
    with db.atomic():
        db.execute(
            "INSERT INTO attempt (at, result, bytes_up, bytes_down, ms) VALUES (?, ?, ?, ?, ?)",
            [
                iso(attempt.at),
                attempt.result,
                attempt.bytes_up,
                attempt.bytes_down,
                attempt.ms,
            ],
        )
        db.execute("DELETE FROM attempt WHERE id <= (SELECT max(id) FROM attempt) - ?", [KEPT])
        db.execute("UPDATE contact SET last_error = ?", [error])
        if centre is not None:
            db.execute(
                "UPDATE contact SET last_contact = ?, offset_ms = ?, offset_error_ms = ?,"
                " offset_at = ?",
                [
                    iso(attempt.at),
                    round(centre.offset / MS),
                    round(centre.uncertainty / MS),
                    iso(centre.measured),
                ],
            )


@translate_errors()
def contact(db: Database) -> Contact:
    """What is known of the link and of the centre's clock."""
    last, error, offset, uncertain, at = db.execute(
        "SELECT last_contact, last_error, offset_ms, offset_error_ms, offset_at FROM contact"
    ).fetchone()
    centre = CentreTime(offset * MS, uncertain * MS, from_iso(at)) if at else None
    return Contact(from_iso(last) if last else None, error, centre)


@translate_errors()
def clock_set(db: Database, ahead: timedelta) -> None:
    """Our wall clock was set: the centre's, as far as it was known, is `ahead` of it now.

    Called inside the transaction that journals the jump.
    """
    db.execute("UPDATE contact SET offset_ms = ? WHERE offset_at IS NOT NULL", [round(ahead / MS)])


@translate_errors()
def attempts(db: Database, limit: int) -> tuple[Attempt, ...]:
    """The last exchanges, newest first."""
    rows = db.execute(
        "SELECT at, result, bytes_up, bytes_down, ms FROM attempt ORDER BY id DESC LIMIT ?",
        [limit],
    ).fetchall()
    return tuple(Attempt(from_iso(row[0]), *row[1:]) for row in rows)
