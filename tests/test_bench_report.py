"""Measurements are taken in turn and printed as one document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.__main__ import main, questions
from bench.report import commit, goal, in_turn, ratio, row


def test_acts_are_taken_in_turn() -> None:
    """A and B alternate, the warm-up is not counted."""
    order: list[str] = []

    taken = in_turn({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3, warm_up=1)

    assert order == ["a", "b"] * 4
    assert [len(samples) for samples in taken.values()] == [3, 3]


def test_row_tells_median_and_spread() -> None:
    """A row has the median, the tenths, the ends and the number of samples."""
    told = row("act", [1.0, 2.0, 3.0, 4.0, 100.0], "ms")

    assert (told["median"], told["min"], told["max"], told["samples"]) == (3.0, 1.0, 100.0, 5)
    assert told["p10"] < told["median"] < told["p90"] < told["max"]
    assert row("once", [7.0], "ms")["p90"] == 7.0


def test_ratio_compares_neighbours() -> None:
    """A slow minute that hits both does not change the ratio."""
    assert ratio([2.0, 200.0, 2.0], [1.0, 100.0, 1.0]) == 2.0


@pytest.mark.parametrize(("at_most", "met"), [(True, False), (False, True)])
def test_goal_says_whether_it_is_met(at_most: bool, met: bool) -> None:
    """A goal compares in the direction it names."""
    assert goal("a goal", 2.0, 1.0, at_most=at_most)["met"] is met


def test_unknown_question_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown name prints the usage and leaves with 2."""
    with pytest.raises(SystemExit) as left:
        main(["no-such-question"])

    assert left.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_outside_git_the_commit_is_unknown(tmp_path: Path) -> None:
    """A tree that is no work tree has no commit."""
    assert commit(tmp_path) == "unknown"


@pytest.mark.full
def test_paper_prints_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """The paper question answers with machine, versions, rows, a ratio and goals."""
    code = main(["paper"])

    told = json.loads(capsys.readouterr().out)
    assert "paper" in questions()
    assert {"machine", "versions", "commit", "questions"} <= told.keys()
    assert told["questions"]["paper"]["ratio"]["receipt/bare"] <= 3.0
    assert code in {0, 5}
