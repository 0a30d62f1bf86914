"""Whichever SQL statement of an act fails, the act is wholly there or not at all."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from sync.database import Error
from sync.errors import DiskFull, StoreFailure
from tests.centre_process import CentreProcess, shared_centre
from tests.desk_home import set_up_home
from tests.faults import full_disk, nth_statement_fails
from tests.linked_desk import linked_desk
from tests.taking_requests import (
    disk_filled,
    document_of,
    hold_promises,
    numbers_registered,
    register,
)

__all__ = ["shared_centre"]

MOST = 200
"""More statements than any one act may take."""


def tables(desk: Desk) -> dict[str, int]:
    """How many rows stand in every table of the desk."""
    names = [name for name in desk.db.table_names() if not name.startswith("sqlite_")]
    return {name: desk.db.table(name).count for name in names}


def test_registration_is_whole_or_not_at_all(tmp_path: Path) -> None:
    """Each statement of a registration fails once; only the run without a fault leaves anything."""
    made = set_up_home(tmp_path / "desk")
    with made.login() as desk:
        register(desk, 1)
        failed = whole = 0
        for n in range(MOST):
            before, head = tables(desk), desk.journal.position()
            with nth_statement_fails(desk.db, n) as seen:
                try:
                    registered = desk.intake.register_document(document_of(desk, "soc-card", n))
                except (Error, StoreFailure):
                    failed += 1
            assert not desk.db.conn.in_transaction
            if seen.stopped:
                assert (tables(desk), desk.journal.position()) == (before, head)
                continue
            # a statement too short to be interrupted at, or there is no n-th one any more
            assert desk.journal.position().seq == head.seq + 1
            assert desk.find.row(registered.number.text).number == registered.number.text
            whole += 1
            if n >= seen.ran:
                break
        assert failed > 15 > whole
        assert check_desk(desk).faults == ()


@pytest.mark.slow
def test_exchange_survives_each_statement_that_fails(
    tmp_path: Path, shared_centre: CentreProcess
) -> None:
    """Each statement of sealing, receipt and feed page fails once; the next exchange ends it."""
    with linked_desk(tmp_path, shared_centre, 701) as linked:
        desk, failed = linked.desk, 0
        for n in range(MOST):
            register(desk, 1, seed=n)
            with nth_statement_fails(desk.db, n) as seen:
                try:
                    linked.exchange()
                except (Error, StoreFailure):
                    failed += 1
            assert not desk.db.conn.in_transaction
            assert linked.exchange().error is None
            assert desk.exchange.view().unsent == 0
            if n >= seen.ran:
                break
        assert failed > 20
        assert linked.at_centre() == linked.on_desk()
        assert desk.exchange.summary().confirmed == len(linked.on_desk())
        assert check_desk(desk).faults == ()


def test_registration_on_a_full_disk_leaves_nothing_half_done(tmp_path: Path) -> None:
    """The disk fills at any page of a registration: refused, nothing changed, then fine."""
    made = set_up_home(tmp_path / "desk")
    with made.login() as desk:
        made.home.ballast.unlink()
        full = 0
        for n in range(60):
            before, head = tables(desk), desk.journal.position()
            document = document_of(desk, "passport-rf", n)
            with full_disk(desk.db, pages_left=n % 4), contextlib.suppress(DiskFull):
                desk.intake.register_document(document)
                continue
            full += 1
            assert (tables(desk), desk.journal.position()) == (before, head)
            desk.intake.register_document(document)
        assert full > 30
        assert check_desk(desk).faults == ()


@pytest.mark.slow
def test_exchange_on_a_full_disk_ends_when_there_is_room(
    tmp_path: Path, shared_centre: CentreProcess
) -> None:
    """The disk fills while sealing, at the receipt or at the feed page: all is delivered once."""
    with linked_desk(tmp_path, shared_centre, 702) as linked:
        desk, full = linked.desk, 0
        for n in range(24):
            register(desk, 6, seed=n)
            with full_disk(desk.db, pages_left=n % 2):
                try:
                    linked.exchange()
                except DiskFull:
                    full += 1
            assert linked.exchange().error is None
            assert desk.exchange.view().unsent == 0
        assert full > 5
        assert linked.at_centre() == linked.on_desk()
        assert check_desk(desk).faults == ()


@pytest.mark.slow
def test_disk_that_takes_no_more_bytes_costs_nothing_that_was_promised(tmp_path: Path) -> None:
    """The kernel refuses bytes anywhere in a registration: a sentence, exit code 4, all kept."""
    made = set_up_home(tmp_path / "desk")
    after = 2
    for room in (0, 1, 4095, 4096, 8192, 20_000, 50_000, 100_000, 131_072, 200_001):
        told = disk_filled(tmp_path / "desk", room)
        assert told.failure is not None
        text, exit_code = told.failure
        assert exit_code == 4
        assert re.fullmatch(r"\w+: [А-ЯЁ].*[а-яё]\.", text), text
        with made.login() as desk:
            numbers = numbers_registered(desk, after)
            told.begun += 1
            # one was registered before the limit was set
            hold_promises(desk, replace(told, numbers=[*numbers[:1], *told.numbers]), after)
            after = desk.journal.position().seq
