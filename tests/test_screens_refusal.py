"""Refusing acceptance on the screen: what is chosen already, what is added, the second time."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static

from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.handling.search import SearchScreen
from mfc_desk.screens.home import HomeScreen
from mfc_desk.screens.intake.check import CheckScreen
from mfc_desk.screens.intake.documents import DocumentsScreen
from mfc_desk.screens.intake.refusal import RefusalScreen
from mfc_desk.screens.intake.steps import StepWanted
from mfc_desk.screens.intake.turning import TurningScreen
from mfc_desk.widgets.page import Page
from mfc_desk.widgets.rows import RowList
from tests.desk_home import DeskHome, set_up_home
from tests.screen_world import SMALL, Hands, at_work, desk_of
from tests.test_desk_refusals import draft_of, four_defects


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


async def open_refusal(hands: Hands) -> RefusalScreen:
    """From the documents of a request with four defects to its refusal."""
    desk = desk_of(hands)
    draft = draft_of(desk, four_defects(desk))
    hands.app.screen.post_message(StepWanted(draft, "documents"))
    await hands.screen(DocumentsScreen)
    await hands.press("ctrl+к")
    screen = await hands.screen(RefusalScreen)
    await hands.until(lambda: isinstance(hands.app.focused, RowList), "the reasons")
    return screen


async def refuse(hands: Hands) -> None:
    """Ctrl+S, and yes."""
    await hands.press("ctrl+s")
    await hands.screen(ConfirmScreen)
    await hands.press("enter")


async def test_all_defects_stand_there_and_one_key_refuses(made: DeskHome) -> None:
    """What the check found is chosen; a reason is added by hand; the refusal has its number."""
    async with at_work(made, SMALL) as hands:
        screen = await open_refusal(hands)
        said = hands.says()
        assert len(screen.query_one(RowList).rows) == 10
        assert "R11" not in said
        assert {"R02", "R03", "R05", "R09"} <= screen.open.chosen
        screen.query_one(RowList).cursor = 7
        await hands.press("space")
        await hands.screen(AskLineScreen)
        await hands.write("справка: исправлена дата")
        await hands.press("enter")
        await hands.screen(RefusalScreen)
        assert "R08" in screen.open.chosen
        await refuse(hands)
        turning = await hands.screen(TurningScreen)
        assert turning.turning.number in hands.says()
        told = [one["text"] for one in turning.turning.body["defects"]]
        assert "справка: исправлена дата" in told
        await hands.press("escape")
        home = await hands.screen(HomeScreen)
        await hands.until(lambda: "отказов 1" in hands.says(), "the count")
        assert home is hands.app.screen
        await hands.press("f3")
        await hands.screen(SearchScreen)
        await hands.write("образц")
        await hands.until(lambda: "отказ в приёме" in hands.says(), "the refusal")
        await hands.press("enter")
        await hands.screen(TurningScreen)
        await hands.press("ctrl+n")
        await hands.screen(DocumentsScreen)
        assert desk_of(hands).intake.drafts()[0].applicant.startswith("Образцова")


async def test_second_refusal_warns_and_asks_for_the_case_of_the_law(made: DeskHome) -> None:
    """A new reason is marked; refusing asks which case applies; Esc records nothing."""
    async with at_work(made) as hands:
        desk = desk_of(hands)
        typed = four_defects(desk)
        desk.refusals.give(
            typed, [one for one in desk.refusals.proposal(typed) if one.code != "R09"]
        )
        await open_refusal(hands)
        assert "Этому заявителю уже отказано" in hands.says()
        assert "новая!" in hands.says()
        await refuse(hands)
        cases = await hands.screen(ChooseScreen)
        await hands.press("down")
        whole = cases.query_one("#whole-choice", Static)
        await hands.until(lambda: "входивших в прежний комплект" in str(whole.content), "the case")
        await hands.press("escape")
        await hands.screen(RefusalScreen)
        await hands.until(lambda: "новой причине нельзя" in hands.notices(), "the warning")
        assert desk.board.today().refused == 1
        await refuse(hands)
        await hands.screen(ChooseScreen)
        await hands.press("down", "enter")
        turning = await hands.screen(TurningScreen)
        assert turning.turning.body["allowance"]["code"] == "new-papers"


async def test_applicant_insists_and_the_paper_is_taken_with_the_note(made: DeskHome) -> None:
    """Ctrl+O on a torn paper asks for the reason and lets it through; a bad field it does not."""
    async with at_work(made, SMALL) as hands:
        desk = desk_of(hands)
        typed = four_defects(desk)
        typed["representative"] = None
        draft = draft_of(desk, typed)
        hands.app.screen.post_message(StepWanted(draft, "check"))
        screen = await hands.screen(CheckScreen)
        rows = screen.query_one("#problems", RowList)
        await hands.until(lambda: rows.rows, "problems")
        keys = [row.key for row in rows.rows]
        rows.cursor = next(i for i, key in enumerate(keys) if key.startswith("documents."))
        left = len(screen.checked.errors) if screen.checked else 0
        await hands.press("ctrl+o")
        await hands.screen(AskLineScreen)
        assert "Заявитель настаивает" in hands.says()
        await hands.write("настаивает на приёме")
        await hands.press("enter")
        await hands.screen(CheckScreen)
        await hands.until(
            lambda: screen.checked and len(screen.checked.errors) == left - 1, "one less"
        )
        rows.cursor = keys.index("applicant.id_document.issued")
        await hands.press("ctrl+o")
        await hands.until(lambda: "закон это допускает" in hands.notices(), "why not")


async def test_page_of_the_refusal_scrolls_at_80_by_24(made: DeskHome) -> None:
    """Everything told is reached by keys on the smallest screen."""
    async with at_work(made, SMALL) as hands:
        screen = await open_refusal(hands)
        page = screen.query_one(Page)
        assert page.can_focus
        await hands.press("tab")
        await hands.until(lambda: hands.app.focused is page, "the page")
        await hands.press("end")
        await hands.until(lambda: page.scroll_offset.y > 0, "the end of it")
