"""Ids grow whatever the clock does."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from sync.ids import SeededRandom, SystemRandom, UuidV7, uuid_ms


@given(st.lists(st.integers(0, 4_102_444_800_000), min_size=2, max_size=50), st.integers(0, 99))
def test_ids_grow_whatever_the_clock_does(times: list[int], seed: int) -> None:
    """A clock set back or standing still never gives an id below the last one."""
    clock = iter(times)
    minted = UuidV7(lambda: next(clock), SeededRandom(seed))

    found = [minted.next() for _ in times]

    assert found == sorted(set(found))
    assert all(uuid.UUID(text).version == 7 for text in found)
    assert all(uuid.UUID(text).variant == uuid.RFC_4122 for text in found)
    assert uuid_ms(found[0]) == max(times[0], 1)


def test_a_restart_goes_on_above_the_last_id() -> None:
    """Kept max_ms carries the order over a restart with the clock set back."""
    first = UuidV7(lambda: 5_000, SeededRandom(1))
    last = first.next()

    assert UuidV7(lambda: 1_000, SeededRandom(1), first.max_ms).next() > last


def test_ids_go_above_what_came_back() -> None:
    """An entry another minted later than this clock: the next id is above it."""
    other = UuidV7(lambda: 5_000, SeededRandom(1))
    came_back = other.next()
    minted = UuidV7(lambda: 1_000, SeededRandom(1))

    minted.go_above(came_back)
    minted.go_above(None)

    assert minted.next() > came_back


def test_randomness_keeps_its_bounds() -> None:
    """Both kinds of randomness give what was asked for."""
    for random in (SystemRandom(), SeededRandom(3)):
        assert len(random.bytes(10)) == 10
        assert all(0 <= random.below(3) < 3 for _ in range(50))
    assert SeededRandom(3).bytes(8) == SeededRandom(3).bytes(8)
