"""Somebody presses keys at random: the program never breaks and the store stays sound."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.screens.entrance.lock import LockScreen
from tests.desk_home import PASSWORD, set_up_home
from tests.screen_world import SMALL, at_work, desk_of, register

pytestmark = pytest.mark.slow

KEYS = (
    *("enter",) * 6,
    *("tab",) * 5,
    *("down",) * 4,
    *("up", "left", "right", "space", "space", "escape", "delete", "backspace", "home", "end"),
    *("pagedown", "pageup", "shift+tab", "ctrl+pagedown", "ctrl+pagedown", "ctrl+pageup"),
    *("f1", "f2", "f2", "f2", "f3", "f4", "f5", "f9", "f12", "plus", "minus"),
    *("ctrl+z", "ctrl+я", "ctrl+o", "ctrl+r", "ctrl+n", "ctrl+s", "ctrl+e", "ctrl+d", "ctrl+p"),
    *("ctrl+l", "ctrl+t", "ctrl+v", "ctrl+x", "ctrl+u"),
)
WORDS = ("соцк", "Образцова Мария", "12031956", "9920", "паспорт", "7", "г. Приморск, д. 7", "а")
PRESSES = 300


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.full)])
async def test_random_keys_break_nothing(tmp_path: Path, seed: int) -> None:
    """Hundreds of keys and words on every screen: no failure, a clean check of the desk."""
    dice = random.Random(seed)
    made = set_up_home(tmp_path / "desk", seed=seed)
    async with at_work(made, SMALL if seed % 2 else (120, 40)) as hands:
        register(desk_of(hands), 5)
        for _ in range(PRESSES):
            if isinstance(hands.app.screen, LockScreen):
                await hands.write(PASSWORD)
                await hands.press("enter")
                await hands.until(
                    lambda: not isinstance(hands.app.screen, LockScreen), "an open screen"
                )
            if dice.random() < 0.2:
                await hands.write(dice.choice(WORDS))
            else:
                await hands.press(dice.choice(KEYS))
        assert hands.app.fault is None
    with made.login() as desk:
        assert check_desk(desk).faults == ()
