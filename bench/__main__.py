"""`python -m bench NAME [NAME …]`: runs bench/NAME.py and prints one JSON document."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path

from bench.report import commit, machine, versions

HERE = Path(__file__).parent
NOT_QUESTIONS = {"__init__", "__main__", "report"}


def questions() -> list[str]:
    """Return the names that can be asked: the modules of this folder that have a run()."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_QUESTIONS)


def main(words: list[str] | None = None) -> int:
    """Run the named measurements in turn; 0 when all goals were met, 5 when some were not."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="+", choices=questions(), metavar="NAME")
    asked = parser.parse_args(words)
    # Programs are started as an installation has them, their byte code kept: a machine that forbids
    # to keep it would compile every module again at every start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    about = {"machine": machine(), "versions": versions(), "commit": commit(HERE.parent)}
    answers = {name: importlib.import_module(f"bench.{name}").run() for name in asked.name}
    json.dump({**about, "questions": answers}, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
    goals = [goal for answer in answers.values() for goal in answer.get("goals", ())]
    return 0 if all(goal["met"] for goal in goals) else 5


if __name__ == "__main__":
    sys.exit(main())
