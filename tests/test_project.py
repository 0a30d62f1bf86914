"""The project keeps the shape it promises."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ["mfc_desk", "forms", "printing", "sync"]


def test_wheel_holds_exactly_the_four_packages() -> None:
    """The wheel is built from the four packages, listed by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == PACKAGES


def test_tests_stay_flat() -> None:
    """No folder under tests/ is a package: it would shadow a real one."""
    assert not list((ROOT / "tests").glob("*/__init__.py"))
    assert not (ROOT / "tests" / "__init__.py").exists()
