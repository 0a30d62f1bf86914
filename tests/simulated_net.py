"""What may go wrong in a history of the simulator, and the net between its parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random as Chance

from sync.central.answers import Answer
from sync.envelope import Form, first_of
from sync.errors import Refused, Unreachable
from sync.http import STORED
from tests.simulated_centre import CentreDiedError, SimulatedCentre
from tests.simulated_desk import (
    DeskKilledError,
    SimulatedDesk,
    T,
    ViolationError,
    VirtualClock,
)
from tests.simulated_relay import RelayDiedError
from tests.simulated_weather import Weather


@dataclass
class Net:
    """The half of `tests.simulator.World` that carries bytes, by the weather of its seed."""

    seed: int
    tell: Callable[[str], None] = lambda _text: None
    count: Counter[str] = field(default_factory=Counter)
    stray: list[bytes] = field(default_factory=list)
    receipts: list[bytes] = field(default_factory=list)
    calm: bool = False
    _nested: bool = False
    chance: Chance = field(init=False)
    weather: Weather = field(init=False)
    clock: VirtualClock = field(init=False)
    centre: SimulatedCentre = field(init=False)
    desks: list[SimulatedDesk] = field(init=False)
    centre_up: bool = field(init=False)

    def meanwhile(self, desk: SimulatedDesk) -> None:
        """What goes on while a desk waits for an answer."""
        raise NotImplementedError

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

    def may_kill_relay(self, where: str) -> None:
        if self.happens(f"relay dies {where}", self.weather.relay_dies):
            self.count["relay kills"] += 1
            raise RelayDiedError

    # the net

    def over_link(self, ask: Callable[[], T], desk: SimulatedDesk | None = None) -> T:
        """One request to the centre and its answer, if both get through; of a desk or the relay."""
        weather = self.weather
        self.pass_time(self.chance.uniform(0.05, 2))
        if self.happens("dropped", weather.drop):
            self.pass_time(20)
            raise Unreachable(self.chance.choice(("no-network", "dns", "timeout", "cut", "tls")))
        if self.happens("portal", weather.portal):
            raise Unreachable(self.chance.choice(("captive-portal", "garbage")))
        if self.happens("busy", weather.busy):
            status = self.chance.choice((503, 429, 507, 500, 408))
            raise Refused(status, {"code": "busy", "retry_after": self.chance.random() * 100})
        answer = self.served(ask)
        if desk is not None:
            self.meanwhile(desk)
        if self.happens("lost reply", weather.lose):
            raise Unreachable(self.chance.choice(("cut", "timeout")))
        return answer

    def deliver(
        self, data: bytes, desk: SimulatedDesk | None = None, hear: int | None = None
    ) -> Answer:
        """A batch goes to the centre: late, twice, damaged or as it is; its receipt is kept.

        `hear`: the page of the feed after this event is to come with the receipt.
        """
        weather = self.weather
        if weather.most_bytes and len(data) > weather.most_bytes:
            raise Refused(413, {"code": "too-large", "max_bytes": weather.most_bytes})
        if self.happens("late", weather.late):
            self.stray.append(data)
            raise Unreachable("timeout")
        if self.happens("twice", weather.twice):
            self.stray.append(data)
        answer = self.over_link(lambda: self._delivered(data, hear), desk)
        if answer.status in STORED:
            self.receipts.append(first_of(Form.RECEIPT, answer.body)[0])
        return answer

    def _delivered(self, data: bytes, hear: int | None) -> Answer:
        """The centre takes a batch, and what it can say of it goes with the receipt."""
        answer = self._taken(data)
        if hear is None or answer.status not in STORED:
            return answer
        if self.calm or self.chance.random() < 0.7:  # else it is slow to apply
            self.centre.project()
        page = self.centre.outcomes(data, hear, self.chance.randrange(1, 3000))
        self.count["page with a receipt"] += bool(page)
        return replace(answer, body=answer.body + page)

    def _taken(self, data: bytes) -> Answer:
        """The centre gets the bytes; damaged ones are told by their digest, as over HTTP."""
        if not self.happens("garbled up", self.weather.garble):
            return self.centre.accept(data)
        try:
            self.centre.accept(self.garbled(data))
        except Refused as no:
            raise Refused(400, {"code": "bad-digest"}) from no
        raise ViolationError("the centre took damaged bytes")

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
