"""The page about faults names tests that exist, and leaves out no fault of the matrix."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "reliability.md"
NAMED = re.compile(r"`(test_\w+\.py)(?:::(\w+))?`")
ROW = re.compile(r"^\| (\d+) \| (.*) \|$", re.MULTILINE)
FAULTS = 37


@cache
def functions(file: str) -> frozenset[str]:
    """The names of all functions of a file of tests."""
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return frozenset(item.name for item in ast.walk(tree) if isinstance(item, kinds))


def test_every_test_the_page_names_exists() -> None:
    """A renamed test would leave a promise without its proof."""
    named = NAMED.findall(PAGE.read_text("utf-8"))

    files = {path.name for path in TESTS.glob("test_*.py")}
    assert {file for file, _ in named} <= files
    assert [f"{file}::{name}" for file, name in named if name and name not in functions(file)] == []
    assert len(named) > FAULTS


def test_every_fault_has_a_test_or_a_reason() -> None:
    """One row a fault, numbered without a gap; where nothing is run it says why."""
    rows = ROW.findall(PAGE.read_text("utf-8"))

    assert [int(number) for number, _ in rows] == list(range(1, FAULTS + 1))
    for number, cells in rows:
        *_, proof = cells.split(" | ")
        assert cells.count(" | ") == 3, number
        assert NAMED.search(proof) or "**not run**" in proof, number
