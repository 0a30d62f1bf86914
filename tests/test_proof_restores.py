"""Clones, copies put back, a centre put back: everything ends in place, and one incident is shown.

Real desks in their files, a real centre process, the real commands' use cases.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.paths import Home
from mfc_desk.recovery.backup import restore, write_backup
from mfc_desk.setup.enrolment import enrol_again_by_net
from sync.steps import FROZEN_TEXTS, Frozen
from tests.centre_process import CentreProcess, shared_centre
from tests.desk_home import PASSWORD, DeskHome
from tests.linked_desk import LinkedDesk, linked_desk
from tests.taking_requests import register

__all__ = ["shared_centre"]

NUMBERS = count(8301)


@pytest.fixture
def linked(shared_centre: CentreProcess, tmp_path: Path) -> Iterator[LinkedDesk]:
    """A desk with one request at the centre."""
    with linked_desk(tmp_path, shared_centre, next(NUMBERS)) as linked:
        register(linked.desk, 1)
        assert linked.exchange().error is None
        yield linked


def copy_of(desk: Desk, file: Path) -> Path:
    """A copy of the desk as it is."""
    write_backup(desk, file)
    return file


def put_back(linked: LinkedDesk, file: Path) -> DeskHome:
    """The copy in the desk's place."""
    made = linked.made
    linked.desk.close()
    restore(made.home, file, "ivanova", PASSWORD, made.clock, made.random, replace=True)
    return made


def incidents(centre: CentreProcess, *desks: int) -> list[str]:
    """What the centre keeps aside of these desks, for a person."""
    rows = centre.lines("quarantine")
    return [str(row["why"]) for row in rows if row["desk"] in desks]


def of_desks(centre: CentreProcess, *desks: int) -> list[str]:
    """Numbers at the centre that these desks printed."""
    numbers = (str(row["number"]) for row in centre.export())
    return sorted(number for number in numbers if int(number[:5]) in desks)


def finish(desk: Desk) -> None:
    """Exchange until all is said; nothing may be wrong then."""
    for _ in range(3):
        assert desk.exchange.run_once().error is None
    assert desk.exchange.summary().unsent == 0
    assert check_desk(desk).faults == ()


def test_copy_put_back_unused_is_noticed_by_nobody(linked: LinkedDesk, tmp_path: Path) -> None:
    """What came after the copy comes from the centre, statuses too; no incident, same identity."""
    file = copy_of(linked.desk, tmp_path / "copy")
    register(linked.desk, 2, seed=20)
    assert linked.exchange().error is None
    numbers, end = linked.on_desk(), linked.desk.journal.position()
    made = put_back(linked, file)

    with made.login() as desk:
        result = desk.exchange.run_once()
        assert (result.error, result.restored > 0) == (None, True)
        assert desk.journal.position() == end
        assert sorted(row.number for row in desk.find.recent(9)) == numbers
        assert desk.exchange.summary().text == "3 из 3 подтверждено центром"
        assert register(desk, 1, seed=30)[0].number.counter == 4
        ids = [row.entry_id for row in desk.journal.entries(0, 10_000)]
        assert ids == sorted(ids)  # above what came back, not only above what the copy had
        finish(desk)
    assert incidents(linked.centre, linked.desk.desk_no) == []


def test_copy_put_back_and_used_is_one_fork(linked: LinkedDesk, tmp_path: Path) -> None:
    """Frozen with what to do; a restoring ticket of the same number joins the branches."""
    number = linked.desk.desk_no
    file = copy_of(linked.desk, tmp_path / "copy")
    register(linked.desk, 2, seed=20)
    assert linked.exchange().error is None
    before = linked.on_desk()
    made = put_back(linked, file)
    with made.login() as desk:
        fresh = register(desk, 1, seed=30)[0].number.text
        assert desk.exchange.run_once().error == FROZEN_TEXTS[Frozen.FORK]
        assert desk.exchange.view().frozen == FROZEN_TEXTS[Frozen.FORK]
        code = linked.centre.lines("desk-code", "0101", str(number), "--restore")[0]["code"]
        enrol_again_by_net(desk, linked.centre.url, str(code))

    with made.login() as desk:
        assert desk.exchange.run_once().restored > 0
        everything = sorted({*before, fresh})
        assert sorted(row.number for row in desk.find.recent(9)) == everything
        finish(desk)
    assert of_desks(linked.centre, number) == everything
    assert incidents(linked.centre, number) == [Frozen.FORK]


def test_cloned_image_is_one_fork(linked: LinkedDesk, tmp_path: Path) -> None:
    """Two computers from one disk: the second one gets a number of its own, nothing is lost."""
    number, second = linked.desk.desk_no, next(NUMBERS)
    linked.desk.db.checkpoint(truncate=True)
    twin = DeskHome(Home(tmp_path / "twin"), linked.made.clock, linked.made.random)
    shutil.copytree(linked.made.home.root, twin.home.root)
    register(linked.desk, 2, seed=20)
    assert linked.exchange().error is None
    with twin.login() as desk:
        register(desk, 1, seed=30)
        assert desk.exchange.run_once().kind == Frozen.FORK
        register(desk, 1, seed=31)  # capture goes on
        code = linked.centre.lines("desk-code", "0101", str(second))[0]["code"]
        enrol_again_by_net(desk, linked.centre.url, str(code))

    with twin.login() as desk:
        finish(desk)
        theirs = {row.number for row in desk.find.recent(9)}
    finish(linked.desk)
    assert of_desks(linked.centre, number, second) == sorted({*theirs, *linked.on_desk()})
    assert len(theirs) == 3
    assert incidents(linked.centre, number, second) == [Frozen.FORK]


def test_centre_put_back_is_filled_by_its_desks(tmp_path: Path) -> None:
    """What the centre's copy lacks is sent again by itself; no official number is given twice."""
    centre = CentreProcess.start(tmp_path / "centre")
    try:
        with linked_desk(tmp_path, centre, 17) as linked:
            register(linked.desk, 1)
            assert linked.exchange().error is None
            centre.stop()
            shutil.copytree(centre.home, tmp_path / "copy")
            centre.restart()
            register(linked.desk, 2, seed=20)
            assert linked.exchange().error is None
            given = {str(row["official_no"]) for row in centre.export()}
            centre.stop()
            shutil.rmtree(centre.home)
            shutil.copytree(tmp_path / "copy", centre.home)
            centre.command("restored")
            centre.restart()
            assert len(centre.export()) == 1

            finish(linked.desk)

            assert linked.at_centre() == linked.on_desk()
            rows = centre.export()
            again = {str(row["official_no"]) for row in rows}
            assert len(rows) == 3
            assert len(again & given) == 1
            assert incidents(centre, 17) == []
    finally:
        centre.kill()
