"""How a relay carries on: one desk's trouble is not the office's, a dead link stops no custody."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from sync import batch, feed
from sync.central.relay.forward import Forwarder
from sync.central.relay.home import RelayHome
from sync.central.relay.relay import Relay
from sync.central.relay.rows import Asked, Caller, Held
from sync.central.relay.store import RelayStore
from sync.clock import SystemClock
from sync.errors import Refused, Unreachable
from sync.http import batch_headers, signature_of
from sync.ids import SeededRandom, SystemRandom
from sync.receipt import read_verified
from sync.relay import InCustody, RelayClient
from sync.wire import Answer, Progress, Wire, silent
from tests.centre_served import served
from tests.centre_world import HandDesk, LocalCentre, local
from tests.relay_world import serving_relay
from tests.sync_world import NOON, HandClock

__all__ = ["local", "served"]


class Turning(Wire):
    """A way to a centre that turns back what some desks hand in, for ten minutes."""

    turned: frozenset[int] = frozenset()
    status = 429
    garbled = False
    asked: tuple[str, ...] = ()

    def exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        progress: Progress = silent,
    ) -> Answer:
        """As the wire does, unless it is a batch of one of those desks."""
        self.asked += (target,)
        if target == "/v1/batches" and batch.read_header(body or b"").header.desk in self.turned:
            if self.garbled:
                return Answer(201, b"{}")
            raise Refused(self.status, {"code": "x", "retry_after": 600.0})
        return super().exchange(method, target, headers, body, progress)


@dataclass
class Office:
    """Two desks whose batches a relay holds, and what carries them on by a clock set by hand."""

    centre: LocalCentre
    desks: tuple[HandDesk, HandDesk]
    way: Turning
    clock: HandClock
    forwarder: Forwarder
    store: RelayStore

    def applied(self, desk: HandDesk) -> None:
        """Return when the centre has applied all it has of a desk."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            row = self.centre.centre.store.streams.stream(desk.desk, desk.epoch)
            if row is not None and row.applied_to == row.stream.last:
                return
            time.sleep(0.02)
        raise AssertionError("the centre applies nothing")

    def carried(self) -> tuple[int, int]:
        """Carry all there is; how far the centre has each desk."""
        while self.forwarder.step():
            pass
        first, second = map(self.centre.stored, self.desks)
        return first, second


@pytest.fixture
def office(
    tmp_path: Path, local: LocalCentre, served: Callable[[LocalCentre], str]
) -> Iterator[Office]:
    """The centre is real and served."""
    clock = HandClock()
    way = Turning((served(local),), None, clock, (5.0, 20.0))
    desks = local.desk(701), local.desk(702)
    relay = Relay.open(RelayHome(tmp_path / "relay"), clock, SystemRandom(), ())
    for desk in desks:
        desk.note(2)
        caller = Caller(desk.key, desk.keys.public, desk.desk, desk.epoch)
        relay.store.hold(Held(0, caller, 1, 2, desk.head(2), desk.seal(1, 2)), clock.now())
    forwarder = Forwarder(relay.store, relay.place, lambda: way, clock, SeededRandom(1))
    yield Office(local, desks, way, clock, forwarder, relay.store)
    way.close()
    relay.close()


def test_the_page_a_desk_waits_for_comes_with_its_receipt(office: Office) -> None:
    """One way there and back: what became of the batch is here, the feed was not asked."""
    desk, store = office.desks[0], office.store
    caller = Caller(desk.key, desk.keys.public, desk.desk, desk.epoch)
    target = "/v1/feed?after=0&trusts=00000000"
    signature = signature_of(desk.keys, "GET", target)
    store.ask(Asked(caller, "feed", target, signature, None), office.clock.now())
    data = desk.seal(1, 2)  # by another route before: nobody waits for what becomes of it
    office.way.exchange("POST", "/v1/batches", batch_headers(data), data)
    office.applied(desk)
    office.way.asked = tuple[str, ...]()

    assert office.carried() == (2, 2)

    assert set(office.way.asked) == {"/v1/batches"}
    kept = store.asked(desk.key, "feed")
    assert kept is not None
    assert kept.answer is not None
    page = feed.open_page(kept.answer, desk.ticket.publics, [desk.keys.identity])
    assert (page.after, page.to) == (0, 2)
    receipt = store.said(desk.desk, desk.epoch)["receipt"]
    assert read_verified(receipt, desk.ticket.publics).to == 2


def test_a_question_no_desk_would_ask_costs_no_batch(office: Office) -> None:
    """A number that is none goes in no header: the centre would refuse the batch for it."""
    desk = office.desks[0]
    caller = Caller(desk.key, desk.keys.public, desk.desk, desk.epoch)
    asked = Asked(caller, "feed", "/v1/feed?after=-1", "", None)
    assert asked.after is None
    office.store.ask(asked, office.clock.now())
    assert office.carried() == (2, 2)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_one_desk_that_is_told_later_holds_up_nobody_else(office: Office, status: int) -> None:
    """Its lowest batch waits as long as the centre asked for, the other desk's goes on."""
    office.way.turned, office.way.status = frozenset({701}), status
    assert office.carried() == (0, 2)
    office.way.turned = frozenset()
    office.clock.forward(590)
    assert office.carried() == (0, 2)
    office.clock.forward(11)
    assert office.carried() == (2, 2)


def test_gateway_that_turns_everybody_back_is_a_centre_that_is_not_there(office: Office) -> None:
    """Two desks in a row: the way is lost, not two batches."""
    office.way.turned, office.way.status = frozenset({701, 702}), 502
    with pytest.raises(Unreachable) as caught:
        office.carried()
    assert caught.value.kind == "server-error"


def test_one_desk_that_is_answered_with_nonsense_holds_up_nobody_else(office: Office) -> None:
    """The other desk's batch goes on at once, its own after a pause, as the same bytes."""
    office.way.turned, office.way.garbled = frozenset({701}), True
    assert office.carried() == (0, 2)
    office.way.turned = frozenset()
    office.clock.forward(31)
    assert office.carried() == (2, 2)


def test_nonsense_for_everybody_is_a_centre_that_is_not_there(office: Office) -> None:
    """Two desks in a row: somebody else answers in its place."""
    office.way.turned, office.way.garbled = frozenset({701, 702}), True
    with pytest.raises(Unreachable) as caught:
        office.carried()
    assert caught.value.kind == "garbage"


def test_an_answer_is_not_given_to_another_question(tmp_path: Path) -> None:
    """The desk asked for a later page while the first one was on its way: that one is nobody's."""
    clock = HandClock()
    relay = Relay.open(RelayHome(tmp_path / "relay"), clock, SystemRandom(), ())
    caller = Caller("k", b"", 701, 1)
    first = Asked(caller, "feed", "/v1/feed?after=0", "s", None)
    then = Asked(caller, "feed", "/v1/feed?after=5", "s", None)
    relay.store.ask(first, clock.now())
    relay.store.ask(then, clock.now())

    relay.store.answer(first, clock.now(), 200, b"page")
    unanswered = relay.store.asked("k", "feed")
    relay.store.answer(then, clock.now(), 200, b"its page")
    answered = relay.store.asked("k", "feed")

    assert unanswered is not None
    assert (unanswered.status, unanswered.answer) == (None, None)
    assert answered is not None
    assert answered.answer == b"its page"
    relay.close()


def test_questions_on_a_dead_link_stop_no_custody(tmp_path: Path, local: LocalCentre) -> None:
    """More questions that cannot wait than the relay has threads, upstream says nothing."""
    hand = local.desk()
    hand.note(1)
    silence = socket.create_server(("127.0.0.1", 0))
    upstream = f"http://127.0.0.1:{silence.getsockname()[1]}"
    answered: list[str] = []

    with serving_relay(tmp_path / "relay", upstream) as (_, address):

        def ask() -> None:
            client = RelayClient(address, hand.ticket, hand.keys, SystemClock())
            try:
                client.signed("GET", "/v1/keys")
            except (Refused, Unreachable) as error:
                answered.append(error.code)
            finally:
                client.close()

        asking = [threading.Thread(target=ask) for _ in range(10)]
        for one in asking:
            one.start()
        met, _ = silence.accept()
        time.sleep(0.5)  # the others are there too
        client = RelayClient(address, hand.ticket, hand.keys, SystemClock(), timeout=(60.0, 120.0))
        try:
            assert client.post_batch(hand.seal(1, 1)) == InCustody(1)
            assert answered == []
        finally:
            client.close()
            silence.close()
            met.close()
            for thread in asking:
                thread.join(120)


def test_a_clock_set_back_makes_nothing_wait_for_years(tmp_path: Path) -> None:
    """What was put off in a year that has not come is tried again now: batches and questions."""
    relay = Relay.open(RelayHome(tmp_path / "relay"), SystemClock(), SystemRandom(), ())
    store, wrong = relay.store, NOON + timedelta(days=20_000)
    caller = Caller("k", b"", 701, 1)
    store.hold(Held(0, caller, 1, 2, b"head", b"bytes"), wrong)
    store.ask(Asked(caller, "feed", "/v1/feed?after=0", "s", None), wrong)
    asked = store.asked("k", "feed")
    held = store.next_batch(wrong)
    assert held is not None
    assert asked is not None
    store.refused(held.number, 401, {}, wrong)
    store.answer(asked, wrong, 204, None)
    minute = timedelta(minutes=1)

    assert store.next_batch(wrong) is None
    assert store.waiting("feed", since=NOON, before=wrong - minute, now=wrong) == []
    assert store.next_batch(NOON) == held
    (again,) = store.waiting("feed", since=NOON - minute, before=NOON - minute, now=NOON)
    assert again.target == asked.target
    relay.close()
