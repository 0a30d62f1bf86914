"""A link that can be cut at any byte: a TCP relay on loopback between a desk and its centre.

The demo and the tests send through it.  It counts what passed each way, and cuts by resetting the
connection, the way a modem that loses its carrier looks to both ends.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field
from types import TracebackType

BLOCK = 16384


@dataclass
class Cut:
    """Where to cut the next connections: after so many bytes up (to the centre) or down."""

    up: int | None = None
    down: int | None = None


@dataclass
class Passed:
    """Bytes that went through since the link was opened, and how many connections were cut."""

    up: int = 0
    down: int = 0
    cuts: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Link:
    """A relay from `listen_on` (0: any free port) on 127.0.0.1 to `port`; a context manager."""

    def __init__(self, port: int, listen_on: int = 0) -> None:
        self.target = port
        self.passed = Passed()
        self._cut = Cut()
        self._down = False
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", listen_on))
        self.port: int = self._server.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True, name="link")

    @property
    def url(self) -> str:
        """What a desk writes into its address book."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Link:
        self._accepting.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.take_down()
        # shutdown wakes the accepting thread; close alone would leave it waiting on Linux
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._accepting.join(5)

    def take_down(self) -> None:
        """No link: open connections are reset, new ones too."""
        self._down = True
        with self._lock:
            for end in self._open:
                reset(end)
            self._open.clear()

    def bring_up(self) -> None:
        """The link is back, whole."""
        self._cut = Cut()
        self._down = False

    def cut_after(self, *, up: int | None = None, down: int | None = None) -> None:
        """Cut every further connection after so many bytes of a direction, until `bring_up`."""
        self._cut = Cut(up, down)
        self._down = False

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            if self._down:
                reset(near)
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                reset(near)
                continue
            for end in (near, far):
                end.settimeout(None)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open |= {near, far}
            cut = self._cut
            for source, sink, limit, upward in (
                (near, far, cut.up, True),
                (far, near, cut.down, False),
            ):
                threading.Thread(
                    target=self._carry, args=(source, sink, limit, upward), daemon=True
                ).start()

    def _carry(
        self, source: socket.socket, sink: socket.socket, limit: int | None, upward: bool
    ) -> None:
        left = limit
        try:
            while block := source.recv(BLOCK):
                part = block if left is None else block[:left]
                self._count(len(part), upward)
                sink.sendall(part)
                if left is not None:
                    left -= len(part)
                    if left <= 0:
                        with self.passed.lock:
                            self.passed.cuts += 1
                        self._drop(source, sink)
                        return
            # the sender closed its half: pass that on, the answer may still be under way
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(source, sink)

    def _count(self, amount: int, upward: bool) -> None:
        with self.passed.lock:
            if upward:
                self.passed.up += amount
            else:
                self.passed.down += amount

    def _drop(self, *ends: socket.socket) -> None:
        with self._lock:
            self._open -= set(ends)
        for end in ends:
            reset(end)


def reset(end: socket.socket) -> None:
    """Close with RST: what a cut carrier looks like, unlike a polite goodbye."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # another thread may sit in recv on this socket: shutdown wakes it
        end.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        end.close()
