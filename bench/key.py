"""From a key to the painted screen in a form of sixty fields, against a bare form of the same.

Two real terminals take turns, key by key. Handlers and statements are counted in this process.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from random import Random
from statistics import quantiles

from bench.ground import long_form
from bench.ground.bare import FIELDS
from bench.ground.desk import LOGIN, PASSWORD, ROOT, GrownDesk, cached
from bench.ground.terminal import Terminal
from bench.ground.watched import Watched, press, watching
from bench.report import Row, goal, ratio, rounded, row
from mfc_desk.app import DeskApp
from mfc_desk.screens.form.form import FormScreen
from sync.clock import SystemClock
from sync.ids import SystemRandom

REQUESTS = 50_000
KEYS = 10  # letters a field
PAUSES_S = (0.03, 0.12)  # between keys: a quick hand
SETTLED_S = 0.25
LETTERS = "абвгдежзиклмнопрстуфхцчшэюя"
LEAD = 2  # letters before the first measured one: alone it could stand elsewhere on the screen
TAIL = 6  # letters that must be painted together
WATCHED_KEYS = 300

Keys = dict[str, list[float]]


def run(requests: int = REQUESTS, fields: int = FIELDS, watched: int = WATCHED_KEYS) -> Row:
    """Return milliseconds from a key to its paint, ours and the bare form's, and our share."""
    with cached(requests).copied() as grown:
        long_form.publish(grown.home)
        begin(grown)
        seen = asyncio.run(in_process(grown, watched))
        begin(grown)
        taken = in_terminals(grown, fields)
    ours, bare = taken["mfc-desk"], taken["bare form"]
    p99 = {name: _p99(samples) for name, samples in taken.items()}
    handlers = [1000 * seconds for seconds in seen.handlers]
    news = [1000 * seconds for seconds in seen.news] or [0.0]
    times = {"p50": ratio(ours, bare), "p99": rounded(p99["mfc-desk"] / p99["bare form"])}
    statements = seen.statements_of_keys()
    return {
        "question": f"key to painted screen, form of {FIELDS} fields, 80×24, {requests} requests",
        "rows": [
            *(row(name, samples, "ms") for name, samples in taken.items()),
            row("our handlers, processor time a key", handlers, "ms"),
            row("news of the threads behind, processor time", news, "ms"),
        ],
        "p99": {**p99, "our handlers": _p99(handlers)},
        "ratio": times,
        "statements of keys": len(statements),
        "drafts saved while typing": seen.saves(),
        "goals": [
            goal("p50 ≤ 1.15 × the bare form", times["p50"], 1.15),
            goal("p99 ≤ 1.15 × the bare form", times["p99"], 1.15),
            goal("own handlers p99 ≤ 4 ms a key", _p99(handlers), 4.0),
            goal("no SQL on the key path", len(statements), 0),
        ],
    }


def begin(grown: GrownDesk) -> None:
    """Leave a new draft of the long form, the one the program offers first."""
    with grown.login() as desk:
        long_form.begin(desk, desk.clock.now().astimezone(desk.zone).date())


def in_terminals(grown: GrownDesk, fields: int = FIELDS, letters: int = KEYS) -> Keys:
    """Type into both forms in turn; milliseconds from each key to the end of its paint."""
    random = Random(60)
    taken: Keys = {"mfc-desk": [], "bare form": []}
    with (
        Terminal(_words("mfc_desk", "--home", str(grown.home.root)), cwd=ROOT) as ours,
        Terminal(_words("bench.ground.bare", "form"), cwd=ROOT) as bare,
    ):
        open_form(ours)
        bare.until("Поле 01", whole=True)
        terminals = [("mfc-desk", ours), ("bare form", bare)]
        for number in range(fields):
            if number:
                for _, terminal in terminals:
                    terminal.write("\t")
            for _, terminal in terminals:
                terminal.drain(SETTLED_S)
            typed = ""
            for letter in random.sample(LETTERS, LEAD + letters):
                typed += letter
                for name, terminal in random.sample(terminals, 2):
                    terminal.drain()
                    start = terminal.write(letter)
                    painted = terminal.until(typed[-TAIL:], whole=True)
                    if len(typed) > LEAD:
                        taken[name].append(1000 * (painted - start))
                time.sleep(random.uniform(*PAUSES_S))
    return taken


def _words(*module: str) -> list[str]:
    return [sys.executable, "-m", *module]


def open_form(terminal: Terminal) -> None:
    """Log in and go on with the draft that was left, as the program offers it."""
    terminal.until("Пароль", whole=True)
    terminal.write(f"{LOGIN}\r")
    terminal.drain(SETTLED_S)
    terminal.write(f"{PASSWORD}\r")
    terminal.until("Продолжить", whole=True)
    terminal.drain(SETTLED_S)
    terminal.write("\r")
    terminal.until("Поле 01", whole=True)
    terminal.drain(2 * SETTLED_S)


async def in_process(grown: GrownDesk, keys: int) -> Watched:
    """Type so many keys into the form in this process and watch.

    What this process held before is nobody's rubbish while the keys are timed: looking through
    the heap of a long test run takes 0.1 s, and would be written to the key it falls on.
    """
    gc.collect()
    gc.freeze()
    try:
        return await _typed(grown, keys)
    finally:
        gc.unfreeze()


async def _typed(grown: GrownDesk, keys: int) -> Watched:
    random = Random(4)
    app = DeskApp(grown.home, SystemClock(), SystemRandom())
    async with app.run_test(size=(80, 24)) as pilot:
        await app.opened(grown.login())
        await pilot.pause(SETTLED_S)
        await pilot.press("enter")
        for _ in range(100):
            if isinstance(app.screen, FormScreen):
                break
            await pilot.pause(0.05)
        await pilot.pause(2 * SETTLED_S)
        async with watching(app) as seen:
            for _ in range(keys // KEYS):
                for letter in random.sample(LETTERS, KEYS - 1):
                    await press(pilot, seen, letter, random.uniform(*PAUSES_S))
                await press(pilot, seen, "tab", SETTLED_S)
    if app.day is not None:
        app.day.desk.close()
    return seen


def _p99(samples: list[float]) -> float:
    return rounded(quantiles(samples, n=100, method="inclusive")[98])
