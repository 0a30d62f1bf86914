"""The measurement of scans sends real ones over a link that is cut."""

from __future__ import annotations

import pytest

from bench import scan


@pytest.mark.slow
def test_scan_answers_for_a_small_one() -> None:
    """Half a megabyte is cut several times and arrives within the goal."""
    told = scan.run(rounds=1, size=600_000, cut_every=200_000)

    rows = {row["name"]: row["median"] for row in told["rows"]}
    assert rows["cuts"] >= 2
    assert all(goal["met"] for goal in told["goals"])
