"""What a relay holds, in one SQLite file behind one lock: several threads, one act at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from sync.central.relay.schema import APPLICATION_ID, MIGRATIONS, SCHEMA_NAME
from sync.clock import iso
from sync.database import Database, open_database, translate_errors

if TYPE_CHECKING:
    from collections.abc import Callable

RECEIPT = "receipt"
WORD = "word"
MOST_SPANS = 500
"""Batches of one stream a desk is told of; it seals hundreds of entries into one."""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Caller:
    """A desk by its own word: its signing key, and the stream it writes."""

    key: str
    public: bytes
    desk: int
    epoch: int


@dataclass(frozen=True)
class Held:
    """A sealed batch in custody; `problem` is what the centre refused it with."""

    number: int
    caller: Caller
    first: int
    last: int
    head: bytes
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Asked:
    """A request a desk signed, to be made in its name: «enrol», «stream», «feed»."""

    caller: Caller
    act: str
    target: str
    signature: str
    body: bytes | None
    status: int | None = None
    answer: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Scan:
    """A sealed scan: its PATCH as the desk signed it, and the centre's word once it is there."""

    desk: int
    sha256: str
    key: str
    size: int
    signature: str
    whole: bool = False
    receipt: str | None = None
    status: int | None = None


@dataclass(frozen=True)
class Custody:
    """How much a relay holds: of batches and scans, and since when the oldest lies here."""

    batches: int
    batch_bytes: int
    refused: int
    scans: int
    scan_bytes: int
    oldest: str | None


def _act(
    method: Callable[Concatenate[RelayStore, P], R],
) -> Callable[Concatenate[RelayStore, P], R]:
    """One act: nobody else's, in one transaction, failures in the words of sync.errors."""

    @wraps(method)
    def alone(store: RelayStore, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with store.lock, translate_errors(), store.db.atomic():
            return method(store, *args, **kwargs)

    return alone


class RelayStore:
    """Tables of a relay."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.lock = RLock()

    @classmethod
    def open(cls, path: Path) -> RelayStore:
        """Open the file or create it; raises a StoreFailure."""
        return cls(
            open_database(
                path,
                key=None,
                migrations=[MIGRATIONS],
                application_id=APPLICATION_ID,
                schema_name=SCHEMA_NAME,
            )
        )

    def close(self) -> None:
        """Fold the log and close."""
        with self.lock:
            self.db.checkpoint(truncate=True)
            self.db.close()

    def checkpoint(self) -> None:
        """Let the log be folded into the file."""
        with self.lock:
            self.db.checkpoint()

    @_act
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
            " ON CONFLICT (desk, epoch, last, head) DO UPDATE SET key = excluded.key,"
            " public = excluded.public, first = excluded.first, data = excluded.data,"
            " status = NULL, problem = NULL WHERE held.key = excluded.key",
            [caller.key, caller.public, caller.desk, caller.epoch, held.first, held.last,
             held.head, held.data, iso(at)],
        )  # fmt: skip

    @_act
    def next_batch(self, parked_before: datetime, but: Iterable[str] = ()) -> Held | None:
        """Return the batch to send: of each stream the lowest one, `but` of these keys.

        One that was parked, or whose desk the centre did not know yet, comes again after a while.
        """
        row = self.db.execute(
            "SELECT number, key, public, desk, epoch, first, last, head, data FROM held"
            " WHERE (status IS NULL OR status = 401) AND (parked_at IS NULL OR parked_at < ?)"
            " AND key NOT IN (SELECT value FROM json_each(?)) ORDER BY first, number LIMIT 1",
            [iso(parked_before), json.dumps(list(but))],
        ).fetchone()
        if row is None:
            return None
        number, key, public, desk, epoch, first, last, head, data = row
        return Held(number, Caller(key, public, desk, epoch), first, last, head, data)

    @_act
    def delivered(self, held: Held, receipt: bytes, to: int, at: datetime) -> None:
        """Keep the centre's receipt and let the batch go; what was parked is tried again."""
        caller = held.caller
        self.db.execute("DELETE FROM held WHERE number = ?", [held.number])
        self.db.execute(
            "UPDATE held SET parked_at = NULL WHERE desk = ? AND epoch = ?",
            [caller.desk, caller.epoch],
        )
        self._say(caller, RECEIPT, to, receipt, at)

    @_act
    def parked(self, number: int, at: datetime) -> None:
        """Note that the centre keeps a batch aside: entries before it are missing there."""
        self.db.execute("UPDATE held SET parked_at = ? WHERE number = ?", [iso(at), number])

    @_act
    def refused(self, number: int, status: int, problem: Mapping[str, Any], at: datetime) -> None:
        """Note that the centre refused a batch; its bytes stay until somebody has seen to it."""
        self.db.execute(
            "UPDATE held SET status = ?, problem = ?, parked_at = ? WHERE number = ?",
            [status, json.dumps(dict(problem), ensure_ascii=False), iso(at), number],
        )

    @_act
    def drop(self, number: int) -> None:
        """Let a batch go whose bytes are damaged here; its desk sends it again."""
        self.db.execute("DELETE FROM held WHERE number = ?", [number])

    @_act
    def let_go_before(self, moment: datetime) -> int:
        """Let refused batches and receipts of scans go that nobody asked for since; how many."""
        for statement in (
            "DELETE FROM asked WHERE at < ?",
            "DELETE FROM scan WHERE receipt IS NOT NULL AND at < ?",
        ):
            self.db.execute(statement, [iso(moment)])
        gone = self.db.execute(
            "DELETE FROM held WHERE status IS NOT NULL AND at < ?", [iso(moment)]
        )
        return int(gone.rowcount)

    @_act
    def spans(self, desk: int, epoch: int) -> list[tuple[int, int, str]]:
        """Return (first, last, head in hex) of what is held of a stream and not refused."""
        rows = self.db.execute(
            "SELECT first, last, head FROM held WHERE desk = ? AND epoch = ? AND status IS NULL"
            " ORDER BY first, number LIMIT ?",
            [desk, epoch, MOST_SPANS],
        ).fetchall()
        return [(first, last, head.hex()) for first, last, head in rows]

    @_act
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

    @_act
    def said(self, desk: int, epoch: int) -> dict[str, bytes]:
        """Return the newest of each kind the centre signed for a stream: receipt, word."""
        rows = self.db.execute(
            "SELECT kind, data FROM said WHERE desk = ? AND epoch = ?", [desk, epoch]
        ).fetchall()
        return dict(rows)

    @_act
    def keep_word(self, caller: Caller, to: int, data: bytes, at: datetime) -> None:
        """Keep the centre's word on a stream; the request for it is answered."""
        self._say(caller, WORD, to, data, at)
        self._answer(caller, "stream", at, 200, None)

    def _say(self, caller: Caller, kind: str, to: int, data: bytes, at: datetime) -> None:
        """A receipt for less than the newest one is of no use; a later word always is."""
        self.db.execute(
            "INSERT INTO said VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (desk, epoch, kind)"
            " DO UPDATE SET last = excluded.last, data = excluded.data, at = excluded.at"
            " WHERE excluded.kind = 'word' OR excluded.last >= said.last",
            [caller.desk, caller.epoch, kind, to, data, iso(at)],
        )

    @_act
    def word_at(self, desk: int, epoch: int) -> str | None:
        """Return when the centre's last word on a stream came."""
        row = self.db.execute(
            "SELECT max(at) FROM said WHERE desk = ? AND epoch = ? AND kind = 'word'",
            [desk, epoch],
        ).fetchone()
        return str(row[0]) if row[0] else None

    @_act
    def ask(self, asked: Asked, at: datetime) -> None:
        """Keep a request a desk signed; one of the same kind before it is forgotten."""
        caller = asked.caller
        self.db.execute(
            "INSERT INTO asked (key, act, desk, epoch, target, signature, body, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key, act) DO UPDATE SET"
            " answered_at = CASE WHEN target = excluded.target THEN answered_at END,"
            " status = CASE WHEN target = excluded.target THEN status END,"
            " answer = CASE WHEN target = excluded.target THEN answer END,"
            " desk = excluded.desk, epoch = excluded.epoch, target = excluded.target,"
            " signature = excluded.signature, body = excluded.body, at = excluded.at",
            [caller.key, asked.act, caller.desk, caller.epoch, asked.target, asked.signature,
             asked.body, iso(at)],
        )  # fmt: skip

    @_act
    def asked(self, key: str, act: str) -> Asked | None:
        """Return the request of a device, with its answer when there is one."""
        rows = self._asked("key = ? AND act = ?", [key, act])
        return rows[0] if rows else None

    @_act
    def waiting(self, act: str, *, since: datetime, before: datetime) -> list[Asked]:
        """Return requests asked `since` then that have no answer, or a refusal of `before`."""
        return self._asked(
            "act = ? AND at >= ? AND answer IS NULL AND (answered_at IS NULL OR answered_at < ?)"
            " OR act = ? AND status >= 400 AND answered_at < ? AND at >= ?",
            [act, iso(since), iso(before), act, iso(before), iso(since)],
        )

    def _asked(self, where: str, params: Sequence[object]) -> list[Asked]:
        rows = self.db.execute(
            "SELECT key, desk, epoch, act, target, signature, body, status, answer FROM asked"  # noqa: S608
            f" WHERE {where} ORDER BY at",
            list(params),
        ).fetchall()
        return [Asked(Caller(key, b"", desk, epoch), *rest) for key, desk, epoch, *rest in rows]

    @_act
    def answer(
        self, caller: Caller, act: str, at: datetime, status: int, answer: bytes | None
    ) -> None:
        """Keep the answer to a request; one that enrols frees what was refused before it."""
        self._answer(caller, act, at, status, answer)

    def _answer(
        self, caller: Caller, act: str, at: datetime, status: int, answer: bytes | None
    ) -> None:
        self.db.execute(
            "UPDATE asked SET answered_at = ?, status = ?, answer = ? WHERE key = ? AND act = ?",
            [iso(at), status, answer, caller.key, act],
        )
        if act == "enrol" and status < 400:  # noqa: PLR2004 - HTTP
            self.db.execute(
                "UPDATE held SET status = NULL, problem = NULL WHERE key = ? AND status = 401",
                [caller.key],
            )
            self.db.execute(
                "UPDATE asked SET body = NULL, status = CASE WHEN act = 'enrol' THEN status END,"
                " answered_at = CASE WHEN act = 'enrol' THEN answered_at END WHERE key = ?",
                [caller.key],
            )

    @_act
    def expect_scan(self, scan: Scan, at: datetime) -> None:
        """Note a scan that comes in, with the signature it is passed on by."""
        self.db.execute(
            "INSERT INTO scan (desk, sha256, key, size, signature, at) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (desk, sha256) DO UPDATE SET key = excluded.key,"
            " whole = CASE WHEN status IS NULL THEN whole ELSE 0 END, status = NULL,"
            " signature = excluded.signature, size = excluded.size, at = excluded.at"
            " WHERE scan.key = excluded.key OR status IS NOT NULL",
            [scan.desk, scan.sha256, scan.key, scan.size, scan.signature, iso(at)],
        )

    @_act
    def take_back(self, scan: Scan, at: datetime) -> None:
        """Forget the receipt of a scan its desk does not believe: it comes in anew."""
        self.db.execute(
            "UPDATE scan SET receipt = NULL, status = NULL, whole = 0, key = ?, signature = ?,"
            " size = ?, at = ? WHERE desk = ? AND sha256 = ? AND receipt IS NOT NULL",
            [scan.key, scan.signature, scan.size, iso(at), scan.desk, scan.sha256],
        )

    @_act
    def scan(self, desk: int, sha: str) -> Scan | None:
        """Return what is known of a desk's scan."""
        rows = self._scans("desk = ? AND sha256 = ?", [desk, sha])
        return rows[0] if rows else None

    @_act
    def next_scan(self, but: Iterable[str] = ()) -> Scan | None:
        """Return the smallest scan that is whole here and not at the centre, `but` these."""
        rows = self._scans(
            "whole AND receipt IS NULL AND status IS NULL"
            " AND sha256 NOT IN (SELECT value FROM json_each(?))",
            [json.dumps(list(but))],
        )
        return rows[0] if rows else None

    def _scans(self, where: str, params: Sequence[object]) -> list[Scan]:
        rows = self.db.execute(
            "SELECT desk, sha256, key, size, signature, whole, receipt, status FROM scan"  # noqa: S608
            f" WHERE {where} ORDER BY size, sha256 LIMIT 1",
            list(params),
        ).fetchall()
        return [
            Scan(desk, sha, key, size, signature, bool(whole), receipt, status)
            for desk, sha, key, size, signature, whole, receipt, status in rows
        ]

    @_act
    def scan_whole(self, desk: int, sha: str, size: int) -> None:
        """Note that a scan is here whole."""
        self.db.execute(
            "UPDATE scan SET whole = 1, status = NULL, size = ? WHERE desk = ? AND sha256 = ?",
            [size, desk, sha],
        )

    @_act
    def scan_answered(self, scan: Scan, receipt: str | None, status: int | None) -> None:
        """Keep the centre's word for a scan, or its refusal."""
        self.db.execute(
            "UPDATE scan SET receipt = ?, status = ? WHERE desk = ? AND sha256 = ?",
            [receipt, status, scan.desk, scan.sha256],
        )

    @_act
    def custody(self) -> Custody:
        """Return how much is held."""
        batches, size, refused, oldest = self.db.execute(
            "SELECT count(*), coalesce(sum(length(data)), 0),"
            " count(*) FILTER (WHERE status IS NOT NULL), min(at) FROM held"
        ).fetchone()
        scans, scan_bytes = self.db.execute(
            "SELECT count(*), coalesce(sum(size), 0) FROM scan WHERE whole AND receipt IS NULL"
        ).fetchone()
        return Custody(batches, size, refused, scans, scan_bytes, oldest)
