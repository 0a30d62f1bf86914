"""TLS trusts the ticket's authority alone, and tells a wrong date from a wrong centre."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync.http import CentreClient
from tests import sync_world as world
from tests.answering_server import SOON, TIMEOUT, Said, client, health, kind, serving
from tests.sync_world import HandClock
from tests.tls_front import certified


@pytest.fixture
def said() -> Said:
    return Said()


NOW = datetime.now(UTC)
YEAR = timedelta(days=365)


def test_the_tickets_authority_alone_is_trusted(tmp_path: Path, said: Said) -> None:
    """HTTPS by the CA of the ticket works; by any other one it is refused as such."""
    said.set(204, b"")
    (tmp_path / "other").mkdir()
    ours = certified(tmp_path, NOW - YEAR, NOW + YEAR)
    other = certified(tmp_path / "other", NOW - YEAR, NOW + YEAR)

    with serving(said, ours.context) as port:
        url = f"https://127.0.0.1:{port}"
        with client(url, ca_pem=ours.ca_pem) as made:
            made.health()
        for strange in (other.ca_pem, None):
            with client(url, ca_pem=strange) as made:
                assert kind(health, made) == "tls"


@pytest.mark.parametrize("years", [(-3, -1), (1, 3)])
def test_dates_that_do_not_hold_are_told_apart(
    tmp_path: Path, said: Said, years: tuple[int, int]
) -> None:
    """A certificate out of its dates points at the clock; a clock known to be wrong gets by."""
    said.set(204, b"")
    authority = certified(tmp_path, NOW + years[0] * YEAR, NOW + years[1] * YEAR)

    with serving(said, authority.context) as port:
        url = f"https://127.0.0.1:{port}"
        with client(url, ca_pem=authority.ca_pem) as made:
            assert kind(health, made) == "tls-clock"
        ticket = world.ticket(urls=(url,), ca_pem=authority.ca_pem)
        made = CentreClient(ticket, world.DEVICE, HandClock(), timeout=TIMEOUT, clock_behind=True)
        made.health()
        made.close()


def test_a_plain_server_behind_https_is_a_tls_failure(said: Said) -> None:
    """A server that does not speak TLS is named as such, not as an error of ours."""
    with serving(said) as port, client(f"https://127.0.0.1:{port}", timeout=SOON) as made:
        assert kind(health, made) in {"tls", "cut", "timeout"}
