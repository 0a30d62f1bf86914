"""Typing into the program in this process, every statement, paint and handler written down.

A statement belongs to a key when it runs in the handling of the key or of a message that came of
it, before the paint or after it; timers, what was put off until after the paint, and news of the
threads behind are not the key's.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from inspect import isawaitable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from textual.message import Message
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.screen import Screen

from mfc_desk.app import DeskApp

OURS = "mfc_desk."
Handler = Callable[[Message], Any]
BY_THEMSELVES = {
    ("timer.py", "_tick"),
    ("message_pump.py", "_flush_next_callbacks"),
    ("screen.py", "_invoke_and_clear_callbacks"),
}
"""Places of Textual under which timers run, and what was put off until after the paint."""
NEWS = "mfc_desk.screens.news"


@dataclass
class Watched:
    """What happened, in order: («key», «paint», «sql» or «other sql», what); our handlers."""

    happened: list[tuple[str, str]] = field(default_factory=list)
    handlers: list[float] = field(default_factory=list)
    """Processor seconds spent in handlers of ours, one sum a key."""
    news: list[float] = field(default_factory=list)
    """The same of what the threads behind reported meanwhile, one sum a piece of news."""

    def worked(self, message: Message, seconds: float) -> None:
        """A handler of ours took so long over a message: a key's, unless it is news."""
        if type(message).__module__ == NEWS:
            self.news[-1] += seconds
        elif self.handlers:
            self.handlers[-1] += seconds

    def key(self, name: str) -> None:
        """A key is pressed now."""
        self.happened.append(("key", name))
        self.handlers.append(0.0)

    def statement(self, sql: str) -> None:
        """A statement runs now."""
        self.happened.append(("other sql" if _by_itself() else "sql", sql))

    def statements_of_keys(self) -> list[str]:
        """SQL that ran because a key was pressed."""
        return [detail for what, detail in self.happened if what == "sql"]

    def saves(self) -> int:
        """How many drafts were saved meanwhile."""
        return sum(detail.startswith("INSERT INTO draft") for _, detail in self.happened)


@asynccontextmanager
async def watching(app: DeskApp) -> AsyncIterator[Watched]:
    """Write down what the running program with an open desk does, until the block ends."""
    if app.day is None:
        raise ValueError("nobody has logged in")
    seen = Watched()
    connection = app.day.desk.db.conn
    paint, handlers = Screen._compositor_refresh, MessagePump._get_dispatch_methods  # noqa: SLF001

    def painted(screen: Screen[Any]) -> None:
        paint(screen)
        seen.happened.append(("paint", ""))

    def timed(
        pump: MessagePump, name: str, message: Message
    ) -> Iterable[tuple[type, Callable[[Message], Awaitable[Any]]]]:
        for owner, method in handlers(pump, name, message):
            ours = owner.__module__.startswith(OURS)
            yield owner, _timed(method, seen) if ours else method

    with (
        patch.object(Screen, "_compositor_refresh", painted),
        patch.object(MessagePump, "_get_dispatch_methods", timed),
    ):
        connection.set_trace_callback(seen.statement)
        try:
            yield seen
        finally:
            connection.set_trace_callback(None)


def _by_itself() -> bool:
    """Whether the statement running now is no key's, by the frames it stands on."""
    frame = sys._getframe()  # noqa: SLF001  # the only way up the stack without a traceback
    while frame.f_back is not None:
        frame = frame.f_back
        code = frame.f_code
        if (Path(code.co_filename).name, code.co_name) in BY_THEMSELVES:
            return True
        if code.co_name == "_dispatch_message":
            return type(frame.f_locals["message"]).__module__ == NEWS
    return False


def _timed(method: Handler, seen: Watched) -> Callable[[Message], Awaitable[Any]]:
    async def handler(message: Message) -> None:
        if type(message).__module__ == NEWS:
            seen.news.append(0.0)
        with _counted(seen, message):
            done = method(message) if _takes_message(method) else method()  # type: ignore[call-arg]
        if isawaitable(done):
            await _Steps(done, seen, message)

    return handler


@contextmanager
def _counted(seen: Watched, message: Message) -> Iterator[None]:
    start = time.thread_time()
    try:
        yield
    finally:
        seen.worked(message, time.thread_time() - start)


class _Steps(Generator[Any, Any, Any]):
    """A handler that waits: its own steps are counted, not what others do meanwhile."""

    def __init__(self, handler: Awaitable[Any], seen: Watched, message: Message) -> None:
        self._steps = handler.__await__()
        self._seen = seen
        self._message = message

    def __await__(self) -> Generator[Any, Any, Any]:
        return self

    def send(self, value: Any) -> Any:
        with _counted(self._seen, self._message):
            return self._steps.send(value) if value is not None else next(self._steps)

    def throw(self, *error: Any) -> Any:
        with _counted(self._seen, self._message):
            return self._steps.throw(*error)


def _takes_message(method: Handler) -> bool:
    code = getattr(method, "__code__", None) or method.__func__.__code__  # type: ignore[attr-defined]
    return bool(code.co_argcount > 1)


async def press(pilot: Pilot[None], seen: Watched, key: str, pause_s: float) -> None:
    """Press a key as a hand does: it is painted before the next one."""
    seen.key(key)
    await pilot.press(key)
    await pilot.pause(pause_s)
