"""The screens of a real desk, driven by keys: what tests of the screens begin with."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from textual import events
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from forms.example import example
from mfc_desk.app import DeskApp
from mfc_desk.desk import Desk
from tests.desk_home import DeskHome

SMALL = (80, 24)
LARGE = (120, 40)
TODAY = date(2026, 11, 21)
USUAL = ("egrn-info", "passport-rf", "payments-ref", "phone-lgota", "reg-residence", "soc-card")
STEP_S = 0.01
WAIT_S = 120.0
"""The longest wait for what comes in a moment: the machine may be busy."""
_KEYS = {" ": "space", "-": "minus", ".": "full_stop", ",": "comma", "+": "plus", "/": "slash"}
_KEYS |= {":": "colon", "_": "underscore", "№": "numero_sign", "«": "«", "»": "»"}
S = TypeVar("S", bound=Screen[Any])


@dataclass
class Hands:
    """Somebody at the keyboard of the program."""

    app: DeskApp
    pilot: Pilot[None]

    async def press(self, *keys: str) -> None:
        """Press keys by their Textual names."""
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        """Type a text in one burst, as a scanner or a very fast hand does."""
        self.burst(text)
        await self.pilot.pause()

    def burst(self, text: str) -> None:
        """The same without waiting for it to be read."""
        for character in text:
            self.app.post_message(events.Key(_KEYS.get(character, character), character))

    async def until(self, wanted: Callable[[], object], what: str) -> None:
        """Wait until something is so."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            if wanted():
                await self.pilot.pause()
                return
            await self.pilot.pause(STEP_S)
        raise AssertionError(f"still not so: {what}; on {self.app.screen!r}")

    async def screen(self, kind: type[S]) -> S:
        """Wait for a screen of this kind to stand in front, with its focus set."""
        await self.until(lambda: isinstance(self.app.screen, kind), kind.__name__)
        await self.until(lambda: self.app.screen.is_running, "a running screen")
        screen = self.app.screen
        assert isinstance(screen, kind)
        return screen

    @property
    def focused(self) -> Widget:
        """What has the focus."""
        assert self.app.focused is not None
        return self.app.focused

    def says(self) -> str:
        """Everything the screen in front shows, as text."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)

    def notices(self) -> str:
        """Texts of the notices shown."""
        return "\n".join(notice.message for notice in self.app._notifications)


@asynccontextmanager
async def hands_on(made: DeskHome, size: tuple[int, int] = LARGE) -> AsyncIterator[Hands]:
    """The program started on a home, the first screen up."""
    app = DeskApp(made.home, made.clock, made.random)
    async with app.run_test(size=size, notifications=True) as pilot:
        hands = Hands(app, pilot)
        await hands.until(lambda: len(app.screen_stack) > 1, "the first screen")
        yield hands
    if app.day is not None:
        app.day.desk.close()


@asynccontextmanager
async def at_work(made: DeskHome, size: tuple[int, int] = LARGE) -> AsyncIterator[Hands]:
    """The same with somebody logged in and the home screen up."""

    async with hands_on(made, size) as hands:
        await hands.app.opened(made.login())
        await hands.until(lambda: len(hands.app.screen_stack) > 2, "the home screen")
        yield hands


def desk_of(hands: Hands) -> Desk:
    """The desk the program works on."""
    assert hands.app.day is not None
    return hands.app.day.desk


def register(desk: Desk, count: int, *, made: DeskHome | None = None, apart_s: float = 600) -> None:
    """Register examples of the usual services in turn; the clock goes on between them."""
    services = [desk.catalogue.services[slug] for slug in USUAL]
    for seed in range(count):
        service = services[seed % len(services)]
        desk.intake.register_document(example(service, desk.catalogue, TODAY, seed=seed))
        if made is not None:
            made.clock.pass_(apart_s)


def filled(desk: Desk, slug: str = "soc-card", seed: int = 3) -> dict[str, Any]:
    """A document of a service that has no problems."""
    return example(desk.catalogue.services[slug], desk.catalogue, TODAY, seed=seed)
