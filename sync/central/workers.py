"""Several processes of one centre over PostgreSQL: uvicorn starts, watches and replaces them."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from uvicorn.supervisors import Multiprocess

from sync.central.app import build
from sync.central.centre import Centre
from sync.central.errors import AlreadyServing
from sync.central.gate import DiskGauge, Stamped
from sync.central.home import CentreHome
from sync.central.logs import set_up as set_up_logs
from sync.central.metrics import SHARED
from sync.central.serve import Place, address_of, listen, server_config
from sync.clock import SystemClock
from sync.ids import SystemRandom
from sync.lock import LockFile

VARIABLE = "MFC_CENTRAL_WORKER"
APPLICATION = "sync.central.workers:application"
STDIN_BYTES = 4096


@dataclass(frozen=True)
class Worker:
    """What each process is told: by the environment, for the URL may hold a password."""

    home: str
    database: str
    blobs: str | None
    quiet: bool


def application() -> Stamped:
    """Make the application of one worker process."""
    told = Worker(**json.loads(os.environ[VARIABLE]))
    set_up_logs(quiet=told.quiet)
    home = CentreHome(Path(told.home))
    centre = Centre.open(home, SystemClock(), SystemRandom(), told.database, told.blobs)

    def stop() -> None:
        os.kill(os.getpid(), signal.SIGTERM)  # the parent starts another one

    return build(centre, centre.projector(), DiskGauge(home.root, time.monotonic), stop)


def serve(
    worker: Worker,
    place: Place,
    *,
    workers: int,
    urls: tuple[str, ...],
    stop_with_stdin: bool,
) -> None:
    """Serve by so many processes until SIGTERM or SIGINT, or until stdin ends.

    Raises AlreadyServing, PortTaken, AddressRefused.
    """
    home = CentreHome(Path(worker.home))
    with (
        LockFile(home.serve_lock) as lock,
        listen(place) as listener,
        TemporaryDirectory(prefix="mfc-counts-") as counts,
    ):
        if not lock.take():
            raise AlreadyServing
        os.environ[SHARED] = counts  # before the workers start: their counts are told together
        address = address_of(place, listener)
        home.keep_urls(urls or (address,))
        os.environ[VARIABLE] = json.dumps(asdict(worker))
        config = server_config(APPLICATION, place, workers=workers)
        parent = Multiprocess(config, [listener])
        if stop_with_stdin:
            _with_stdin(parent.should_exit.set)
        told = {"url": address, "port": listener.getsockname()[1]}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        parent.run()


def _with_stdin(stop: Callable[[], None]) -> None:
    """End with the process that holds the other end of stdin; the workers get none of it."""
    stdin = os.dup(sys.stdin.fileno())
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, sys.stdin.fileno())
    os.close(nothing)

    def wait() -> None:
        while os.read(stdin, STDIN_BYTES):
            pass
        stop()

    threading.Thread(target=wait, name="centre-stdin", daemon=True).start()
