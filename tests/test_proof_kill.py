"""A desk killed at any instant keeps every number it gave and every field it saved."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from mfc_desk.session import open_desk
from sync.clock import SystemClock
from sync.ids import SystemRandom
from tests.desk_home import PASSWORD, set_up_home
from tests.taking_requests import hold_promises, killed_after

LONGEST = timedelta(milliseconds=200)
A_HOME = 25
"""Kills one home lives through; then a new one, so that the check stays quick."""


def kills(folder: Path, count: int, seed: int) -> int:
    """Kill a desk at work so many times; how many numbers it had given."""
    chance = random.Random(seed)
    numbers = 0
    for n in range(count):
        home = folder / f"desk-{n // A_HOME}"
        if n % A_HOME == 0:
            made, after = set_up_home(home), 2
        told = killed_after(home, seed + n, chance, LONGEST)
        with open_desk(made.home, "ivanova", PASSWORD, SystemClock(), SystemRandom()) as desk:
            hold_promises(desk, told, after)
            after = desk.journal.position().seq
        numbers += len(told.numbers)
    return numbers


@pytest.mark.slow
def test_killed_desk_keeps_what_it_promised(tmp_path: Path) -> None:
    """After 40 SIGKILLs every number given is there with its entry, every saved field too."""
    assert kills(tmp_path, 40, seed=20261121) >= 40


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_desk_killed_a_thousand_times_keeps_what_it_promised(tmp_path: Path) -> None:
    """The same for 1 000 SIGKILLs."""
    assert kills(tmp_path, 1000, seed=2026) >= 1000
