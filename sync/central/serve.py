"""Runs the centre as a server: listening, patience with slow peers, an orderly end."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sync.central.app import build
from sync.central.centre import Centre
from sync.central.errors import AddressRefused, AlreadyServing, PortTaken, ServingStopped
from sync.central.gate import DiskGauge, Stamped
from sync.central.home import CentreHome
from sync.lock import LockFile

HEAD_SECONDS = 20.0
HEAD_BYTES = 16 * 1024
KEEP_ALIVE_SECONDS = 75
CONNECTIONS = 2000
BACKLOG = 512
GOODBYE_SECONDS = 5
LAST_BYTES_SECONDS = 5.0
WORKER_SECONDS = 60  # a worker that is silent for so long, or has not started, is replaced
LAST_BYTES_POLL = 0.02
STDIN_BYTES = 4096


@dataclass(frozen=True)
class Place:
    """Where to listen; TLS when both files are given."""

    host: str
    port: int
    tls_certificate: Path | None = None
    tls_key: Path | None = None


class PatientProtocol(H11Protocol):
    """Hangs up on a peer that does not get a request's head together in time."""

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the time of the first head."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Read on; start the time of a head that began, stop it when the head is whole.

        A head is fed piece by piece: h11 measures only what is not whole yet, so one that came in
        a single read would have any length.
        """
        while len(data) > HEAD_BYTES and not self._answering():
            super().data_received(data[:HEAD_BYTES])
            data = data[HEAD_BYTES:]
            if self.transport.is_closing():
                return
        super().data_received(data)
        if self._answering():
            self._stop_waiting()
        elif self._head_timer is None and not self.transport.is_closing():
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer; first let the application have the bytes that came before the cut."""
        self._stop_waiting()
        self._lose(exc, self.loop.time() + LAST_BYTES_SECONDS)

    def _lose(self, exc: Exception | None, until: float) -> None:
        """uvicorn forgets the unread body of a connection that is gone; a scan would lose it."""
        if self._answering() and self.cycle.body and self.loop.time() < until:
            self.loop.call_later(LAST_BYTES_POLL, self._lose, exc, until)
        else:
            super().connection_lost(exc)

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._hang_up)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _hang_up(self) -> None:
        if not self._answering():
            self.transport.close()

    def _answering(self) -> bool:
        cycle: Any = self.cycle  # None before the first request, whatever its type says
        return cycle is not None and not cycle.response_complete


class Failure:
    """Lets the application end its own server."""

    server: uvicorn.Server | None = None
    happened = False

    def stop(self) -> None:
        """End the server in good order; `serve` raises afterwards."""
        self.happened = True
        if self.server is not None:
            self.server.should_exit = True


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            self._listening()


def listen(place: Place) -> socket.socket:
    """Take the port; raises PortTaken, AddressRefused. Port 0 takes any free one."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    # named, or asyncio leaves TCP_NODELAY off: an answer of two writes then waits 40 ms for an ACK
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((place.host, place.port))
    except OSError as error:
        listener.close()
        raise (PortTaken if error.errno == errno.EADDRINUSE else AddressRefused) from error
    return listener


def serve(
    centre: Centre,
    home: CentreHome,
    place: Place,
    *,
    urls: tuple[str, ...],
    stop_with_stdin: bool,
) -> None:
    """Serve until SIGTERM or SIGINT, or until stdin ends; print the address as JSON on stdout.

    Raises AlreadyServing, PortTaken, AddressRefused, and ServingStopped when it had to stop by
    itself.
    """
    with LockFile(home.serve_lock) as lock, listen(place) as listener:
        if not lock.take():
            raise AlreadyServing
        projector = centre.projector()
        address = address_of(place, listener)
        home.keep_urls(urls or (address,))

        def make(stop: Callable[[], None]) -> Stamped:
            return build(centre, projector, DiskGauge(home.root, time.monotonic), stop)

        run(make, place, listener, stop_with_stdin=stop_with_stdin)


def run(
    make: Callable[[Callable[[], None]], Stamped],
    place: Place,
    listener: socket.socket,
    *,
    stop_with_stdin: bool,
    besides: Mapping[str, str] | None = None,
) -> None:
    """Run the application `make(stop)` gives until it is told to stop; announce it on stdout.

    The announcement is one JSON object: url, port and what is `besides`. Raises ServingStopped
    when the application stopped the server itself.
    """
    told = {"url": address_of(place, listener), "port": listener.getsockname()[1]}

    def announce() -> None:
        sys.stdout.write(json.dumps({**told, **(besides or {})}) + "\n")
        sys.stdout.flush()

    failure = Failure()
    server = failure.server = _Server(server_config(make(failure.stop), place), announce)
    if stop_with_stdin:
        _stop_with_stdin(server)
    # uvicorn raises the signal again when it is done: an orderly end is not a death
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    server.run(sockets=[listener])
    if failure.happened:
        raise ServingStopped


def address_of(place: Place, listener: socket.socket) -> str:
    """Return the URL of what listens."""
    scheme = "https" if place.tls_certificate else "http"
    return f"{scheme}://{_bracketed(place.host)}:{listener.getsockname()[1]}"


def server_config(app: Stamped | str, place: Place, *, workers: int = 1) -> uvicorn.Config:
    """Return uvicorn's settings; `app` by name is made in each of the worker processes."""
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=workers,
        timeout_worker_healthcheck=WORKER_SECONDS,
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,  # Server-Time says it to the millisecond
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
        h11_max_incomplete_event_size=HEAD_BYTES,
        ssl_certfile=place.tls_certificate,
        ssl_keyfile=place.tls_key,
    )


def _stop_with_stdin(server: uvicorn.Server) -> None:
    """End with the process that holds the other end of stdin, however that one ends."""
    stdin = sys.stdin.fileno()

    def wait() -> None:
        while os.read(stdin, STDIN_BYTES):
            pass
        server.should_exit = True

    threading.Thread(target=wait, name="centre-stdin", daemon=True).start()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
