"""«Обмен», keys of the stick: the folder is asked, written, read; custody is shown as such."""

from __future__ import annotations

from pathlib import Path

import pytest

from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.exchange.carry import CarryScreen
from mfc_desk.screens.exchange.exchange import ExchangeScreen
from tests.desk_home import set_up_home
from tests.screen_world import at_work, desk_of, register

pytestmark = pytest.mark.slow


async def test_stick_is_written_and_asked_for_answers_from_the_keyboard(tmp_path: Path) -> None:
    made = set_up_home(tmp_path / "desk")
    stick = tmp_path / "stick"
    stick.mkdir()
    async with at_work(made) as hands:
        register(desk_of(hands), 2)
        await hands.press("f5")
        await hands.screen(ExchangeScreen)
        await hands.press("ctrl+щ")
        await hands.screen(AskLineScreen)
        await hands.write(str(stick))
        await hands.press("enter")
        screen = await hands.screen(CarryScreen)
        await hands.until(lambda: not screen.busy, "the end of writing")
        assert "не доставка" in hands.says()
        assert len(list(stick.rglob("*.mfcb"))) == 1
        await hands.press("escape")
        await hands.screen(ExchangeScreen)
        assert "передано на носитель" in hands.says()
        assert "0 из 2 подтверждено центром" in hands.says()

        await hands.press("ctrl+r")
        await hands.screen(ChooseScreen)  # the folder used before is offered
        await hands.press("enter")
        screen = await hands.screen(CarryScreen)
        await hands.until(lambda: not screen.busy, "the end of reading")
        assert "Ответов центра для этого места" in hands.says()
        await hands.press("escape")
        await hands.screen(ExchangeScreen)
        stick.rename(tmp_path / "pulled-out")
        await hands.press("ctrl+o")
        await hands.screen(ChooseScreen)
        await hands.press("enter")
        screen = await hands.screen(CarryScreen)
        await hands.until(lambda: not screen.busy, "a failure")
        assert "Папки нет" in hands.says()
