"""The demo's own centre: a process on loopback that ends with the demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from mfc_desk.errors import DeskError
from sync.failpoint import EXIT_STATUS, VARIABLE

STOP_SECONDS = 15
COMMAND = (sys.executable, "-m", "sync.central")


class CentreFailed(DeskError):  # noqa: N818  # says what happened
    """Учебный центр не запустился. Сообщение самого центра стоит выше."""

    code = "demo-centre"


class CentreProcess:
    """`mfc-central serve` of a folder, as a context manager."""

    def __init__(self, home: Path) -> None:
        """Nothing runs yet; `home` is the centre's folder."""
        self.home = home
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> CentreProcess:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()

    def start(self, fail_at: str | None = None) -> None:
        """Serve, on the port of the last time; `fail_at` is a failpoint at which it dies."""
        environ = dict(os.environ)
        environ.pop(VARIABLE, None)
        if fail_at is not None:
            environ[VARIABLE] = f"{fail_at}:1"
        words = ("serve", "--home", str(self.home), "--port", str(self.port))
        # --stop-with-stdin: were this process killed, the centre would end with it
        self._process = subprocess.Popen(  # noqa: S603  # our own program, no shell
            [*COMMAND, *words, "--stop-with-stdin", "--quiet"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ,
            text=True,
        )
        told = self._process.stdout.readline() if self._process.stdout else ""
        if not told:
            self.stop()
            raise CentreFailed
        self.port = int(json.loads(told)["port"])

    @property
    def pid(self) -> int:
        """The process id, 0 while it does not run."""
        return self._process.pid if self._process else 0

    def wait_for_death(self) -> bool:
        """Wait until the process has died at its failpoint; False when it is still alive."""
        if self._process is None:
            return True
        try:
            died = self._process.wait(STOP_SECONDS) == EXIT_STATUS
        except subprocess.TimeoutExpired:
            return False
        self._forget()
        return died

    def stop(self) -> None:
        """End it in order; kill it when it does not."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._forget()

    def ask(self, *words: str) -> list[dict[str, Any]]:
        """Run another command of the centre on the same folder; its answer, JSON lines."""
        done = subprocess.run(  # noqa: S603  # our own program, no shell
            [*COMMAND, *words, "--home", str(self.home), "--json"],
            stdout=subprocess.PIPE,
            check=False,
            text=True,
        )
        if done.returncode != 0:
            raise CentreFailed
        return [json.loads(line) for line in done.stdout.splitlines() if line]

    def _forget(self) -> None:
        process, self._process = self._process, None
        for end in (process.stdin, process.stdout) if process else ():
            if end:
                end.close()
