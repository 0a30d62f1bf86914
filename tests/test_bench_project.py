"""The measurement of registering applies real batches over both databases."""

from __future__ import annotations

import pytest

from bench import project


@pytest.mark.slow
def test_projecting_is_measured_with_and_without_examining() -> None:
    """Two requests of each service: everything is applied, writing alone is quicker."""
    told = project.run(each=2, rounds=1)

    each = {row["name"]: row["median"] for row in told["rows"]}
    for store in ("SQLite", "PostgreSQL"):
        core = ", by the centre's processor time"
        assert each[f"{store}, written{core}"] > each[f"{store}, examined and written{core}"] > 0
    assert len(told["goals"]) == 4
