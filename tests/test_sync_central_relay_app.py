"""What a relay tells of itself over HTTP, and how much of one desk it takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from sync.central.answers import Refusal
from sync.central.relay import schema
from sync.central.relay.home import RelayHome
from sync.central.relay.openapi import document
from sync.central.relay.reception import Link, Reception
from sync.central.relay.relay import Relay
from sync.central.relay.rows import Caller, Scan
from sync.clock import SystemClock
from sync.database import Migrations, open_database
from sync.ids import SystemRandom
from sync.relay import InCustody, RelayClient
from tests.centre_served import served
from tests.centre_world import HandDesk, LocalCentre, local
from tests.relay_world import NOWHERE, serving_relay

__all__ = ["local", "served"]
ROOT = Path(__file__).parent.parent


def shown(desk: HandDesk) -> dict[str, str]:
    """How a desk says who it is."""
    return {"MFC-Device": f"{desk.keys.public.hex()} {desk.desk} {desk.epoch}"}


def test_the_document_is_in_the_docs_and_served(tmp_path: Path) -> None:
    """docs/openapi-relay.json is what the relay answers."""
    kept = json.loads((ROOT / "docs/openapi-relay.json").read_text("utf-8"))
    assert kept == document()
    with serving_relay(tmp_path / "relay", NOWHERE) as (_, address):
        assert requests.get(f"{address.url}/v1/openapi.json", timeout=120).json() == kept


def test_counts_are_told_and_name_nobody(tmp_path: Path, local: LocalCentre) -> None:
    """What is held and whether the centre is there; no desk, no key."""
    hand = local.desk(4711)
    hand.note(3)
    with serving_relay(tmp_path / "relay", NOWHERE) as (_, address):
        client = RelayClient(address, hand.ticket, hand.keys, SystemClock())
        data = hand.seal(1, 3)
        assert client.post_batch(data) == InCustody(3)
        client.close()
        text = requests.get(f"{address.url}/v1/metrics", timeout=120).text
    assert "mfc_relay_batches 1.0" in text
    assert f"mfc_relay_batch_bytes {float(len(data))}" in text
    assert "mfc_relay_scans 0.0" in text
    assert "mfc_relay_online 0.0" in text
    assert 'mfc_requests_total{address="batches",method="POST",status="202"} 1.0' in text
    assert "mfc_streams_behind" not in text
    assert "4711" not in text
    assert hand.key not in text


def test_one_desk_does_not_take_the_room_of_the_others(tmp_path: Path, local: LocalCentre) -> None:
    """Above its share it is asked to wait; what it handed in is held, the next desk is served."""
    greedy, modest = local.desk(701), local.desk(702)
    for one in (greedy, modest):
        one.note(4)
    first, second = greedy.seal(1, 2), greedy.seal(3, 4)
    relay = Relay.open(RelayHome(tmp_path / "relay"), SystemClock(), SystemRandom(), ())
    try:
        share = len(first) + len(second) - 1
        reception = Reception(relay.store, relay.keys, relay.clock, share)
        reception.take(shown(greedy), first, 1 << 20)
        with pytest.raises(Refusal) as caught:
            reception.take(shown(greedy), second, 1 << 20)
        assert caught.value.code == "too-many"
        reception.take(shown(modest), modest.seal(1, 2), 1 << 20)
        assert relay.store.custody().batches == 2

        scan = Scan(701, "ab" * 32, greedy.key, 900, "")
        relay.store.expect_scan(scan, relay.clock.now())
        assert relay.store.scan_bytes(greedy.key, "cd" * 32) == 900
        assert relay.store.scan_bytes(greedy.key, scan.sha256) == 0
        assert relay.store.scan_bytes(modest.key, "cd" * 32) == 0
    finally:
        relay.close()


def test_a_stranger_keeps_no_desk_from_custody(tmp_path: Path, local: LocalCentre) -> None:
    """He hands in rubbish under its name first: the relay signs only for bytes it does hold."""
    desk = local.desk(701)
    desk.note(2)
    stranger = HandDesk(desk.ticket, "http://x", seed=2)
    rubbish = stranger.seal(1, 2, prev=desk.head(0), entries=desk.journal[:2])
    sealed = desk.seal(1, 2)
    relay = Relay.open(RelayHome(tmp_path / "relay"), SystemClock(), SystemRandom(), ())
    try:
        reception = relay.reception()
        reception.take(shown(stranger), rubbish, 1 << 20)
        asked = Caller(desk.key, desk.keys.public, desk.desk, desk.epoch)
        assert json.loads(reception.standing(asked, Link(None, None)).body)["held"] == []
        reception.take(shown(desk), sealed, 1 << 20)

        assert relay.store.custody().batches == 2
        assert relay.store.held_bytes(desk.key) == len(sealed)
        held = json.loads(reception.standing(asked, Link(None, None)).body)["held"]
        assert held == [[1, 2, desk.head(2).hex()]]
    finally:
        relay.close()


def test_what_a_relay_held_before_it_was_updated_is_held(tmp_path: Path) -> None:
    """The table is made anew; no byte in custody goes with the old one."""
    home = RelayHome(tmp_path / "relay")
    home.prepare()
    first = Migrations("sync.relay")
    first()(schema.m001_custody)
    db = open_database(
        home.database,
        key=None,
        migrations=[first],
        application_id=schema.APPLICATION_ID,
        schema_name=schema.SCHEMA_NAME,
    )
    with db.atomic():
        db.execute(
            "INSERT INTO held (key, public, desk, epoch, first, last, head, data, at)"
            " VALUES ('k', x'00', 701, 5, 1, 2, x'01', x'0203', '2026-11-21T09:00:00.000Z')"
        )
    db.close()

    relay = Relay.open(home, SystemClock(), SystemRandom(), ())
    try:
        assert relay.store.held_bytes("k") == 2
        assert relay.store.spans(Caller("k", b"", 701, 5)) == [(1, 2, "01")]
    finally:
        relay.close()
