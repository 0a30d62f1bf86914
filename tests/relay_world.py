"""Desks that have no way to the centre but their office relay."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from mfc_desk.desk import Desk
from sync.central.centre import Centre
from sync.central.gate import DiskGauge
from sync.central.home import CentreHome
from sync.central.relay.app import build
from sync.central.relay.home import RelayHome
from sync.central.relay.relay import Relay
from sync.central.serve import Failure, Place, address_of, listen, server_config
from sync.clock import SystemClock
from sync.ids import SystemRandom
from sync.relay_address import RelayAddress
from tests.centre_process import START_SECONDS, CentreProcess
from tests.desk_home import DeskHome, set_up_home

NOWHERE = "http://127.0.0.1:9"


def born_behind(folder: Path, centre: CentreProcess, relay: str, desk_no: int) -> DeskHome:
    """A desk set up from a ticket that names the relay; its way to the centre leads nowhere."""
    opened = Centre.open(CentreHome(centre.home), SystemClock(), SystemRandom())
    try:
        _, ticket = opened.enrolment.issue(
            "0101", desk_no, window="1", urls=(NOWHERE,), relay=relay
        )
    finally:
        opened.close()
    place = folder / f"desk-{desk_no}"
    return set_up_home(place, ticket=ticket, seed=desk_no, now=SystemClock().now())


@contextmanager
def serving_relay(folder: Path, upstream: str) -> Iterator[tuple[Relay, RelayAddress]]:
    """A relay of this process, served over real HTTP by a thread."""
    relay = Relay.open(RelayHome(folder), SystemClock(), SystemRandom(), (upstream,))
    place = Place("127.0.0.1", 0)
    listener = listen(place)
    gauge = DiskGauge(folder, time.monotonic)
    failure = Failure()
    server = uvicorn.Server(server_config(build(relay, gauge, failure.stop), place))
    failure.server = server
    thread = threading.Thread(target=lambda: asyncio.run(server._serve([listener])))
    thread.start()
    until = time.monotonic() + START_SECONDS
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    assert server.started
    try:
        yield relay, RelayAddress(address_of(place, listener), relay.code)
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        relay.close()


@contextmanager
def behind(folder: Path, centre: CentreProcess, relay: str, desk_no: int) -> Iterator[Desk]:
    """Such a desk, logged in."""
    with born_behind(folder, centre, relay, desk_no).login() as desk:
        yield desk
