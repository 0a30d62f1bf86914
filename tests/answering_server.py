"""A real HTTP server that answers what a test tells it, and a client of the exchange for it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sync.errors import UNREACHABLE_TEXTS, Unreachable
from sync.http import CentreClient
from tests import sync_world as world
from tests.sync_world import HandClock

TIMEOUT = (60.0, 60.0)
SOON = (60.0, 1.0)
"""Where silence is what is waited for."""
Call = Callable[[CentreClient], object]


@dataclass
class Said:
    """What the next answer is, and what was asked."""

    status: int = 200
    media_type: str = "application/json"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"Server-Time": "2026-11-21T13:00:00Z"})
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def set(self, status: int, body: bytes, media_type: str = "application/json") -> None:
        self.status, self.body, self.media_type = status, body, media_type


@contextmanager
def serving(said: Said, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A real HTTP server on a thread that answers what it is told to."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            said.asked.append((self.command, self.path, dict(self.headers), body))
            # Taken now: whoever has the headers of a 204 goes on and sets the next answer.
            told = replace(said, headers=dict(said.headers))
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", told.media_type)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        do_GET = do_POST = answer  # noqa: N815 - names http.server looks for

        def log_message(self, *_args: object, **_kwargs: object) -> None:
            return

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: object, **_kwargs: object) -> None:
            return

    with Quiet(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def client(
    url: str,
    clock: HandClock | None = None,
    timeout: tuple[float, float] = TIMEOUT,
    **changes: object,
) -> Iterator[CentreClient]:
    ticket = world.ticket(urls=(url,), **changes)
    made = CentreClient(ticket, world.DEVICE, clock or HandClock(), timeout=timeout)
    yield made
    made.close()


def health(made: CentreClient) -> None:
    made.health()


def kind(call: Call, made: CentreClient) -> str:
    """The kind of the failure a call ends in."""
    with pytest.raises(Unreachable) as caught:
        call(made)
    assert str(caught.value) == UNREACHABLE_TEXTS[caught.value.kind]
    assert caught.value.exit_code == 3
    return caught.value.kind
