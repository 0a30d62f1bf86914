"""A real terminal of its own size, driven through tmux: keys in, text out."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

STEP_S = 0.1
WAIT_S = 150.0
ROOT = Path(__file__).parent.parent


def need_tmux() -> None:
    """Skip where tmux is not installed, unless the tools are demanded."""
    if shutil.which("tmux") is None:
        if os.environ.get("MFC_DESK_NEED_TOOLS"):
            raise AssertionError("tmux is missing and MFC_DESK_NEED_TOOLS is set")
        pytest.skip("tmux is not installed")


class Terminal:
    """One pane of a tmux server of its own."""

    def __init__(self, socket: Path) -> None:
        """`socket` names the server; `start` begins it."""
        self._socket = socket

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return done.stdout

    def start(self, command: Sequence[str], columns: int = 80, lines: int = 24) -> None:
        """Run a command in a new pane; its exit leaves the pane to be read."""
        program = " ".join(shlex.quote(word) for word in command)
        environment = f"cd {shlex.quote(str(ROOT))} && LC_ALL=C.UTF-8 TEXTUAL_ANIMATIONS=none"
        shell = f"{environment} {program}; code=$?; echo; echo exit=$code; sleep 600"
        size = ("-x", str(columns), "-y", str(lines))
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, shell)

    def keys(self, *names: str) -> None:
        """Press keys by tmux's names: Enter, Tab, F2, C-l, C-NPage."""
        for name in names:
            self._tmux("send-keys", name)
            time.sleep(STEP_S)

    def write(self, text: str) -> None:
        """Type a text."""
        self._tmux("send-keys", "-l", text)
        time.sleep(STEP_S)

    def raw(self, text: str) -> None:
        """What a terminal sends, byte by byte."""
        self._tmux("send-keys", "-H", *(f"{byte:02x}" for byte in text.encode()))
        time.sleep(STEP_S)

    def text(self) -> str:
        """What stands on the pane."""
        return self._tmux("capture-pane", "-p")

    def until(self, wanted: str, *, gone: str = "") -> str:
        """Wait until a pattern stands on the pane, and `gone` does no more; the whole pane."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            shown = self.text()
            if re.search(wanted, shown) and not (gone and gone in shown):
                return shown
            time.sleep(STEP_S)
        raise AssertionError(f"never shown: {wanted!r}\n{self.text()}")

    def kill_program(self) -> None:
        """SIGKILL the program in the pane; its shell stays and tells the exit code."""
        shell = self._tmux("list-panes", "-F", "#{pane_pid}").strip()
        children = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)

    def stop(self) -> None:
        """End the server and all in it."""
        self._tmux("kill-server")


@contextmanager
def terminal(folder: Path, home: Path) -> Iterator[Terminal]:
    """The screens of `home` in an 80×24 terminal."""
    pane = Terminal(folder / f"tmux-{len(list(folder.glob('tmux-*')))}")
    pane.start([sys.executable, "-m", "mfc_desk", "--home", str(home)])
    try:
        yield pane
    finally:
        pane.stop()
