"""A service that is registered with its scans alone: held until they are whole, then applied."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

import psycopg
import pytest

from mfc_desk.exchange.words import entry_text
from sync.central.projection import Projector
from sync.entries import decode
from sync.errors import Busy
from tests.centre_served import served
from tests.centre_stores import local
from tests.centre_world import NOON, HandDesk, LocalCentre, catalogue, record
from tests.test_sync_central_review import review

__all__ = ["local", "served"]

SERVICE = "soc-card"
CANCEL = (
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
SEALED = b"sealed bytes of a scan"


@pytest.fixture(autouse=True)
def with_scans(local: LocalCentre) -> None:
    """The catalogue says that the service is registered with its scans."""
    services = dict(catalogue().services)
    services[SERVICE] = dataclasses.replace(services[SERVICE], scans_first=True)
    demanding = dataclasses.replace(catalogue(), services=services)
    local.projector.close()
    store, dictionaries = local.centre.store, local.centre.dictionaries
    local.projector = Projector(store, demanding, dictionaries, local.clock)


def announce(desk: HandDesk, of: int, sha: str, content: str | None = None) -> None:
    """Say that a scan of the request at place `of` is on its way."""
    body: dict[str, Any] = {"sha256": sha, "size": len(SEALED)}
    body |= {"plain_sha256": content} if content else {}
    request = decode(desk.journal[of - 1]).request_id
    desk.journal.append(desk.entry("blob.add", body, request=request))


def deliver(local: LocalCentre, desk: HandDesk, first: int = 1) -> list[tuple[str, str | None]]:
    """Hand in the journal from an entry on; outcome and reason of everything."""
    assert local.accept(desk.seal(first, len(desk.journal))).status == 201
    return [(row.outcome, row.reason) for row in local.rows(desk)]


def arrive(local: LocalCentre, desk: HandDesk, sha: str) -> None:
    """A scan is whole at the centre; what `serve` then does."""
    if local.centre.store.blobs.complete(desk.desk, sha, len(SEALED)):
        assert local.projector.run_scans(desk.desk)


def told(local: LocalCentre, desk: HandDesk) -> list[tuple[str, int, str, str | None]]:
    """Kind, place, outcome and reason of the desk's events."""
    events = local.centre.store.register.events(desk.desk, 0, 1000)
    bodies = [(event.kind, json.loads(event.body)) for event in events]
    return [(kind, one["seq"], one["outcome"], one.get("reason")) for kind, one in bodies]


@pytest.mark.parametrize("size", [True, 0, 1 << 63])
def test_a_scan_of_no_size_holds_nobody_up(local: LocalCentre, size: object) -> None:
    """No scan can come of that; the entry is kept, its neighbour of another service applied."""
    desk = local.desk()
    desk.journal.append(desk.entry("blob.add", {"sha256": "a" * 64, "size": size}))
    desk.journal.append(desk.registration(record(1, "aid-address")))
    assert deliver(local, desk) == [("applied", None)] * 2
    assert local.centre.store.blobs.missing(desk.desk) == 0


@pytest.mark.parametrize("local", ["postgresql"], indirect=True)
def test_a_database_that_is_busy_when_a_scan_comes_is_asked_again(local: LocalCentre) -> None:
    """Not after an hour only, when everything held is looked through."""
    desk = local.desk()
    desk.register(1)
    announce(desk, 1, "a" * 64)
    assert deliver(local, desk)[0] == ("held", "blob")
    local.centre.store.blobs.complete(desk.desk, "a" * 64, len(SEALED))
    assert local.database is not None
    with (
        ThreadPoolExecutor(1) as pool,
        psycopg.connect(local.database, autocommit=True) as admin,
        psycopg.connect(local.database) as other,
    ):
        other.execute("LOCK TABLE notice IN ACCESS EXCLUSIVE MODE")
        run = pool.submit(local.projector.run_scans, desk.desk)
        while admin.execute(CANCEL).fetchone() is None:
            assert not run.done()
        with pytest.raises(Busy):
            run.result()

    assert local.rows(desk)[0].outcome == "applied"


def test_held_until_the_last_scan_is_whole_then_applied_at_once(local: LocalCentre) -> None:
    """Its neighbours of other services go on; the number is given when both scans are here."""
    desk = local.desk()
    desk.register(1)
    desk.journal.append(desk.registration(record(1, "aid-address")))
    announce(desk, 1, "a" * 64)
    announce(desk, 1, "b" * 64)
    held, other, *rest = deliver(local, desk)
    assert (held, other, rest) == (("held", "blob"), ("applied", None), [("applied", None)] * 2)
    assert local.rows(desk)[0].official_no is None

    arrive(local, desk, "b" * 64)
    assert local.rows(desk)[0].outcome == "held"
    arrive(local, desk, "a" * 64)
    arrive(local, desk, "a" * 64)

    first, second, *_ = local.rows(desk)
    assert first.outcome == "applied"
    assert None not in {first.official_no, second.official_no}
    assert first.official_no != second.official_no
    assert [one for one in told(local, desk) if one[1] == 1] == [
        ("entry.result", 1, "held", "blob"),
        ("entry.settled", 1, "applied", None),
    ]
    assert local.faults() == ()


def test_without_any_scan_it_waits_and_the_hourly_review_says_nothing(local: LocalCentre) -> None:
    """Held; scans of another request do not count; one that is attached later lets it through."""
    desk = local.desk()
    desk.register(2)
    announce(desk, 2, "b" * 64)
    local.centre.store.blobs.complete(desk.desk, "b" * 64, len(SEALED))
    assert deliver(local, desk)[:2] == [("held", "blob"), ("applied", None)]

    after: int | None = 0
    while after is not None:
        after = local.projector.review(after)
    assert len(told(local, desk)) == 3

    announce(desk, 1, "c" * 64)
    local.centre.store.blobs.complete(desk.desk, "c" * 64, len(SEALED))  # it came before its entry
    assert deliver(local, desk, 4)[0] == ("applied", None)
    assert local.faults() == ()


def test_a_scan_attached_again_takes_the_place_of_the_damaged_one(local: LocalCentre) -> None:
    """The first can never come: only the second is waited for."""
    desk = local.desk()
    desk.register(1)
    announce(desk, 1, "a" * 64, "d" * 64)
    announce(desk, 1, "b" * 64, "d" * 64)
    assert deliver(local, desk)[0] == ("held", "blob")

    arrive(local, desk, "b" * 64)

    assert local.rows(desk)[0].outcome == "applied"


def test_an_amendment_waits_for_a_new_scan_and_the_register_stands(local: LocalCentre) -> None:
    """The version before it counts meanwhile; the number stays."""
    desk = local.desk()
    desk.register(1)
    announce(desk, 1, "a" * 64)
    local.centre.store.blobs.complete(desk.desk, "a" * 64, len(SEALED))
    assert deliver(local, desk)[0] == ("applied", None)
    number = local.rows(desk)[0].official_no
    announce(desk, 1, "b" * 64)
    desk.journal.append(desk.amendment(desk.journal[0], record(9)))
    assert deliver(local, desk, 3)[-1] == ("held", "blob")

    arrive(local, desk, "b" * 64)

    assert local.rows(desk)[-1].outcome == "applied"
    assert local.rows(desk)[-1].official_no == number
    assert local.faults() == ()


def test_an_amended_request_is_applied_by_its_newest_version_alone(local: LocalCentre) -> None:
    """Both waited; when the scan comes the newer one is registered, the older stays past."""
    desk = local.desk()
    desk.register(1)
    desk.journal.append(desk.amendment(desk.journal[0], record(9)))
    announce(desk, 1, "a" * 64)
    assert deliver(local, desk)[:2] == [("held", "blob")] * 2

    arrive(local, desk, "a" * 64)

    older, newer, _ = local.rows(desk)
    assert (older.outcome, newer.outcome) == ("held", "applied")
    assert newer.official_no is not None
    assert local.projector.run_scans(desk.desk)
    assert len([one for one in told(local, desk) if one[0] == "entry.settled"]) == 1
    assert local.faults() == ()


def withdraw(desk: HandDesk, of: int) -> None:
    """Journal that the applicant took the request at place `of` back."""
    request = decode(desk.journal[of - 1]).request_id
    body = {"at": NOON.isoformat(), "reason": "передумал"}
    desk.journal.append(desk.entry("request.withdraw", body, request=request))


def test_what_was_withdrawn_meanwhile_is_not_registered(local: LocalCentre) -> None:
    """The last scan comes, the hour too: it stays held, without a number, and nobody is told."""
    desk = local.desk()
    desk.register(1)
    announce(desk, 1, "a" * 64)
    withdraw(desk, 1)
    assert deliver(local, desk) == [("held", "blob"), ("applied", None), ("applied", None)]

    arrive(local, desk, "a" * 64)
    review(local)

    assert local.rows(desk)[0].outcome == "held"
    assert local.rows(desk)[0].official_no is None
    assert len(told(local, desk)) == 3
    assert local.faults() == ()


def test_by_net_the_last_byte_of_the_scan_registers_it(
    local: LocalCentre, served: Callable[[LocalCentre], str]
) -> None:
    """The desk reads «held», sends the scan, and the next page of its feed says «applied»."""
    desk = local.desk()
    desk.url = served(local)
    desk.register(1)
    sha = sha256(SEALED).hexdigest()
    announce(desk, 1, sha)
    assert desk.post(desk.seal(1, 2)).status_code == 201
    events = desk.events(want=2, wait=20)
    assert [(one.body["outcome"], one.body.get("reason")) for one in events] == [
        ("held", "blob"),
        ("applied", None),
    ]
    said = entry_text(True, "held", "blob")
    assert "сканов" in said
    assert "blob" not in said

    answer = desk.ask(
        "PATCH",
        f"/v1/blobs/{sha}",
        SEALED,
        {
            "Content-Type": "application/partial-upload",
            "Upload-Offset": "0",
            "Upload-Length": str(len(SEALED)),
            "Upload-Complete": "?1",
        },
    )
    assert answer.status_code == 201

    (settled,) = desk.events(events[-1].n, wait=20)
    assert (settled.kind, settled.body["outcome"]) == ("entry.settled", "applied")
    assert settled.body["official_no"]
