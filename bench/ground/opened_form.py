"""The program without a terminal, opening the form of one service again and again."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import RenderableType
from textual.screen import Screen

import mfc_desk
from bench.ground.desk import GrownDesk
from mfc_desk.app import DeskApp
from mfc_desk.screens.form import FormScreen
from mfc_desk.screens.steps import StepWanted
from mfc_desk.widgets.form_section import FormSection
from sync.clock import SystemClock
from sync.ids import SystemRandom

_STEP_S = 0.001
SIZE = (80, 24)


@dataclass(frozen=True)
class Moment:
    """Seconds since the wish: by the clock on the wall, and what of them the processor worked."""

    wall: float
    worked: float


@dataclass(frozen=True)
class Opening:
    """One opening: its first picture, with the first field under the cursor; all at rest."""

    pictured: Moment
    at_rest: Moment


class WatchedApp(DeskApp):
    """The program, telling when it painted a form last wished for."""

    CSS_PATH = str(Path(mfc_desk.__file__).with_name("app.tcss"))
    wished: tuple[float, float] = (0.0, 0.0)
    pictured: Moment | None = None

    def wish(self) -> None:
        """From here on the form is waited for."""
        self.pictured = None
        self._touched = self.clock.monotonic()  # a key was pressed
        self.wished = (time.perf_counter(), time.process_time())

    def since(self) -> Moment:
        """How long that was ago."""
        wall, worked = self.wished
        return Moment(time.perf_counter() - wall, time.process_time() - worked)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        super()._display(screen, renderable)
        there = isinstance(screen, FormScreen) and screen.focused is not None
        if there and renderable is not None and not self._batch_count and self.pictured is None:
            self.pictured = self.since()


def openings(grown: GrownDesk, slug: str, times: int) -> list[Opening]:
    """From the wish for a form to its first picture, and to every editor in its place.

    At 80×24. The wish is what the key before it (Enter on a service or an applicant) ends in.
    """
    return asyncio.run(_open(grown, slug, times))


async def _open(grown: GrownDesk, slug: str, times: int) -> list[Opening]:
    app = WatchedApp(grown.home, SystemClock(), SystemRandom())
    taken: list[Opening] = []
    async with app.run_test(size=SIZE) as pilot:
        desk = grown.login()
        await app.opened(desk)
        await pilot.pause()
        draft = desk.intake.begin(slug, {"kind": "person", "surname": "Образцова", "name": "Мария"})
        for _ in range(times):
            app.wish()
            app.screen.post_message(StepWanted(draft, "form"))
            while app.pictured is None or not _stands(app):
                await asyncio.sleep(_STEP_S)
            painted = asyncio.Event()
            app.screen.call_after_refresh(painted.set)
            await painted.wait()
            taken.append(Opening(app.pictured, app.since()))
            await pilot.pause()
            app.screen.post_message(FormScreen.Go("home"))
            while isinstance(app.screen, FormScreen):
                await asyncio.sleep(_STEP_S)
            await pilot.pause()
        desk.intake.discard(draft.id)
    if app.day is not None:
        app.day.desk.close()
    return taken


def _stands(app: DeskApp) -> bool:
    """Whether every editor of the open form is where a key can reach it."""
    return all(row.editor.is_attached for row in app.screen.query_one(FormSection).rows)
