"""The wizard, the login, the hidden screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from mfc_desk.paths import Home
from mfc_desk.screens.entrance.lock import LockScreen
from mfc_desk.screens.entrance.login import LoginScreen
from mfc_desk.screens.entrance.wizard import WizardScreen
from mfc_desk.screens.home import HomeScreen
from mfc_desk.widgets.line_editor import LineEditor
from sync.ids import SeededRandom
from tests.desk_home import PASSWORD, DeskHome, StandingClock, set_up_home, ticket_file
from tests.screen_world import SMALL, Hands, at_work, desk_of, hands_on, register


def _empty_home(folder: Path) -> DeskHome:
    folder.mkdir(parents=True, exist_ok=True)
    return DeskHome(Home(folder), StandingClock(), SeededRandom(5))


async def _introduce(hands: Hands, again: str = PASSWORD) -> None:
    for text in ("petrova", "Петрова М. С.", PASSWORD, again):
        await hands.write(text)
        await hands.press("enter")


@pytest.mark.slow
async def test_wizard_sets_up_a_training_office_without_a_ticket(tmp_path: Path) -> None:
    """By keyboard alone: a training office, its supervisor, the home screen."""
    async with hands_on(_empty_home(tmp_path / "desk"), SMALL) as hands:
        await hands.screen(WizardScreen)
        await hands.press("down", "down", "enter")
        await _introduce(hands)
        await hands.screen(HomeScreen)
        desk = desk_of(hands)
        assert desk.training
        assert (desk.operator.login, desk.operator.name) == ("petrova", "Петрова М. С.")
        assert "учебный офис" in hands.says()


@pytest.mark.slow
async def test_wizard_sets_up_from_a_ticket_file(tmp_path: Path) -> None:
    """The ticket's office, window and number stand on the screen afterwards."""
    ticket = tmp_path / "desk.mfct"
    ticket.write_bytes(ticket_file())
    async with hands_on(_empty_home(tmp_path / "desk"), SMALL) as hands:
        await hands.screen(WizardScreen)
        await hands.press("enter")
        hands.app.screen.query_one("#ticket-path", LineEditor).value = str(ticket)
        await hands.press("enter")
        await _introduce(hands)
        await hands.screen(HomeScreen)
        assert desk_of(hands).desk_no == 317
        assert "МФЦ г. Приморск · окно 3" in hands.says()


async def test_wizard_names_a_ticket_that_cannot_be_read(tmp_path: Path) -> None:
    """A wrong path leads back to the ticket with a sentence; nothing was set up."""
    made = _empty_home(tmp_path / "desk")
    async with hands_on(made) as hands:
        wizard = await hands.screen(WizardScreen)
        await hands.press("enter")
        await hands.write("nowhere.mfct")
        await hands.press("enter")
        await _introduce(hands)
        await hands.until(lambda: wizard.step == "ticket", "back at the ticket")
        assert "не читается" in hands.says()
    assert not made.home.is_set_up


async def test_wizard_wants_the_same_password_twice(tmp_path: Path) -> None:
    """Two different passwords are asked again."""
    async with hands_on(_empty_home(tmp_path / "desk")) as hands:
        wizard = await hands.screen(WizardScreen)
        await hands.press("down", "down", "enter")
        await _introduce(hands, again="wrong horse")
        assert "не совпали" in hands.says()
        assert wizard.step == "person"


async def _log_in(hands: Hands, password: str) -> LoginScreen:
    login = await hands.screen(LoginScreen)
    await hands.write("ivanova")
    await hands.press("enter")
    await hands.write(password)
    await hands.press("enter")
    return login


async def test_login_opens_the_home_screen(tmp_path: Path) -> None:
    """The right password leads to the home screen, in the theme of the settings."""
    async with hands_on(set_up_home(tmp_path / "desk")) as hands:
        await _log_in(hands, PASSWORD)
        await hands.screen(HomeScreen)
        assert desk_of(hands).operator.login == "ivanova"
        assert hands.app.theme == "mfc-light"


async def test_password_typed_ahead_of_the_program_is_never_shown(tmp_path: Path) -> None:
    """Name, Enter, password and Enter in one burst: none of it goes into the wrong field."""
    async with hands_on(set_up_home(tmp_path / "desk")) as hands:
        screen = await hands.screen(LoginScreen)
        login = screen.query_one("#login", Input)
        hands.burst("ivanova")
        hands.app.post_message(events.Key("enter", None))
        hands.burst(PASSWORD)
        hands.app.post_message(events.Key("enter", None))
        await hands.screen(HomeScreen)
        assert login.value == "ivanova"


async def test_wrong_passwords_make_one_wait_and_say_how_long(tmp_path: Path) -> None:
    """After several wrong passwords the seconds to wait are shown and Enter does nothing."""
    made = set_up_home(tmp_path / "desk")
    async with hands_on(made) as hands:
        await _log_in(hands, "wrong horse")
        await hands.until(lambda: "неверны" in hands.says(), "a refusal")
        for _ in range(6):
            await hands.write("wrong horse")
            await hands.press("enter")
            await hands.pilot.pause(0.05)
        await hands.until(lambda: "Подождите" in hands.says() or "через" in hands.says(), "a wait")
        await hands.write(PASSWORD)
        await hands.press("enter")
        await hands.pilot.pause(0.1)
        assert isinstance(hands.app.screen, LoginScreen)


@pytest.mark.parametrize("key", ["ctrl+l", "ctrl+д"])
async def test_lock_hides_the_screen_until_the_password(tmp_path: Path, key: str) -> None:
    """Nothing of the request stays visible; only the operator's password brings it back."""
    made = set_up_home(tmp_path / "desk")
    async with at_work(made) as hands:
        register(desk_of(hands), 1)
        hands.app.screen.query_one("#requests")
        await hands.press(key)
        await hands.screen(LockScreen)
        assert "Образцова" not in hands.says()
        await hands.press("ctrl+p", "f2", "ctrl+l")
        assert isinstance(hands.app.screen, LockScreen)
        await hands.write("wrong horse")
        await hands.press("enter")
        await hands.until(lambda: "неверны" in hands.says(), "a refusal")
        await hands.write(PASSWORD)
        await hands.press("enter")
        await hands.screen(HomeScreen)


async def test_idle_screen_hides_itself(tmp_path: Path) -> None:
    """After the minutes of the settings without a key the screen is hidden."""
    made = set_up_home(tmp_path / "desk")
    async with at_work(made) as hands:
        await hands.press("down")
        made.clock.pass_(9 * 60)
        hands.app.look()
        assert isinstance(hands.app.screen, HomeScreen)
        made.clock.pass_(2 * 60)
        hands.app.look()
        await hands.screen(LockScreen)
