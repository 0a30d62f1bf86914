"""An office relay of the simulator: its store, its answers and its forwarder are the real ones.

Not played are HTTP, waiting for what may come at once, and scans. It dies around each commit and
in the middle of each request, goes back to a copy of its disk, and may lose that disk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlcipher3 import dbapi2

from sync.central import answers
from sync.central.answers import Refusal
from sync.central.blobs import BlobPlace
from sync.central.relay.forward import Forwarder
from sync.central.relay.reception import Link, Reception
from sync.central.relay.schema import MIGRATIONS
from sync.central.relay.store import RelayStore
from sync.database import Database
from sync.errors import Refused, Unreachable
from sync.feed import HEAR
from sync.ids import SeededRandom
from sync.keys import RelayKeys
from sync.relay import RelayClient
from sync.relay_address import RelayAddress
from sync.ticket import fingerprint
from sync.wire import Answer, Progress, Wire, silent
from tests.simulated_centre import copied, refused
from tests.simulated_road import asked

if TYPE_CHECKING:
    from tests.simulated_desk import SimulatedDesk
    from tests.simulator import World

RESEALED = frozenset({413, 415})
Custody = tuple[int, int, int, bytes]
"""Desk, epoch, last entry and head of a batch the relay signed custody for."""


class RelayDiedError(Exception):
    """The process of the relay ended here."""


@cache
def relay_keys() -> RelayKeys:
    """Keys of the relay."""
    return RelayKeys.generate(SeededRandom(998))


@cache
def _template() -> Any:
    """An empty relay's database, made once."""
    db = Database(dbapi2.connect(":memory:"), Path("memory"))
    MIGRATIONS.apply(db)
    db.conn.commit()
    return db.conn


class MortalDatabase(Database):
    """The relay's disk: its process may die before a commit, and after one."""

    def __init__(self, connection: Any, may_kill: Callable[[str], None]) -> None:
        super().__init__(connection, Path("memory"))
        self._may_kill = may_kill

    @contextmanager
    def atomic(self) -> Iterator[Database]:
        """One transaction, after which nothing may be lost and before which nothing is there."""
        with super().atomic():
            yield self
            self._may_kill("before commit")
        self._may_kill("after commit")


class SimulatedRelay:
    """One relay. Raises RelayDiedError where it dies."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.up = True
        self.custodies: set[Custody] = set()
        self._disk(_template())
        self.backup: Any = copied(self.db.conn).conn
        self.start()

    def _disk(self, connection: Any) -> None:
        """Live over a copy of a disk; whatever was signed for after it is gone with the rest."""
        self.db = MortalDatabase(copied(connection).conn, self.world.may_kill_relay)
        self.store = RelayStore(self.db)
        self.custodies.clear()

    def start(self) -> None:
        """The process starts over what is on its disk, as `serve` does."""
        self.up = True
        world = self.world
        self.reception = Reception(self.store, relay_keys(), world.clock)
        self.forwarder = Forwarder(
            self.store,
            cast("BlobPlace", None),
            lambda: cast("Wire", Upstream(world)),
            world.clock,
            SeededRandom(world.chance.randrange(1 << 30)),
        )

    def die(self) -> None:
        """The process ends; what was not committed is not there."""
        self.up = False
        assert not self.db.conn.in_transaction

    def back_up(self) -> None:
        """Copy the disk."""
        self.backup = copied(self.db.conn).conn

    def go_back(self) -> None:
        """Live on with the copy made last."""
        self._disk(self.backup)
        self.start()

    def lose(self) -> None:
        """The disk is gone; the key was kept."""
        self._disk(_template())
        self.start()

    def carry(self) -> None:
        """Carry to the centre and back, as far as it goes."""
        wait = self.forwarder.carry()
        self.refresh()
        if wait is not None:
            self.world.pass_time(wait * self.world.chance.random())

    def refresh(self) -> None:
        """Forget the custody of what was delivered, or must be sealed otherwise."""
        said = {
            (desk, epoch): last
            for desk, epoch, last in self.db.execute(
                "SELECT desk, epoch, last FROM said WHERE kind = 'receipt'"
            ).fetchall()
        }
        anew = {
            (desk, epoch)
            for desk, epoch, status in self.db.execute(
                "SELECT desk, epoch, status FROM held WHERE status IS NOT NULL"
            ).fetchall()
            if status in RESEALED
        }
        self.custodies = {
            one for one in self.custodies if said.get(one[:2], 0) < one[2] and one[:2] not in anew
        }

    def lost(self) -> set[Custody]:
        """What was taken into custody, and is neither here nor signed for by the centre."""
        self.refresh()
        sql = "SELECT desk, epoch, last, head FROM held"
        return self.custodies - {tuple(row) for row in self.db.execute(sql).fetchall()}

    # what a desk asks over the LAN; raises Refused

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Answer one request as `relay.app` does, with or without a look at the centre first."""
        try:
            found = self._answer(method, target, headers, body)
        except Refusal as refusal:
            raise refused(refusal) from refusal
        return Answer(found.status, found.body, {"MFC-Relay": relay_keys().public.hex()})

    def _answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> answers.Answer:
        desk = self.reception
        path = target.partition("?")[0]
        if path == "/v1/batches":
            self.refresh()
            taken = desk.take(headers, body or b"", self.forwarder.most_bytes)
            self.world.count["handed in"] += 1
            held = taken.held
            self.custodies.add((held.caller.desk, held.caller.epoch, held.last, held.head))
            self._at_once()
            return desk.receipted(taken) or desk.custody(taken)
        if path == "/v1/enrol":
            caller = desk.enrol(headers, body or b"")
            self._at_once()
            return desk.enrolled(caller) or answers.json_answer(202, {"held": True})
        if path.endswith("/entries"):
            return self._live(method, target, headers)
        caller = desk.ask("feed" if path == "/v1/feed" else "stream", method, target, headers)
        self._at_once()
        if path == "/v1/feed":
            return desk.page(caller) or answers.Answer(204)
        return desk.standing(caller, Link(self.forwarder.online, self.forwarder.since))

    def _at_once(self) -> None:
        """What came in is carried before it is answered, when the link is quick."""
        if self.world.calm or self.world.chance.random() < 0.5:
            self.carry()

    def _live(self, method: str, target: str, headers: Mapping[str, str]) -> answers.Answer:
        try:
            found = Upstream(self.world).exchange(method, target, headers)
        except Unreachable as error:
            raise Refusal("no-upstream", retry_after=30) from error
        return answers.Answer(found.status, found.body)


class Upstream:
    """The relay's way to the centre: what `sync.wire.Wire` is, over the net of the simulation."""

    def __init__(self, world: World) -> None:
        self._world = world

    def close(self) -> None:
        """Nothing is kept open."""

    def exchange(
        self,
        _method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        _progress: Progress = silent,
    ) -> Answer:
        """One request and its answer, if both get through."""
        world = self._world
        world.may_kill_relay("before a request")
        if target == "/v1/batches":
            hear = (headers or {}).get(HEAR)
            found = world.deliver(body or b"", hear=None if hear is None else int(hear))
        else:
            found = world.over_link(lambda: asked(world, target, headers or {}, body))
        world.may_kill_relay("before an answer")
        data = found.body
        if world.happens("garbled for the relay", world.weather.garble / 2):
            data = world.garbled(data) if data else data
        return Answer(found.status, data)


class Lan:
    """A desk's way to the relay in the same building: seldom broken, and the relay may be down."""

    bytes_up = 0
    bytes_down = 0

    def __init__(self, world: World, desk: SimulatedDesk) -> None:
        self._world = world
        self._desk = desk

    def close(self) -> None:
        """Nothing is kept open."""

    def exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        _progress: Progress = silent,
    ) -> Answer:
        """One request and its answer, if both get through."""
        world = self._world
        world.may_kill("before request")
        relay = world.relay
        if relay is None or not relay.up or world.happens("lan dropped", world.weather.drop / 4):
            raise Unreachable("refused")
        try:
            found = relay.answer(method, target, headers or {}, body)
        except RelayDiedError:
            relay.die()
            raise Unreachable("cut") from None
        except Refused as no:
            world.count[f"relay refused: {no.problem['code']}"] += 1
            raise
        world.meanwhile(self._desk)
        world.may_kill("before answer")
        if world.happens("lan lost reply", world.weather.lose / 4):
            raise Unreachable("cut")
        if found.status == 202 and b"receipt" in found.body:
            world.count["in custody"] += 1
        elif "?signed=1" in target and json.loads(found.body).get("receipt"):
            world.count["receipt by relay"] += 1
        return found


def behind(world: World, desk: SimulatedDesk) -> RelayClient:
    """A desk's client of the relay, over the simulated LAN."""
    address = RelayAddress("http://relay", fingerprint(relay_keys().public))
    client = RelayClient(address, desk.ticket, desk.keys, desk.clock)
    client._wire = cast("Wire", Lan(world, desk))
    return client
