"""`mfc-desk`: composes the parts, turns failures into sentences and exit codes."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from io import TextIOWrapper
from types import TracebackType

from mfc_desk.cli.frame import Call, known_failures, read_arguments
from mfc_desk.errors.desk_error import INTERRUPTED
from mfc_desk.log import record_crash
from mfc_desk.paths import Home

CRASHED = 70
OWNER_ONLY = 0o077
"""Umask: what the desk makes (database, locks, papers, copies) is for its owner's eyes."""


def main(argv: list[str] | None = None) -> int:
    """Run one command, or open the screens when there is none; return the exit code."""
    _speak_anyhow()
    os.umask(OWNER_ONLY)
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.stderr.write("Прервано.\n")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has left; the flush at exit must not complain about it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _run(argv: list[str]) -> int:
    arguments = read_arguments(argv)
    call = Call.of(arguments)
    sys.excepthook = crash_hook(call.home)
    threading.excepthook = _thread_hook(call.home)
    try:
        code: int = arguments.run(call, arguments)
    except known_failures() as failure:
        return call.fail(failure)
    return code


def _speak_anyhow() -> None:
    """A terminal that cannot show a letter gets «?» for it, not a crash."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def crash_hook(
    home: Home,
) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    """What happens to a bug: a line in the crash log, a sentence on stderr, exit code 70.

    No traceback is printed: its source lines may stand beside somebody's data on the screen.
    `MFC_DESK_TRACEBACK=1` prints it for the developer.
    """

    def on_bug(
        kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        if os.environ.get("MFC_DESK_TRACEBACK"):
            sys.__excepthook__(kind, error, traceback)
        written = home.root.is_dir() and record_crash(
            home.log, error.with_traceback(traceback), datetime.now(UTC)
        )
        where = f" Запись для разработчика без личных данных: {home.log}" if written else ""
        sys.stderr.write(
            "Ошибка в программе. Сохранённое не пострадало: запустите её снова"
            f" и сообщите администратору.{where}\n"
        )
        raise SystemExit(CRASHED)

    return on_bug


def _thread_hook(home: Home) -> Callable[[threading.ExceptHookArgs], None]:
    """A bug in a worker thread goes to the crash log; the main thread goes on."""

    def on_bug(bug: threading.ExceptHookArgs) -> None:
        if bug.exc_value is not None and home.root.is_dir():
            record_crash(home.log, bug.exc_value, datetime.now(UTC))

    return on_bug


if __name__ == "__main__":
    sys.exit(main())
