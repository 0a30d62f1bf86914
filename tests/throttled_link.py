"""A bad link on loopback: so many bits a second, so long a way, cut every few seconds.

All connections share it, as they do the modem of an office. It counts what arrived each way; what
was under way when it was cut is lost with the connection, reset at both ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field
from types import TracebackType

BLOCK = 1024
BUFFER = 8 * 1024
"""Of the socket that takes bytes in: what the system swallows is not on the link yet."""


@dataclass
class Arrived:
    """Bytes that came out at the other end, and how many connections were cut."""

    up: int = 0
    down: int = 0
    cuts: int = 0


@dataclass
class Lane:
    """One direction: when its last byte is through."""

    bytes_a_second: float
    free_at: float = 0.0

    async def send(self, size: int) -> None:
        """Wait until so many bytes have gone out."""
        now = asyncio.get_running_loop().time()
        self.free_at = max(self.free_at, now) + size / self.bytes_a_second
        await asyncio.sleep(self.free_at - now)


@dataclass
class ThrottledLink:
    """A link from any free port of 127.0.0.1 to `port`; a context manager.

    `kbit_s` each way, `latency_s` one way, `cut_every_s` from its start on (0: never).
    """

    port: int
    kbit_s: float
    latency_s: float = 0.0
    cut_every_s: float = 0.0
    arrived: Arrived = field(default_factory=Arrived)

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="link")
        self._open: set[asyncio.StreamWriter] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._up, self._down = (Lane(self.kbit_s * 1000 / 8) for _ in range(2))

    def __enter__(self) -> ThrottledLink:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self) -> None:
        self._server = await asyncio.start_server(self._connect, sock=self._listener, limit=BLOCK)
        self._cutting = asyncio.create_task(self._cut())

    async def _end(self) -> None:
        self._server.close()
        self._reset_all()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _cut(self) -> None:
        while self.cut_every_s:
            await asyncio.sleep(self.cut_every_s)
            self.arrived.cuts += bool(self._open)
            self._reset_all()

    def _reset_all(self) -> None:
        for writer in self._open:
            plug = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        self._open.clear()

    async def _connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self._open.add(back)
        await asyncio.sleep(2 * self.latency_s)  # the handshake goes there and back
        try:
            far, onward = await asyncio.open_connection("127.0.0.1", self.port, limit=BLOCK)
        except OSError:
            back.transport.abort()
            return
        self._open.add(onward)
        await asyncio.gather(
            self._carry(near, onward, self._up, upward=True),
            self._carry(far, back, self._down, upward=False),
        )
        self._open -= {back, onward}

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, lane: Lane, *, upward: bool
    ) -> None:
        """Take a block when the lane is free; it comes out the way's length later."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while block := await source.read(BLOCK):
                await lane.send(len(block))
                loop.call_later(self.latency_s, self._deliver, sink, block, upward)
        loop.call_later(self.latency_s, self._hang_up, sink)

    def _deliver(self, sink: asyncio.StreamWriter, block: bytes, upward: bool) -> None:
        if sink not in self._open or sink.is_closing():
            return
        sink.write(block)
        if upward:
            self.arrived.up += len(block)
        else:
            self.arrived.down += len(block)

    def _hang_up(self, sink: asyncio.StreamWriter) -> None:
        self._open.discard(sink)
        if not sink.is_closing():
            sink.close()
