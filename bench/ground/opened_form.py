"""The program without a terminal, opening the form of one service again and again."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from bench.ground.desk import GrownDesk
from mfc_desk.app import DeskApp
from mfc_desk.screens.form import FormScreen
from mfc_desk.screens.steps import StepWanted
from sync.clock import SystemClock
from sync.ids import SystemRandom

_STEP_S = 0.001
SIZE = (80, 24)


@dataclass(frozen=True)
class Opening:
    """One opening in seconds: by the clock on the wall, and what of it the processor worked."""

    wall: float
    worked: float


def openings(grown: GrownDesk, slug: str, times: int) -> list[Opening]:
    """From the wish for a form to its first field under the cursor and nothing left to paint.

    At 80×24. The wish is what the key before it (Enter on a service or an applicant) ends in.
    """
    return asyncio.run(_open(grown, slug, times))


async def _open(grown: GrownDesk, slug: str, times: int) -> list[Opening]:
    app = DeskApp(grown.home, SystemClock(), SystemRandom())
    taken: list[Opening] = []
    async with app.run_test(size=SIZE) as pilot:
        desk = grown.login()
        await app.opened(desk)
        await pilot.pause()
        draft = desk.intake.begin(slug, {"kind": "person", "surname": "Образцова", "name": "Мария"})
        for _ in range(times):
            started, worked = time.perf_counter(), time.process_time()
            app.screen.post_message(StepWanted(draft, "form"))
            while not (isinstance(app.screen, FormScreen) and app.screen.focused is not None):
                await asyncio.sleep(_STEP_S)
            painted = asyncio.Event()
            app.screen.call_after_refresh(painted.set)
            await painted.wait()
            taken.append(Opening(time.perf_counter() - started, time.process_time() - worked))
            await pilot.pause()
            app.screen.post_message(FormScreen.Go("home"))
            while isinstance(app.screen, FormScreen):
                await asyncio.sleep(_STEP_S)
            await pilot.pause()
        desk.intake.discard(draft.id)
    if app.day is not None:
        app.day.desk.close()
    return taken
