"""The project keeps the shape it promises."""

from __future__ import annotations

import re
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


def test_ci_installs_every_program_a_test_would_be_skipped_without() -> None:
    """README says that `.ci/run` skips nothing; a program found nowhere fails there."""
    run = (ROOT / ".ci" / "run").read_text("utf-8")
    skips = "skipif(" + "shutil.which"
    sought = r'(?:shutil\.which|tool)\("([a-z-]+)"'
    for file in (ROOT / "tests").glob("*.py"):
        text = file.read_text("utf-8")
        for program in re.findall(sought, text):
            assert f" {program}:" in run, f"{file.name}: {program}"
            assert skips not in text, file.name
