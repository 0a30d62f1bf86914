"""A program killed while it changes an older file: the next start ends the change, whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from mfc_desk.store.connection import APPLICATION_ID, MIGRATIONS
from sync import batch, chain, database, exchange_tables, journal, outbox
from sync.central.store import schema
from sync.database import Database, Migrations
from sync.failpoint import EXIT_STATUS
from sync.journal import Journal
from tests.sync_desk import KEY
from tests.sync_world import DEVICE, NOON, entry, entry_id, ticket

SAMPLED = 8
TICKET = ticket()
Open = Callable[[Path], Database]


def opener(key: bytes | None, sets: Sequence[Migrations], application: int, name: str) -> Open:
    """How a program opens its file."""

    def opened(path: Path) -> Database:
        return database.open_database(
            path, key=key, migrations=sets, application_id=application, schema_name=name
        )

    return opened


old_desk = opener(KEY, (journal.migrations, exchange_tables.migrations), APPLICATION_ID, "desk")
new_desk = opener(KEY, MIGRATIONS, APPLICATION_ID, "desk")
new_centre = opener(None, (schema.MIGRATIONS,), schema.APPLICATION_ID, schema.SCHEMA_NAME)


def statements(opened: Open, path: Path, *, die_at: int = 0) -> int:
    """Open a file in a process of its own; dies at a statement, else says how many there were."""
    near, far = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(near)
        count = 0

        def seen(_statement: str) -> None:
            nonlocal count
            count += 1
            if count == die_at:
                os._exit(EXIT_STATUS)

        real = database._connect

        def connect(path: Path, key: bytes | None) -> object:
            connection = real(path, key)
            connection.set_trace_callback(seen)
            return connection

        database._connect = connect
        try:
            opened(path)
            os.write(far, str(count).encode())
        finally:
            os._exit(0)
    os.close(far)
    told = os.read(near, 100)
    os.close(near)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == (EXIT_STATUS if die_at else 0)
    return int(told or 0)


def tables(db: Database) -> set[str]:
    """Every table, index and trigger by its text."""
    rows = db.execute("SELECT name || ' ' || coalesce(sql, '') FROM sqlite_master").fetchall()
    return {str(row[0]) for row in rows}


def older(folder: Path) -> tuple[Path, bytes]:
    """A desk's file of an older program, with a sealed batch in it that was not sent yet."""
    path = folder / "old" / "desk.db"
    path.parent.mkdir()
    with old_desk(path) as db:
        log = Journal(db)
        with db.atomic():
            address = (TICKET.server_id, TICKET.desk_no, TICKET.epoch)
            log.open_epoch(TICKET.epoch, chain.first_head(*address, DEVICE.public))
            for text in ("one", "two"):
                data = entry(text, "access")
                log.append(data, entry_id(data), "access")
        sealed = outbox.Outbox(db, TICKET).sealing.seal(1, 10, DEVICE, None, NOON)
        assert sealed is not None
        assert sealed.data is not None
    return path, sealed.data


def killed_everywhere(opened: Open, old: Path | None, folder: Path, most: int | None) -> list[Path]:
    """Kill the change of an older (no) file at so many of its statements; then end each."""
    whole = folder / "whole.db"
    if old is not None:
        shutil.copy(old, whole)
    total = statements(opened, whole)
    assert total > 20
    with opened(whole) as db:
        wanted = tables(db)
    ended = []
    for n in range(1, total + 1, 1 if most is None else max(1, total // most)):
        path = folder / str(n) / "desk.db"
        path.parent.mkdir()
        if old is not None:
            shutil.copy(old, path)
        statements(opened, path, die_at=n)
        with opened(path) as db:
            assert tables(db) == wanted, n
            assert db.faults() == ()
        ended.append(path)
    return ended


def upgraded(folder: Path, most: int | None) -> None:
    """An older desk's file keeps what it held, its sealed batch byte for byte."""
    old, data = older(folder)
    for path in killed_everywhere(new_desk, old, folder, most):
        with new_desk(path) as db:
            stored = outbox.Outbox(db, TICKET).sealing.stored(1)
            assert stored is not None
            assert stored.data == data
            assert Journal(db).verify(()) == ()
    sealed = batch.read_header(data)
    sealed.envelope.verify(DEVICE.public)


def test_a_change_killed_in_the_middle_is_begun_again(tmp_path: Path) -> None:
    """The file of an older desk: killed at some statements of the change, it is ended whole."""
    upgraded(tmp_path, SAMPLED)


def test_a_new_file_killed_in_the_middle_is_made_again(tmp_path: Path) -> None:
    """The file of a centre, of which nothing was there."""
    killed_everywhere(new_centre, None, tmp_path, SAMPLED)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_change_killed_at_any_statement_is_begun_again(tmp_path: Path) -> None:
    """The same at every statement of both."""
    upgraded(tmp_path, None)
    (tmp_path / "centre").mkdir()
    killed_everywhere(new_centre, None, tmp_path / "centre", None)
