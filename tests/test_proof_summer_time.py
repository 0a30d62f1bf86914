"""An office in a zone with summer time: days of 25 and of 23 hours, the hour that repeats."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.store import acts
from sync.clock import from_iso
from sync.entries import decode
from tests.desk_home import EPOCH, OFFICE, set_up_home, ticket_file
from tests.taking_requests import register

ZONE = ZoneInfo("America/New_York")
CHANGES = {
    "an hour more": (date(2026, 11, 1), ["04:10", "05:30", "06:30", "28:30"], "03:30", "29:10"),
    "an hour less": (date(2027, 3, 14), ["05:10", "06:59", "07:01", "27:30"], "04:30", "28:10"),
}
"""The day; moments of it, one of the day before, one of the day after: hours of UTC since 0:00."""


@pytest.fixture
def zone_of_process(zone: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The computer may be set to any zone: days are the office's."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def moment(day: date, text: str) -> datetime:
    """So many hours and minutes of UTC after the day began in UTC."""
    hours, minutes = map(int, text.split(":"))
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(
        hours=hours, minutes=minutes
    )


@pytest.mark.usefixtures("zone_of_process")
@pytest.mark.parametrize(
    ("change", "zone"),
    [
        ("an hour more", "America/New_York"),
        ("an hour more", "UTC"),
        ("an hour less", "Asia/Vladivostok"),
    ],
)
def test_days_ids_and_deadlines_through_a_change(tmp_path: Path, change: str) -> None:
    """Four requests of the day itself, one each of its neighbours; nothing is taken for a jump."""
    day, inside, before, after = CHANGES[change]
    times = [moment(day, text) for text in (before, *inside, after)]
    ticket = ticket_file(
        office={**OFFICE, "tz": ZONE.key}, valid_until=times[0] + timedelta(days=1)
    )
    made = set_up_home(tmp_path / "desk", ticket=ticket, now=times[0] - timedelta(hours=1))
    with made.login() as desk:
        taken = []
        for at in times:
            made.clock.pass_((at - made.clock.now()).total_seconds())
            assert not desk.watch_clock()
            taken += register(desk, 1, seed=3)  # one service: one term

        entries = [decode(row.data or b"") for row in desk.journal.entries(0, 1000)]
        said = [one for one in entries if one.kind == "request.register"]
        days = Counter(from_iso(one.body["accepted_at"]).astimezone(ZONE).date() for one in said)
        assert days == {day - timedelta(days=1): 1, day: 4, day + timedelta(days=1): 1}
        walls = Counter(one.stamp.wall.astimezone(ZONE).date() for one in entries)
        for on, count in walls.items():
            assert acts.day_total(desk.db, str(on), EPOCH).n == count
        assert all(one.entry_id < other.entry_id for one, other in pairwise(entries))
        assert not any(one.kind == "clock.jump" for one in entries)
        assert len({one.body["deadlines"]["office_on"] for one in said[1:5]}) == 1
        for one in said:
            accepted = from_iso(one.body["accepted_at"]).astimezone(ZONE).date()
            assert accepted.isoformat() <= one.body["deadlines"]["office_on"]
        for got, text in zip(taken, times, strict=True):
            # two times of one zone are compared by their digits: the repeated hour would be equal
            assert got.accepted_at.timestamp() == text.timestamp()
            assert got.accepted_at.utcoffset() == text.astimezone(ZONE).utcoffset()
        assert [row.number for row in desk.find.recent(10)][::-1] == [
            one.number.text for one in taken
        ]
        assert sum(one.cases for one in desk.day_papers.form(day)) == 4
        assert check_desk(desk).faults == ()
