"""Sealed batches in the custody of a relay, each stream in the order of its entries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sync.central.relay.questions import RECEIPT, Questions
from sync.central.relay.rows import Caller, Held
from sync.central.relay.tables import act, look
from sync.clock import iso

PARKED_FOR = timedelta(seconds=30)
MOST_SPANS = 500
"""Batches of one stream a desk is told of; it seals hundreds of entries into one."""


class Batches(Questions):
    """What is held, and what became of it at the centre."""

    @act
    def hold(self, held: Held, at: datetime) -> None:
        """Take a batch into custody; harmless again, and a refused one is tried once more."""
        caller = held.caller
        self.db.execute(
            "DELETE FROM held WHERE desk = ? AND epoch = ? AND key = ? AND status IN (413, 415)",
            [caller.desk, caller.epoch, caller.key],
        )
        self.db.execute(  # a desk that hands in again what a receipt is for does not believe it
            "DELETE FROM said WHERE desk = ? AND epoch = ? AND kind = 'receipt' AND last >= ?",
            [caller.desk, caller.epoch, held.last],
        )
        self.db.execute(
            "INSERT INTO held (key, public, desk, epoch, first, last, head, data, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (key, desk, epoch, last, head) DO UPDATE SET"
            " public = excluded.public, first = excluded.first, data = excluded.data,"
            " status = NULL, problem = NULL",
            [caller.key, caller.public, caller.desk, caller.epoch, held.first, held.last,
             held.head, held.data, iso(at)],
        )  # fmt: skip

    @look
    def next_batch(self, now: datetime, but: Iterable[str] = ()) -> Held | None:
        """Return the batch to send: of each stream the lowest one, `but` of these keys.

        One that was parked, or whose desk the centre did not know yet, comes again after a while;
        at once when that was noted by a clock that has been set back since.
        """
        row = self.db.execute(
            "SELECT number, key, public, desk, epoch, first, last, head, data FROM held"
            " WHERE (status IS NULL OR status = 401)"
            " AND (parked_at IS NULL OR parked_at < ? OR parked_at > ?)"
            " AND key NOT IN (SELECT value FROM json_each(?)) ORDER BY first, number LIMIT 1",
            [iso(now - PARKED_FOR), iso(now), json.dumps(list(but))],
        ).fetchone()
        if row is None:
            return None
        number, key, public, desk, epoch, first, last, head, data = row
        return Held(number, Caller(key, public, desk, epoch), first, last, head, data)

    @look
    def is_last(self, held: Held) -> bool:
        """Return whether nothing else is held to be sent for the device of a batch."""
        row = self.db.execute(
            "SELECT 1 FROM held WHERE key = ? AND number <> ? AND status IS NULL LIMIT 1",
            [held.caller.key, held.number],
        ).fetchone()
        return row is None

    @act
    def delivered(self, held: Held, receipt: bytes, to: int, at: datetime) -> None:
        """Keep the centre's receipt and let the batch go; what was parked is tried again."""
        caller = held.caller
        self.db.execute("DELETE FROM held WHERE number = ?", [held.number])
        self.db.execute(
            "UPDATE held SET parked_at = NULL WHERE desk = ? AND epoch = ?",
            [caller.desk, caller.epoch],
        )
        self._say(caller, RECEIPT, to, receipt, at)

    @act
    def parked(self, number: int, at: datetime) -> None:
        """Note that the centre keeps a batch aside: entries before it are missing there."""
        self.db.execute("UPDATE held SET parked_at = ? WHERE number = ?", [iso(at), number])

    @act
    def refused(self, number: int, status: int, problem: Mapping[str, Any], at: datetime) -> None:
        """Note that the centre refused a batch; its bytes stay until somebody has seen to it."""
        self.db.execute(
            "UPDATE held SET status = ?, problem = ?, parked_at = ? WHERE number = ?",
            [status, json.dumps(dict(problem), ensure_ascii=False), iso(at), number],
        )
        (key,) = self.db.execute("SELECT key FROM held WHERE number = ?", [number]).fetchone()
        self._forgotten(key, status)

    @act
    def drop(self, number: int) -> None:
        """Let a batch go whose bytes are damaged here; its desk sends it again."""
        self.db.execute("DELETE FROM held WHERE number = ?", [number])

    @look
    def held_bytes(self, key: str) -> int:
        """Return how many bytes of batches are held for a device."""
        row = self.db.execute(
            "SELECT coalesce(sum(length(data)), 0) FROM held WHERE key = ?", [key]
        ).fetchone()
        return int(row[0])

    @look
    def spans(self, caller: Caller) -> list[tuple[int, int, str]]:
        """Return (first, last, head in hex) of what is held of a caller's stream, not refused.

        Of its own key: what a stranger handed in under its name is not in custody for it.
        """
        rows = self.db.execute(
            "SELECT first, last, head FROM held WHERE key = ? AND desk = ? AND epoch = ?"
            " AND status IS NULL ORDER BY first, number LIMIT ?",
            [caller.key, caller.desk, caller.epoch, MOST_SPANS],
        ).fetchall()
        return [(first, last, head.hex()) for first, last, head in rows]

    @look
    def refusal(self, caller: Caller) -> dict[str, Any] | None:
        """Return what the centre refused this device's lowest batch with, or its questions."""
        row = self.db.execute(
            "SELECT status, problem, first, last, length(data) FROM held"
            " WHERE key = ? AND epoch = ? AND status IS NOT NULL ORDER BY first LIMIT 1",
            [caller.key, caller.epoch],
        ).fetchone()
        if row is not None:
            status, problem, first, last, size = row
            told = json.loads(problem)
            return {**told, "status": status, "first": first, "last": last, "bytes": size}
        row = self.db.execute(
            "SELECT status, answer FROM asked WHERE key = ? AND act <> 'enrol' AND status >= 400"
            " LIMIT 1",
            [caller.key],
        ).fetchone()
        return {**json.loads(row[1] or b"{}"), "status": row[0]} if row else None
