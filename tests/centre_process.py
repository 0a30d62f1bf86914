"""A real centre: `python -m sync.central serve` on 127.0.0.1 in a folder of a test.

`CentreProcess.start(folder)` returns when it answers. It can be killed (`kill`), stopped
(`stop`), started again on the same port (`restart`, with `fail="point:n"` to die at a failpoint)
and never outlives the test: it ends when the pipe to its stdin closes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sync.central import app
from sync.central.centre import Centre
from sync.central.home import CentreHome
from sync.clock import SystemClock
from sync.ids import SystemRandom
from sync.ticket import Ticket
from tests import forked
from tests.forked import ROOT
from tests.free_ports import free_port

PROGRAM = "sync.central"
START_SECONDS = 120.0
STOP_SECONDS = 120.0
PATIENCE_SECONDS = 40.0

OFFICE = """\
code = "0101"
title = "МФЦ «Образцовый»"
org = "ГБУ «Образцовый МФЦ»"
address = "г. Образцов, ул. Примерная, д. 1"
phone = "+7 900 000-00-00"
region = "90"
kind = "district"
tz = "Europe/Moscow"

[hours]
mon = "08:00-20:00"
tue = "08:00-20:00"
wed = "08:00-20:00"
thu = "08:00-20:00"
fri = "08:00-20:00"
sat = "09:00-18:00"
"""


@dataclass
class CentreProcess:
    """One centre in `folder`; `home` is its own folder there."""

    folder: Path
    port: int = field(default_factory=free_port)
    url: str = ""
    options: tuple[str, ...] = ()
    serving: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | forked.Started | None = field(default=None, repr=False)

    @property
    def home(self) -> Path:
        """The folder `--home` names."""
        return self.folder / "centre"

    @property
    def log(self) -> Path:
        """What the process wrote to stderr."""
        return self.folder / "centre.log"

    @classmethod
    def start(cls, folder: Path, *, fail: str | None = None) -> CentreProcess:
        """Start a centre with one office, 0101, in a new folder; wait until it answers."""
        folder.mkdir(parents=True, exist_ok=True)
        centre = cls(folder)
        centre.add_office()
        centre.restart(fail=fail)
        return centre

    def restart(self, *, fail: str | None = None, wait: bool = True) -> None:
        """Start again in the same folder, on the same port; wait until it answers."""
        self.stop()
        words = (
            *("serve", "--port", str(self.port), "--stop-with-stdin"),
            *("--home", str(self.home), *self.options, *self.serving),
        )
        if self.serving:
            self.process = self._interpreter(words, fail)
        else:
            environ = _environment(fail)
            self.process = forked.start(
                PROGRAM, words, environ=environ, log=self.log, prepare=be_patient
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the centre did not start: {self.log.read_text('utf-8')[-2000:]}"
        told = json.loads(line)
        self.port, self.url = told["port"], told["url"]
        if wait:
            self._wait()

    def _interpreter(self, words: tuple[str, ...], fail: str | None) -> subprocess.Popen[bytes]:
        """`python -m sync.central`, which may start workers."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", PROGRAM, *words],
                cwd=ROOT,
                env=_environment(fail),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def _wait(self) -> None:
        """Wait until the centre answers."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.url}/v1/health", timeout=60) as answer:
                    assert answer.status == 204
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        raise AssertionError("the centre does not answer")

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        if self.process is not None:
            self.process.kill()
            self._reap()

    def stop(self) -> int | None:
        """End it in good order; return its exit code, None when it was not running."""
        if self.process is None:
            return None
        if self.running:
            self.process.terminate()
        return self._reap()

    def wait_for_end(self) -> int | None:
        """Wait for a process that dies by itself (failpoint); return its exit code."""
        return self._reap()

    def _reap(self) -> int | None:
        process, self.process = self.process, None
        if process is None:
            return None
        try:
            code = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        return code

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run another command of `mfc-central` in the same folder."""
        words = (*arguments, "--home", str(self.home), *self._database_option())
        done = forked.run(PROGRAM, words, environ=_environment(None))
        said = (done.stdout.decode(), done.stderr.decode())
        assert not check or done.returncode == 0, said[1]
        return subprocess.CompletedProcess(done.args, done.returncode, *said)

    def lines(self, *arguments: str) -> list[dict[str, Any]]:
        """Run a command that prints JSON lines, return them."""
        return [json.loads(line) for line in self.command(*arguments, "--json").stdout.splitlines()]

    def add_office(self, text: str = OFFICE) -> None:
        """Add an office by its TOML text."""
        file = self.folder / "office.toml"
        file.write_text(text, "utf-8")
        self.command("office", "add", str(file))

    def ticket(self, desk: int, *, window: str = "1", office: str = "0101") -> bytes:
        """Issue a ticket of a desk as a file, return its bytes."""
        return self._issue(desk, window, office)[1]

    def spoken_code(self, desk: int, *, window: str = "1", office: str = "0101") -> str:
        """Issue a ticket of a desk to be fetched by net, return XXXXXXXX-YYYY-YYYY."""
        return self._issue(desk, window, office)[0].spoken_code

    def _issue(self, desk: int, window: str, office: str) -> tuple[Ticket, bytes]:
        """What `desk-code` does, without starting Python for it."""
        words = self._database_option()
        database = words[1] if words else None
        centre = Centre.open(CentreHome(self.home), SystemClock(), SystemRandom(), database)
        try:
            return centre.enrolment.issue(office, desk, window=window, urls=(self.url,))
        finally:
            centre.close()

    def export(self, *, full: bool = False) -> list[dict[str, Any]]:
        """Every request the centre has."""
        return self.lines("export", *(["--full"] if full else []))

    def verify(self) -> dict[str, Any]:
        """What `verify` finds: streams, entries, requests, faults."""
        done = self.command("verify", "--json", check=False)
        assert done.returncode in {0, 4}, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def _database_option(self) -> tuple[str, ...]:
        """The options that name the database, as every command needs them."""
        if "--database" not in self.options:
            return ()
        place = self.options.index("--database")
        return self.options[place : place + 2]


def be_patient() -> None:
    """On a loaded machine outcomes are in the making for longer than a desk is kept waiting."""
    vars(app)["GRACE_SECONDS"] = PATIENCE_SECONDS


def _environment(fail: str | None) -> Mapping[str, str]:
    environment = {**os.environ, "PYTHONUTF8": "1"}
    environment.pop("MFC_DESK_FAIL", None)
    if fail is not None:
        environment["MFC_DESK_FAIL"] = fail
    return environment


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CentreProcess]:
    """A running centre of this test alone."""
    process = CentreProcess.start(tmp_path / "centre-process")
    yield process
    process.stop()


@pytest.fixture(scope="module")
def shared_centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentreProcess]:
    """A running centre the tests of a file share, each with desks of its own."""
    process = CentreProcess.start(tmp_path_factory.mktemp("shared-centre"))
    yield process
    process.stop()
