"""A seeded simulator of desks, a centre and the net between them, under a virtual clock.

Real are the exchange of a desk (`sync.session`, `engine`, `outbox`, `journal`) and the centre's
acceptance, enrolment, tables, register and feed, both over SQLite in memory. Simulated are time,
the net, who copies a disk, and when processes die. One seed is one history:
`python -m tests.simulator SEED [BUG]` tells it step by step.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache, partial
from random import Random as Chance

import pytest

from sync import batch, database, keys
from sync.errors import Refused, SyncError, Unreachable
from sync.ids import SeededRandom
from sync.keys import DeviceKeys
from sync.ticket import Ticket
from tests.simulated_bugs import BUGS
from tests.simulated_centre import CentreDiedError, SimulatedCentre, copied
from tests.simulated_desk import (
    DeskKilledError,
    SimulatedDesk,
    T,
    ViolationError,
    VirtualClock,
)
from tests.simulated_keys import device_keys
from tests.simulated_rules import Rules
from tests.simulated_weather import Weather

__all__ = ["ViolationError", "World", "simulate"]

STEPS = 24
SETTLING = 60


@dataclass
class World:
    """One history."""

    seed: int
    tell: Callable[[str], None] = lambda _text: None
    count: Counter[str] = field(default_factory=Counter)
    stray: list[tuple[int, bytes]] = field(default_factory=list)
    receipts: list[bytes] = field(default_factory=list)
    calm: bool = False
    _nested: bool = False

    def __post_init__(self) -> None:
        self.chance = Chance(self.seed)
        self.weather = Weather.drawn(self.chance)
        self.clock = VirtualClock()
        self.rules = Rules(self)
        self.identities: dict[int, tuple[Ticket, DeviceKeys]] = {}
        self.centre = SimulatedCentre(self.clock, SeededRandom(self.seed))
        if self.weather.no_dictionary:
            self.centre.dictionaries = {}
            self.centre.start()
        self.centre_up = True
        self.desks: list[SimulatedDesk] = []
        for number in (317, 318):
            self.desks.append(SimulatedDesk(self, self.ticket(number)))
        self.backup = copied(self.centre.db.conn)

    def ticket(self, number: int) -> Ticket:
        """A ticket on a stick, and the keys of the device that will use it."""
        self.pass_time(2)
        given = self.centre.issue(number)
        self.identities[given.epoch] = given, device_keys(len(self.identities))
        return given

    # what may go wrong

    def happens(self, what: str, likely: float) -> bool:
        """Whether it happens now; never once all is calm."""
        if self.calm or self.chance.random() >= likely:
            return False
        self.count[what] += 1
        self.tell(f"    {what}")
        return True

    def may_kill_centre(self, point: str) -> None:
        when = "before" if point.endswith("before-commit") else "after"
        if self.happens(f"centre dies {when} commit", self.weather.centre_dies):
            raise CentreDiedError(point)

    def may_kill(self, where: str, times: int = 1) -> None:
        if self.happens(f"desk dies at {where}", times * self.weather.desk_dies):
            self.count["desk kills"] += 1
            raise DeskKilledError

    def garbled(self, data: bytes) -> bytes:
        """The same bytes but for one bit, or cut short."""
        if self.chance.random() < 0.3:
            return data[: self.chance.randrange(len(data))]
        changed = bytearray(data)
        changed[self.chance.randrange(len(data))] ^= 1 << self.chance.randrange(8)
        return bytes(changed)

    def pass_time(self, seconds: float) -> None:
        self.clock.seconds += seconds
        for desk in self.desks:
            desk.clock.seconds += seconds

    def served(self, ask: Callable[[], T]) -> T:
        """The centre answers, unless it is down or dies over it."""
        if not self.centre_up:
            raise Unreachable("refused")
        try:
            return ask()
        except CentreDiedError:
            self.centre_up = False
            raise Unreachable("cut") from None
        except Refused as no:
            self.count[f"refused: {no.problem['code']}"] += 1
            raise

    # one history

    def run(self) -> Counter[str]:
        """Live through a history, then settle; raises ViolationError."""
        try:
            with dying_inside(self):
                for _ in range(STEPS):
                    desk = self.chance.choice(self.desks)
                    self.step(desk)
                    self.rules.hold(desk)
                self.settle()
        except (SyncError, database.Error, LookupError, ValueError, TypeError) as error:
            self.rules.fail(f"broke: {error!r}")
        return self.count

    def step(self, desk: SimulatedDesk) -> None:
        acts: list[tuple[float, Callable[[], None]]] = [
            (3.0, lambda: self.alive(desk, lambda: desk.save(self.chance.randrange(1, 5)))),
            (4.0, lambda: self.talk(desk)),
            (1.0, lambda: self.pass_time(self.chance.uniform(1, 600))),
            (1.0, self.deliver_stray),
            (1.0, self.project),
            (0.5, lambda: self.back_up(desk)),
            (5 * self.weather.clock_jumps, lambda: self.jump(desk)),
            (20 * self.weather.centre_restores, self.restore_centre),
            (20 * self.weather.desk_restores, lambda: self.restore_desk(desk)),
            (float(self.weather.cloned and len(self.desks) == 2), self.clone_desk),
            (3.0 * self.frozen(desk), lambda: self.enrol_again(desk, self.chance.random() < 0.5)),
            (0.5, lambda: self.carry(desk)),
            (0.5 * bool(self.receipts), lambda: self.take_in(desk)),
        ]
        (act,) = self.chance.choices(
            [act for _, act in acts], weights=[weight for weight, _ in acts]
        )
        if not self.centre_up and self.chance.random() < 0.5:
            self.start_centre()
        act()

    def alive(self, desk: SimulatedDesk, act: Callable[[], None]) -> None:
        """Do what a desk does; killed, it starts again over what is on its disk."""
        try:
            act()
        except DeskKilledError:
            assert not desk.db.conn.in_transaction

    def talk(self, desk: SimulatedDesk) -> None:
        """An exchange, when it is due or the link came up."""

        def act() -> None:
            exchange = desk.exchange()
            if self.chance.random() < 0.3:
                exchange.link_up()
            if exchange.due():
                desk.last = exchange.run_once()
                self.count["exchanges"] += 1
                self.count["came back"] += desk.last.restored
                self.tell(f"  desk {desk.number}: {desk.last}")

        self.tell(f"desk {desk.number} talks")
        self.alive(desk, act)

    def deliver_stray(self) -> None:
        """Late and doubled batches come in, in any order."""
        self.chance.shuffle(self.stray)
        while self.stray and self.chance.random() < 0.7:
            number, data = self.stray.pop()
            self.tell(f"a stray batch of {number} comes in")
            self.count["strays"] += 1
            try:
                answer = self.served(lambda data=data: self.centre.accept(data))  # type: ignore[misc]
                if answer.status in {200, 201}:
                    self.receipts.append(answer.body)
            except (Unreachable, Refused) as no:
                self.tell(f"    {no}")

    def project(self) -> None:
        try:
            self.served(self.centre.project)
        except Unreachable:
            return

    def start_centre(self) -> None:
        """The centre's process starts again, perhaps to die at once."""
        self.centre_up = True
        self.count["centre starts"] += 1
        try:
            self.served(self.centre.start)
        except Unreachable:
            return

    def carry(self, desk: SimulatedDesk) -> None:
        """What is sealed goes on a stick and to a relay as well: the same bytes, some day."""
        for row in desk.outbox.batches(3):
            if row.data is not None:
                self.count["carried"] += 2
                self.stray += [(desk.number, row.data)] * 2

    def take_in(self, desk: SimulatedDesk) -> None:
        """A stick comes back from the centre, with receipts of anybody, old ones too."""
        self.tell(f"desk {desk.number} takes in what a stick brought")
        brought = self.chance.sample(self.receipts, min(3, len(self.receipts)))
        self.alive(desk, lambda: desk.take_in(brought))

    def back_up(self, desk: SimulatedDesk) -> None:
        self.backup = copied(self.centre.db.conn)
        desk.backup = copied(desk.db.conn)

    def restore_centre(self) -> None:
        self.tell("the centre is restored from a copy")
        self.count["centre restores"] += 1
        self.centre.restore(self.backup)
        self.start_centre()

    def restore_desk(self, desk: SimulatedDesk) -> None:
        """A desk goes back to a copy of its disk: what came after is lost there."""
        if desk.backup is None:
            return
        self.tell(f"desk {desk.number} is restored from a copy")
        self.count["desk restores"] += 1
        desk.go_back_to(desk.backup)

    def clone_desk(self) -> None:
        """A desk's disk is copied, and both go on working."""
        self.tell("desk 317 is cloned")
        self.count["clones"] += 1
        self.desks.append(self.desks[0].twin())

    def frozen(self, desk: SimulatedDesk) -> bool:
        kept = desk.outbox.kept()
        return kept is not None and kept.frozen is not None

    def enrol_again(self, desk: SimulatedDesk, replace: bool) -> None:
        """A person enrols a frozen desk anew: as itself, or as another desk."""
        number = desk.number if replace else 400 + len(self.identities)
        ticket = self.ticket(number)
        self.tell(f"desk {desk.number} is enrolled again as {number}")
        self.count["enrolled again"] += 1
        self.alive(desk, lambda: desk.enrol_again(ticket))

    def meanwhile(self, desk: SimulatedDesk) -> None:
        """While one desk waits for an answer it takes requests, and others talk to the centre."""
        if self.calm:
            return
        if self.chance.random() < 0.2:
            desk.save(self.chance.randrange(3))
        twins = [one for one in self.desks if one is not desk and one.number == desk.number]
        if not self._nested and self.chance.random() < (0.5 if twins else 0.1):
            self._nested = True
            other = self.chance.choice(twins or [one for one in self.desks if one is not desk])
            self.alive(other, lambda: other.save(self.chance.randrange(3)))
            self.talk(other)
            self._nested = False

    def jump(self, desk: SimulatedDesk) -> None:
        self.count["clock jumps"] += 1
        desk.clock.lie = timedelta(seconds=self.chance.choice((-3600, 3600, -3e8, 3e8, 0)))

    def settle(self) -> None:
        """Everything works at last: in the end both sides must agree."""
        self.calm = True
        self.tell("calm")
        if not self.centre_up:
            self.start_centre()
        while self.stray:
            self.deliver_stray()
        for desk in self.desks:
            desk.clock.lie = timedelta(0)
            desk.outbox.thaw()  # a person has looked; what froze it may have gone with a restore
        for _ in range(SETTLING):
            restless = [desk for desk in self.desks if not self.rules.agreed(desk)]
            if not restless:
                break
            for desk in restless:
                self.project()
                exchange = desk.exchange()
                exchange.link_up()
                desk.last = exchange.run_once()
                self.tell(f"  desk {desk.number}: {desk.last}")
                if self.frozen(desk):
                    self.rules.hold_reason(desk)
                    self.enrol_again(desk, False)
        self.rules.hold_settled()


checked_once = lru_cache(4096)(keys.verify)
"""A signature holds or not: the bytes a stray brings ten times are checked once."""


@contextmanager
def dying_inside(world: World) -> Iterator[None]:
    """Let both sides die where they say: before and after each commit."""

    def reach(point: str) -> None:
        world.may_kill(point, times=4)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sync.outbox.reach", reach)
        patch.setattr("sync.failpoint.reach", world.may_kill_centre)
        patch.setattr("sync.keys.verify", checked_once)
        patch.setattr("sync.outbox.batch.seal", partial(batch.seal, level=1))
        yield


def simulate(
    seed: int, bug: str | None = None, tell: Callable[[str], None] = lambda _text: None
) -> Counter[str]:
    """One history by its seed: what happened in it; raises ViolationError.

    `bug` names a planted one (`tests.simulated_bugs`), to see that it is found.
    """
    with pytest.MonkeyPatch.context() as patch:
        if bug is not None:
            BUGS[bug](patch)
        return World(seed, tell).run()


def main() -> None:
    """Tell one history."""

    def tell(text: str) -> None:
        sys.stdout.write(f"{text}\n")

    simulate(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None, tell)


if __name__ == "__main__":
    main()
