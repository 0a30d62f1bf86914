"""The measurement of a key answers with the ratio to the bare form and our own share."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import key


@pytest.mark.full
def test_key_answers_for_a_small_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters of three fields are painted in both terminals, and handlers are timed."""
    monkeypatch.setenv("MFC_BENCH_FOLDER", str(tmp_path))

    told = key.run(requests=110, fields=3, watched=20)

    samples = {row["name"]: row["samples"] for row in told["rows"]}
    assert samples.pop("news of the threads behind, processor time") >= 1
    assert samples == {
        "mfc-desk": 3 * key.KEYS,
        "bare form": 3 * key.KEYS,
        "our handlers, processor time a key": 20,
    }
    assert told["statements of keys"] == 0
    assert len(told["goals"]) == 4
