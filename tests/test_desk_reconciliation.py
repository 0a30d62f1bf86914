"""The desk and a real centre compared: equal, not sent, lost at the centre, changed there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from mfc_desk.audit import check_desk
from mfc_desk.errors import ComparisonRefused, TrainingDesk
from mfc_desk.exchange.reconciliation_views import CHANGED, MISSING, SURPLUS, UNSENT
from mfc_desk.paths import Home
from mfc_desk.session import open_desk
from mfc_desk.setup.setup import set_up
from sync.central.centre import Centre
from sync.central.home import CentreHome
from sync.clock import SystemClock
from sync.errors import ExchangeRunning, Unreachable
from sync.ids import SystemRandom
from sync.lock import LockFile
from tests.centre_process import CentreProcess, shared_centre
from tests.command_line import mfc_desk
from tests.desk_home import CHEAP, IVANOVA, PASSWORD, StandingClock
from tests.linked_desk import LinkedDesk, linked_desk
from tests.taking_requests import register

__all__ = ["shared_centre"]
DESKS = count(700)


@pytest.fixture
def linked(tmp_path: Path, shared_centre: CentreProcess) -> Iterator[LinkedDesk]:
    """A desk of the centre with three requests there."""
    with linked_desk(tmp_path, shared_centre, next(DESKS)) as made:
        register(made.desk, 3)
        assert made.exchange().error is None
        yield made


def today(linked: LinkedDesk) -> date:
    return linked.desk.clock.now().astimezone(linked.desk.zone).date()


@dataclass
class Behind:
    """The centre's tables, opened behind its back."""

    linked: LinkedDesk

    def run(self, sql: str, params: list[object]) -> None:
        """One statement; the triggers that keep what is stored are dropped first."""
        home = CentreHome(self.linked.centre.home)
        centre = Centre.open(home, SystemClock(), SystemRandom(), None)
        try:
            db: Any = centre.store.streams.db  # type: ignore[attr-defined]
            with db.atomic():
                db.execute("DROP TRIGGER IF EXISTS batch_is_kept")
                assert db.execute(sql, params).rowcount
        finally:
            centre.close()

    def place(self, number: str) -> list[object]:
        """Desk, epoch and sequence of a registration."""
        desk = self.linked.desk
        for row in desk.journal.entries(0, 1000):
            if row.kind == "request.register" and number in (row.data or b"").decode():
                return [desk.desk_no, row.epoch, row.seq]
        raise LookupError(number)

    def lose(self, number: str) -> None:
        """Delete a registration from the register."""
        place = self.place(number)
        where = "desk = ? AND epoch = ? AND seq = ?"
        rows = f"(SELECT row FROM entry WHERE {where})"
        self.run(f"DELETE FROM request WHERE row IN {rows}", place)
        self.run(f"DELETE FROM entry_key WHERE row IN {rows}", place)
        self.run(f"DELETE FROM entry WHERE {where}", place)


def test_equal_sides_are_confirmed_and_what_is_not_sent_is_named(linked: LinkedDesk) -> None:
    """«N из N подтверждено» for all days, for today, for a day without entries; then two more."""
    desk = linked.desk
    made = desk.reconciliation.compare()

    assert made.equal
    assert made.differences == ()
    assert made.total == made.confirmed == made.have == made.end == desk.journal.position().seq
    assert made.text == f"{made.total} из {made.total} подтверждено"
    assert [(one.here, one.there) for one in made.services] == [(1, 1)] * 3
    assert desk.reconciliation.latest() == made
    one = desk.reconciliation.compare(today(linked))
    assert (one.equal, one.total) == (True, made.total)
    empty = desk.reconciliation.compare(today(linked) - timedelta(days=400))
    assert (empty.equal, empty.total) == (True, 0)
    assert check_desk(desk).faults == ()

    numbers = [one.number.text for one in register(desk, 2, seed=9)]
    more = desk.reconciliation.compare(today(linked))

    assert not more.equal
    assert {one.what for one in more.differences} == {UNSENT}
    assert [one.number for one in more.differences if one.kind == "request.register"] == numbers
    assert (more.confirmed, more.total) == (made.total, desk.journal.position().seq)
    assert more.heads_equal
    assert linked.exchange().error is None
    assert desk.reconciliation.compare(today(linked)).equal


def test_lost_and_changed_entries_are_named_by_their_numbers(linked: LinkedDesk) -> None:
    """Deleted, and changed by a byte, at the centre by SQL: numbers, exit code 5, act on paper."""
    desk, behind = linked.desk, Behind(linked)
    numbers = linked.on_desk()
    behind.run(
        "UPDATE entry SET leaf = zeroblob(32) WHERE desk = ? AND epoch = ? AND seq = ?",
        behind.place(numbers[2]),
    )
    behind.lose(numbers[1])

    made = desk.reconciliation.compare()

    assert {one.number: one.what for one in made.differences} == {
        numbers[1]: MISSING,
        numbers[2]: CHANGED,
    }
    assert (made.confirmed, made.total) == (made.total - 2, made.end)
    assert sorted((one.here, one.there) for one in made.services) == [(1, 0), (1, 1), (1, 1)]
    act = desk.papers.render(made.number, "reconciliation_act")
    text = " ".join(
        page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(act)
    ).replace("\r\n", " ")
    for said in (made.number, *numbers[1:], "есть в офисе, нет в центре", "не та, что в офисе"):
        assert said in text

    stick = linked.made.home.root.parent / "stick"
    stick.mkdir()
    desk.carriers.out(stick)
    linked.centre.command("carry", "in", str(stick))
    brought = desk.carriers.take_in(stick)
    carried = desk.reconciliation.latest()
    assert carried is not None
    assert (brought.reconciled, carried.number != made.number) == (made.text, True)
    assert carried.differences == made.differences
    desk.close()
    root = linked.made.home.root
    told = json.loads(mfc_desk(root, "compare", "--json", code=5).stdout)
    assert told["equal"] is False
    assert {one["number"] for one in told["differences"]} == set(numbers[1:])
    file = root.parent / "act.pdf"
    mfc_desk(root, "print", told["number"], "--paper", "act", "--out", str(file))
    assert file.read_bytes().startswith(b"%PDF")


def test_a_desk_restored_from_an_older_copy_sees_what_it_lacks(linked: LinkedDesk) -> None:
    """What only the centre has is listed as surplus, by number, and the chains as apart."""
    linked.desk.close()
    old = linked.made.home.root.parent / "older"
    shutil.copytree(linked.made.home.root, old)
    with linked.made.login() as opened:
        (later,) = register(opened, 1, seed=77)
        assert opened.exchange.run_once().error is None

    with replace(linked.made, home=Home(old)).login() as opened:
        made = opened.reconciliation.compare(today(linked))

        assert later.number.text in {one.number for one in made.differences}
        assert {one.what for one in made.differences} == {SURPLUS}
        assert not made.heads_equal
        assert "цепочки журналов разошлись" in made.text
        assert made.confirmed == made.total


def test_without_a_centre_nothing_is_compared(linked: LinkedDesk) -> None:
    """An exchange on its way, no link, a refusal: a sentence each with the way on, nothing kept."""
    desk = linked.desk
    with LockFile(desk.home.exchange_lock) as lock:
        assert lock.take()
        with pytest.raises(ExchangeRunning):
            desk.reconciliation.compare()
    linked.link.take_down()
    with pytest.raises(Unreachable, match="Сверка не сделана") as caught:
        desk.reconciliation.compare()
    assert caught.value.exit_code == 3
    assert "отправка" not in str(caught.value)
    linked.link.bring_up()
    linked.centre.command("revoke", str(desk.desk_no))
    with pytest.raises(ComparisonRefused, match=r"отозвано.*оператору центра"):
        desk.reconciliation.compare()
    assert desk.reconciliation.latest() is None


def test_a_training_desk_has_nobody_to_compare_with(tmp_path: Path) -> None:
    """It says so."""
    home = Home(tmp_path / "desk")
    set_up(home, None, IVANOVA, PASSWORD, StandingClock(), SystemRandom(), CHEAP)
    opened = open_desk(home, "ivanova", PASSWORD, StandingClock(), SystemRandom(), CHEAP)
    with opened as desk, pytest.raises(TrainingDesk):
        desk.reconciliation.compare()
