"""The same journal by net, relay and stick in random order: every entry once, in order."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sync.http import CentreClient
from sync.relay import RelayClient
from tests.carried_world import Round
from tests.centre_served import served
from tests.centre_world import LocalCentre, local
from tests.relay_world import serving_relay

__all__ = ["local", "served"]
STEPS = 12
SEEDS = 2


def wander(round_trip: Round, url: str, folder: Path, rand: random.Random) -> None:
    """Notes, and after each of them one of the routes, or half of one; at the end all of them."""
    desk = round_trip.desk
    with serving_relay(folder / "relay", url) as (_, address):

        def by_net() -> None:
            desk.relay = None
            exchange(CentreClient(desk.ticket, desk.keys, desk.clock, urls=(url,)))

        def by_relay() -> None:
            desk.relay = address
            exchange(RelayClient(address, desk.ticket, desk.keys, desk.clock))

        def exchange(client: CentreClient | RelayClient) -> None:
            desk.client.close()
            desk.client = client
            assert desk.exchange().run_once().kind is None

        stick: list[Callable[[], object]] = [
            round_trip.out,
            round_trip.at_centre,
            round_trip.back,
        ]
        for _ in range(STEPS):
            desk.note(rand.randint(1, 3))
            rand.choice([by_net, by_relay, *stick])()

        def by_stick() -> None:
            for act in stick:
                act()

        ways = [by_net, by_relay, by_stick]
        until = time.monotonic() + 200
        end = desk.exchange().outbox.end()
        while round_trip.acked < end or len(desk.events) < end:
            assert time.monotonic() < until
            rand.choice(ways)()


def hold_once(round_trip: Round) -> None:
    """Both ends have the same, each entry applied once, and each outcome was told once."""
    desk, centre = round_trip.desk, round_trip.centre.centre
    end = desk.exchange().outbox.end()
    row = centre.store.streams.stream(desk.ticket.desk_no, desk.ticket.epoch)
    assert row is not None
    assert (row.stream.last, row.stream.head) == (end, desk.journal.head_at(end))
    assert sorted(event.body["seq"] for event in desk.events) == list(range(1, end + 1))
    assert {event.body["outcome"] for event in desk.events} == {"applied"}
    assert round_trip.centre.faults() == ()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_three_routes_in_random_order(
    tmp_path: Path, local: LocalCentre, served: Callable[[LocalCentre], str], seed: int
) -> None:
    """Whatever way an entry went, and however often: once."""
    round_trip = Round.begin(tmp_path, local, 341 + seed)
    wander(round_trip, served(local), tmp_path, random.Random(seed))
    hold_once(round_trip)
    round_trip.close()


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_three_routes_in_a_hundred_random_orders(
    tmp_path: Path, local: LocalCentre, served: Callable[[LocalCentre], str]
) -> None:
    """The same with a hundred seeds."""
    url = served(local)
    for seed in range(100, 200):
        round_trip = Round.begin(tmp_path, local, 400 + seed)
        wander(round_trip, url, tmp_path / str(seed), random.Random(seed))
        hold_once(round_trip)
        round_trip.close()
