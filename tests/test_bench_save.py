"""The measurement of a registration answers with times, a ratio, an exponent and goals."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import save


@pytest.mark.full
def test_save_answers_for_small_desks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Desks of three sizes take turns with the bare file; an act is one write to the disk."""
    monkeypatch.setenv("MFC_BENCH_FOLDER", str(tmp_path))

    told = save.run(sizes={"S": 110, "M": 220, "L": 330}, rounds=3)

    names = [row["name"] for row in told["rows"]]
    assert {"append 8 KB + fdatasync", "transaction L", "register S"} <= set(names)
    assert all(row["median"] > 0 for row in told["rows"])
    assert told["exponent"].keys() == {"transaction", "register"}
    assert told["fsyncs of an act"] in (1.0, "no strace here")
