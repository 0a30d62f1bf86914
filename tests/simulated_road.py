"""A desk's road to the centre and a relay's: the real clients over the net of the simulation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs

from sync.central import answers
from sync.central.answers import Refusal
from sync.errors import Refused
from sync.feed import HEAR
from sync.http import CentreClient
from sync.wire import Answer, Progress, Wire, silent
from tests.simulated_centre import refused

if TYPE_CHECKING:
    from tests.simulated_desk import SimulatedDesk
    from tests.simulator import World

BATCHES = "/v1/batches"


def asked(
    world: World,
    target: str,
    headers: Mapping[str, str],
    body: bytes | None,
    *,
    replays: bool = False,
) -> answers.Answer:
    """What the centre answers a question a desk signed; `replays`: an older page may come."""
    centre = world.centre.centre
    path, _, query = target.partition("?")
    after = int(parse_qs(query).get("after", ["0"])[0])
    try:
        if path == "/v1/enrol":
            return centre.enrol(body or b"")
        device = centre.identify("GET", target, headers.get("MFC-Signature"))
        most = world.chance.randrange(1, 3000)
        if path == "/v1/feed":
            if replays and after and world.happens("page replayed", world.weather.replays):
                after = world.chance.randrange(after)
            return centre.page(device, after, most)
        desk, epoch = (int(part) for part in path.split("/")[3:5])
        if path.endswith("/entries"):
            return centre.entries(device, desk, epoch, after, most)
        return centre.stream(device, desk, epoch, signed="signed=1" in query)
    except Refusal as refusal:
        raise refused(refusal) from refusal


class Road:
    """What `sync.wire.Wire` is to a desk's client: its way to the centre itself."""

    centre_time = None
    bytes_up = 0
    bytes_down = 0

    def __init__(self, world: World, desk: SimulatedDesk) -> None:
        self._world = world
        self._desk = desk

    def close(self) -> None:
        """Nothing is kept open."""

    def exchange(
        self,
        _method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        progress: Progress = silent,
    ) -> Answer:
        """One request and its answer, if both get through."""
        world = self._world
        world.may_kill("before request")
        if target == BATCHES:
            progress(0, len(body or b""))
            return self._sent(body or b"", (headers or {}).get(HEAR))
        if target.startswith("/v1/feed") and world.happens("feed gone", world.weather.portal):
            raise Refused(410, {"code": "gone", "retry_after": 0.0})
        found = world.over_link(
            lambda: asked(world, target, headers or {}, body, replays=True), self._desk
        )
        world.may_kill("before answer")
        return Answer(found.status, found.body)

    def _sent(self, data: bytes, hear: str | None) -> Answer:
        """A batch; back comes its receipt, perhaps with a page, or something else."""
        world = self._world
        found = world.deliver(data, self._desk, None if hear is None else int(hear))
        world.may_kill("before answer")
        body = found.body
        if world.happens("garbled down", world.weather.garble):
            body = world.garbled(body)
        elif world.receipts and world.happens("another receipt", world.weather.garble):
            body = world.chance.choice(world.receipts)
        return Answer(found.status, body)


def straight(world: World, desk: SimulatedDesk) -> CentreClient:
    """A desk's client of the centre, over the simulated net."""
    client = CentreClient(desk.ticket, desk.keys, desk.clock)
    client._wire = cast("Wire", Road(world, desk))
    return client
