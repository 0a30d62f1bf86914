"""The measurement of the catalogue times keys, the largest form and loading."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench import catalogue
from tests.command_line import ROOT
from tests.desk_home import set_up_home

FIRST_SCREEN = """
import asyncio, sys
from pathlib import Path
from mfc_desk import app as program
from mfc_desk.app import DeskApp
from mfc_desk.paths import Home
from sync.clock import SystemClock
from sync.ids import SystemRandom

program.LOAD_S = 3600.0  # what is loaded behind the box comes later, however slow the machine

async def look():
    app = DeskApp(Home(Path(sys.argv[1])), SystemClock(), SystemRandom())
    async with app.run_test() as pilot:
        while type(app.screen).__name__ != "LoginScreen":
            await pilot.pause(0.01)
        await pilot.pause()
        print(*(name for name in sys.modules if name.startswith(("forms.catalogue", "Stemmer"))))

asyncio.run(look())
"""


def test_the_catalogue_is_not_on_the_way_to_the_first_screen(tmp_path: Path) -> None:
    """When the login box is painted nothing of the catalogue has even been imported."""
    made = set_up_home(tmp_path / "desk")
    done = subprocess.run(
        [sys.executable, "-c", FIRST_SCREEN, str(made.home.root)],
        capture_output=True,
        check=True,
        text=True,
        timeout=280,
        cwd=ROOT,
    )

    assert done.stdout.strip() == ""


@pytest.mark.full
def test_catalogue_is_measured_with_every_goal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key in the packaged catalogue and in a city of 300 services, a form, a load."""
    monkeypatch.setenv("MFC_BENCH_FOLDER", str(tmp_path))

    told = catalogue.run(loads=1, openings=3)

    assert {
        "open the largest form",
        "open it, every editor in its place",
        "load the catalogue",
        "a key, 300 services",
    } <= {one["name"] for one in told["rows"]}
    assert len(told["goals"]) == 3
