"""The day is printed as one batch: every case in one register, progress, cancel, copies."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.cli import printing
from mfc_desk.cli.frame import Call, read_arguments
from mfc_desk.desk import Desk
from mfc_desk.errors import DONE, INTERRUPTED
from mfc_desk.papers.day_papers import DayPapers, Register
from mfc_desk.papers.print_day import BatchProgress
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.papers.print_queue import PrintQueueScreen
from printing.transfer_register import TransferRegister
from tests.command_line import mfc_desk
from tests.desk_home import PASSWORD, DeskHome, set_up_home
from tests.paper_world import pages_text, squeezed
from tests.screen_world import at_work, desk_of, register

CASES = 7


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeskHome:
    """A desk on a computer without a printing system."""
    monkeypatch.setenv("PATH", "")
    return set_up_home(tmp_path / "desk")


@pytest.fixture
def desk(made: DeskHome, tmp_path: Path) -> Iterator[Desk]:
    """A desk with seven cases of several authorities, its receipts out of the way."""
    with made.login() as opened:
        register(opened, CASES)
        for job in opened.print_queue.open():
            opened.print_queue.cancel(job.id)
        folder = str(tmp_path / "out")
        opened.settings.save(replace(opened.settings.load(), out_folder=folder))
        yield opened


def test_every_case_stands_in_one_register_and_has_a_label(desk: Desk, tmp_path: Path) -> None:
    """Grouped by authority; a later order prints what came since, or copies of it all."""
    rows = desk.find.today()
    services = {row.service_short for row in rows}
    steps: list[BatchProgress] = []

    batch = desk.print_day.order()
    done = desk.print_day.run(batch.id, steps.append)

    assert (done.papers, done.printed, done.left) == (batch.papers, batch.papers, 0)
    assert [step.printed for step in steps] == list(range(batch.papers + 1))
    files = sorted((tmp_path / "out").iterdir())
    registers = [path for path in files if path.name.startswith("transfer_register")]
    labels = [path for path in files if path.name.startswith("case_labels")]
    stuck = squeezed("".join("".join(pages_text(path.read_bytes())) for path in labels))
    assert 1 < len(registers) < len(services) + 1
    texts = ["".join(pages_text(path.read_bytes())) for path in registers]
    for row in rows:
        number = squeezed(str(row.number))
        # a register holds two copies
        assert [squeezed(text).count(number) for text in texts if number in squeezed(text)] == [2]
        assert stuck.count(number) == 1
    assert desk.print_day.order().papers == 0

    register(desk, 1)
    later = desk.print_day.order()
    assert later.papers == 2
    desk.print_day.run(later.id, steps.append)
    again = desk.print_day.order(again=True)
    assert again.papers == batch.papers + 2
    desk.print_day.run(again.id, steps.append)
    copies = [path for path in (tmp_path / "out").iterdir() if path.stem.endswith("-2")]
    assert len(copies) == again.papers
    assert all("КОПИЯ № 2" in pages_text(path.read_bytes())[0] for path in copies)
    assert check_desk(desk).faults == ()


def test_a_desk_made_anew_prints_the_day_as_copies_only(desk: Desk) -> None:
    """Its queue went with the disk; that the papers came out is in the journal."""
    batch = desk.print_day.order()
    desk.print_day.run(batch.id, lambda _: None)
    desk.db.execute("DELETE FROM print_job")

    assert desk.print_day.order().papers == 0
    assert desk.print_day.order(again=True).papers == batch.papers


def test_labels_of_registers_formed_before_are_made(desk: Desk) -> None:
    """`day-papers`, or a crash, formed the registers alone: the labels come with the next order."""
    formed = desk.day_papers.form(day := desk.centre_now().astimezone(desk.zone).date())

    batch = desk.print_day.order(day)

    labels = [job for job in desk.print_queue.of_batch(batch.id) if job.paper == "case_labels"]
    assert [job.request_number for job in labels] == [one.number for one in formed]
    assert batch.papers == 2 * len(formed)
    assert desk.print_day.order(day).papers == 0


def test_two_who_form_the_day_at_once_put_a_case_in_one_register(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is second sees the first one's registers and forms what is left."""
    day = desk.centre_now().astimezone(desk.zone).date()
    quick: list[tuple[Register, ...]] = []
    usual = DayPapers._register

    def meanwhile(self: DayPapers, *of: Any) -> TransferRegister:
        """The other process forms all of them between the reading and the act."""
        if not quick:
            quick.append(())
            with desk.worker_copy() as other:
                quick[0] = other.day_papers.form(day)
        return usual(self, *of)

    monkeypatch.setattr(DayPapers, "_register", meanwhile)
    assert desk.day_papers.form(day) == ()
    assert desk.day_papers.registers(day) == quick[0]
    assert sum(one.cases for one in quick[0]) == CASES


def test_a_batch_is_cancelled_in_the_middle(desk: Desk, tmp_path: Path) -> None:
    """What came out stays counted; the rest is taken back, and can be ordered later."""
    batch = desk.print_day.order()
    desk.print_queue.print_next()

    taken = desk.print_day.cancel(batch.id)

    progress = desk.print_day.progress(batch.id)
    assert (taken, progress.printed, progress.left) == (batch.papers - 1, 1, 0)
    assert desk.print_queue.open() == ()
    assert desk.print_day.order(again=True).papers == batch.papers


def test_a_batch_taken_back_is_ordered_again(desk: Desk) -> None:
    """The next order of the day holds what did not come out, and it is no copy."""
    batch = desk.print_day.order()
    desk.print_queue.print_next()
    taken = desk.print_day.cancel(batch.id)

    rest = desk.print_day.order()

    assert rest.papers == taken
    desk.print_day.run(rest.id, lambda _: None)
    assert desk.print_queue.open() == ()
    assert desk.print_day.order().papers == 0


def test_ctrl_c_lets_the_paper_at_hand_come_out(
    desk: Desk, made: DeskHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No paper becomes doubtful; the rest is taken back, said, and printed by the next command."""
    desk.close()
    monkeypatch.setenv("MFC_DESK_PASSWORD", PASSWORD)
    given = read_arguments(["--home", str(made.home.root), "print-day", "--day", "2026-11-21"])

    def stepped(progress: BatchProgress) -> None:
        if progress.printed == 2:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(printing, "_stepped", stepped)
    code = printing.run_day(Call.of(given), given)

    said = capsys.readouterr().out
    assert code == INTERRUPTED
    assert "Остановлено. Напечатано бумаг: 2 из " in said
    with made.login() as opened:
        assert opened.print_queue.open() == ()
    assert "Снято с печати" in said
    monkeypatch.setattr(printing, "_stepped", lambda _: None)
    assert printing.run_day(Call.of(given), given) == DONE
    assert "Остановлено" not in capsys.readouterr().out


def test_a_batch_waits_where_there_is_no_printer(desk: Desk) -> None:
    """Nothing fails; the papers stand in the queue like others."""
    desk.settings.save(replace(desk.settings.load(), out_folder=""))
    batch = desk.print_day.order()

    done = desk.print_day.run(batch.id, lambda _: None)

    assert (done.printed, done.left) == (0, batch.papers)
    assert {job.state for job in desk.print_queue.open()} == {"waiting"}


@pytest.mark.slow
def test_the_day_is_printed_without_a_screen(desk: Desk, made: DeskHome) -> None:
    """One command; the second has nothing to print and says how to get copies."""
    desk.close()
    home = made.home.root
    day = ("print-day", "--day", "2026-11-21")

    told = json.loads(mfc_desk(home, *day, "--json").stdout)

    assert told["left"] == 0
    assert told["printed"] == told["papers"] > 1
    assert "--again" in mfc_desk(home, *day).stdout.decode()
    mfc_desk(home, "print-day", "--day", "вчера", code=2)


async def test_the_day_is_printed_by_a_key(made: DeskHome, tmp_path: Path) -> None:
    """Ctrl+D asks, prints and shows how far it is; then offers copies."""
    async with at_work(made) as hands:
        opened = desk_of(hands)
        register(opened, 3)
        folder = str(tmp_path / "out")
        opened.settings.save(replace(opened.settings.load(), out_folder=folder))
        await hands.press("ctrl+q")
        screen = await hands.screen(PrintQueueScreen)
        await hands.press("ctrl+в")
        await hands.screen(ConfirmScreen)
        await hands.press("enter")
        await hands.until(lambda: "за день: напечатано" in hands.says(), "progress")
        await hands.until(lambda: screen.day_batch is None, "the whole batch")
        await hands.press("ctrl+d")
        await hands.screen(ConfirmScreen)
        await hands.press("enter")
        await hands.until(lambda: "КОПИЯ" in hands.says(), "an offer of copies")
