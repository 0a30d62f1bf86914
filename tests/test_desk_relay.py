"""A desk and its office relay: where it is set, how it is gone round, what is said of custody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from mfc_desk.demo.link import Link
from mfc_desk.desk import Desk
from mfc_desk.errors import SettingRefused
from mfc_desk.exchange.words import sent_text
from mfc_desk.screens.exchange.link_facts import link_facts
from mfc_desk.widgets.link_line import LinkWords
from sync import ticket
from tests.centre_served import served
from tests.centre_world import LocalCentre, local
from tests.command_line import answers, mfc_desk
from tests.desk_home import DeskHome, set_up_home, ticket_file
from tests.relay_world import serving_relay
from tests.screen_world import register

__all__ = ["local", "served"]
RELAY = "http://10.0.0.5:8766#CABT3WJ0"
ABSENT = "http://127.0.0.1:9#CABT3WJ0"


def set_relay(desk: Desk, address: str) -> None:
    desk.settings.save(replace(desk.settings.load(), relay=address))


def test_relay_is_of_the_ticket_until_it_is_set(tmp_path: Path) -> None:
    """The ticket names one, the desk's own setting goes before it, «-» is none."""
    made = set_up_home(tmp_path, ticket=ticket_file(relay=RELAY))
    with made.login() as desk:
        assert str(desk.exchange.relay()) == RELAY
        assert desk.exchange.relay_text() == f"{RELAY} (из билета)"
        set_relay(desk, "http://10.0.0.6:1#cabt3wjo")
        assert str(desk.exchange.relay()) == "http://10.0.0.6:1#CABT3WJ0"
        set_relay(desk, "-")
        assert desk.exchange.relay() is None
        with pytest.raises(SettingRefused, match="Ретранслятор офиса"):
            set_relay(desk, "10.0.0.5")


def test_relay_is_shown_and_set_by_the_command(tmp_path: Path) -> None:
    """`mfc-desk relay`: with an address it is set, without one the one in use is told."""
    set_up_home(tmp_path)
    login = ("--operator", "ivanova", "--json")
    mfc_desk(tmp_path, "relay", RELAY, *login)
    assert answers(mfc_desk(tmp_path, "relay", *login)) == [{"relay": RELAY}]


def linked(folder: Path, centre: LocalCentre, url: str, number: int) -> DeskHome:
    """A desk of a centre of this process, on the centre's clock."""
    issued, _ = centre.centre.enrolment.issue("0101", number, window="1", urls=(url,))
    data = ticket.write(issued, centre.centre.secrets.keys)
    return set_up_home(folder / f"desk-{number}", ticket=data, now=centre.clock.now())


def test_absent_relay_is_gone_round(
    tmp_path: Path, local: LocalCentre, served: Callable[[LocalCentre], str]
) -> None:
    """Nobody at its address, or somebody else: the desk goes to the centre itself."""
    url = served(local)
    with linked(tmp_path, local, url, 761).login() as desk:
        for address in (ABSENT, f"{url}#CABT3WJ0"):
            set_relay(desk, address)
            register(desk, 1)
            result = desk.exchange.run_once()
            assert (result.error, desk.exchange.view().unsent) == (None, 0)
            assert not desk.exchange.view().by_relay


def test_relay_that_is_silent_for_long_is_gone_round(
    tmp_path: Path, local: LocalCentre, served: Callable[[LocalCentre], str]
) -> None:
    """What it holds and the centre does not confirm is sent to the centre itself after a while."""
    url = served(local)
    made = linked(tmp_path, local, url, 762)
    with Link(9) as link, serving_relay(tmp_path / "relay", link.url) as (_, address):
        link.take_down()
        with made.login() as desk:
            set_relay(desk, str(address))
            register(desk, 1)
            scan = tmp_path / "scan.pdf"
            scan.write_bytes(b"%PDF-1.7\n")
            desk.attachments.add(desk.find.recent(1)[0].number, scan)
            for _ in range(2):
                result = desk.exchange.run_once()
                assert (result.error, result.scans) == (None, 0)
                view = desk.exchange.view()
                assert (view.relayed, view.scans.count) == (1, 1)
            said = said_of(desk, made.clock.now())
            assert "через ретранслятор офиса" in said
            assert "1, не подтверждено" in said
            made.clock.pass_(660)
            assert desk.exchange.run_once().error is None
            view = desk.exchange.view()
            assert (view.unsent, view.relayed, view.by_relay) == (0, 0, False)
            assert view.scans.count == 0
            assert desk.exchange.summary().confirmed == 1
            assert "ретранслятор" not in said_of(desk, made.clock.now())


def said_of(desk: Desk, now: datetime) -> str:
    """The panel «Связь» as text."""
    return link_facts(desk.exchange.view(), now, desk.zone, training=False).plain


def test_header_never_calls_custody_sent() -> None:
    """What lies at the relay is named as that until the centre signs."""
    words = LinkWords("up", "есть связь", unsent=3, until="18:00", relayed=3)
    assert words.waiting == "на ретрансляторе 3 · до 18:00"
    assert replace(words, relayed=2).waiting == "не отправлено 3 · до 18:00"


def test_command_never_calls_custody_sent() -> None:
    """`mfc-desk sync` behind a relay says who has it now."""
    assert sent_text(3, by_relay=True) == "Отдано ретранслятору записей: 3"
    assert sent_text(3, by_relay=False) == "Отправлено записей: 3"
