"""The program without a terminal, opening the draft of one service again and again by Enter."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import RenderableType
from textual import events
from textual.screen import Screen

import mfc_desk
from bench.ground.desk import GrownDesk
from mfc_desk.app import DeskApp
from mfc_desk.screens.attention import AttentionScreen
from mfc_desk.screens.form.form import FormScreen
from mfc_desk.widgets.form_section import FormSection
from mfc_desk.widgets.rows import RowList
from sync.clock import SystemClock
from sync.ids import SystemRandom

_STEP_S = 0.001
PAUSE_S = 1.2
"""Between two openings, as a person pauses; nobody opens forms without a breath."""
SIZE = (80, 24)


@dataclass(frozen=True)
class Moment:
    """Seconds since the key: by the clock on the wall, and what of them the processor worked."""

    wall: float
    worked: float


@dataclass(frozen=True)
class Opening:
    """One opening: its first picture, with the first field under the cursor; all at rest."""

    pictured: Moment
    at_rest: Moment


class WatchedApp(DeskApp):
    """The program, telling when it painted the form a key asked for."""

    CSS_PATH = str(Path(mfc_desk.__file__).with_name("app.tcss"))
    pressed: tuple[float, float] = (0.0, 0.0)
    pictured: Moment | None = None

    def press_enter(self) -> None:
        """As the terminal says it: from here on the form is waited for."""
        self.pictured = None
        self.pressed = (time.perf_counter(), time.process_time())
        self.post_message(events.Key("enter", "\r"))

    def since(self) -> Moment:
        """How long that was ago."""
        wall, worked = self.pressed
        return Moment(time.perf_counter() - wall, time.process_time() - worked)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        super()._display(screen, renderable)
        there = isinstance(screen, FormScreen) and screen.focused is not None
        if there and renderable is not None and not self._batch_count and self.pictured is None:
            self.pictured = self.since()


def openings(grown: GrownDesk, slug: str, times: int) -> list[Opening]:
    """From Enter on a draft to the first picture of its form, and to every editor in its place.

    At 80×24, the place of notices on the screen. The draft is read from the store and laid out.
    """
    return asyncio.run(_open(grown, slug, times))


async def _open(grown: GrownDesk, slug: str, times: int) -> list[Opening]:
    app = WatchedApp(grown.home, SystemClock(), SystemRandom())
    taken: list[Opening] = []
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        desk = grown.login()
        await app.opened(desk)
        await pilot.pause()
        draft = desk.intake.begin(slug, {"kind": "person", "surname": "Образцова", "name": "Мария"})
        for _ in range(times):
            app.screen.post_message(AttentionScreen.Go("attention"))
            await _until(lambda: isinstance(app.screen, AttentionScreen) and app.focused)
            rows = app.screen.query_one(RowList)
            while rows.key != draft.id:
                await pilot.press("down")
            await asyncio.sleep(PAUSE_S)
            app.press_enter()
            await _until(lambda: app.pictured is not None and _stands(app))
            painted = asyncio.Event()
            app.screen.call_after_refresh(painted.set)
            await painted.wait()
            assert app.pictured is not None
            taken.append(Opening(app.pictured, app.since()))
            app.screen.post_message(FormScreen.Go("home"))
            await _until(lambda: not isinstance(app.screen, FormScreen))
            await pilot.pause()
        desk.intake.discard(draft.id)
    if app.day is not None:
        app.day.desk.close()
    return taken


async def _until(wanted: Callable[[], object]) -> None:
    while not wanted():
        await asyncio.sleep(_STEP_S)


def _stands(app: DeskApp) -> bool:
    """Whether every editor of the open form is where a key can reach it."""
    return all(row.editor.is_attached for row in app.screen.query_one(FormSection).rows)
