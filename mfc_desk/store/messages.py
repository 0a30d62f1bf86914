"""Messages of the centre to this desk, kept until read (table of `store.exchange`)."""

from __future__ import annotations

from dataclasses import dataclass

from sync.database import Database, translate_errors


@dataclass(frozen=True)
class Message:
    """What the centre wrote to this desk; `at` is ISO UTC."""

    id: int
    at: str
    text: str


def add_message(db: Database, text: str, at: str, key: str) -> None:
    """Keep a message once, until somebody has read it, and after."""
    db.execute(
        "INSERT OR IGNORE INTO desk_message (at, text, key) VALUES (?, ?, ?)", [at, text, key]
    )


@translate_errors()
def unread_messages(db: Database, limit: int) -> list[Message]:
    """Return messages nobody has read, newest first."""
    rows = db.execute(
        "SELECT id, at, text FROM desk_message WHERE read_at IS NULL ORDER BY id DESC LIMIT ?",
        [limit],
    ).fetchall()
    return [Message(*row) for row in rows]


def mark_read(db: Database, message_id: int, at: str) -> None:
    """Note that a message was read."""
    db.execute(
        "UPDATE desk_message SET read_at = ? WHERE id = ? AND read_at IS NULL", [at, message_id]
    )
