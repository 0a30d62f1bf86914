"""«Обмен» on the screen against a real centre: sent, confirmed, opened to its entries, paused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from forms.example import example
from mfc_desk.paths import Home
from mfc_desk.recovery.refill import CONTRADICTS
from mfc_desk.screens.entrance.wizard import WizardScreen
from mfc_desk.screens.exchange.batch import BatchScreen
from mfc_desk.screens.exchange.exchange import ExchangeScreen
from mfc_desk.screens.exchange.reconciliation import ReconciliationScreen
from mfc_desk.screens.home import HomeScreen
from mfc_desk.store import refill
from mfc_desk.widgets.line_editor import LineEditor
from mfc_desk.widgets.rows import RowList
from sync.clock import SystemClock
from sync.ids import SystemRandom
from tests.centre_process import CentreProcess
from tests.desk_home import EPOCH, NOON, PASSWORD, DeskHome, set_up_home
from tests.screen_world import SMALL, Hands, at_work, desk_of, hands_on

pytestmark = pytest.mark.slow


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[DeskHome]:
    """A desk set up from the ticket of a centre that runs, on the clock of this computer."""
    centre = CentreProcess.start(tmp_path / "central")
    try:
        made = set_up_home(tmp_path / "desk", ticket=centre.ticket(317, window="3"))
        made.clock = SystemClock()  # type: ignore[assignment]  # the centre's clock is a real one
        made.random = SystemRandom()  # type: ignore[assignment]
        yield made
    finally:
        centre.kill()


def register_today(hands: Hands, count: int) -> list[str]:
    """Requests of today's date; their numbers."""
    desk = desk_of(hands)
    today = desk.clock.now().astimezone(desk.zone).date()
    service = desk.catalogue.services["soc-card"]
    documents = [example(service, desk.catalogue, today, seed) for seed in range(count)]
    return [desk.intake.register_document(document).number.text for document in documents]


async def test_requests_are_sent_confirmed_and_shown_by_entry(linked: DeskHome) -> None:
    """Ctrl+S sends; the batch says that all is confirmed; Enter opens the centre's answers."""
    async with at_work(linked) as hands:
        desk = desk_of(hands)
        (number, _) = register_today(hands, 2)
        await hands.press("f5")
        screen = await hands.screen(ExchangeScreen)
        await hands.press("ctrl+ы")
        await hands.until(lambda: desk.exchange.view().unsent == 0, "everything sent")
        rows = screen.query_one("#batches", RowList)
        await hands.until(lambda: rows.rows, "a batch")
        await hands.press("ctrl+s")
        await hands.until(lambda: desk.exchange.summary().confirmed == 2, "all confirmed")
        await hands.until(lambda: "подтверждено центром" in hands.says(), "the words")
        await hands.until(lambda: "всё отправлено" in hands.says(), "the header")
        await hands.press("enter")
        await hands.screen(BatchScreen)
        assert "…" + number[6:] in hands.says()
        await hands.press("escape", "ctrl+л")
        await hands.screen(ReconciliationScreen)
        assert "Ещё не сверялись" in hands.says()
        await hands.press("ctrl+ы")
        count = desk.journal.position().seq
        await hands.until(lambda: "2 из 2 подтверждено" in hands.says(), "today compared")
        desk.exchange.pause()
        (third,) = register_today(hands, 1)
        await hands.press("ctrl+a")
        await hands.until(lambda: third in hands.says(), "what is not sent")
        assert f"{count} из {count + 1} подтверждено; не отправлено 1" in hands.says()
        await hands.press("ctrl+e")
        await hands.until(
            lambda: any(job.paper == "reconciliation_act" for job in desk.print_queue.open(100)),
            "the act is queued",
        )
        desk.exchange.resume()
        await hands.press("escape", "escape")
        await hands.screen(HomeScreen)
        await hands.until(lambda: "центр подтвердил, № " in hands.says(), "the official number")


async def test_paused_exchange_says_so_until_it_goes_on(linked: DeskHome) -> None:
    """Ctrl+T stops the exchange and lets it go on; the header tells."""
    async with at_work(linked, SMALL) as hands:
        register_today(hands, 1)
        await hands.press("f5")
        await hands.screen(ExchangeScreen)
        await hands.press("ctrl+t")
        await hands.until(lambda: "обмен остановлен" in hands.says(), "a stop")
        assert not desk_of(hands).exchange.due(desk_of(hands).clock.now())
        await hands.press("ctrl+е")
        await hands.until(lambda: "обмен остановлен" not in hands.says(), "going on")
        await hands.until(lambda: desk_of(hands).exchange.view().unsent == 0, "sent by itself")


async def test_exchange_begins_by_itself_after_a_registration(linked: DeskHome) -> None:
    """Nobody presses a key: the program notices what waits and sends it."""
    async with at_work(linked, SMALL) as hands:
        register_today(hands, 1)
        await hands.until(lambda: desk_of(hands).exchange.view().unsent == 0, "sent by itself")
        await hands.until(lambda: "всё отправлено" in hands.says(), "the header")


async def test_wizard_connects_by_net_with_an_address_and_a_code(tmp_path: Path) -> None:
    """The dictated code becomes a desk of the centre; a wrong code leads back with a sentence."""
    centre = CentreProcess.start(tmp_path / "central")
    empty = tmp_path / "desk"
    empty.mkdir()
    made = DeskHome(Home(empty), SystemClock(), SystemRandom())  # type: ignore[arg-type]
    try:
        code = centre.spoken_code(42, window="5")
        async with hands_on(made, SMALL) as hands:
            wizard = await hands.screen(WizardScreen)
            await hands.press("down", "enter")
            for text in (centre.url, "ABCDEFGH-1111-1111"):
                await hands.write(text)
                await hands.press("enter")
            for text in ("petrova", "Петрова М. С.", PASSWORD, PASSWORD):
                await hands.write(text)
                await hands.press("enter")
            await hands.until(lambda: wizard.step == "net", "back at the code")
            assert not made.home.is_set_up
            wizard.query_one("#net-code", LineEditor).value = code
            await hands.press("tab", "enter")
            await hands.until(lambda: wizard.step == "person", "the person again")
            await hands.press("tab", "tab", "tab", "enter")
            await hands.screen(HomeScreen)
            assert desk_of(hands).desk_no == 42
            assert "окно 5" in hands.says()
    finally:
        centre.kill()


async def test_desk_made_anew_shows_what_did_not_come_back(tmp_path: Path) -> None:
    """«Обмен» says how much, «Сверка» what: an entry, scans, drafts; Enter says it all."""
    made = set_up_home(tmp_path / "desk")
    with made.login() as desk:
        refill.note_rebuilt(desk.db, NOON, 2, [], [])
        with desk.db.atomic():
            refill.note_left(desk.db, refill.LeftEntry(EPOCH, 41, CONTRADICTS))
    async with at_work(made, SMALL) as hands:
        await hands.press("f5")
        await hands.screen(ExchangeScreen)
        await hands.until(lambda: "не вернулось: 3" in hands.says(), "how much is lacking")
        await hands.press("ctrl+л")
        await hands.screen(ReconciliationScreen)
        await hands.until(lambda: f"{EPOCH}/41" in hands.says(), "the entry left aside")
        assert "сканы: 2" in hands.says()
        await hands.press("enter")
        await hands.until(lambda: "решает оператор центра" in hands.says(), "the whole sentence")
