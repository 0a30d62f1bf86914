"""A centre or a desk that dies at the worst moment: each request is there exactly once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from sync.failpoint import EXIT_STATUS, VARIABLE
from tests import forked
from tests.centre_process import CentreProcess, centre
from tests.desk_home import PASSWORD
from tests.linked_desk import LinkedDesk, linked_desk
from tests.taking_requests import register

__all__ = ["centre"]
POINTS = (
    "centre.append.before-commit",
    "centre.append.after-commit",
    "centre.apply.before-commit",
    "centre.apply.after-commit",
)

DESK_POINTS = (
    "seal.uncommitted",
    "seal.committed",
    "receipt.uncommitted",
    "receipt.committed",
    "page.uncommitted",
    "page.committed",
)


@pytest.mark.slow
def test_centre_that_dies_keeps_each_request_once(tmp_path: Path, centre: CentreProcess) -> None:
    """Killed before and after each commit, with the link whole: nothing lost, nothing doubled."""
    with linked_desk(tmp_path, centre, 601) as linked:
        for point in POINTS:
            register(linked.desk, 2, seed=len(linked.on_desk()))
            centre.restart(fail=f"{point}:1")
            linked.exchange()
            assert centre.wait_for_end() == EXIT_STATUS, point
            if point == "centre.append.before-commit":
                assert linked.desk.exchange.view().unsent == 2
            centre.restart()

            assert linked.exchange().error is None
            assert linked.at_centre() == linked.on_desk()
            assert linked.desk.exchange.view().unsent == 0
        assert centre.verify()["faults"] == []
        assert linked.desk.exchange.summary().confirmed == 2 * len(POINTS)


def sync_that_dies(linked: LinkedDesk, point: str) -> int:
    """Run `mfc-desk sync` so that it dies at this point; its exit code."""
    home = str(linked.made.home.root)
    environ = {**os.environ, "MFC_DESK_PASSWORD": PASSWORD, VARIABLE: f"{point}:1"}
    words = ("sync", "--operator", "ivanova", "--home", home)
    return forked.run("mfc_desk", words, environ=environ).returncode


@pytest.mark.slow
def test_desk_that_dies_while_exchanging_sends_each_request_once(
    tmp_path: Path, centre: CentreProcess
) -> None:
    """`mfc-desk sync` killed before and after the commit of sealing, receipt and feed page."""
    with linked_desk(tmp_path, centre, 602) as linked:
        for point in DESK_POINTS:
            register(linked.desk, 2, seed=len(linked.on_desk()))
            assert sync_that_dies(linked, point) == EXIT_STATUS, point
            assert check_desk(linked.desk).faults == ()

            assert linked.exchange().error is None
            assert linked.desk.exchange.view().unsent == 0
        assert linked.at_centre() == linked.on_desk()
        assert linked.desk.exchange.summary().confirmed == 2 * len(DESK_POINTS)
