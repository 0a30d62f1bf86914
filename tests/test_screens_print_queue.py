"""The print queue and the printers on the screen, by keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mfc_desk.papers.print_routes import Route
from mfc_desk.papers.print_work import MAYBE
from mfc_desk.screens.administration.printers import PrintersScreen
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.papers.print_queue import PrintQueueScreen
from mfc_desk.store import print_queue as store
from printing.spool import Printer
from tests.desk_home import DeskHome, set_up_home
from tests.screen_world import at_work, desk_of, register


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeskHome:
    """A desk on a computer without a printing system."""
    monkeypatch.setenv("PATH", "")
    return set_up_home(tmp_path / "desk")


async def test_the_queue_is_held_repeated_and_cancelled_by_keys(
    made: DeskHome, tmp_path: Path
) -> None:
    """One is held and let go, a doubtful one repeated after asking, the third dropped."""
    async with at_work(made) as hands:
        desk = desk_of(hands)
        register(desk, 3)
        held, doubtful, dropped = desk.print_queue.open()
        with desk.db.atomic():
            at = "2026-11-21T04:00:00.000Z"
            store.settle(desk.db, doubtful.id, "unknown", at=at, error=MAYBE)
        await hands.press("ctrl+й")
        await hands.screen(PrintQueueScreen)
        await hands.until(lambda: "возможно, напечатано" in hands.says(), "the doubt")

        def state(number: int) -> str:
            return desk.print_queue.job(number).state

        await hands.press("ctrl+t")
        await hands.until(lambda: state(held.id) == "held", "held")
        await hands.press("ctrl+r")
        await hands.until(lambda: "что не напечатано" in hands.notices(), "a word")
        await hands.press("down", "ctrl+r")
        await hands.screen(ConfirmScreen)
        assert "лоток" in hands.says()
        await hands.press("escape")
        await hands.screen(PrintQueueScreen)
        assert state(doubtful.id) == "unknown"
        await hands.press("ctrl+r")
        await hands.screen(ConfirmScreen)
        await hands.press("enter")
        await hands.until(lambda: state(doubtful.id) == "waiting", "repeated")
        await hands.screen(PrintQueueScreen)
        await hands.press("down", "delete")
        await hands.screen(ConfirmScreen)
        await hands.press("enter")
        await hands.until(lambda: state(dropped.id) == "cancelled", "cancelled")

        desk.settings.save(replace(desk.settings.load(), out_folder=str(tmp_path / "out")))
        await hands.screen(PrintQueueScreen)
        await hands.press("home", "ctrl+е")
        await hands.until(lambda: state(held.id) == "printed", "printed")
        await hands.until(lambda: state(doubtful.id) == "printed", "printed")
        await hands.until(lambda: "Очередь пуста" in hands.says(), "an empty queue")


async def test_a_doubtful_paper_found_in_the_tray_is_confirmed(made: DeskHome) -> None:
    """Ctrl+G settles it; on anything else it only says what it is for."""
    async with at_work(made) as hands:
        desk = desk_of(hands)
        register(desk, 1)
        (job,) = desk.print_queue.open()
        await hands.press("ctrl+q")
        await hands.screen(PrintQueueScreen)
        await hands.press("ctrl+g")
        await hands.until(lambda: "возможно, напечатано" in hands.notices(), "a word")
        at = "2026-11-21T04:00:00.000Z"
        with desk.db.atomic():
            store.claim(desk.db, job.id, copy=1, title="t", printer="desk", sha256="ab" * 32, at=at)
            store.settle(desk.db, job.id, "unknown", at=at, error=MAYBE)
        await hands.press("ctrl+п")
        await hands.until(lambda: desk.print_queue.job(job.id).state == "printed", "confirmed")


async def test_printers_are_chosen_by_keys(made: DeskHome) -> None:
    """Printer, tray and copies are asked for in turn; a receipt is never asked for two sides."""
    async with at_work(made) as hands:
        desk = desk_of(hands)
        hands.app.screen.post_message(DeskScreen.Go("printers"))
        screen = await hands.screen(PrintersScreen)
        await hands.until(lambda: screen.found is not None, "an answer")
        assert "Принтеров нет" in hands.says()
        screen._show_found((Printer("office", "Зал", trays=("tray-1", "tray-2"), duplex=True),))
        await hands.until(lambda: "Зал" in hands.says(), "a printer")

        await hands.press("enter")
        await hands.screen(ChooseScreen)
        await hands.press("down", "enter")
        await hands.until(lambda: desk.settings.load().printer == "office", "the default")
        await hands.screen(PrintersScreen)

        await hands.press("down", "enter")
        await hands.screen(ChooseScreen)
        await hands.press("down", "enter")
        await hands.until(lambda: "tray-2" in hands.says() and "Лоток" in hands.says(), "trays")
        await hands.screen(ChooseScreen)
        await hands.press("down", "down", "enter")
        await hands.screen(AskLineScreen)
        await hands.press("ctrl+u")
        await hands.write("3")
        await hands.press("enter")
        chosen = Route("office", "tray-2", copies=3)
        await hands.until(lambda: desk.print_routes.of("receipt") == chosen, "the route")


async def test_a_paper_is_sent_to_another_printer_by_keys(made: DeskHome, tmp_path: Path) -> None:
    """Ctrl+O offers where papers of the kind go and what was found; the paper comes out there."""
    async with at_work(made) as hands:
        desk = desk_of(hands)
        out = tmp_path / "out"
        register(desk, 1)
        (usual,) = desk.print_queue.open()
        desk.print_queue.cancel(usual.id)
        job = desk.papers.enqueue(usual.request_number, printer="nowhere")
        desk.print_queue.run()
        desk.settings.save(replace(desk.settings.load(), out_folder=str(out)))
        await hands.press("ctrl+q")
        await hands.screen(PrintQueueScreen)
        await hands.until(lambda: "можно отправить на другой" in hands.says(), "why it waits")
        await hands.press("ctrl+щ")
        await hands.screen(ChooseScreen)
        assert "Как у этой бумаги: folder" in hands.says()
        await hands.press("down", "enter")
        await hands.until(lambda: desk.print_queue.job(job.id).state == "printed", "printed")
        assert len(list(out.iterdir())) == 1
