"""The centre changes its keys: desks follow by feed or find out later, old sticks still open."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mfc_desk.exchange.centre_keys import learn, ticket_in_use
from mfc_desk.exchange.feed import KEYS, read_events
from sync import batch, rotation
from sync.central.home import CentreHome, Secrets
from sync.errors import BadFormat
from sync.feed import FeedEvent
from sync.ids import SeededRandom, SystemRandom
from sync.keys import CentreKeys
from sync.ticket import Ticket
from tests.centre_process import CentreProcess, centre
from tests.centre_world import desk_of
from tests.desk_home import CENTRE, NOON, set_up_home
from tests.intake_world import register
from tests.linked_desk import LinkedDesk, linked_desk

__all__ = ["centre"]


def sent(linked: LinkedDesk) -> bytes:
    """Register, seal, be cut while sending, give the batch's bytes; then let it through."""
    linked.link.cut_after(up=1000)
    register(linked.desk)
    linked.exchange()
    linked.link.bring_up()
    (data,) = linked.desk.db.execute(
        "SELECT bytes FROM batch WHERE bytes IS NOT NULL ORDER BY from_seq DESC LIMIT 1"
    ).fetchone()
    assert linked.exchange().kind is None
    return bytes(data)


def opens(data: bytes, keys: CentreKeys) -> bool:
    """Whether a pair of keys opens a batch."""
    try:
        batch.open_pack(batch.read_header(data), [keys.identity])
    except BadFormat:
        return False
    return True


def secrets(centre: CentreProcess) -> Secrets:
    """The centre's keys."""
    return CentreHome(centre.home).secrets("", SystemRandom())


class Told:
    """A centre that tells how its keys changed."""

    def __init__(self, *files: bytes) -> None:
        self.body = json.dumps({"changes": [base64.b64encode(one).decode() for one in files]})

    def signed(self, _method: str, _target: str) -> Any:
        """The answer."""
        return SimpleNamespace(body=self.body.encode())


def test_signatures_are_verified_before_the_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever registers meanwhile does not wait for signatures."""
    new = CentreKeys.generate(SeededRandom(5))
    files = [
        rotation.added("s-test", new, NOON, CENTRE),
        rotation.retired("s-test", CENTRE, NOON, new),
    ]
    real, inside = rotation.extend, []

    with set_up_home(tmp_path / "desk").login() as desk:

        def extend(ticket: Ticket, change: bytes) -> Ticket:
            inside.append(desk.db.conn.in_transaction)
            return real(ticket, change)

        monkeypatch.setattr(rotation, "extend", extend)
        assert learn(desk, Told(b"no change", *files))  # type: ignore[arg-type]  # it asks once
        assert inside == [False] * 3
        trusted = ticket_in_use(desk)
        assert trusted is not None
        assert trusted.signing_keys == (new.public,)
        assert not learn(desk, Told(*files))  # type: ignore[arg-type]  # as above


def test_feed_page_with_a_whole_change_of_keys_is_verified_before_its_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new pair and the end of the old one in one page: both hold, nothing is checked inside."""
    new = CentreKeys.generate(SeededRandom(5))
    files = [
        rotation.added("s-test", new, NOON, CENTRE),
        rotation.retired("s-test", CENTRE, NOON, new),
    ]
    bodies = [{"change": base64.b64encode(one).decode()} for one in files]
    real, inside = rotation.extend, []

    with set_up_home(tmp_path / "desk").login() as desk:

        def extend(ticket: Ticket, change: bytes) -> Ticket:
            inside.append(desk.db.conn.in_transaction)
            return real(ticket, change)

        monkeypatch.setattr(rotation, "extend", extend)
        with desk.db.atomic():
            before = ticket_in_use(desk)
        write = read_events(desk, [FeedEvent(n, KEYS, one) for n, one in enumerate(bodies, 1)])
        assert set(inside) == {False}
        assert ticket_in_use(desk) == before
        monkeypatch.setattr(rotation, "extend", real)
        with desk.db.atomic():
            write()
        trusted = ticket_in_use(desk)
        assert trusted is not None
        assert trusted.signing_keys == (new.public,)


def test_keys_change_under_a_running_centre_and_nothing_is_lost(
    centre: CentreProcess, tmp_path: Path
) -> None:
    """One desk hears of it in time, one comes after the old pair is retired, one by an old stick.

    The centre is not restarted; both kinds of desk end with all confirmed, sealing to the new pair.
    """
    stick = desk_of(centre.ticket(31), centre.url)
    stick.register(2)
    old_stick = stick.seal(1, 2)
    with (
        linked_desk(tmp_path, centre, 32) as early,
        linked_desk(tmp_path, centre, 33) as late,
    ):
        register(late.desk)
        first = secrets(centre).keys
        assert opens(sent(early), first)

        centre.command("keys", "rotate")
        assert centre.command("keys", "rotate", check=False).returncode == 1
        second = secrets(centre).following
        assert second is not None
        assert early.exchange().kind is None  # the page that names the new pair
        both = sent(early)
        assert (opens(both, first), opens(both, second)) == (True, True)

        centre.command("keys", "retire")
        assert secrets(centre).keys == second
        assert early.exchange().kind is None
        new = sent(early)
        assert (opens(new, first), opens(new, second)) == (False, True)
        assert late.exchange().kind is None
        assert late.exchange().kind is None
        for desk in (early.desk, late.desk):
            ticket = ticket_in_use(desk)
            assert ticket is not None
            assert ticket.signing_keys == (second.public,)
            total = desk.exchange.summary()
            assert total.text == f"{total.requests} из {total.requests} подтверждено центром"
            assert total.requests > 0

    assert stick.post(old_stick).status_code == 201
    states = [row["state"] for row in centre.lines("keys")]
    assert states == ["signs", "retired"]
    assert centre.verify()["faults"] == []
