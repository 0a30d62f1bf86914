"""What desks asked and the centre said: kept by a relay between the two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from sync.central.relay.rows import Asked, Caller
from sync.central.relay.tables import RelayTables, act, look
from sync.clock import iso

RECEIPT = "receipt"
WORD = "word"


class Questions(RelayTables):
    """Requests desks signed (`asked`), and the centre's signed words on streams (`said`)."""

    @act
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

    @look
    def asked(self, key: str, act: str) -> Asked | None:
        """Return the request of a device, with its answer when there is one."""
        rows = self._asked("key = ? AND act = ?", [key, act])
        return rows[0] if rows else None

    @look
    def waiting(self, act: str, *, since: datetime, before: datetime, now: datetime) -> list[Asked]:
        """Return requests asked `since` then that have no answer, or a refusal of `before`.

        What was noted after `now`, by a clock that has been set back since, counts as long ago.
        """
        return self._asked(
            "act = ? AND at >= ? AND (answer IS NULL AND answered_at IS NULL"
            " OR (answer IS NULL OR status >= 400) AND (answered_at < ? OR answered_at > ?))",
            [act, iso(since), iso(before), iso(now)],
        )

    def _asked(self, where: str, params: Sequence[object]) -> list[Asked]:
        rows = self.db.execute(
            "SELECT key, desk, epoch, act, target, signature, body, status, answer FROM asked"  # noqa: S608
            f" WHERE {where} ORDER BY at",
            list(params),
        ).fetchall()
        return [Asked(Caller(key, b"", desk, epoch), *rest) for key, desk, epoch, *rest in rows]

    @act
    def handed_out(self, key: str, act_name: str) -> None:
        """Forget a question with its answer: a desk that asks once more did not get it, or did
        not believe it, and is answered by the centre anew."""
        self.db.execute("DELETE FROM asked WHERE key = ? AND act = ?", [key, act_name])

    @act
    def answer(self, asked: Asked, at: datetime, status: int, answer: bytes | None) -> None:
        """Keep the answer to a request; one that enrols frees what was refused before it.

        A desk that asks something else by now is not given it.
        """
        self._answer(asked, at, status, answer)

    def _answer(self, asked: Asked, at: datetime, status: int, answer: bytes | None) -> None:
        caller, act = asked.caller, asked.act
        self.db.execute(
            "UPDATE asked SET answered_at = ?, status = ?, answer = ?"
            " WHERE key = ? AND act = ? AND target = ?",
            [iso(at), status, answer, caller.key, act, asked.target],
        )
        self._forgotten(caller.key, status)
        if act == "enrol" and status < 400:  # noqa: PLR2004 - HTTP
            self.db.execute(
                "UPDATE held SET status = NULL, problem = NULL WHERE key = ? AND status = 401",
                [caller.key],
            )
            self.db.execute(
                "UPDATE asked SET body = NULL, status = CASE WHEN act = 'enrol' THEN status END,"
                " answered_at = CASE WHEN act = 'enrol' THEN answered_at END,"
                " answer = CASE WHEN act = 'enrol' THEN answer END WHERE key = ?",
                [caller.key],
            )

    def _forgotten(self, key: str, status: int) -> None:
        """A centre that does not know a device has not enrolled it, whatever it said before."""
        if status == HTTPStatus.UNAUTHORIZED:
            self.db.execute(
                "DELETE FROM asked WHERE key = ? AND act = 'enrol' AND status < 400", [key]
            )

    @look
    def said(self, desk: int, epoch: int) -> dict[str, bytes]:
        """Return the newest of each kind the centre signed for a stream: receipt, word."""
        rows = self.db.execute(
            "SELECT kind, data FROM said WHERE desk = ? AND epoch = ?", [desk, epoch]
        ).fetchall()
        return dict(rows)

    @act
    def keep_word(self, asked: Asked, to: int, data: bytes, at: datetime) -> None:
        """Keep the centre's word on a stream; the request for it is answered."""
        self._say(asked.caller, WORD, to, data, at)
        self._answer(asked, at, 200, None)

    def _say(self, caller: Caller, kind: str, to: int, data: bytes, at: datetime) -> None:
        """A receipt for less than the newest one is of no use; a later word always is."""
        self.db.execute(
            "INSERT INTO said VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (desk, epoch, kind)"
            " DO UPDATE SET last = excluded.last, data = excluded.data, at = excluded.at"
            " WHERE excluded.kind = 'word' OR excluded.last >= said.last",
            [caller.desk, caller.epoch, kind, to, data, iso(at)],
        )

    @look
    def word_at(self, desk: int, epoch: int) -> str | None:
        """Return when the centre's last word on a stream came."""
        row = self.db.execute(
            "SELECT max(at) FROM said WHERE desk = ? AND epoch = ? AND kind = 'word'",
            [desk, epoch],
        ).fetchone()
        return str(row[0]) if row[0] else None
