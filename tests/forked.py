"""Commands as processes that take no time to start: copies of one that has imported it all.

`run` gives what `subprocess.run([sys.executable, "-m", program, …])` would: a process of its own
with its own environment, standard streams, exit code, failpoint and death. Only the second of
imports is paid once. That `python -m` works is for tests/test_desk_cli_frame.py and the demo's.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from io import TextIOWrapper
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from types import TracebackType

from sync import failpoint

ROOT = Path(__file__).parent.parent
SECONDS = 240.0
"""A command may take that long on a loaded machine; one that hangs is ended."""
PROCESSES = multiprocessing.get_context("forkserver")
PRELOADED = ("pytest", "tests.taking_requests", "tests.office_desks", "tests.read_all")
"""One list for all who start processes: a process has one server of forks, and one only."""
PROCESSES.set_forkserver_preload(list(PRELOADED))


def run(
    program: str,
    words: Sequence[str],
    *,
    environ: Mapping[str, str],
    stdin: bytes = b"",
    seconds: float = SECONDS,
) -> CompletedProcess[bytes]:
    """Run `python -m program words` with this environment and standard input to its end."""
    with tempfile.TemporaryDirectory(prefix="mfc-run-") as folder:
        streams = tuple(Path(folder) / name for name in ("stdin", "stdout", "stderr"))
        streams[0].write_bytes(stdin)
        arguments = (program, tuple(words), dict(environ), streams)
        process = PROCESSES.Process(target=_become, args=arguments, daemon=True)
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join(seconds)
            raise TimeoutExpired([program, *words], seconds)
        code = process.exitcode
        process.close()
        return CompletedProcess([program, *words], code, *(one.read_bytes() for one in streams[1:]))


def _become(
    program: str, words: tuple[str, ...], environ: dict[str, str], streams: tuple[Path, Path, Path]
) -> None:
    """Be that program in this process; ends it."""
    flags = (os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT | os.O_APPEND] * 2)
    for number, (file, how) in enumerate(zip(streams, flags, strict=True)):
        opened = os.open(file, how, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    speak(environ)
    os.chdir(ROOT)
    main = importlib.import_module(f"{program}.__main__").main
    with ExitStack() as top:
        top.push(_tell_as_the_interpreter_does)
        code = main(list(words))
    sys.exit(code)


def _tell_as_the_interpreter_does(
    kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
) -> None:
    """What nobody caught goes to the hook the program has set."""
    if kind is not None and error is not None and not isinstance(error, SystemExit):
        sys.excepthook(kind, error, trace)


def speak(environ: Mapping[str, str]) -> None:
    """Take over an environment and the standard streams 0, 1, 2, as a fresh interpreter does."""
    os.environ.clear()
    os.environ.update(environ)
    sys.stdin, sys.stdout, sys.stderr = (
        TextIOWrapper(open(number, mode, closefd=False), encoding="utf-8", write_through=number > 0)  # noqa: SIM115
        for number, mode in ((0, "rb"), (1, "wb"), (2, "wb"))
    )
    vars(failpoint._of_process).update(vars(failpoint.Failpoints(environ)))
