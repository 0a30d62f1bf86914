"""Thousands of histories of desks, relay and centre in which all goes wrong; planted bugs found.

A failing seed is printed; `python -m tests.simulator SEED` tells its history.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from os import cpu_count

import pytest

from tests.simulated_bugs import BUGS
from tests.simulator import ViolationError, simulate

DEFAULT = 2_000
FULL = 100_000
CHUNK = 20
MOST_TOLD = 5
"""Broken histories after which the rest is not lived through."""
BEGUN_AT = {"hear_any_page": 250, "hear_from_where_it_was": 320}
"""Where a rare bug begins to be looked for: the histories before have never shown it."""
BROKE_ONCE = (86_315, 94_919)
"""A snapshot of a machine resumed: an entry of its twin came back, the next id was that one. A copy
behind a relay left its branch there before it stopped: a centre put back took that one first."""
FAULTS = (
    "saves",
    "exchanges",
    "dropped",
    "lost reply",
    "late",
    "twice",
    "strays",
    "carried",
    "taken in",
    "amendments",
    "feed gone",
    "page replayed",
    "page with a receipt",
    "begun unasked",
    "busy",
    "portal",
    "garbled up",
    "garbled down",
    "another receipt",
    "desk kills",
    "centre dies before commit",
    "centre dies after commit",
    "centre starts",
    "centre restores",
    "desk restores",
    "clones",
    "clock jumps",
    "refused: fork",
    "refused: bad-digest",
    "refused: unknown-dictionary",
    "frozen: fork",
    "came back",
    "frozen: epoch-closed",
    "enrolled again",
    "duplicate",
    "held id-collision",
    "held conflict",
    "handed in",
    "in custody",
    "receipt by relay",
    "garbled for the relay",
    "relay kills",
    "relay restores",
    "relay losses",
    "lan dropped",
    "lan lost reply",
    "by relay: None",
    "by relay: fork",
    "by relay: relay-told",
    "by relay: relay-ahead",
)


def lived(seeds: Iterable[int], bug: str | None = None) -> tuple[Counter[str], list[str]]:
    """What happened in these histories, and what broke in which."""
    gc.collect()  # histories of before are gone, or they would stay for ever
    gc.freeze()  # what is loaded stays: only what a history makes is looked through
    happened: Counter[str] = Counter()
    broken: list[str] = []
    for seed in seeds:
        try:
            happened += simulate(seed, bug)
        except ViolationError as violation:
            broken.append(str(violation))
    return happened, broken


def live_through(count: int) -> tuple[Counter[str], list[str]]:
    """The same over all cores, up to the first few that break."""
    happened: Counter[str] = Counter()
    broken: list[str] = []
    chunks = [range(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
    with ProcessPoolExecutor(cpu_count(), mp_context=get_context("spawn")) as pool:
        for part, violations in pool.map(lived, chunks):
            happened += part
            broken += violations
            if len(broken) >= MOST_TOLD:
                pool.shutdown(cancel_futures=True)
                break
    return happened, broken


def test_a_few_histories_keep_the_rules() -> None:
    """Forty histories, quick enough for every landing."""
    happened, broken = lived(range(40))

    assert broken == []
    assert happened["saves"] > 200


def test_a_seed_is_one_history() -> None:
    """The same seed gives the same history, step by step."""
    told: list[list[str]] = [[], []]
    for lines in told:
        simulate(7, None, lines.append)

    assert told[0] == told[1]
    assert len(told[0]) > 30


@pytest.mark.parametrize("seed", BROKE_ONCE)
def test_a_history_that_broke_once_keeps_the_rules(seed: int) -> None:
    """What a long run has found stays found."""
    _, broken = lived([seed])

    assert broken == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_thousand_histories_keep_the_rules() -> None:
    """Every acknowledged entry is at the centre once and in order; in the end both sides agree."""
    happened, broken = live_through(DEFAULT)

    assert broken == [], "\n".join(broken)
    assert [fault for fault in FAULTS if not happened[fault]] == []


@pytest.mark.full
@pytest.mark.timeout(14_400)
def test_a_hundred_thousand_histories_keep_the_rules() -> None:
    """The same, for a night."""
    happened, broken = live_through(FULL)

    assert broken == [], "\n".join(broken)
    assert [fault for fault in FAULTS if happened[fault] < 100] == []


@pytest.mark.slow
@pytest.mark.parametrize("bug", sorted(BUGS))
def test_a_planted_bug_is_found(bug: str) -> None:
    """The simulator can fail: each broken decision is seen within these histories."""
    seeds = range(BEGUN_AT.get(bug, 0), 4 * DEFAULT)
    assert any(lived([seed], bug)[1] for seed in seeds), f"{bug} was not found"
