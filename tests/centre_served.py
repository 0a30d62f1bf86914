"""A centre of this process, served over real HTTP by a thread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn

from sync.central import app
from sync.central.app import build
from sync.central.gate import DiskGauge
from sync.central.serve import Failure, PatientProtocol, Place, listen, server_config
from tests.centre_process import PATIENCE_SECONDS, START_SECONDS
from tests.centre_world import LocalCentre


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[LocalCentre], str]]:
    """Serves a local centre from a thread of this process; gives its address."""
    monkeypatch.setattr(app, "GRACE_SECONDS", PATIENCE_SECONDS)
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def serve(local: LocalCentre) -> str:
        place = Place("127.0.0.1", 0)
        listener = listen(place)
        gauge = DiskGauge(local.folder, time.monotonic)
        failure = Failure()
        config = server_config(build(local.centre, local.projector, gauge, failure.stop), place)
        assert config.http is PatientProtocol
        server = failure.server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server._serve([listener])))
        thread.start()
        running.append((server, thread))
        until = time.monotonic() + START_SECONDS
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        assert server.started
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for server, thread in running:
        server.should_exit = True
        thread.join(START_SECONDS)
