"""Home, search, card, attention, settings: what they show and what their keys do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mfc_desk.access.roles import Role
from mfc_desk.screens.administration.new_operator import NewOperatorScreen
from mfc_desk.screens.administration.settings import SettingsScreen
from mfc_desk.screens.attention import AttentionScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.entrance.lock import LockScreen
from mfc_desk.screens.form.form import FormScreen
from mfc_desk.screens.handling.card import CardScreen
from mfc_desk.screens.handling.search import PAGE_ROWS, SearchScreen
from mfc_desk.screens.home import HomeScreen, hour_bars
from mfc_desk.widgets.line_editor import LineEditor
from mfc_desk.widgets.rows import PAGE, RowList
from tests.desk_home import PASSWORD, DeskHome, set_up_home
from tests.screen_world import SMALL, at_work, desk_of, filled, register


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


async def test_home_counts_the_day_and_lists_it(made: DeskHome) -> None:
    """Counts, bars by hour and the requests of today, newest first; the header says what waits."""
    async with at_work(made) as hands:
        register(desk_of(hands), 3, made=made)
        home = await hands.screen(HomeScreen)
        home.redraw()
        await hands.pilot.pause()
        said = hands.says()
        assert "принято 3" in said
        assert "суббота" in said
        assert "не отправлено 3 · до 23.11 18:00" in said
        rows = home.query_one("#requests", RowList)
        numbers = [row.key for row in rows.rows]
        assert numbers == sorted(numbers, reverse=True)


async def test_empty_places_say_what_to_do(made: DeskHome) -> None:
    """No requests, no attention, no batches: a sentence instead of a blank."""
    async with at_work(made) as hands:
        assert "F2 начинает новое обращение" in hands.says()
        await hands.press("f3")
        await hands.screen(SearchScreen)
        assert "Ничего не найдено" in hands.says()
        await hands.press("f4")
        await hands.screen(AttentionScreen)
        assert "Всё в порядке" in hands.says()
        await hands.press("f5")
        await hands.until(lambda: "Пакетов ещё не было" in hands.says(), "no batches")


async def test_search_finds_as_one_types_and_opens_the_card(made: DeskHome) -> None:
    """Part of a surname finds; Enter opens the card; Esc comes back to the same list."""
    async with at_work(made) as hands:
        desk = desk_of(hands)
        register(desk, 6)
        wanted = desk.find.recent()[2]
        await hands.press("f3")
        search = await hands.screen(SearchScreen)
        await hands.write(wanted.applicant_short.split()[0][:6].lower())
        rows = search.query_one(RowList)
        await hands.until(lambda: len(rows.rows) == 1, "one found")
        await hands.press("enter")
        card = await hands.screen(CardScreen)
        assert card.number == wanted.number
        assert wanted.number in hands.says()
        await hands.press("escape")
        await hands.screen(SearchScreen)
        assert rows.key == wanted.number


async def test_scanned_number_opens_its_card(made: DeskHome) -> None:
    """A scanner types the digits and Enter faster than the search asks."""
    async with at_work(made) as hands:
        desk = desk_of(hands)
        register(desk, 4)
        wanted = desk.find.recent()[1].number
        await hands.press("f3")
        await hands.screen(SearchScreen)
        await hands.write(wanted.replace("-", ""))
        await hands.press("enter")
        card = await hands.screen(CardScreen)
        assert card.number == wanted


@pytest.mark.slow
async def test_long_list_turns_its_pages(made: DeskHome) -> None:
    """Never more rows than a page; down past the end turns it, up past the start turns it back."""
    async with at_work(made) as hands:
        desk = desk_of(hands)
        register(desk, PAGE_ROWS + 7)
        numbers = [row.number for row in desk.find.recent(1000)]
        await hands.press("f3")
        search = await hands.screen(SearchScreen)
        rows = search.query_one(RowList)
        assert len(rows.rows) == PAGE_ROWS <= PAGE
        rows.action_edge(1)
        await hands.press("down")
        await hands.until(lambda: len(rows.rows) == 7, "the second page")
        assert rows.key == numbers[PAGE_ROWS]
        assert f"{PAGE_ROWS + 1}–{PAGE_ROWS + 7}" in hands.says()
        await hands.press("up")
        await hands.until(lambda: rows.key == numbers[PAGE_ROWS - 1], "the first page's end")


async def test_card_shows_answers_deadlines_history_and_prints_again(
    made: DeskHome, tmp_path: Path
) -> None:
    """The whole request; Ctrl+E prints what waits, then a further copy, in either layout."""
    async with at_work(made, SMALL) as hands:
        desk = desk_of(hands)
        document = filled(desk)
        number = desk.intake.register_document(document).number.text
        hands.app.screen.post_message(HomeScreen.Go("print"))
        hands.app.screen.post_message(HomeScreen.Go(f"card:{number}"))
        await hands.screen(CardScreen)
        await hands.until(lambda: "Принтер не выбран" in hands.says(), "no printer yet")
        said = hands.says()
        assert document["applicant"]["surname"] in said
        assert "Регистрация до" in said
        papers = tmp_path / "papers"
        papers.mkdir()
        desk.settings.save(replace(desk.settings.load(), out_folder=str(papers)))
        await hands.press("ctrl+e")
        await hands.until(lambda: len(list(papers.iterdir())) == 1, "the receipt")
        await hands.until(lambda: "напечатано" in hands.says(), "the state")
        await hands.press("ctrl+у")
        await hands.until(lambda: len(list(papers.iterdir())) == 2, "a second copy")
        assert [job.copy for job in desk.find.card(number).papers] == [1, 2]


async def test_paper_that_failed_is_tried_again_not_copied(made: DeskHome, tmp_path: Path) -> None:
    """A folder that is none: the printing fails and is said; put right, it succeeds."""
    async with at_work(made) as hands:
        desk = desk_of(hands)
        papers = tmp_path / "papers"
        papers.write_text("a file where the folder should be")
        desk.settings.save(replace(desk.settings.load(), out_folder=str(papers)))
        number = desk.intake.register_document(filled(desk)).number.text
        hands.app.screen.post_message(HomeScreen.Go("print"))
        hands.app.screen.post_message(HomeScreen.Go(f"card:{number}"))
        await hands.screen(CardScreen)
        await hands.until(lambda: "не напечатано" in hands.says(), "a failure")
        papers.unlink()
        papers.mkdir()
        await hands.press("ctrl+e")
        await hands.until(lambda: len(list(papers.iterdir())) == 1, "the receipt")
        await hands.until(lambda: desk.find.card(number).papers[0].state == "printed", "printed")
        assert len(desk.find.card(number).papers) == 1


async def test_administrator_sees_no_requests_and_has_no_keys_for_them(made: DeskHome) -> None:
    """The keeper of accounts has settings and exchange; intake, search, attention are absent."""
    with made.login() as desk:
        desk.operators.add("admin", "Сетевая О. О.", Role.ADMINISTRATOR, PASSWORD)
        register(desk, 2)
    keeper = replace(made)
    keeper.login = lambda: made.login("admin")  # type: ignore[method-assign, assignment, misc]
    async with at_work(keeper) as hands:
        await hands.screen(HomeScreen)
        assert "обращения не показываются" in hands.says()
        assert not {"f2", "f3", "f4"} & set(hands.app.screen.active_bindings)
        assert hands.notices() == ""
        await hands.press("f9")
        await hands.screen(SettingsScreen)


async def test_screen_is_hidden_over_an_open_dialog_too(made: DeskHome) -> None:
    """Ctrl+L works while a question is open; the question is there again afterwards."""
    async with at_work(made) as hands:
        await hands.press("f10")
        await hands.screen(ConfirmScreen)
        await hands.press("ctrl+l")
        await hands.screen(LockScreen)
        await hands.write(PASSWORD)
        await hands.press("enter")
        await hands.screen(ConfirmScreen)


async def test_card_saves_its_receipt_as_a_file(made: DeskHome, tmp_path: Path) -> None:
    """Ctrl+S asks where and writes a PDF there."""
    async with at_work(made) as hands:
        number = desk_of(hands).intake.register_document(filled(desk_of(hands))).number.text
        hands.app.screen.post_message(HomeScreen.Go(f"card:{number}"))
        await hands.screen(CardScreen)
        await hands.press("ctrl+s")
        await hands.until(lambda: hands.app.screen.query("LineEditor"), "the question")
        file = tmp_path / "receipt.pdf"
        hands.app.screen.query_one(LineEditor).value = str(file)
        await hands.press("enter")
        await hands.until(file.exists, "the file")
        assert file.read_bytes().startswith(b"%PDF")


async def test_attention_opens_a_draft_and_deletes_one_after_asking(made: DeskHome) -> None:
    """Enter goes on with a draft; Delete asks first, and No keeps it."""
    async with at_work(made) as hands:
        desk = desk_of(hands)
        draft = desk.intake.begin("soc-card", {"kind": "person", "surname": "Образцова"})
        await hands.press("f4")
        await hands.screen(AttentionScreen)
        await hands.press("delete")
        await hands.screen(ConfirmScreen)
        await hands.press("escape")
        await hands.screen(AttentionScreen)
        assert [row.id for row in desk.intake.drafts()] == [draft.id]
        await hands.press("enter")
        await hands.screen(FormScreen)
        await hands.press("f4")
        await hands.screen(AttentionScreen)
        await hands.press("delete")
        await hands.screen(ConfirmScreen)
        await hands.press("enter")
        await hands.until(lambda: desk.intake.drafts() == (), "no draft")


async def test_theme_changes_at_once_and_is_kept(made: DeskHome) -> None:
    """Choosing тёмное repaints the program and stands in the settings of the next start."""
    async with at_work(made) as hands:
        await hands.press("f9")
        await hands.screen(SettingsScreen)
        await hands.press("enter")
        await hands.screen(ChooseScreen)
        await hands.write("тём")
        await hands.press("enter")
        await hands.until(lambda: hands.app.theme == "mfc-dark", "the dark theme")
        assert desk_of(hands).settings.load().theme == "dark"


async def test_setting_that_does_not_fit_is_refused_with_its_bounds(made: DeskHome) -> None:
    """Letters for minutes: a sentence with what may be there, nothing changed."""
    async with at_work(made) as hands:
        await hands.press("f9")
        screen = await hands.screen(SettingsScreen)
        rows = screen.query_one("#settings", RowList)
        rows.cursor = [row.key for row in rows.rows].index("autolock_minutes")
        await hands.press("enter")
        await hands.until(lambda: hands.app.screen is not screen, "the question")
        hands.app.screen.query_one(LineEditor).value = "много"
        await hands.press("enter")
        await hands.screen(SettingsScreen)
        await hands.until(lambda: "от 1 до 120" in hands.notices(), "a refusal")
        assert desk_of(hands).settings.load().autolock_minutes == 10


async def test_supervisor_adds_staff_and_a_specialist_has_no_such_key(made: DeskHome) -> None:
    """The new specialist stands in the list; logged in, they have no key for it."""
    async with at_work(made) as hands:
        await hands.press("f9")
        await hands.screen(SettingsScreen)
        await hands.press("ctrl+т")
        asked = await hands.screen(NewOperatorScreen)
        for name, text in (
            ("login", "petrova"),
            ("name", "Петрова М. С."),
            ("password", PASSWORD),
            ("again", PASSWORD),
        ):
            asked.query_one(f"#{name}", LineEditor).value = text
        await hands.press("ctrl+s")
        await hands.screen(SettingsScreen)
        await hands.until(lambda: "Петрова М. С." in hands.says(), "the new one")
    desk = made.login("petrova")
    assert desk.operator.role is Role.SPECIALIST
    desk.close()
    made_for_petrova = replace(made)
    made_for_petrova.login = lambda: made.login("petrova")  # type: ignore[method-assign, assignment, misc]
    async with at_work(made_for_petrova) as hands:
        await hands.press("f9")
        await hands.screen(SettingsScreen)
        assert "ctrl+n" not in hands.app.screen.active_bindings


async def test_leaving_says_what_stays_on_this_disk(made: DeskHome) -> None:
    """F10 names the requests not sent; the answer No stays, Yes ends the program."""
    async with at_work(made) as hands:
        register(desk_of(hands), 2)
        await hands.press("f10")
        await hands.screen(ConfirmScreen)
        assert "Не отправлено: 2 обращения" in hands.says()
        await hands.press("escape")
        await hands.screen(HomeScreen)
        await hands.press("f10")
        await hands.screen(ConfirmScreen)
        await hands.press("enter")
        await hands.until(lambda: not hands.app.is_running, "the end")


def test_bars_rise_with_the_hours() -> None:
    """The busiest hour stands highest and an hour with one request is never blank."""
    by_hour = [0] * 24
    by_hour[9], by_hour[12] = 1, 40
    bars, hours = hour_bars(tuple(by_hour))
    assert bars[2:4] == "▁▁"
    assert bars[8:10] == "██"
    assert hours.startswith("8   10  12")
