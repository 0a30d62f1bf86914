"""A seeded simulator of desks, a centre and the net between them, under a virtual clock.

Real are `sync.session`, `sync.engine`, `sync.outbox`, `sync.journal` (over SQLite in memory) and
the centre's acceptance and intake. Simulated are time, the net, and when processes die. One seed
is one history: `python -m tests.simulator SEED [BUG]` tells it step by step.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random as Chance

import pytest

from sync import batch, outbox
from sync.errors import Refused, Unreachable
from sync.journal import Journal
from tests.simulated_bugs import BUGS
from tests.simulated_centre import CentreDiedError, Durable, SimulatedCentre
from tests.simulated_desk import (
    EPOCH,
    SERVER,
    DeskKilledError,
    SimulatedDesk,
    T,
    ViolationError,
    VirtualClock,
    centre_keys,
    copied,
    verified,
)
from tests.simulated_weather import Weather

__all__ = ["ViolationError", "World", "simulate"]

STEPS = 32
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
        self.centre = SimulatedCentre(centre_keys(), SERVER, self.clock, self._centre_dies)
        if self.weather.no_dictionary:
            self.centre.dictionaries = {}
            self.centre.start()
        self.centre_up = True
        self.backup: Durable = self.centre.disk.copied()
        self.desks = [SimulatedDesk(self, number) for number in (317, 318)]

    # what may go wrong

    def happens(self, what: str, likely: float) -> bool:
        """Whether it happens now; never once all is calm."""
        if self.calm or self.chance.random() >= likely:
            return False
        self.count[what] += 1
        self.tell(f"    {what}")
        return True

    def _centre_dies(self, when: str) -> bool:
        return self.happens(f"centre dies {when}", self.weather.centre_dies)

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
        with dying_inside(self):
            for _ in range(STEPS):
                desk = self.chance.choice(self.desks)
                self.step(desk)
                self.check_desk(desk)
                self.check_stream(desk)
            self.settle()
        return self.count

    def step(self, desk: SimulatedDesk) -> None:
        acts: list[tuple[float, Callable[[], None]]] = [
            (3.0, lambda: self.alive(desk, lambda: desk.save(self.chance.randrange(1, 9)))),
            (4.0, lambda: self.talk(desk)),
            (1.0, lambda: self.pass_time(self.chance.uniform(1, 600))),
            (1.0, self.deliver_stray),
            (1.0, self.project),
            (0.5, lambda: self.back_up(desk)),
            (5 * self.weather.clock_jumps, lambda: self.jump(desk)),
            (20 * self.weather.centre_restores, self.restore_centre),
            (20 * self.weather.desk_restores, lambda: self.restore_desk(desk)),
            (float(self.weather.cloned and len(self.desks) == 2), self.clone_desk),
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
                self.served(lambda data=data: self.centre.accept(data))  # type: ignore[misc]
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

    def back_up(self, desk: SimulatedDesk) -> None:
        self.backup = self.centre.disk.copied()
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
        desk.db = copied(desk.backup.conn)
        desk.restored = True
        desk.told = desk.ids_kept()

    def clone_desk(self) -> None:
        """A desk's disk is copied, and both go on working."""
        self.tell("desk 317 is cloned")
        self.count["clones"] += 1
        original = self.desks[0]
        twin = SimulatedDesk(self, original.number)
        twin.db = copied(original.db.conn)
        twin.told = twin.ids_kept()
        original.restored = twin.restored = True
        self.desks.append(twin)

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
            restless = [desk for desk in self.desks if not self._at_rest(desk)]
            if not restless:
                break
            for desk in restless:
                self.project()
                exchange = desk.exchange()
                exchange.link_up()
                desk.last = exchange.run_once()
                self.tell(f"  desk {desk.number}: {desk.last}")
        for desk in self.desks:
            self.check_desk(desk)
            self.check_stream(desk)
            self.check_settled(desk)

    def _at_rest(self, desk: SimulatedDesk) -> bool:
        kept = desk.outbox.kept()
        return kept is not None and (kept.frozen is not None or self._agreed(desk))

    def _agreed(self, desk: SimulatedDesk) -> bool:
        if (desk.number, EPOCH) not in self.centre.disk.streams:
            return False
        feed = self.centre.disk.feeds.get(desk.number, ())
        kept, end = desk.outbox.kept(), desk.outbox.end()
        return (
            kept is not None and (kept.acked, kept.cursor) == (end, len(feed)) and len(feed) == end
        )

    # the rules (sync.md, 11)

    def fail(self, text: str) -> None:
        raise ViolationError(f"seed {self.seed}: {text}; python -m tests.simulator {self.seed}")

    def check_desk(self, desk: SimulatedDesk) -> None:
        """Everything told is in the journal; acknowledged is signed for; events are dense."""
        told = set(desk.told)
        if [one for one in desk.ids_kept() if one in told] != desk.told:
            self.fail("a saved entry is not in the journal")
        kept = desk.outbox.kept()
        if kept is None:
            return
        rows = desk.db.execute("SELECT bytes FROM receipt").fetchall()
        signed = [verified(row[0]) for row in rows]
        ours = {
            one.to
            for one in signed
            if (one.desk, one.epoch, one.server) == (desk.number, EPOCH, SERVER)
            and Journal(desk.db).head_at(one.to, EPOCH) == bytes.fromhex(one.head)
        }
        if len(ours) != len({one.to for one in signed}):
            self.fail("a receipt for something else was kept")
        if kept.acked > max(ours, default=0):
            self.fail(f"acknowledged {kept.acked} without a receipt")
        life = [kept.incarnation]
        sql = "SELECT n FROM inbox_event WHERE incarnation = ? ORDER BY n"
        numbers = [row[0] for row in desk.db.execute(sql, life)]
        if numbers != list(range(1, kept.cursor + 1)):
            self.fail(f"cursor {kept.cursor}, but events {numbers}")
        events = desk.db.execute("SELECT count(*) FROM inbox_event").fetchone()[0]
        if events != desk.db.execute("SELECT count(*) FROM outcome").fetchone()[0]:
            self.fail("an event was recorded and not applied, or applied twice")

    def check_stream(self, desk: SimulatedDesk) -> None:
        """The centre has a prefix of the desk's journal, each entry once, in order."""
        row = self.centre.disk.streams.get((desk.number, EPOCH))
        if row is None:
            return
        there = self.centre.entries(desk.number, EPOCH)
        kept = desk.outbox.kept()
        if kept and kept.incarnation == self.centre.incarnation and kept.acked > len(there):
            self.fail(f"{kept.acked} acknowledged, {len(there)} at the centre")
        if len(there) != row.stream.last:
            self.fail(f"the centre says {row.stream.last} and has {len(there)}")
        if len(set(there)) != len(there):
            self.fail("an entry is at the centre twice")
        head = (
            [row.first_head, *batch.heads(row.first_head, there)][-1] if there else row.first_head
        )
        if head != row.stream.head:
            self.fail("the centre's head does not follow from its entries")
        if not desk.restored and desk.entries()[: len(there)] != there:
            self.fail("the centre has what the desk has not, or in another order")

    def check_settled(self, desk: SimulatedDesk) -> None:
        """After all is calm: equal heads, everything heard; or a freeze with its reason."""
        kept, row = desk.outbox.kept(), self.centre.disk.streams.get((desk.number, EPOCH))
        ends = Journal(desk.db).position()
        if kept is not None and kept.frozen:
            self.count[f"frozen: {kept.frozen}"] += 1
            same = row is not None and Journal(desk.db).head_at(row.stream.last) == row.stream.head
            if not desk.restored or same:
                self.fail(f"frozen ({kept.frozen}) without a reason")
            return
        if row is None or (row.stream.last, row.stream.head) != (ends.seq, ends.head):
            self.fail(f"heads differ after all is calm: {desk.last}")
        if not self._agreed(desk):
            self.fail(f"not everything is acknowledged or heard: {desk.last}")
        heard = {entry for (entry,) in desk.db.execute("SELECT entry FROM outcome")}
        if not set(desk.told) <= heard:
            self.fail("an entry was never heard of")
        if Journal(desk.db).verify(outbox.proven(desk.db)):
            self.fail("the journal does not verify")


@contextmanager
def dying_inside(world: World) -> Iterator[None]:
    """Let desks die where the outbox says: before and after each commit of T2, T3 and T4."""

    def reach(point: str) -> None:
        world.may_kill(point, times=4)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sync.outbox.reach", reach)
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
