"""The measurement of searching asks what a specialist types, of a desk that was really grown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import find
from bench.ground.desk import cached
from mfc_desk.audit import check_desk


@pytest.mark.full
def test_find_answers_for_a_small_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind of query is timed, and all that finds a request finds one."""
    monkeypatch.setenv("MFC_BENCH_FOLDER", str(tmp_path))

    told = find.run(requests=150, rounds=3)

    assert {"number", "surname, 1 letter", "phone, last 4 digits"} <= told["p99"].keys()
    assert len(told["goals"]) == len(told["rows"])
    assert find.run(requests=150, rounds=2)["requests"] == 150


@pytest.mark.slow
def test_a_grown_desk_passes_its_own_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk grown further from a smaller one holds its requests, its chain and what follows."""
    monkeypatch.setenv("MFC_BENCH_FOLDER", str(tmp_path))
    cached(120)

    with cached(1300).login() as desk:
        found = check_desk(desk)
        summary = desk.exchange.summary()

    assert found.requests == 1300
    assert not found.faults
    assert summary.unsent == 100
    assert summary.confirmed == 1200 - 100
