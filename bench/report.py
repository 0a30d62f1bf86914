"""What every measurement shares: samples taken in turn, and the machine they were taken on."""

from __future__ import annotations

import gc
import os
import platform
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import Any

PACKAGES = (
    "cryptography",
    "pyrage",
    "reportlab",
    "requests",
    "sqlcipher3",
    "sqlite-utils",
    "starlette",
    "textual",
    "uvicorn",
    "zstandard",
)

Row = dict[str, Any]


def in_turn(
    acts: Mapping[str, Callable[[], object]], rounds: int, warm_up: int = 2
) -> dict[str, list[float]]:
    """Return seconds of each act, measured A B A B …, so that a slow minute hits all alike."""
    taken: dict[str, list[float]] = {name: [] for name in acts}
    for number in range(-warm_up, rounds):
        for name, act in acts.items():
            gc.collect()
            start = time.perf_counter()
            act()
            seconds = time.perf_counter() - start
            if number >= 0:
                taken[name].append(seconds)
    return taken


def row(name: str, samples: Sequence[float], unit: str) -> Row:
    """Return the median and the spread (10th and 90th percentile, ends) of `samples`."""
    tenths = quantiles(samples, n=10, method="inclusive") if len(samples) > 1 else [*samples] * 9
    return {
        "name": name,
        "unit": unit,
        "median": rounded(median(samples)),
        "p10": rounded(tenths[0]),
        "p90": rounded(tenths[-1]),
        "min": rounded(min(samples)),
        "max": rounded(max(samples)),
        "samples": len(samples),
    }


def ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """Return the median of the ratios taken round by round: neighbours met the same machine."""
    return rounded(median(a / b for a, b in zip(of, to, strict=True)))


def goal(text: str, value: float, limit: float, *, at_most: bool = True) -> Row:
    """Return a goal of speed.md with what was measured and whether it was met."""
    met = value <= limit if at_most else value >= limit
    return {"goal": text, "measured": rounded(value), "limit": limit, "met": met}


def rounded(value: float) -> float:
    """Return `value` with four digits that count."""
    return float(f"{value:.4g}")


def machine() -> Row:
    """Return the processor, the cores this process may use, the interpreter and the system."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cpu": _cpu(),
        "cores": cores,
        "load": [rounded(load) for load in os.getloadavg()],
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def _cpu() -> str:
    try:
        known = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor()
    lines = [line for line in known.splitlines() if line.startswith("model name")]
    return lines[0].partition(":")[2].strip() if lines else platform.machine()


def versions() -> dict[str, str]:
    """Return the versions of the packages that make the figures."""
    return {name: version(name) for name in PACKAGES}


def commit(root: Path) -> str:
    """Return the commit at `root`, with «+» when files are changed, «unknown» outside git."""
    try:
        done = [
            subprocess.run(
                ["git", "-C", str(root), *words], capture_output=True, text=True, check=True
            ).stdout.strip()
            for words in (("rev-parse", "--short=12", "HEAD"), ("status", "--porcelain"))
        ]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done[0] + ("+" if done[1] else "")
