"""`mfc-desk` without a command: in a terminal, without one, and beside another that is open."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from mfc_desk.session import hold_screen
from tests.desk_home import PASSWORD, set_up_home


def run(home: Path, *words: str, terminal: int = subprocess.DEVNULL) -> tuple[int, str]:
    """Exit code and stderr of the program on `home`; `terminal` is its stdin and stdout."""
    done = subprocess.run(
        [sys.executable, "-m", "mfc_desk", "--home", str(home), *words],
        stdin=terminal,
        stdout=terminal,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=240,
        env={**os.environ, "MFC_DESK_PASSWORD": PASSWORD},
        cwd=Path(__file__).parent.parent,
    )
    return done.returncode, done.stderr


def test_second_copy_of_the_screens_is_exit_four(tmp_path: Path) -> None:
    """The screen program refuses to start twice; a command beside it works."""
    home = set_up_home(tmp_path / "desk").home
    ours, theirs = pty.openpty()

    with hold_screen(home):
        screens, said = run(home.root, terminal=theirs)
        status, _ = run(home.root, "status")
    os.close(ours)
    os.close(theirs)

    assert screens == 4
    assert "уже открыта" in said
    assert "Traceback" not in said
    assert status == 0


def test_screens_without_a_terminal_are_refused(tmp_path: Path) -> None:
    """Started by a scheduler or with a pipe the screens say so instead of waiting for ever."""
    screens, said = run(set_up_home(tmp_path / "desk").home.root)

    assert screens == 2
    assert "в терминале" in said
