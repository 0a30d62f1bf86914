"""A picture of a screen compared with the one that was looked at: what tests of looks share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input

from mfc_desk.app import DeskApp
from mfc_desk.screens.form.form import FormScreen
from mfc_desk.screens.home import HomeScreen
from tests.desk_home import DeskHome
from tests.screen_world import Hands, register

Walk = Callable[[Hands], Awaitable[None]]
Snap = Callable[..., bool]
ALIKE = {"light": "mfc-light", "dark": "mfc-dark"}


def still(hands: Hands) -> None:
    """Stop everything that would change the picture by itself."""
    for timer in hands.app._timers:
        timer.pause()
    for screen in hands.app.screen_stack:
        if isinstance(screen, FormScreen):
            screen.keeper.dirty = True
            screen.keeper.save()
    for line in hands.app.screen.query(Input):  # that of the palette too
        line.cursor_blink = False
        line._cursor_visible = True


def compare(snap_compare: Snap, made: DeskHome, walk: Walk, theme: str, size: Any) -> bool:
    """Walk on a desk with nine requests and compare the picture; closes the desk."""
    app = DeskApp(made.home, made.clock, made.random)

    async def before(pilot: Pilot[None]) -> None:
        hands = Hands(app, pilot)
        await hands.until(lambda: len(app.screen_stack) > 1, "the first screen")
        desk = made.login()
        register(desk, 9, made=made)
        app._touched = made.clock.monotonic()  # the day that passed is nobody's idleness
        await app.opened(desk)
        await hands.screen(HomeScreen)
        still(hands)
        app.theme = ALIKE[theme]
        await walk(hands)
        still(hands)
        await pilot.pause()

    alike = snap_compare(app, terminal_size=size, run_before=before)
    if app.day is not None:
        app.day.desk.close()
    return alike
