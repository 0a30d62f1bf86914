"""What every test shares."""

from __future__ import annotations

import os

import pytest

# Animations would make snapshots depend on the speed of the machine.
os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

MOST_PROCESSES = 4


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Processes that share the whole suite; tests asked for by name stay in one (0: this one)."""
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        return 0
    return min(os.cpu_count() or 1, MOST_PROCESSES)
