"""Desks that never reach the centre themselves follow its change of keys: by stick, by relay."""

from __future__ import annotations

import shutil
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mfc_desk.demo.link import Link
from mfc_desk.desk import Desk
from mfc_desk.exchange.centre_keys import ticket_in_use
from sync import batch, ticket
from sync.carrier import Carrier
from sync.central.carried import CarriedIn, CentreCarrier
from sync.central.cli import keys as key_commands
from sync.errors import BadFormat
from sync.keys import CentreKeys
from tests.centre_served import served
from tests.centre_world import LocalCentre, local
from tests.desk_home import DeskHome, set_up_home
from tests.relay_world import NOWHERE, serving_relay
from tests.screen_world import register

__all__ = ["local", "served"]


def born(folder: Path, centre: LocalCentre, number: int, url: str = NOWHERE) -> DeskHome:
    """A desk of the centre, from a ticket file, that knows this address."""
    issued, _ = centre.centre.enrolment.issue("0101", number, window="1", urls=(url,))
    data = ticket.write(issued, centre.centre.secrets.keys)
    return set_up_home(folder / f"desk-{number}", ticket=data, now=centre.clock.now())


def change(centre: LocalCentre, act: Callable[[Namespace], int]) -> None:
    """`mfc-central keys rotate` or `retire`."""
    assert act(Namespace(home=centre.home.root, database=None, blobs=None, json=True)) == 0


def opens(data: bytes, keys: CentreKeys) -> bool:
    """Whether a pair of keys opens a batch."""
    try:
        batch.open_pack(batch.read_header(data), [keys.identity])
    except BadFormat:
        return False
    return True


def trusts(desk: Desk) -> tuple[bytes, ...]:
    """The keys of the centre a desk trusts."""
    found = ticket_in_use(desk)
    assert found is not None
    return found.signing_keys


def test_desk_without_any_net_follows_the_keys_by_stick(tmp_path: Path, local: LocalCentre) -> None:
    """Both changes missed: they stand on the stick beside the answers the new key signed."""
    stick = tmp_path / "stick"
    stick.mkdir()

    def at_centre() -> CarriedIn:
        return CentreCarrier(local.centre).take(Carrier(stick))

    with born(tmp_path, local, 771).login() as desk:
        register(desk, 1)
        assert desk.carriers.out(stick).failure is None
        assert at_centre().enrolled == 1
        assert desk.carriers.take_in(stick).confirmed > 0
        old = local.centre.secrets.keys
        change(local, key_commands.rotate)
        change(local, key_commands.retire)
        new = local.centre.secrets.keys
        register(desk, 1)
        desk.carriers.out(stick)
        assert at_centre().passed == []
        back = desk.carriers.take_in(stick)
        assert (back.damaged, back.confirmed > 0) == ([], True)
        assert trusts(desk) == (new.public,)
        register(desk, 1)
        desk.carriers.out(stick)
        (sealed,) = stick.rglob("*.mfcb")
        data = sealed.read_bytes()
        assert (opens(data, old), opens(data, new)) == (False, True)
        assert at_centre().passed == []
        again = desk.carriers.take_in(stick)
        assert (again.damaged, again.confirmed > 0) == ([], True)
        assert desk.exchange.summary().text == "3 из 3 подтверждено центром"


def until(desk: Desk, done: Callable[[], bool]) -> None:
    """Exchange until it is so."""
    end = time.monotonic() + 200
    while not done():
        assert time.monotonic() < end, desk.exchange.view().last_error
        desk.exchange.run_once()
        time.sleep(0.05)


def test_desk_with_nothing_but_a_relay_follows_the_keys(
    tmp_path: Path, local: LocalCentre, served: Callable[[LocalCentre], str]
) -> None:
    """One heard of in time, whose end leaves an old receipt at the relay, and one missed."""
    with (
        serving_relay(tmp_path / "relay", served(local)) as (_, address),
        born(tmp_path, local, 772).login() as desk,
    ):
        desk.settings.save(replace(desk.settings.load(), relay=str(address)))

        def one_more() -> None:
            register(desk, 1)
            total = desk.exchange.summary().requests
            until(desk, lambda: desk.exchange.summary().confirmed == total)

        one_more()
        change(local, key_commands.rotate)
        one_more()
        until(desk, lambda: len(trusts(desk)) == 2)
        change(local, key_commands.retire)
        one_more()
        assert trusts(desk) == (local.centre.secrets.keys.public,)
        assert desk.exchange.run_once().error is None
        change(local, key_commands.rotate)
        change(local, key_commands.retire)
        one_more()
        assert trusts(desk) == (local.centre.secrets.keys.public,)
        assert desk.exchange.run_once().error is None


def test_unused_restored_desk_behind_a_relay_gets_its_entries_back(
    tmp_path: Path, local: LocalCentre, served: Callable[[LocalCentre], str]
) -> None:
    """The relay's word does not freeze it; the centre gives back through the relay alone."""
    url = served(local)
    with (
        Link(int(url.rpartition(":")[2])) as link,
        serving_relay(tmp_path / "relay", link.url) as (_, address),
    ):
        made = born(tmp_path, local, 773, NOWHERE)
        copy = tmp_path / "copy"
        with made.login() as desk:
            desk.settings.save(replace(desk.settings.load(), relay=str(address)))
            register(desk, 1)
            until(desk, lambda: desk.exchange.summary().confirmed == 1)
        shutil.copytree(made.home.root, copy)
        with made.login() as desk:
            register(desk, 1)
            until(desk, lambda: desk.exchange.summary().confirmed == 2)
        shutil.rmtree(made.home.root)
        copy.rename(made.home.root)
        link.take_down()
        with made.login() as desk:
            assert desk.exchange.run_once().kind == "relay-ahead"
            assert desk.exchange.view().frozen is None
            link.bring_up()
            came_back: list[int] = []

            def restored() -> bool:
                came_back.append(desk.exchange.run_once().restored)
                return came_back[-1] > 0

            until(desk, restored)
            until(desk, lambda: desk.exchange.summary().confirmed == 2)
