"""Whoever has the key and edits the day behind the program's back is found, and where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from sync import chain
from sync.database import Database
from tests.centre_process import CentreProcess, shared_centre
from tests.desk_home import DeskHome, set_up_home
from tests.linked_desk import linked_desk
from tests.taking_requests import register

__all__ = ["shared_centre"]

VICTIM = 5
"""The journal entry that is tampered with: a registration in the middle of the day."""


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that has taken eight requests."""
    made = set_up_home(tmp_path / "desk")
    with made.login() as desk:
        register(desk, 8)
    return made


def behind_the_back(db: Database, *statements: tuple[str, list[object]]) -> None:
    """Edit tables as one with the key can: without triggers, which are then put back."""
    triggers = db.rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    db.execute("PRAGMA foreign_keys=OFF")
    with db.atomic():
        for row in triggers:
            db.execute(f"DROP TRIGGER {row['name']}")
        for sql, params in statements:
            assert db.execute(sql, params).rowcount
        for row in triggers:
            db.execute(row["sql"])
    db.execute("PRAGMA foreign_keys=ON")


def edit_bytes(db: Database) -> None:
    """One digit of one entry becomes another."""
    behind_the_back(
        db,
        (
            "UPDATE journal SET bytes = CAST(replace(CAST(bytes AS TEXT), '900', '901') AS BLOB)"
            " WHERE seq = ?",
            [VICTIM],
        ),
    )


def edit_bytes_and_leaf(db: Database) -> None:
    """The entry and its own hashes are made to agree; the next one still tells."""
    (data,) = db.execute("SELECT bytes FROM journal WHERE seq = ?", [VICTIM]).fetchone()
    (before,) = db.execute("SELECT head FROM journal WHERE seq = ?", [VICTIM - 1]).fetchone()
    data = data.replace(b"900", b"901")
    leaf = chain.leaf(data)
    behind_the_back(
        db,
        (
            "UPDATE journal SET bytes = ?, leaf = ?, head = ? WHERE seq = ?",
            [data, leaf, chain.next_head(before, leaf), VICTIM],
        ),
    )


def remove_entry(db: Database) -> None:
    """One entry in the middle is gone."""
    behind_the_back(db, ("DELETE FROM journal WHERE seq = ?", [VICTIM]))


def remove_the_end(db: Database) -> None:
    """The last entries are gone."""
    behind_the_back(db, ("DELETE FROM journal WHERE seq >= ?", [VICTIM]))


def swap_entries(db: Database) -> None:
    """Two entries change places."""
    behind_the_back(
        db,
        ("UPDATE journal SET seq = -1 WHERE seq = ?", [VICTIM]),
        ("UPDATE journal SET seq = ? WHERE seq = ?", [VICTIM, VICTIM + 1]),
        ("UPDATE journal SET seq = ? WHERE seq = -1", [VICTIM + 1]),
    )


@pytest.mark.parametrize(
    ("tamper", "places"),
    [
        (edit_bytes, {VICTIM}),
        (edit_bytes_and_leaf, {VICTIM + 1}),
        (remove_entry, {VICTIM}),
        (remove_the_end, {VICTIM}),
        (swap_entries, {VICTIM, VICTIM + 1}),
    ],
)
def test_tampered_journal_is_located(
    made: DeskHome, tamper: Callable[[Database], None], places: set[int]
) -> None:
    """An edited, removed or moved entry is named by its sequence number."""
    with made.login() as desk:
        assert check_desk(desk).faults == ()
        tamper(desk.db)

        wheres = {fault.where for fault in check_desk(desk).faults}

    for seq in places:
        assert any(where.endswith(f"запись {seq}") for where in wheres), wheres


def number(desk: Desk) -> str:
    """The number of the request that is tampered with."""
    return str(desk.db.execute("SELECT number FROM request WHERE rid = 4").fetchone()[0])


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE request SET applicant = 'Подставная М. П.' WHERE rid = 4",
        "UPDATE request SET body = replace(body, '900', '901') WHERE rid = 4",
        "UPDATE request SET accepted_at = '2026-11-20T10:00:00+10:00' WHERE rid = 4",
        "UPDATE request SET register_by = '2026-12-20T10:00:00.000Z' WHERE rid = 4",
        "UPDATE request SET number = '00317-000999-00-0' WHERE rid = 4",
        "UPDATE request SET service = 'passport-rf' WHERE rid = 4",
    ],
)
def test_edited_request_is_located(made: DeskHome, sql: str) -> None:
    """Any edited column of a request is found, and the request is named by its number."""
    with made.login() as desk:
        victim = number(desk)
        behind_the_back(desk.db, (sql, []))

        wheres = [fault.where for fault in check_desk(desk).faults]

    assert any(victim in where for where in wheres)


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("DELETE FROM request WHERE rid = 4", "обращение"),
        ("UPDATE number_counter SET last = last - 1", "счётчик номеров"),
        ("UPDATE operator SET role = 'specialist'", "сотрудник"),
        ("UPDATE day_total SET n = n - 1", "итог дня"),
        ("UPDATE applicant SET name = 'Подставная'", "заявитель"),
        ("UPDATE request_version SET seq = 0 WHERE seq = 4", "обращение"),
        ("UPDATE request SET seq = 1 WHERE rid = 4", "обращение"),
    ],
)
def test_edited_table_is_located(made: DeskHome, sql: str, what: str) -> None:
    """A row that no longer follows from the journal is found, and the table is named."""
    with made.login() as desk:
        behind_the_back(desk.db, (sql, []))

        wheres = [fault.where for fault in check_desk(desk).faults]

    assert any(where.startswith(what) for where in wheres), wheres


def recompute(db: Database) -> None:
    """Edit one registration and recompute every hash after it, as one who knows how would."""
    epoch, head = db.execute("SELECT epoch, first_head FROM journal_epoch").fetchone()
    statements: list[tuple[str, list[object]]] = []
    rows = db.rows("SELECT seq, bytes FROM journal WHERE epoch = ? ORDER BY seq", [epoch])
    for row in rows:
        data = row["bytes"]
        if row["seq"] == VICTIM:
            data = data.replace(b"900", b"901")
        leaf = chain.leaf(data)
        head = chain.next_head(head, leaf)
        change = "UPDATE journal SET bytes = ?, leaf = ?, head = ? WHERE seq = ?"
        statements.append((change, [data, leaf, head, row["seq"]]))
    statements.append(("UPDATE journal_epoch SET head = ?", [head]))
    behind_the_back(db, *statements)


def test_recomputed_journal_is_told_by_the_receipt(
    tmp_path: Path, shared_centre: CentreProcess
) -> None:
    """Whoever recomputes the whole chain still contradicts what the centre signed for."""
    with linked_desk(tmp_path, shared_centre, 901) as linked:
        register(linked.desk, 8)
        assert linked.exchange().error is None
        recompute(linked.desk.db)

        faults = check_desk(linked.desk).faults

    assert any("не тот, что подтвердил центр" in fault.text for fault in faults)


def test_recomputed_journal_is_told_by_the_centre(
    tmp_path: Path, shared_centre: CentreProcess
) -> None:
    """With the receipts removed too, the centre refuses to go on: its own head is another."""
    with linked_desk(tmp_path, shared_centre, 902) as linked:
        register(linked.desk, 8)
        assert linked.exchange().error is None
        true = linked.at_centre()
        recompute(linked.desk.db)
        behind_the_back(linked.desk.db, ("DELETE FROM receipt", []))
        register(linked.desk, 1, seed=99)

        result = linked.exchange()

        assert result.kind == "fork"
        assert result.error is not None
        assert linked.at_centre() == true
        assert linked.desk.exchange.view().frozen
