"""Every promise of the product that exists so far is held by tests, and one line proves it."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PROMISES: list[dict[str, Any]] = tomllib.loads(
    (ROOT / "tests" / "promises.toml").read_text("utf-8")
)["promise"]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise["id"])
def test_promise_names_tests_that_exist(promise: dict[str, Any]) -> None:
    """Each test a promise names stands in its file."""
    for node in promise["tests"]:
        file, _, name = node.partition("::")
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        functions = {
            item.name
            for item in ast.walk(tree)
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert not name or name in functions


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise["id"])
def test_promise_names_one_line_of_product_code(promise: dict[str, Any]) -> None:
    """The line whose removal the tests must notice stands exactly once in its file."""
    rows = (ROOT / promise["file"]).read_text("utf-8").split("\n")

    assert [row.strip() for row in rows].count(promise["line"].strip()) == 1
