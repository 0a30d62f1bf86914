"""One desk's batches by every way to the centre, in any order: once each, in order, equal heads.

`ROUTES` names the ways; a new one (the office relay) is one more function there.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from sync import batch
from sync.carrier import INCOMING, OUTGOING, BatchName, Carrier
from sync.central.carried import CentreCarrier
from tests.centre_process import CentreProcess, centre
from tests.centre_world import HandDesk, LocalCentre, desk_of, local

__all__ = ["centre", "local"]
BATCHES = 5
SEEDS = 6
Route = Callable[[LocalCentre, Carrier, bytes], None]


def by_net(centre: LocalCentre, _stick: Carrier, data: bytes) -> None:
    """The same door as POST /v1/batches."""
    assert centre.accept(data).status in {200, 201, 202}


def by_stick(centre: LocalCentre, stick: Carrier, data: bytes) -> None:
    """Put on the stick, whatever stands there already, and carried to the centre."""
    name = str(BatchName.of(batch.read_header(data).header))
    stick.put(OUTGOING, name, data)
    assert CentreCarrier(centre.centre).take(stick).passed == []


ROUTES: dict[str, Route] = {"net": by_net, "stick": by_stick}


@pytest.fixture
def stick(tmp_path: Path) -> Carrier:
    """An empty stick."""
    (tmp_path / "stick").mkdir()
    return Carrier(tmp_path / "stick")


def sealed(desk: HandDesk) -> list[bytes]:
    """Five batches of one entry each."""
    desk.note(BATCHES)
    return [desk.seal(seq, seq) for seq in range(1, BATCHES + 1)]


def assert_once_in_order(centre: LocalCentre, desk: HandDesk) -> None:
    """The centre has exactly the journal of the desk, up to the same head."""
    row = centre.centre.store.streams.stream(desk.desk, desk.epoch)
    assert row is not None
    assert (row.stream.last, row.stream.head) == (BATCHES, desk.head(BATCHES))
    assert centre.kept(desk) == desk.journal
    assert centre.centre.store.streams.parked(desk.desk, desk.epoch) == ()
    applied = centre.rows(desk)
    assert [(one.seq, one.outcome) for one in applied] == [
        (seq, "applied") for seq in range(1, BATCHES + 1)
    ]


def test_five_batches_in_each_of_their_120_orders_are_applied_once_in_order(
    local: LocalCentre,
) -> None:
    """One desk an order, all at one centre; each batch comes twice."""
    orders = list(itertools.permutations(range(BATCHES)))
    assert len(orders) == 120
    desks = [local.desk(number, seed=number) for number in range(1, len(orders) + 1)]
    for desk, order in zip(desks, orders, strict=True):
        batches = sealed(desk)
        for n in order:
            assert local.accept(batches[n]).status in {201, 202}
        assert local.stored(desk) == BATCHES
        for n in order:
            assert local.accept(batches[n]).status == 200
    for desk in desks:
        assert_once_in_order(local, desk)
    assert local.why() == []
    assert local.faults() == ()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_same_batches_by_random_ways_in_random_order_are_applied_once(
    local: LocalCentre, stick: Carrier, seed: int
) -> None:
    """Every batch by every way, and some of them again, shuffled."""
    chosen = random.Random(seed)
    desk = local.desk(317, seed=seed)
    batches = sealed(desk)
    handed = [(way, data) for way in ROUTES for data in batches]
    handed += chosen.choices(handed, k=BATCHES)
    chosen.shuffle(handed)
    for way, data in handed:
        ROUTES[way](local, stick, data)
    assert_once_in_order(local, desk)
    assert local.why() == []


def test_real_centre_takes_the_same_batches_by_http_and_by_stick_once(
    centre: CentreProcess, stick: Carrier
) -> None:
    """The serving process and the command beside it write into one store."""
    desk = desk_of(centre.ticket(317), centre.url)
    batches = sealed(desk)
    for data in (batches[4], batches[1]):
        stick.put(OUTGOING, str(BatchName.of(batch.read_header(data).header)), data)
    assert desk.post(batches[3]).status_code == 202
    (taken,) = centre.lines("carry", "in", str(stick.root))
    assert (taken["stored"], taken["parked"]) == (0, 2)
    assert desk.post(batches[0]).status_code == 201
    assert desk.stream()["have"] == 2
    for data in batches:
        stick.put(OUTGOING, str(BatchName.of(batch.read_header(data).header)), data)
    (taken,) = centre.lines("carry", "in", str(stick.root))
    assert (taken["stored"], taken["known"]) == (1, 4)
    assert [desk.post(data).status_code for data in batches] == [200] * BATCHES
    told = desk.stream()
    assert (told["have"], told["head"]) == (BATCHES, desk.head(BATCHES).hex())
    results = desk.results(BATCHES)
    assert sorted(results) == list(range(1, BATCHES + 1))
    assert {one["outcome"] for one in results.values()} == {"applied"}
    assert any(name.endswith("mfcr") for name in stick.names(INCOMING))
