"""From the start of the process to the first screen, against bare Textual programs."""

from __future__ import annotations

import sys

from bench.ground.bare import FIRST
from bench.ground.desk import ROOT, cached
from bench.ground.terminal import Terminal, processor_seconds
from bench.report import Row, goal, ratio, row

REQUESTS = 50_000
ROUNDS = 25
WARM_UP = 2


def run(requests: int = REQUESTS, rounds: int = ROUNDS) -> Row:
    """Return milliseconds to the login box; ours and the bare programs take turns."""
    home = str(cached(requests).home.root)
    programs = {
        "mfc-desk": [sys.executable, "-m", "mfc_desk", "--home", home],
        "bare label": [sys.executable, "-m", "bench.ground.bare", "label"],
        "bare login": [sys.executable, "-m", "bench.ground.bare", "login"],
    }
    wall: dict[str, list[float]] = {name: [] for name in programs}
    busy: dict[str, list[float]] = {name: [] for name in programs}
    for turn in range(-WARM_UP, rounds):
        for name, words in programs.items():
            seconds, processor = painted(words)
            if turn >= 0:
                wall[name].append(1000 * seconds)
                busy[name].append(1000 * processor)
    times = ratio(wall["mfc-desk"], wall["bare label"])
    return {
        "question": f"start of the process to the login box in a pty, {requests} requests",
        "rows": [
            *(row(name, samples, "ms") for name, samples in wall.items()),
            *(row(f"{name}, processor time", samples, "ms") for name, samples in busy.items()),
        ],
        "ratio": {
            "mfc-desk/bare label": times,
            "mfc-desk/bare login": ratio(wall["mfc-desk"], wall["bare login"]),
        },
        "goals": [goal("≤ 1.3 × a bare Textual app of one label", times, 1.3)],
    }


def painted(words: list[str]) -> tuple[float, float]:
    """Start a program; seconds until its first screen stands, and of the processor till then."""
    with Terminal(words, cwd=ROOT) as terminal:
        seconds = terminal.until(FIRST, whole=True) - terminal.started
        return seconds, processor_seconds(terminal.pid)
