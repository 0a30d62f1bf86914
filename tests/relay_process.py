"""A real office relay: `python -m sync.central relay` on 127.0.0.1 in a folder of a test."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from tests import forked
from tests.centre_process import PROGRAM, STOP_SECONDS
from tests.free_ports import free_port


@dataclass
class RelayProcess:
    """One relay in `folder` that carries to `upstream`; can be killed and started again."""

    folder: Path
    upstream: str
    port: int = field(default_factory=free_port)
    address: str = ""
    process: forked.Started | None = field(default=None, repr=False)

    @property
    def home(self) -> Path:
        """The folder `--home` names."""
        return self.folder / "relay"

    @property
    def log(self) -> Path:
        """What the process wrote to stderr."""
        return self.folder / "relay.log"

    @classmethod
    def start(cls, folder: Path, upstream: str) -> RelayProcess:
        """Start a relay in a new folder; wait until it listens."""
        folder.mkdir(parents=True, exist_ok=True)
        relay = cls(folder, upstream)
        relay.restart()
        return relay

    def restart(self) -> None:
        """Start again in the same folder, on the same port; wait until it listens."""
        self.stop()
        words = (
            *("relay", "--upstream", self.upstream, "--home", str(self.home)),
            *("--port", str(self.port), "--stop-with-stdin"),
        )
        self.process = forked.start(PROGRAM, words, environ=os.environ, log=self.log)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the relay did not start: {self.log.read_text('utf-8')[-2000:]}"
        told = json.loads(line)
        self.port, self.address = told["port"], told["relay"]

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        if self.process is not None:
            self.process.kill()
            self._reap()

    def stop(self) -> None:
        """End it in good order."""
        if self.process is not None:
            self.process.terminate()
            self._reap()

    def _reap(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.wait(STOP_SECONDS)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def status(self) -> dict[str, object]:
        """What lies in it."""
        words = ("relay", "--status", "--json", "--home", str(self.home))
        done = forked.run(PROGRAM, words, environ=os.environ)
        done.check_returncode()
        found: dict[str, object] = json.loads(done.stdout)
        return found
