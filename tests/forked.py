"""Programs as processes that take no time to start: copies of one that has imported it all.

`run` and `start` give what `subprocess` would for `python -m program`: a process of its own with
its own environment, standard streams, exit code, failpoint and death. Only the second of imports
is paid once. That `python -m` works is seen by tests/test_desk_cli_frame.py and the demo's.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import TextIOWrapper
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from types import TracebackType
from typing import IO

from sync import failpoint

ROOT = Path(__file__).parent.parent
SECONDS = 240.0
"""A command may take that long on a loaded machine; one that hangs is ended."""
PROCESSES = multiprocessing.get_context("forkserver")
PRELOADED = ("pytest", "tests.taking_requests", "tests.office_desks", "tests.read_all")
"""One list for all who start processes: a process has one server of forks, and one only."""
PROCESSES.set_forkserver_preload(list(PRELOADED))


def run(
    program: str, words: Sequence[str], *, environ: Mapping[str, str], stdin: bytes = b""
) -> CompletedProcess[bytes]:
    """Run `python -m program words` with this environment and standard input to its end."""
    with tempfile.TemporaryDirectory(prefix="mfc-run-") as folder:
        taken, out, error = (Path(folder) / name for name in ("stdin", "stdout", "stderr"))
        taken.write_bytes(stdin)
        process = _started(program, words, environ, (taken, out, error))
        code = process.wait(SECONDS)
        return CompletedProcess([program, *words], code, out.read_bytes(), error.read_bytes())


def start(
    program: str,
    words: Sequence[str],
    *,
    environ: Mapping[str, str],
    log: Path,
    prepare: Callable[[], None] | None = None,
) -> Started:
    """Start it with pipes for its input and output; `prepare` is called in it before it runs."""
    theirs, ours = PROCESSES.Pipe(duplex=False)
    output, outputs = PROCESSES.Pipe(duplex=False)
    process = _started(program, words, environ, (theirs, outputs, log), prepare)
    for end in (theirs, outputs):
        end.close()
    process.stdin, process.stdout = _file(ours, "wb"), _file(output, "rb")
    return process


@dataclass
class Started:
    """A process by the words of `subprocess.Popen`."""

    words: list[str]
    process: BaseProcess = field(repr=False)
    stdin: IO[bytes] | None = None
    stdout: IO[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its number."""
        assert self.process.pid is not None
        return self.process.pid

    def poll(self) -> int | None:
        """Its exit code; None while it lives."""
        return self.process.exitcode

    def wait(self, timeout: float) -> int:
        """Its exit code at its end; one that does not end in so many seconds is killed."""
        self.process.join(timeout)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
            raise TimeoutExpired(self.words, timeout)
        return self.process.exitcode

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()

    def terminate(self) -> None:
        """SIGTERM."""
        self.process.terminate()


def _started(
    program: str,
    words: Sequence[str],
    environ: Mapping[str, str],
    streams: tuple[Path | Connection, ...],
    prepare: Callable[[], None] | None = None,
) -> Started:
    arguments = (program, tuple(words), dict(environ), streams, prepare)
    process = PROCESSES.Process(target=_become, args=arguments, daemon=True)
    process.start()
    return Started([program, *words], process)


def _file(end: Connection, mode: str) -> IO[bytes]:
    """One end of a pipe as a file of its own."""
    with end:
        opened: IO[bytes] = os.fdopen(os.dup(end.fileno()), mode)
        return opened


def _become(
    program: str,
    words: tuple[str, ...],
    environ: dict[str, str],
    streams: tuple[Path | Connection, ...],
    prepare: Callable[[], None] | None,
) -> None:
    """Be that program in this process, with an environment and streams as a fresh one has them."""
    for number, stream in enumerate(streams):
        _take(stream, number)
    sys.stdin, sys.stdout, sys.stderr = (
        TextIOWrapper(open(number, mode, closefd=False), encoding="utf-8", write_through=number > 0)  # noqa: SIM115 - they stay
        for number, mode in enumerate(("rb", "wb", "wb"))
    )
    os.environ.clear()
    os.environ.update(environ)
    vars(failpoint._of_process).update(vars(failpoint.Failpoints(environ)))
    os.chdir(ROOT)
    if prepare is not None:
        prepare()
    main = importlib.import_module(f"{program}.__main__").main
    with ExitStack() as top:
        top.push(_tell_as_the_interpreter_does)
        code = main(list(words))
    sys.exit(code)


def _take(stream: Path | Connection, number: int) -> None:
    """Let a file or one end of a pipe be the standard stream of this number."""
    if isinstance(stream, Path):
        how = os.O_RDWR | (os.O_CREAT | os.O_APPEND if number else 0)
        opened = os.open(stream, how, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    else:
        os.dup2(stream.fileno(), number)
        stream.close()


def _tell_as_the_interpreter_does(
    kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
) -> None:
    """What nobody caught goes to the hook the program has set."""
    if kind is not None and error is not None and not isinstance(error, SystemExit):
        sys.excepthook(kind, error, trace)
