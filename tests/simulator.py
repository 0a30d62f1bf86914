"""A seeded simulator of desks, a relay, a centre and the net between them, under a virtual clock.

Real are the exchange of a desk (`sync.session`, `engine`, `outbox`, `journal`) and the centre's
acceptance, enrolment, tables, register and feed and, in a third of the histories, the relay's
store, answers and forwarder, all over SQLite in memory. Simulated are time,
the net, who copies a disk, and when processes die. One seed is one history:
`python -m tests.simulator SEED [BUG]` tells it step by step.
"""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random as Chance

import pytest

from sync import batch, database
from sync.errors import Refused, SyncError, Unreachable
from sync.http import STORED
from sync.ids import SeededRandom
from sync.keys import DeviceKeys
from sync.session import Exchange
from sync.ticket import Ticket
from tests.simulated_bugs import BUGS
from tests.simulated_centre import SimulatedCentre, copied
from tests.simulated_desk import (
    DeskKilledError,
    SimulatedDesk,
    ViolationError,
    VirtualClock,
)
from tests.simulated_keys import device_keys
from tests.simulated_net import Net
from tests.simulated_relay import RelayDiedError, SimulatedRelay
from tests.simulated_rules import Rules
from tests.simulated_sealing import stand_in
from tests.simulated_weather import Weather

__all__ = ["ViolationError", "World", "simulate"]

STEPS = (3, 5, 8, 12, 32)
"""How many steps a history has, by chance: most bugs need few, some need many."""
SETTLING = 60


@dataclass
class World(Net):
    """One history."""

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
        self.relay = SimulatedRelay(self) if self.weather.relay else None
        self.backup = copied(self.centre.db.conn)

    def ticket(self, number: int) -> Ticket:
        """A ticket on a stick, and the keys of the device that will use it."""
        self.pass_time(2)
        given = self.centre.issue(number)
        self.identities[given.epoch] = given, device_keys(len(self.identities))
        return given

    # one history

    def run(self) -> Counter[str]:
        """Live through a history, then settle; raises ViolationError."""
        try:
            with dying_inside(self):
                for _ in range(self.chance.choice(STEPS)):
                    desk = self.chance.choice(self.desks)
                    self.step(desk)
                    self.rules.hold(desk)
                    self.rules.hold_relay()
                self.settle()
        except (SyncError, database.Error, LookupError, ValueError, TypeError) as error:
            self.rules.fail(f"broke: {error!r}")
        return self.count

    def step(self, desk: SimulatedDesk) -> None:
        acts: list[tuple[float, Callable[[], None]]] = [
            (
                3.0,
                lambda: self.alive(desk, lambda: desk.save(self.entries())),
            ),
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
            (1.5 * self.weather.relay, self.relay_carries),
            (20 * self.weather.relay_restores * self.weather.relay, self.restore_relay),
        ]
        (act,) = self.chance.choices(
            [act for _, act in acts], weights=[weight for weight, _ in acts]
        )
        if not self.centre_up and self.chance.random() < 0.5:
            self.start_centre()
        if self.relay and not self.relay.up and self.chance.random() < 0.5:
            self.relay.start()
        act()

    def entries(self) -> int:
        """How many entries are made at a time."""
        return self.chance.randint(1, self.weather.most_saves)

    def alive(self, desk: SimulatedDesk, act: Callable[[], None]) -> None:
        """Do what a desk does; killed, it starts again over what is on its disk."""
        try:
            act()
        except DeskKilledError:
            assert not desk.db.conn.in_transaction
            desk.begin_anew()

    def talk(self, desk: SimulatedDesk) -> None:
        """An exchange, when it is due or the link came up: by the relay first, as `exchange.ways`.

        What a relay cannot do the centre itself is asked for, where there is a way to it.
        """

        def act() -> None:
            if self.relay is not None and self.exchange(desk, relay=True) is None:
                return
            if self.relay is None or self.chance.random() >= self.weather.only_relay:
                self.exchange(desk, relay=False)

        self.tell(f"desk {desk.number} talks")
        self.alive(desk, act)

    def exchange(self, desk: SimulatedDesk, *, relay: bool) -> str | None:
        """One exchange if it is due; why it stopped short."""
        exchange = desk.exchange(relay=relay)
        if self.calm or self.chance.random() < 0.3:
            exchange.link_up()
        if not exchange.due():
            return "not due"
        if relay and not self.frozen(desk):
            desk.heard_of_a_fork = desk.restored and self.rules.told_of_a_fork(desk)
        self.run_once(desk, exchange)
        if desk.last and desk.last.kind is None and not self.calm and self.chance.random() < 0.3:
            desk.save(self.entries())  # as between two slices of a scan: on the same connection
            self.run_once(desk, exchange)
        assert desk.last is not None
        if relay:
            self.count[f"by relay: {desk.last.kind}"] += 1
        self.tell(f"  desk {desk.number}{' by relay' * relay}: {desk.last}")
        return desk.last.kind

    def run_once(self, desk: SimulatedDesk, exchange: Exchange) -> None:
        """One exchange to its end, or to where it stops short."""
        self.count["exchanges"] += 1
        self.count["begun unasked"] += desk.epoch in desk.compared
        desk.last = exchange.run_once()
        self.count["came back"] += desk.last.restored

    def relay_carries(self) -> None:
        """The relay carries on by itself, unless it is down or dies over it."""
        if self.relay is None or not self.relay.up:
            return
        self.tell("the relay carries")
        try:
            self.relay.carry()
        except RelayDiedError:
            self.relay.die()

    def restore_relay(self) -> None:
        """The relay goes back to a copy of its disk, or loses it."""
        assert self.relay is not None
        if self.chance.random() < 0.7:
            self.tell("the relay is restored from a copy")
            self.count["relay restores"] += 1
            self.relay.go_back()
        else:
            self.tell("the relay loses its disk")
            self.count["relay losses"] += 1
            self.relay.lose()

    def deliver_stray(self) -> None:
        """Late and doubled batches come in, in any order."""
        self.chance.shuffle(self.stray)
        while self.stray and self.chance.random() < 0.7:
            data = self.stray.pop()
            self.tell("a stray batch comes in")
            self.count["strays"] += 1
            try:
                answer = self.served(lambda data=data: self.centre.accept(data))  # type: ignore[misc]
                if answer.status in STORED:
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
        for row in desk.outbox.sealing.batches(3):
            if row.data is not None:
                self.count["carried"] += 2
                self.stray += [row.data] * 2

    def take_in(self, desk: SimulatedDesk) -> None:
        """A stick comes back from the centre, with receipts of anybody, old ones too."""
        self.tell(f"desk {desk.number} takes in what a stick brought")
        brought = self.chance.sample(self.receipts, min(3, len(self.receipts)))
        self.alive(desk, lambda: desk.take_in(brought))

    def back_up(self, desk: SimulatedDesk) -> None:
        self.backup = copied(self.centre.db.conn)
        desk.backup = copied(desk.db.conn)
        if self.relay is not None:
            self.relay.back_up()

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
        kept = desk.kept()
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
        if self.relay is not None and not self.relay.up:
            self.relay.start()
        for desk in self.desks:
            desk.clock.lie = timedelta(0)
            desk.outbox.thaw()  # a person has looked; what froze it may have gone with a restore
        for _ in range(SETTLING):
            restless = [desk for desk in self.desks if not self.rules.agreed(desk)]
            if not restless:
                break
            for desk in restless:
                self.project()
                self.settle_by(desk)
                if self.frozen(desk):
                    self.rules.hold_reason(desk)
                    self.enrol_again(desk, False)
        self.rules.hold_settled()

    def settle_by(self, desk: SimulatedDesk) -> None:
        """Exchange in peace. Behind a relay a desk never copied gets on by it alone."""
        if self.relay is not None:
            self.pass_time(61)  # the relay asks anew what it asked a minute ago
            if self.exchange(desk, relay=True) is None or not desk.restored:
                return
        self.exchange(desk, relay=False)


@contextmanager
def dying_inside(world: World) -> Iterator[None]:
    """Let both sides die where they say: before and after each commit."""

    def reach(point: str) -> None:
        world.may_kill(point, times=4)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sync.outbox.reach", reach)
        patch.setattr("sync.sealing.reach", reach)
        patch.setattr("sync.failpoint.reach", world.may_kill_centre)
        patch.setattr("sync.relay.Wire", lambda *_args, **_named: None)
        patch.setattr("sync.http.Wire", lambda *_args, **_named: None)
        patch.setattr(logging.root.manager, "disable", logging.CRITICAL)
        patch.setattr("sync.sealing.batch.seal", partial(batch.seal, level=1))
        yield


def simulate(
    seed: int, bug: str | None = None, tell: Callable[[str], None] = lambda _text: None
) -> Counter[str]:
    """One history by its seed: what happened in it; raises ViolationError.

    `bug` names a planted one (`tests.simulated_bugs`), to see that it is found.
    """
    with pytest.MonkeyPatch.context() as patch:
        stand_in(patch)
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
