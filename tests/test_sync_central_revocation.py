"""A desk that is revoked or replaced: from that moment it hears nothing more."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest

from sync.central.answers import Refusal
from sync.central.store import Event
from sync.central.store.sql_desks import SqlDesks
from sync.central.store.sql_register import SqlRegister
from tests.centre_served import served
from tests.centre_stores import local
from tests.centre_world import NOON, HandDesk, LocalCentre

__all__ = ["local", "served"]

PATIENCE = 60


def test_a_desk_revoked_while_it_waits_for_its_feed_is_told_nothing(
    local: LocalCentre,
    served: Callable[[LocalCentre], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The thief of a laptop asks before he is found out; what is said afterwards is not for him."""
    desk = local.desk()
    desk.url = served(local)
    looked = threading.Event()
    events = SqlRegister.events

    def look(register: SqlRegister, asker: int, after: int, limit: int) -> tuple[Event, ...]:
        found = events(register, asker, after, limit)
        looked.set()
        return found

    monkeypatch.setattr(SqlRegister, "events", look)
    answers: list[int] = []
    asking = threading.Thread(
        target=lambda: answers.append(desk.get("/v1/feed?after=0&wait=1").status_code)
    )
    asking.start()
    assert looked.wait(PATIENCE)
    local.centre.store.desks.revoke(desk.desk, NOON)
    local.centre.store.notices.tell(desk.desk, "message", '{"text":"later"}', None, NOON)
    asking.join(PATIENCE)

    assert answers == [403]


def test_a_ticket_revoked_at_this_very_moment_binds_nobody(
    local: LocalCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was good when it was looked at, and is void when it is written down."""
    local.clock.forward(2)
    issued, _ = local.centre.enrolment.issue("0101", 317, window="1", urls=("http://x",))
    desk = HandDesk(issued, "http://x")
    bind = SqlDesks.bind

    def late(desks: SqlDesks, *bound: object) -> bool:
        desks.revoke(317, local.clock.now())
        return bool(bind(desks, *bound))  # type: ignore[arg-type]

    monkeypatch.setattr(SqlDesks, "bind", late)
    asked = {
        "code": issued.code,
        "signing_public": desk.keys.public.hex(),
        "age_recipient": desk.keys.recipient,
    }
    with pytest.raises(Refusal) as refused:
        local.centre.enrolment.enrol(asked)

    assert refused.value.code == "code-refused"
    assert local.centre.store.desks.devices(317) == ()


def test_a_replaced_desk_compares_nothing(local: LocalCentre) -> None:
    """The numbers of what the one in its place took are not for it."""
    old = local.desk()
    new = local.desk(seed=2)
    new.register()
    assert local.accept(new.seal(1, 1)).status == 201
    asked = {"epoch": new.epoch, "zone": "UTC", "nonce": "0" * 16, "after": 0, "days": []}
    device = local.centre.store.desks.device(old.key)
    assert device is not None
    with pytest.raises(Refusal) as refused:
        local.centre.compare(device, json.dumps(asked).encode())
    assert refused.value.code == "epoch-closed"
