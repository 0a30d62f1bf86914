"""`mfc-desk` without a command beside another one that is open."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mfc_desk.session import hold_screen
from tests.desk_home import PASSWORD, set_up_home


def test_second_copy_of_the_screens_is_exit_four(tmp_path: Path) -> None:
    """The screen program refuses to start twice; a command beside it works."""
    home = set_up_home(tmp_path / "desk").home

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mfc_desk", "--home", str(home.root), *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "MFC_DESK_PASSWORD": PASSWORD},
            cwd=Path(__file__).parent.parent,
        )

    with hold_screen(home):
        screens, status = run(), run("status")

    assert screens.returncode == 4
    assert "уже открыта" in screens.stderr
    assert "Traceback" not in screens.stderr
    assert status.returncode == 0
