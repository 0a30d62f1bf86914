"""An office behind a relay: custody is shown and never counted, everything arrives once."""

from __future__ import annotations

import time
from pathlib import Path

from mfc_desk.audit import check_desk
from mfc_desk.demo.link import Link
from mfc_desk.desk import Desk
from mfc_desk.exchange.views import ExchangeResult
from sync.ticket import read
from tests.centre_process import CentreProcess, shared_centre
from tests.faults import LyingCentre
from tests.personal_data import Scanner, personal_strings
from tests.relay_process import RelayProcess
from tests.relay_world import behind
from tests.taking_requests import SERVICES, document_of

__all__ = ["shared_centre"]
NEVER = b"\0never"
"""Stands in no request: what listens on the way changes nothing."""


def until_confirmed(desk: Desk, seconds: float = 200.0) -> ExchangeResult:
    """Exchange as the schedule would, until the centre has confirmed all."""
    until = time.monotonic() + seconds
    while True:
        result = desk.exchange.run_once()
        summary = desk.exchange.summary()
        scans = desk.exchange.view().scans.count
        if (summary.confirmed == summary.requests and not scans) or time.monotonic() > until:
            return result
        time.sleep(0.2)


def test_relay_takes_custody_and_the_centre_confirms(
    tmp_path: Path, shared_centre: CentreProcess
) -> None:
    """No internet: custody, not delivery. A killed relay and a link later: all confirmed, once.

    Nothing personal stands in clear at the relay, in the logs, or in what went over either net.
    """
    with (
        LyingCentre(None, shared_centre.port, NEVER) as wide,
        Link(wide.port) as link,
    ):
        link.take_down()
        relay = RelayProcess.start(tmp_path, link.url)
        local = LyingCentre(None, relay.port, NEVER)
        address = relay.address.replace(f":{relay.port}#", f":{local.port}#")
        try:
            with local, behind(tmp_path, shared_centre, address, 701) as desk:
                documents = [document_of(desk, slug, 1) for slug in SERVICES[:3]]
                numbers = [desk.intake.register_document(one).number.text for one in documents]
                scan = tmp_path / "скан.pdf"
                scan.write_bytes(b"%PDF-1.7\n" + " ".join(personal_strings(documents[0])).encode())
                desk.attachments.add(numbers[0], scan)
                scan.unlink()
                result = desk.exchange.run_once()
                assert result.error is None
                assert result.confirmed == 0
                view = desk.exchange.view()
                assert (view.unsent, view.relayed, view.on_this_disk_only) == (3, 3, 0)
                assert view.by_relay
                assert [row.state for row in desk.exchange.batches()] == ["relayed"]
                assert desk.exchange.summary().confirmed == 0
                assert desk.exchange.view().scans.count == 1
                assert result.scans == 0
                assert "на ретрансляторе офиса" in desk.find.card(numbers[0]).row.state_text
                status = relay.status()
                assert (status["batches"], status["scans"]) == (1, 1)
                people = Scanner(personal_strings({"all": documents}))
                assert people.folder(relay.home) == []
                assert people.data("log", relay.log.read_bytes()) == []
                assert (relay.home / "relay.db").stat().st_size > 10_000

                relay.kill()
                relay.restart()
                link.bring_up()
                result = until_confirmed(desk)

                assert result.error is None
                assert desk.exchange.summary().confirmed == 3
                assert desk.exchange.view().relayed == 0
                assert desk.exchange.view().scans.count == 0
                assert check_desk(desk).faults == ()
                assert relay.status()["batches"] == 0
                code = read(desk.device.ticket_file or b"").code
        finally:
            relay.stop()
    scanner = Scanner([*personal_strings({"all": documents}), code])
    assert scanner.folder(relay.home) == []
    for name, data in (
        ("log of the relay", relay.log.read_bytes()),
        ("log of the centre", shared_centre.log.read_bytes()),
        ("local net", bytes(local.heard)),
        ("link", bytes(wide.heard)),
    ):
        assert len(data) > (5000 if "log" not in name else 0)
        assert scanner.data(name, data) == []
    mine = [row for row in shared_centre.export() if str(row["number"]).startswith("00701-")]
    assert len(mine) == 3
    assert shared_centre.verify()["faults"] == []
