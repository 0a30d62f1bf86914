"""Break each promise once: remove its line of product code and see its tests turn red.

`tests/promises.toml` names for every promise the tests that hold it and one line whose removal
they must notice.  Usage: python .ci/mutations.py [PROMISE-ID …]
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("mfc_desk", "forms", "printing", "sync", "tests", "bench", "pyproject.toml", "README.md")


def mutated(text: str, line: str, instead: str | None) -> str:
    """The text with its one line that reads `line` removed, or replaced by `instead`."""
    rows = text.split("\n")
    hits = [i for i, row in enumerate(rows) if row.strip() == line.strip()]
    if len(hits) != 1:
        raise SystemExit(f"the line must stand exactly once, found {len(hits)}: {line}")
    row = rows[hits[0]]
    indent = row[: len(row) - len(row.lstrip())]
    # `pass` keeps a block of one statement a block: it must fail in a test, not in the parser.
    rows[hits[0]] = indent + (instead if instead is not None else "pass")
    return "\n".join(rows)


def run(tests: list[str], folder: Path) -> int:
    """The exit code of pytest over these tests in this copy of the project."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", ""]
    command += ["--reruns", "0"]
    done = subprocess.run(
        [*command, *tests], cwd=folder, capture_output=True, check=False, timeout=900
    )
    return done.returncode


def main(wanted: list[str]) -> int:
    """Run every mutation; 0 when each was noticed by its tests."""
    promises = tomllib.loads((ROOT / "tests" / "promises.toml").read_text("utf-8"))["promise"]
    missed = 0
    untouched: dict[tuple[str, ...], int] = {}
    for promise in promises:
        if wanted and promise["id"] not in wanted:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            for name in COPIED:
                source = ROOT / name
                if source.is_dir():
                    shutil.copytree(
                        source, folder / name, ignore=shutil.ignore_patterns("__pycache__")
                    )
                else:
                    shutil.copy(source, folder / name)
            target = folder / promise["file"]
            broken = mutated(target.read_text("utf-8"), promise["line"], promise.get("instead"))
            tests = tuple(promise["tests"])
            if tests not in untouched:  # tests that several promises share run once as they are
                untouched[tests] = run(promise["tests"], folder)
            before = untouched[tests]
            target.write_text(broken, "utf-8")
            after = run(promise["tests"], folder)
        # 1 is "tests failed"; anything else is a broken set-up and proves nothing.
        noticed = before == 0 and after == 1
        missed += not noticed
        verdict = "noticed" if noticed else f"MISSED (exit {before} before, {after} after)"
        print(f"{promise['id']}: {promise['file']}: {verdict}", flush=True)
    print(
        f"{len(promises) - missed} of {len(promises)} mutations noticed"
        if not wanted
        else f"{missed} missed"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
