"""The measurement of papers prints the whole day of a real desk."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import paper


@pytest.mark.full
def test_paper_answers_for_a_small_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request gets its receipt and application; registers and labels of its day come."""
    monkeypatch.setenv("MFC_BENCH_FOLDER", str(tmp_path))

    told = paper.run(rounds=2, cold_rounds=1, requests=20)

    day = told["day"]
    assert (day["receipt"], day["application"]) == (20, 20)
    assert day["transfer_register"] == day["case_labels"] > 1
    steps = next(row for row in told["rows"] if row["name"] == "a paper of the day")
    assert steps["samples"] == sum(day.values())
    firsts = [row for row in told["rows"] if row["name"].startswith("first ")]
    assert len(firsts) == 4
    assert all(row["median"] > 0 for row in firsts)
    assert len(told["goals"]) == 6
