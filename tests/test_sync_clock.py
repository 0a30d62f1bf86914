"""What is known of the centre's clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync.clock import SystemClock, from_iso, iso, measure
from sync.errors import BadFormat
from tests.sync_world import NOON


def test_the_offset_is_the_centres_time_against_the_middle_of_the_exchange() -> None:
    """A centre an hour ahead over a two-second round trip: an hour, give or take a second."""
    sent, received = NOON, NOON + timedelta(seconds=2)

    found = measure(sent, received, NOON + timedelta(hours=1, seconds=1))

    assert found.offset == timedelta(hours=1)
    assert timedelta(seconds=1) <= found.uncertainty < timedelta(seconds=1.01)
    assert found.noticeable
    assert found.at(NOON) == NOON + timedelta(hours=1)


def test_a_small_skew_is_not_worth_telling() -> None:
    """Under two minutes, or lost in a slow exchange, nobody is bothered."""
    assert not measure(NOON, NOON, NOON + timedelta(seconds=110)).noticeable
    slow = measure(NOON, NOON + timedelta(seconds=80), NOON + timedelta(seconds=180))
    assert not slow.noticeable


def test_moments_come_back_from_their_text() -> None:
    """ISO with milliseconds, Z for UTC, both ways."""
    assert iso(NOON) == "2026-11-21T12:00:00.000Z"
    assert from_iso(iso(NOON)) == NOON
    assert from_iso("2026-11-21T21:00:00+09:00") == NOON


@pytest.mark.parametrize("text", ["", "today", "2026-11-21T12:00:00", None, 5])
def test_a_moment_without_zone_or_sense_is_refused(text: object) -> None:
    """A moment nobody can place is bad format."""
    with pytest.raises(BadFormat):
        from_iso(text)


def test_this_computers_clock_is_aware_and_grows() -> None:
    """The system clock is UTC, monotonic, and names its boot."""
    clock = SystemClock()

    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() <= clock.monotonic()
    assert clock.boot_id() == clock.boot_id()
