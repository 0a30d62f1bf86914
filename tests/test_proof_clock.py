"""A month under a lying clock: order, ids and deadlines hold, and every lie is on record."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from sync.entries import decode
from tests.centre_process import CentreProcess, shared_centre
from tests.desk_home import DeskHome, set_up_home
from tests.linked_desk import linked_desk
from tests.taking_requests import register

__all__ = ["shared_centre"]
TEN_YEARS = timedelta(days=3653)
LIES = (timedelta(hours=1), timedelta(hours=-1), TEN_YEARS, -TEN_YEARS)
DAYS = 30
VISITS = 3
BETWEEN_VISITS = 2 * 3600
NIGHT = 18 * 3600


@dataclass
class Month:
    """A desk, the numbers in the order they were given, and how often the clock was moved."""

    made: DeskHome
    chance: random.Random
    numbers: list[str] = field(default_factory=list)
    jumps: int = 0
    lie: timedelta = timedelta(0)

    def visit(self, desk: Desk) -> None:
        """Somebody may set the clock, wrong or right again; then two requests are taken."""
        self.made.clock.pass_(BETWEEN_VISITS)
        if self.chance.random() < 0.3:
            told = timedelta(0) if self.lie else self.chance.choice(LIES)
            self.made.clock.set(self.made.clock.now() - self.lie + told)
            self.lie = told
            self.jumps += 1
            assert desk.watch_clock()
        assert not desk.watch_clock()
        for one in register(desk, 2, seed=len(self.numbers)):
            self.numbers.append(one.number.text)
            assert one.accepted_at < one.register_by < one.accepted_at + timedelta(days=15)


@pytest.mark.slow
def test_month_under_a_lying_clock(tmp_path: Path) -> None:
    """180 requests, jumps of an hour and of ten years: sequence, ids and deadlines do not care."""
    month = Month(set_up_home(tmp_path / "desk"), random.Random(20261121))
    for _ in range(DAYS):
        with month.made.login() as desk:
            for _ in range(VISITS):
                month.visit(desk)
        month.made.clock.pass_(NIGHT)
        month.made.clock.reboot()

    with month.made.login() as desk:
        entries = [decode(row.data or b"") for row in desk.journal.entries(0, 100_000)]
        registered = [one for one in entries if one.kind == "request.register"]
        assert month.jumps > 20
        assert sum(one.kind == "clock.jump" for one in entries) >= month.jumps
        assert [one.body["number"] for one in registered] == month.numbers
        assert all(one.entry_id < other.entry_id for one, other in pairwise(entries))
        assert [row.number for row in desk.find.recent(1000)] == month.numbers[::-1]
        for one in registered:
            deadlines = one.body["deadlines"]
            accepted = one.body["accepted_at"][:10]
            assert accepted <= deadlines["office_on"]
        assert check_desk(desk).faults == ()


def test_deadlines_use_the_centres_time(tmp_path: Path, shared_centre: CentreProcess) -> None:
    """A clock ten years wrong is corrected by the first contact, and stays so after a jump."""
    with linked_desk(tmp_path, shared_centre, 1001) as linked:
        desk, clock = linked.desk, linked.made.clock
        clock.set(datetime.now(UTC) + TEN_YEARS)
        desk.watch_clock()
        assert linked.exchange().error is None
        for lie in (timedelta(0), -TEN_YEARS, timedelta(hours=1)):
            clock.set(clock.now() + lie)
            desk.watch_clock()
            (taken,) = register(desk, 1)

            assert abs(taken.accepted_at - datetime.now(UTC)) < timedelta(minutes=2), lie
            assert taken.accepted_at < taken.register_by < taken.accepted_at + timedelta(days=15)
        desk.close()
        clock.set(clock.now() + TEN_YEARS)
        with linked.made.login() as opened:
            (taken,) = register(opened, 1)
            assert abs(taken.accepted_at - datetime.now(UTC)) < timedelta(minutes=2)
        clock.reboot()
        clock.set(clock.now() - 2 * TEN_YEARS)
        with linked.made.login() as opened:
            # what passed while it was off nobody knows; but it is not ten years ago
            (taken,) = register(opened, 1)
            assert abs(taken.accepted_at - datetime.now(UTC)) < timedelta(minutes=2)
            assert opened.exchange.run_once().error is None
            assert check_desk(opened).faults == ()
            assert linked.at_centre() == sorted(row.number for row in opened.find.recent(10))
