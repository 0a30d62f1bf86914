"""A scheduler that refuses to answer has not said that it knows no jobs."""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from printing.errors import PrinterUnreachable
from printing.ipp import Scheduler

NOT_FOUND, FORBIDDEN, BUSY = 0x0406, 0x0401, 0x0507


class Answering(ThreadingHTTPServer):
    """Answers every question with the same status and bytes."""

    status = 200
    body = b""


class Handler(BaseHTTPRequestHandler):
    server: Answering

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def scheduler() -> Iterator[Callable[[int, bytes], Scheduler]]:
    """Makes a scheduler that answers so."""
    server = Answering(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,)).start()

    def answering(status: int, body: bytes) -> Scheduler:
        server.status, server.body = status, body
        return Scheduler(f"127.0.0.1:{server.server_address[1]}", "mfc-desk", 30.0)

    yield answering
    server.shutdown()
    server.server_close()


def said(status: int) -> bytes:
    return struct.pack(">BBHIB", 2, 0, status, 1, 3)


def test_nothing_found_is_an_answer(scheduler: Callable[[int, bytes], Scheduler]) -> None:
    """A scheduler without printers and jobs says so by «not found»."""
    asked = scheduler(200, said(NOT_FOUND))
    assert (asked.jobs(), asked.destinations(), asked.default()) == ([], [], None)
    assert not asked.cancel(7)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, b"<html>Forbidden</html>"),
        (426, b""),
        (200, b""),
        (200, said(FORBIDDEN)),
        (200, said(BUSY)),
    ],
)
def test_a_refusal_is_not_an_empty_list(
    scheduler: Callable[[int, bytes], Scheduler], status: int, body: bytes
) -> None:
    """Else a paper that lies in the scheduler would be sent a second time."""
    asked = scheduler(status, body)
    for ask in (asked.jobs, asked.destinations, asked.default):
        with pytest.raises(PrinterUnreachable):
            ask()
