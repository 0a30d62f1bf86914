"""The measurement of scans sends real ones over a link that is cut."""

from __future__ import annotations

import pytest

from bench import scan
from sync.blobs import FIRST_SLICE


@pytest.mark.slow
def test_scan_answers_for_a_small_one() -> None:
    """Half a megabyte is cut several times and arrives; no cut costs more than a slice.

    How much of a slice the centre has read when its link is reset is chance: the goal is for the
    five megabytes of the whole run, where slices have become short.
    """
    size = 600_000
    told = scan.run(rounds=1, size=size, cut_every=200_000)

    rows = {row["name"]: row["median"] for row in told["rows"]}
    assert rows["cuts"] >= 2
    most = 1.02 + rows["cuts"] * FIRST_SLICE / size
    assert 1 < rows["bytes up to the sealed size"] <= most
