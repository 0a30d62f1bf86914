"""A proxy that strips and alters headers, compresses, or cuts bodies up anew, on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from mfc_desk.audit import check_desk
from sync.failures import next_step, sentence
from tests.altering_proxy import AlteringProxy, Headers
from tests.centre_process import CentreProcess, shared_centre
from tests.linked_desk import LinkedDesk, linked_desk
from tests.taking_requests import register

__all__ = ["shared_centre"]
SEEDS = count(1)


@pytest.fixture(scope="module")
def linked(
    tmp_path_factory: pytest.TempPathFactory, shared_centre: CentreProcess
) -> Iterator[LinkedDesk]:
    """The desk all proxies stand before, enrolled without one."""
    with linked_desk(tmp_path_factory.mktemp("proxied"), shared_centre, 640) as made:
        assert made.exchange().error is None
        yield made


def without(*names: str) -> Callable[[Headers], None]:
    """Strip headers."""

    def strip(headers: Headers) -> None:
        for name in names:
            headers.pop(name, None)

    return strip


def only(*names: str) -> Callable[[Headers], None]:
    """Strip all headers but these, as a filter with a list does."""

    def strip(headers: Headers) -> None:
        for name in set(headers) - set(names):
            del headers[name]

    return strip


def signature(alter: Callable[[str], str]) -> Callable[[Headers], None]:
    """Alter `MFC-Signature`."""

    def garble(headers: Headers) -> None:
        if "mfc-signature" in headers:
            headers["mfc-signature"] = alter(headers["mfc-signature"])

    return garble


HARMLESS: dict[str, dict[str, Any]] = {
    "headers in another case, Via": {},
    "gzip": {"gzipped": True},
    "answers in chunks": {"chunked_down": True},
    "gzip in chunks": {"gzipped": True, "chunked_down": True},
    "no digest, no question for the feed": {"up": without("content-digest", "mfc-feed")},
    "no kinds of bodies": {"up": without("content-type")},
    "batches in chunks": {"chunked_up": True},
    "a parameter more": {
        "down": lambda headers: headers.update(
            {"content-type": headers.get("content-type", "text/plain") + "; charset=utf-8"}
        )
    },
}


@pytest.mark.parametrize("way", HARMLESS)
def test_what_a_proxy_may_change_changes_nothing(linked: LinkedDesk, way: str) -> None:
    """Sent, confirmed and registered in one exchange, as without it."""
    register(linked.desk, 1, seed=next(SEEDS) * 10)
    before = linked.desk.exchange.summary().confirmed

    with AlteringProxy(linked.centre.port, **HARMLESS[way]) as proxy:
        linked.link.target = proxy.port
        result = linked.exchange()
    linked.link.target = linked.centre.port

    assert result.error is None
    assert any(one.startswith("POST /v1/batches") for one in proxy.passed)
    assert linked.desk.exchange.view().unsent == 0
    assert linked.desk.exchange.summary().confirmed == before + 1
    assert linked.at_centre() == linked.on_desk()


ALTERED: dict[str, dict[str, Any]] = {
    "the signature stripped": {"up": without("mfc-signature")},
    "the signature emptied": {"up": signature(lambda _: "")},
    "the signature cut short": {"up": signature(lambda text: text[:40])},
    "the signature in lower case": {"up": signature(str.lower)},
    "the signature quoted": {"up": signature(lambda text: f'"{text}"')},
    "requests with known headers only": {
        "up": only("host", "content-type", "content-length", "accept")
    },
    "answers with known headers only": {"down": only("content-type", "content-length", "date")},
    "both": {
        "up": only("host", "content-type", "content-length"),
        "down": only("content-type", "content-length"),
    },
}


@pytest.mark.parametrize("way", ALTERED)
def test_what_a_proxy_takes_away_stops_nothing_for_good(linked: LinkedDesk, way: str) -> None:
    """Named as what it is, kept, tried again by itself: no person is needed, nothing freezes."""
    register(linked.desk, 1, seed=next(SEEDS) * 10)
    before = linked.desk.exchange.summary().confirmed

    with AlteringProxy(linked.centre.port, **ALTERED[way]) as proxy:
        linked.link.target = proxy.port
        linked.desk.exchange.compared.clear()  # as after a login: both sides are compared first
        tries = [linked.exchange() for _ in range(2)]
        assert proxy.passed
    linked.link.target = linked.centre.port

    assert [one.kind for one in tries] == ["altered"] * 2
    assert all(one.unreachable for one in tries)
    assert tries[0].error == sentence("altered")
    assert tries[0].step == next_step("altered")
    assert linked.desk.exchange.view().frozen is None
    assert linked.desk.exchange.summary().confirmed == before
    assert linked.exchange().error is None
    assert linked.desk.exchange.view().unsent == 0
    assert linked.desk.exchange.summary().confirmed == before + 1
    assert linked.at_centre() == linked.on_desk()
    assert check_desk(linked.desk).faults == ()
