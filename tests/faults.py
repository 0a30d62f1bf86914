"""Faults a test brings about on purpose: statements that fail, disks that fill, centres that lie.

Every one of them happens in the real part: SQLite interrupts the statement itself, the kernel
refuses the bytes, a real socket answers nonsense.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mfc_desk.demo.link import reset
from sync import failpoint
from sync.database import Database


def status_killed_at(point: str, act: Callable[[], object]) -> int:
    """Let a process of its own act and die at a failpoint; its exit status (0: it was not met).

    A copy of this process, which costs nothing to start; nothing that it opens may be open here.
    """
    child = os.fork()
    if child == 0:
        status = 1
        try:
            vars(failpoint._of_process).update(_point=point, _times=1)
            act()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@dataclass
class Statements:
    """How many statements ran since the watch began, and whether the chosen one was stopped."""

    ran: int = 0
    stopped: bool = False


@contextlib.contextmanager
def nth_statement_fails(db: Database, n: int) -> Iterator[Statements]:
    """SQLite interrupts the n-th statement (from 0) that runs on this connection.

    BEGIN and COMMIT count too. A write interrupted inside a transaction rolls all of it back by
    itself, which is the harshest thing SQLite does.
    """
    seen = Statements()

    def begins(_sql: str) -> None:
        seen.ran += 1

    def stops() -> int:
        if seen.ran == n + 1 and not seen.stopped:
            seen.stopped = True
            return 1
        return 0

    db.conn.set_trace_callback(begins)
    db.conn.set_progress_handler(stops, 1)
    try:
        yield seen
    finally:
        db.conn.set_progress_handler(None, 1)
        db.conn.set_trace_callback(None)


@contextlib.contextmanager
def full_disk(db: Database, *, pages_left: int = 0) -> Iterator[None]:
    """The database can grow by so many pages only, then SQLite says the disk is full."""
    (pages,) = db.conn.execute("PRAGMA page_count").fetchone()
    (before,) = db.conn.execute("PRAGMA max_page_count").fetchone()
    db.conn.execute(f"PRAGMA max_page_count={pages + pages_left:d}").fetchone()
    try:
        yield
    finally:
        db.conn.execute(f"PRAGMA max_page_count={before:d}").fetchone()


@dataclass
class LyingCentre:
    """A server on loopback that answers what it is asked with the same bytes.

    `answer` None: it resets the connection instead; `silent`: it says nothing and keeps the
    connection open, as a half-open one is. With `behind` it hands everything to the real
    centre on that port until a request begins with `instead_of`, and lies only then; with
    `deliver` the real centre gets that request too, and only its answer is replaced. `heard` is
    all that passed, both ways.
    """

    answer: bytes | None
    behind: int | None = None
    instead_of: bytes = b""
    deliver: bool = False
    silent: bool = False
    asked: int = 0
    lied: int = 0
    heard: bytearray = field(default_factory=bytearray)
    _open: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]

    def __enter__(self) -> LyingCentre:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # shutdown wakes the accepting thread
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for end in self._open:
            reset(end)

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            self.asked += 1
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            near.settimeout(120)
            self._open.append(near)
            far = None
            if self.behind is not None:
                far = socket.create_connection(("127.0.0.1", self.behind), timeout=120)
                far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.append(far)
                threading.Thread(target=self._down, args=(far, near), daemon=True).start()
            threading.Thread(target=self._up, args=(near, far), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket | None) -> None:
        with contextlib.suppress(OSError):
            while block := near.recv(65536):
                self.heard += block
                if not block.startswith(self.instead_of) and not self.lied:
                    if far is not None:
                        far.sendall(block)
                    continue
                if self.deliver and far is not None:
                    self.lied += 1
                    far.sendall(block)
                else:
                    self.lied += 1
                    self._lie(near)
                    return

    def _down(self, far: socket.socket, near: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while block := far.recv(65536):
                self.heard += block
                if self.lied:
                    self._lie(near)
                    return
                near.sendall(block)

    def _lie(self, near: socket.socket) -> None:
        if self.silent:
            return
        with contextlib.suppress(OSError):
            if self.answer is not None:
                near.sendall(self.answer)
                near.shutdown(socket.SHUT_WR)
                near.settimeout(1)
                while near.recv(65536):
                    pass
        reset(near)


def http_answer(status: str, content_type: str, body: bytes) -> bytes:
    """A whole HTTP answer as bytes."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


PORTAL = http_answer(
    "200 OK",
    "text/html; charset=utf-8",
    "<html><title>Войдите в сеть гостиницы</title><body>Примите условия</body></html>".encode(),
)
LIES: dict[str, bytes | None] = {
    "page of a hotel": PORTAL,
    "500": http_answer("500 Internal Server Error", "text/html", b"<h1>Oops</h1>"),
    "502 of a proxy": http_answer("502 Bad Gateway", "text/plain", b""),
    "garbage": bytes(range(256)) * 3,
    "garbage with the right type": http_answer(
        "201 Created", "application/vnd.mfc.receipt", b"MFCR\0\0\0\7garbage"
    ),
    "empty 201": http_answer("201 Created", "application/vnd.mfc.receipt", b""),
    "torn answer": http_answer("201 Created", "application/vnd.mfc.receipt", b"x" * 400)[:-300],
    "nothing": b"",
    "reset": None,
}
