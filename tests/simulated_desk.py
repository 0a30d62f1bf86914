"""A desk of the simulator and its road to the centre: the real exchange over SQLite in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlcipher3 import dbapi2

from sync import chain, journal, outbox
from sync.central.answers import Answer
from sync.clock import CentreTime
from sync.database import Database
from sync.entries import Stamp, encode
from sync.errors import Refused, Unreachable
from sync.feed import FeedEvent, FeedPage
from sync.http import ParkedAt, Receipted, StreamAnswer, read_batch_answer
from sync.ids import SeededRandom, UuidV7
from sync.journal import Journal
from sync.keys import CentreKeys, DeviceKeys
from sync.receipt import Receipt, read_verified
from sync.session import Exchange, Outcome
from sync.ticket import Ticket, write

if TYPE_CHECKING:
    from tests.simulator import World

START = datetime.fromisoformat("2026-11-21T06:00:00+00:00")
SERVER = "s-sim"
EPOCH = 217_123_200
T = TypeVar("T")


class ViolationError(AssertionError):
    """A rule of sync.md, 11 does not hold."""


class DeskKilledError(BaseException):
    """The desk's process ends here: nothing may catch this but the simulator."""


class VirtualClock:
    """Time of the simulation; `lie` is what the wall clock shows besides."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.lie = timedelta(0)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds) + self.lie

    def monotonic(self) -> float:
        return self.seconds

    def boot_id(self) -> str:
        return "boot"


class NoLock:
    """One thread, one exchange at a time."""

    def take(self) -> bool:
        return True

    def release(self) -> None:
        return


@cache
def _template() -> Any:
    """An empty desk's database, made once."""
    db = Database(dbapi2.connect(":memory:"), Path("memory"))
    for part in (journal.migrations, outbox.migrations):
        part.apply(db)
    db.execute("CREATE TABLE outcome (n INTEGER NOT NULL, entry TEXT NOT NULL) STRICT")
    db.conn.commit()
    return db.conn


def copied(connection: Any) -> Database:
    """Another database with the same contents."""
    made = dbapi2.connect(":memory:")
    connection.backup(made)
    return Database(made, Path("memory"))


@cache
def device_keys(desk: int) -> DeviceKeys:
    """Keys of a desk, the same in every history."""
    return DeviceKeys.generate(SeededRandom(desk))


@cache
def centre_keys() -> CentreKeys:
    """Keys of the centre."""
    return CentreKeys.generate(SeededRandom(999))


@cache
def verified(data: bytes) -> Receipt:
    """A receipt the centre signed; the same bytes are checked once."""
    return read_verified(data, {centre_keys().key_id: centre_keys().public})


class SimulatedDesk:
    """One desk: its database, what it was told is saved, and its way to the centre."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.number = number
        self.keys = device_keys(number)
        self.clock = VirtualClock()
        self.random = SeededRandom(world.chance.randrange(1 << 30))
        self.ids = UuidV7(lambda: int(self.clock.now().timestamp() * 1000), self.random)
        self.ticket = Ticket(
            server_id=SERVER,
            signing_keys=(centre_keys().public,),
            age_recipients=(centre_keys().recipient,),
            recovery_recipient="",
            ca_pem=None,
            urls=(),
            desk_no=number,
            epoch=EPOCH,
            desk_title="",
            window="1",
            office={},
            code=f"CODE-{number:04d}",
            valid_until=START + timedelta(days=1),
        )
        self.told: list[str] = []
        self.restored = False
        self.last: Outcome | None = None
        self.db = copied(_template())
        first = chain.first_head(SERVER, number, EPOCH, self.keys.public)
        Journal(self.db).open_epoch(EPOCH, first)
        self.backup: Database | None = None

    def save(self, count: int) -> None:
        """Journal entries, one transaction each; told only after the commit."""
        for _ in range(count):
            entry_id = self.ids.next()
            data = encode(
                entry_id=entry_id,
                kind="request.register",
                stamp=Stamp(self.clock.now(), "boot", int(self.clock.seconds)),
                operator="op",
                body={"text": self.world.chance.randbytes(self.world.chance.randrange(40)).hex()},
            )
            with self.db.atomic():
                Journal(self.db).append(data, entry_id, "request.register")
                self.world.may_kill("save.uncommitted")
            self.told.append(entry_id)
            self.world.may_kill("save.committed")
            self.world.count["saves"] += 1

    def exchange(self) -> Exchange:
        return Exchange(
            self.db,
            Road(self.world, self),
            self.ticket,
            self.keys,
            self.clock,
            self.random,
            NoLock(),
            apply=self.apply,
        )

    def apply(self, events: tuple[FeedEvent, ...]) -> None:
        """What a page changes in the desk's own tables."""
        for event in events:
            row = [event.n, event.body["entry"]]
            self.db.execute("INSERT INTO outcome (n, entry) VALUES (?, ?)", row)

    @property
    def outbox(self) -> outbox.Outbox:
        return outbox.Outbox(self.db, self.ticket)

    def ids_kept(self) -> list[str]:
        return [row[0] for row in self.db.execute("SELECT entry_id FROM journal ORDER BY seq")]

    def entries(self) -> list[bytes]:
        return [row.data or b"" for row in Journal(self.db).entries(0, 1 << 30, EPOCH)]


class Road:
    """A desk's way to the centre: what `CentreClient` is, over the net of the simulation."""

    centre_time: CentreTime | None = None
    bytes_up = 0
    bytes_down = 0

    def __init__(self, world: World, desk: SimulatedDesk) -> None:
        self._world = world
        self._desk = desk

    def enrol(self) -> bytes:
        self._carry(lambda: self._world.centre.enrol(self._desk.ticket, self._desk.keys))
        return write(self._desk.ticket, centre_keys())

    def stream(self) -> StreamAnswer:
        return self._carry(lambda: self._world.centre.stream(self._desk.ticket, self._desk.keys))

    def feed(self, after: int) -> FeedPage | None:
        most = self._world.chance.randrange(1, 30)
        return self._carry(
            lambda: self._world.centre.page(self._desk.ticket, self._desk.keys, after, most)
        )

    def post_batch(self, data: bytes, progress: Callable[[int, int], None]) -> Receipted | ParkedAt:
        world, weather = self._world, self._world.weather
        progress(0, len(data))
        if weather.most_bytes and len(data) > weather.most_bytes:
            problem = {"code": "too-large", "max_bytes": weather.most_bytes}
            raise Refused(413, problem)
        if world.happens("late", weather.late):
            world.stray.append((self._desk.number, data))
            raise Unreachable("timeout")
        if world.happens("twice", weather.twice):
            world.stray.append((self._desk.number, data))
        answer = self._carry(lambda: self._deliver(data))
        if answer.status in {200, 201}:
            world.receipts.append(answer.body)
        body = answer.body
        if world.happens("garbled down", weather.garble):
            body = world.garbled(body)
        elif world.receipts and world.happens("another receipt", weather.garble):
            body = world.chance.choice(world.receipts)
        return read_batch_answer(answer.status, body, self._desk.ticket.publics)

    def _deliver(self, data: bytes) -> Answer:
        """The centre gets the bytes; damaged ones are told by their digest, as over HTTP."""
        if not self._world.happens("garbled up", self._world.weather.garble):
            return self._world.centre.accept(data)
        try:
            self._world.centre.accept(self._world.garbled(data))
        except Refused as no:
            raise Refused(400, {"code": "bad-digest"}) from no
        raise ViolationError("the centre took damaged bytes")

    def _carry(self, ask: Callable[[], T]) -> T:
        """One request and its answer, if both get through."""
        world, weather, desk = self._world, self._world.weather, self._desk
        world.may_kill("before request")
        world.pass_time(world.chance.uniform(0.05, 2))
        if world.happens("dropped", weather.drop):
            world.pass_time(20)
            raise Unreachable(world.chance.choice(("no-network", "dns", "timeout", "cut", "tls")))
        if world.happens("portal", weather.portal):
            raise Unreachable(world.chance.choice(("captive-portal", "garbage")))
        if world.happens("busy", weather.busy):
            status = world.chance.choice((503, 429, 507, 500, 408))
            raise Refused(status, {"code": "busy", "retry_after": world.chance.random() * 100})
        answer = world.served(ask)
        world.meanwhile(desk)
        world.may_kill("before answer")
        if world.happens("lost reply", weather.lose):
            raise Unreachable(world.chance.choice(("cut", "timeout")))
        return answer
