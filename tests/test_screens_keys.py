"""Keys of the screens: both layouts, the palette, the key line, help."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.command import CommandList, CommandPalette
from textual.widget import Widget
from textual.widgets import Input

import mfc_desk.screens
import mfc_desk.widgets
from mfc_desk.app import DeskApp
from mfc_desk.screens.administration.settings import SettingsScreen
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.help import HelpScreen
from mfc_desk.screens.home import HomeScreen
from mfc_desk.screens.palette import ActionProvider
from mfc_desk.widgets.key_line import KeyLine, working_bindings
from tests.desk_home import set_up_home
from tests.screen_world import LARGE, SMALL, Hands, at_work, desk_of, register

LATIN = "qwertyuiopasdfghjklzxcvbnm"
CYRILLIC = "йцукенгшщзфывапролдячсмить"
TWIN = dict(zip(LATIN, CYRILLIC, strict=True))
PLACES = {"f3": "search", "f4": "attention", "f5": "exchange", "f9": "settings"}


def bound_classes() -> list[type[Any]]:
    """Every screen and widget of ours, and the program itself."""
    found: list[type[Any]] = [DeskApp]
    for package in (mfc_desk.screens, mfc_desk.widgets):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            for _, kind in inspect.getmembers(
                importlib.import_module(module.name), inspect.isclass
            ):
                ours = kind.__module__ == module.name
                if ours and issubclass(kind, Widget) and "BINDINGS" in kind.__dict__:
                    found.append(kind)
    return found


def keys_of(kind: type[Any]) -> dict[str, set[str]]:
    """Action to the keys this class binds it to, without those every Input has."""
    keys: dict[str, set[str]] = {}
    for binding in kind.__dict__["BINDINGS"]:
        assert isinstance(binding, Binding)
        keys.setdefault(binding.action, set()).update(binding.key.split(","))
    return keys


@pytest.mark.parametrize("kind", bound_classes(), ids=lambda kind: kind.__name__)
def test_every_ctrl_letter_has_its_cyrillic_twin(kind: type[Any]) -> None:
    """Ctrl and a letter do the same in the Russian layout."""
    for action, keys in keys_of(kind).items():
        for key in keys:
            *held, letter = key.split("+")
            if "ctrl" in held and letter in TWIN:
                twin = "+".join([*held, TWIN[letter]])
                assert twin in keys, (kind, action, key)


@pytest.mark.parametrize("kind", bound_classes(), ids=lambda kind: kind.__name__)
def test_keys_that_terminals_swallow_are_not_used(kind: type[Any]) -> None:
    """Neither Alt nor Ctrl+Enter."""
    from_textual = {(b.action, b.key) for b in Input.BINDINGS if isinstance(b, Binding)}
    for binding in kind.__dict__["BINDINGS"]:
        if (binding.action, binding.key) not in from_textual:
            assert "alt+" not in binding.key
            assert "ctrl+enter" not in binding.key


@pytest.mark.parametrize("kind", bound_classes(), ids=lambda kind: kind.__name__)
def test_every_action_a_person_can_name_has_a_russian_name_and_an_id(kind: type[Any]) -> None:
    """What the key line shows is found in the palette and can be bound to another key."""
    for binding in kind.__dict__["BINDINGS"]:
        if binding.show:
            assert binding.id, (kind, binding.key)
        if binding.id:
            name = binding.tooltip or binding.description
            assert any("а" <= letter.lower() <= "я" for letter in name), (kind, name)


async def _named_in_palette(hands: Hands) -> set[str]:
    provider = ActionProvider(hands.app.screen)
    return {str(hit.text or "") async for hit in provider.discover()}


async def test_palette_names_every_action_of_each_place(tmp_path: Path) -> None:
    """Each place's own actions, the other places, and help, lock and exit stand in the palette."""
    async with at_work(set_up_home(tmp_path / "desk")) as hands:
        register(desk_of(hands), 1)
        for key in PLACES:
            await hands.press(key)
            await hands.until(lambda: not isinstance(hands.app.screen, HomeScreen), "a place")
            screen = hands.app.screen
            named = await _named_in_palette(hands)
            for kind in (type(screen), DeskScreen, DeskApp):
                for binding in kind.BINDINGS:
                    assert isinstance(binding, Binding)
                    if binding.id and not (kind is DeskScreen and binding.action == "back"):
                        assert (binding.tooltip or binding.description) in named, binding
            await hands.press("escape")
            await hands.screen(HomeScreen)


def _chosen_in_palette(hands: Hands) -> str:
    """What Enter would do."""
    listed = hands.app.screen.query_one(CommandList)
    return "" if (at := listed.highlighted) is None else str(listed.get_option_at_index(at).prompt)


@pytest.mark.parametrize("key", ["ctrl+p", "ctrl+з"])
async def test_palette_does_what_is_named(tmp_path: Path, key: str) -> None:
    """Letters of the name and Enter lead to the place, in either layout."""
    async with at_work(set_up_home(tmp_path / "desk")) as hands:
        await hands.press(key)
        await hands.screen(CommandPalette)
        await hands.write("настр")
        await hands.until(lambda: "F9" in _chosen_in_palette(hands), "the action")
        await hands.press("enter")
        await hands.screen(SettingsScreen)


async def test_small_screen_shows_five_keys_and_help(tmp_path: Path) -> None:
    """At 80 columns the key line holds five keys and F1; at 120 all of them."""
    async with at_work(set_up_home(tmp_path / "desk"), SMALL) as hands:
        line = str(hands.app.screen.query_one(KeyLine).render())
        assert line.split()[::2][:6] == ["F2", "F3", "F4", "F5", "F9", "F1"]
    async with at_work(set_up_home(tmp_path / "desk-2"), LARGE) as hands:
        line = str(hands.app.screen.query_one(KeyLine).render())
        assert "F10" in line
        assert line.rstrip().endswith("F1 Помощь")


async def test_keys_of_missing_capabilities_are_absent(tmp_path: Path) -> None:
    """F6, F7 and F8 have nothing behind them yet and are bound to nothing."""
    async with at_work(set_up_home(tmp_path / "desk")) as hands:
        bound = set(hands.app.screen.active_bindings)
        assert not bound & {"f6", "f7", "f8"}


async def test_help_tells_the_purpose_and_all_keys(tmp_path: Path) -> None:
    """F1 on each place: its text and every key that works there."""
    async with at_work(set_up_home(tmp_path / "desk"), LARGE) as hands:
        for key in ("", *PLACES):
            if key:
                await hands.press(key)
                await hands.until(lambda: not isinstance(hands.app.screen, HomeScreen), "a place")
            screen = hands.app.screen
            assert isinstance(screen, DeskScreen)
            wanted = {active.binding.key_display for active in working_bindings(screen)}
            await hands.press("f1")
            await hands.screen(HelpScreen)
            said = hands.says()
            assert screen.HELP.split()[0] in said
            assert all(key_name in said for key_name in wanted if key_name)
            await hands.press("escape")
            if key:
                await hands.press("escape")
                await hands.screen(HomeScreen)
