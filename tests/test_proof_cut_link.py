"""The connection cut at any byte: each request is at the centre exactly once all the same."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from tests.centre_process import CentreProcess, shared_centre
from tests.linked_desk import LinkedDesk, linked_desk
from tests.taking_requests import register

__all__ = ["shared_centre"]
SAMPLED = 30
EDGE = 3
VARIES = 24
"""Ids and times make one request a few bytes longer or shorter than the next on the wire."""


def bytes_of_one_exchange(linked: LinkedDesk) -> tuple[int, int]:
    """How many bytes go up and come down when one request is sent over a whole link."""
    register(linked.desk, 1, seed=1)
    assert linked.exchange().error is None
    register(linked.desk, 1, seed=1)
    up, down = linked.link.passed.up, linked.link.passed.down
    assert linked.exchange().error is None
    return linked.link.passed.up - up, linked.link.passed.down - down


def sampled(total: int) -> list[int]:
    """Cut points over the whole exchange: both edges byte by byte, the rest evenly spread."""
    inner = range(EDGE, total - EDGE, max(1, total // (SAMPLED - 2 * EDGE)))
    return sorted({*range(1, EDGE), *inner, *range(total - EDGE, total + 1)})


def cut_at_each(linked: LinkedDesk, points: Iterable[int], *, upward: bool) -> int:
    """Send one request for each point, cut there, then over a whole link; how often it was cut."""
    cut = 0
    for point in points:
        register(linked.desk, 1, seed=1)
        before = linked.link.passed.cuts
        linked.link.cut_after(**{"up" if upward else "down": point})
        result = linked.exchange()
        cut += linked.link.passed.cuts > before
        linked.link.bring_up()
        assert linked.exchange().error is None, (point, result)
        assert linked.desk.exchange.view().unsent == 0
    return cut


def hold_exactly_once(linked: LinkedDesk) -> None:
    """Both sides list the same requests, each once, and find nothing wrong with themselves."""
    assert linked.at_centre() == linked.on_desk()
    assert linked.centre.verify()["faults"] == []
    assert check_desk(linked.desk).faults == ()
    summary = linked.desk.exchange.summary()
    assert summary.confirmed == summary.requests == len(linked.on_desk())


@pytest.mark.slow
@pytest.mark.parametrize("upward", [True, False], ids=["upload", "reply"])
def test_cut_link_loses_and_doubles_nothing(
    tmp_path: Path, shared_centre: CentreProcess, upward: bool
) -> None:
    """An upload (a reply) cut at some thirty bytes of it: exactly once at the centre each time."""
    with linked_desk(tmp_path, shared_centre, 401 if upward else 402) as linked:
        up, down = bytes_of_one_exchange(linked)
        points = sampled(up if upward else down)

        assert cut_at_each(linked, points, upward=upward) >= len(points) - 2 * EDGE
        hold_exactly_once(linked)


@pytest.mark.full
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("upward", [True, False], ids=["upload", "reply"])
def test_link_cut_at_every_byte_loses_and_doubles_nothing(
    tmp_path: Path, shared_centre: CentreProcess, upward: bool
) -> None:
    """The same for every byte of an upload and of a reply."""
    with linked_desk(tmp_path, shared_centre, 403 if upward else 404) as linked:
        up, down = bytes_of_one_exchange(linked)
        total = up if upward else down

        assert cut_at_each(linked, range(1, total + 1), upward=upward) >= total - VARIES
        hold_exactly_once(linked)
