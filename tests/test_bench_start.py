"""The measurement of the start waits for a painted screen of each program."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import start


@pytest.mark.full
def test_start_answers_for_a_small_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours and two bare programs take turns; each has a time and a ratio."""
    monkeypatch.setenv("MFC_BENCH_FOLDER", str(tmp_path))
    monkeypatch.setattr(start, "WARM_UP", 0)

    told = start.run(requests=110, rounds=2)

    assert {"mfc-desk", "bare label", "bare login"} <= {row["name"] for row in told["rows"]}
    assert told["ratio"]["mfc-desk/bare label"] > 0.5
