"""The measurement of accepting sends sealed batches to a real centre process."""

from __future__ import annotations

import pytest

from bench import accept


@pytest.mark.full
def test_accept_answers_for_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every batch is receipted; requests a second by the clock and by the centre's processor."""
    monkeypatch.setattr(accept, "SUSTAINED", 6)

    told = accept.run(counts=(1, 8), rounds=1, seconds=1.0)

    each = {row["name"]: row["median"] for row in told["rows"]}
    for store in ("SQLite", "PostgreSQL"):
        assert each[f"{store}, 8 a batch"] > each[f"{store}, 1 a batch"] > 0
        assert each[f"{store}, 8 a batch, by the centre's processor time"] > 0
    assert each["a bare JSON endpoint, 8 rows a request"] > 0
    assert told["ratio"].keys() == {
        f"{store}/bare{how}" for store in ("SQLite", "PostgreSQL") for how in ("", ", processor")
    }
    assert len(told["goals"]) == 4
