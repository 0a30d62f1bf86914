"""The measurement of the storm kills a real centre and sends desks at it."""

from __future__ import annotations

import pytest

from bench import storm
from bench.ground.stores import STORES


@pytest.mark.full
def test_a_small_storm_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dozen desks over two stores: all through, nothing lost, whoever is sent away knows when."""
    monkeypatch.setattr(storm, "REQUESTS", 2)

    told = storm.run(evening=4, outage=12, seconds=0.2)

    met = {one["goal"]: one["met"] for one in told["goals"]}
    for store in STORES:
        assert met[f"{store}: entries lost"]
        assert met[f"{store}, after the outage: sent away without Retry-After"]
        assert told["counts"][f"{store}, after the outage"]["answers"]["201"] == 12
