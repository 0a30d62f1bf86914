"""The program without a terminal, opening the form of one service again and again."""

from __future__ import annotations

import asyncio
import time

from bench.ground.desk import GrownDesk
from mfc_desk.app import DeskApp
from mfc_desk.screens.form import FormScreen
from mfc_desk.screens.steps import StepWanted
from sync.clock import SystemClock
from sync.ids import SystemRandom

_STEP_S = 0.001
SIZE = (80, 24)


def opening_seconds(grown: GrownDesk, slug: str, times: int) -> list[float]:
    """Seconds from the wish for a form to its first field under the cursor, drawn at 80×24."""
    return asyncio.run(_open(grown, slug, times))


async def _open(grown: GrownDesk, slug: str, times: int) -> list[float]:
    app = DeskApp(grown.home, SystemClock(), SystemRandom())
    taken: list[float] = []
    async with app.run_test(size=SIZE) as pilot:
        desk = grown.login()
        await app.opened(desk)
        await pilot.pause()
        draft = desk.intake.begin(slug, {"kind": "person", "surname": "Образцова", "name": "Мария"})
        for _ in range(times):
            started = time.perf_counter()
            app.screen.post_message(StepWanted(draft, "form"))
            while not (isinstance(app.screen, FormScreen) and app.screen.focused is not None):
                await asyncio.sleep(_STEP_S)
            taken.append(time.perf_counter() - started)
            app.screen.post_message(FormScreen.Go("home"))
            while isinstance(app.screen, FormScreen):
                await asyncio.sleep(_STEP_S)
            await pilot.pause()
        desk.intake.discard(draft.id)
    if app.day is not None:
        app.day.desk.close()
    return taken
