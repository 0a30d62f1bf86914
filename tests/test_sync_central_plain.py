"""Plain entries go many a statement, the rest alone: the same rows and the same feed either way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sync.central.store import Reading
from sync.central.store.sql_plain import Seen
from tests.centre_world import HandDesk, LocalCentre, record


def mixed(desk: HandDesk) -> None:
    """A journal with everything that is not plain among what is, in one slice and over its edge."""
    desk.register(3)
    desk.note(2)
    first = desk.journal[0]
    desk.journal.append(desk.amendment(first, record(5)))
    desk.journal.append(first)  # the same again
    desk.journal.append(desk.amendment(desk.journal[6 - 1], record(6)))
    number = json.loads(desk.journal[1])["body"]["number"]
    desk.journal.append(desk.registration(record(7), number=number))  # its number is taken
    desk.journal.append(desk.registration({**record(8), "answers": {}}))  # rejected
    desk.journal.append(desk.journal[-1])  # and again
    desk.journal.append(b"not an entry")
    request = json.loads(desk.journal[2])["req"]
    desk.journal.append(desk.entry("request.withdraw", {"reason": "x"}, request=request))
    unknown = desk.ids.next()
    desk.journal.append(desk.entry("request.withdraw", {"reason": "x"}, request=unknown))
    again = json.loads(desk.journal[1])
    again["body"]["accepted_at"] = "2026-11-21T09:30:00+00:00"
    desk.journal.append(json.dumps(again, ensure_ascii=False).encode())  # other bytes, one id
    desk.register(60)
    desk.journal.append(desk.journal[-1])
    desk.register(1)


def outcome_of(folder: Path) -> tuple[list[dict[str, Any]], list[tuple[str, dict[str, Any]]]]:
    """Rows and feed of that journal in a centre of its own."""
    local = LocalCentre(folder)
    desk = local.desk()
    mixed(desk)
    assert local.accept(desk.seal(1, len(desk.journal))).status == 201
    rows = [{**vars(row), "applied_at": ""} for row in local.rows(desk)]
    events = local.centre.store.register.events(desk.desk, 0, 1000)
    told = [(one.kind, json.loads(one.body)) for one in events]
    assert local.faults() == ()
    local.close()
    return rows, told


def test_both_ways_of_writing_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeats, amendments, collisions, withdrawals and rubbish among plain registrations."""
    for name in ("together", "alone"):
        (tmp_path / name).mkdir()
    plain: list[bool] = []
    ask = Seen.plain

    def asked(seen: Seen, reading: Reading) -> bool:
        plain.append(ask(seen, reading))
        return plain[-1]

    monkeypatch.setattr("sync.central.projection.SLICE", 50)  # so that there is an edge
    monkeypatch.setattr(Seen, "plain", asked)
    together = outcome_of(tmp_path / "together")
    monkeypatch.setattr(Seen, "plain", lambda *_: False)
    alone = outcome_of(tmp_path / "alone")

    assert together == alone
    assert plain.count(True) > 60
    assert plain.count(False) >= 8
    reasons = {row["reason"] for row in together[0]}
    assert reasons >= {None, "number-collision", "id-collision", "invalid", "unreadable", "no-base"}
