"""The measurement of the wire counts files and whole exchanges of a real desk and centre."""

from __future__ import annotations

import pytest

from bench import wire


@pytest.mark.full
def test_wire_answers_for_small_counts() -> None:
    """A file is smaller than the exchange that carries it; many requests cost less each."""
    told = wire.run(counts=(1, 6))

    each = {row["name"]: row["median"] for row in told["rows"]}
    assert each["6 sealed with dictionary"] < each["1 sealed with dictionary"] < each["1 all in"]
    assert each["6 all in"] < each["1 all in"]
    assert [spent["entries"] for spent in told["exchanges"].values()] == [1, 6]
    assert [spent["events"] for spent in told["exchanges"].values()] == [1, 6]
