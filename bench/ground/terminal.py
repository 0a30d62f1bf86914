"""A real terminal for a program: a pty of 80×24 that is typed into and whose bytes are read."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

ROWS, COLUMNS = 24, 80
PATIENCE_S = 30.0
ASKED_SYNC = b"\x1b[?2026$p"
HAS_SYNC = b"\x1b[?2026;2$y"
PAINTED = b"\x1b[?2026l"
"""The end of one update of the screen, which a terminal shows as a whole (mode 2026)."""


class SilentError(AssertionError):
    """The program did not paint what was waited for; the bytes it did paint are the text."""


class Terminal:
    """One program on a pty; a context manager that kills it at the end."""

    def __init__(self, words: Sequence[str], cwd: str | os.PathLike[str] | None = None) -> None:
        self._near, far = os.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        environ = dict(os.environ) | {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
        for unwanted in ("COLUMNS", "LINES", "TEXTUAL", "NO_COLOR"):
            environ.pop(unwanted, None)
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            words, stdin=far, stdout=far, stderr=far, cwd=cwd, env=environ, start_new_session=True
        )
        os.close(far)
        self._seen = bytearray()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._near)

    @property
    def pid(self) -> int:
        """The process id of the program."""
        return self._process.pid

    def write(self, text: str) -> float:
        """Type; return when, on perf_counter."""
        now = time.perf_counter()
        os.write(self._near, text.encode())
        return now

    def drain(self, quiet_s: float = 0.0) -> bytes:
        """Read what is there, and what still comes until it was quiet for so long; forget it."""
        while self._read(quiet_s):
            pass
        seen, self._seen = bytes(self._seen), bytearray()
        return seen

    def until(self, text: str, *, whole: bool = False) -> float:
        """Wait until `text` was painted since the last `drain`; return when, on perf_counter.

        `whole`: until the update of the screen it stands in has ended.
        """
        needle = text.encode()
        until = time.monotonic() + PATIENCE_S
        while True:
            at = self._seen.find(needle)
            if at >= 0 and (not whole or PAINTED in self._seen[at:]):
                return time.perf_counter()
            if not self._read(until - time.monotonic()):
                raise SilentError(f"{text!r} is not in {bytes(self._seen[-3000:])!r}")

    def _read(self, seconds: float) -> bool:
        """Take one piece of what the program paints; False when none came in so many seconds."""
        if not select.select([self._near], [], [], max(seconds, 0))[0]:
            return False
        try:
            piece = os.read(self._near, 1 << 16)
        except OSError:  # the program is gone
            return False
        self._seen += piece
        if ASKED_SYNC in piece:
            os.write(self._near, HAS_SYNC)
        return bool(piece)


def processor_seconds(pid: int) -> float:
    """What a process has used of the processor so far, all its threads (Linux)."""
    told = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    fields = told.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
