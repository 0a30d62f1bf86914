"""Stored entries become requests exactly once; one that is wrong delays only itself."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms.spec import Service
from sync.central.examine import read_entry
from sync.central.projecting import Traffic
from sync.central.projection import LEAST, SLICE, Projector
from sync.central.store import Numbering
from tests.centre_stores import local
from tests.centre_world import NOON, HandDesk, LocalCentre, catalogue, record

__all__ = ["local"]


def deliver(centre: LocalCentre, desk: HandDesk) -> None:
    """Send what the desk's journal has and the centre lacks."""
    have = centre.stored(desk)
    assert centre.accept(desk.seal(have + 1, len(desk.journal))).status == 201


def outcomes(centre: LocalCentre, desk: HandDesk) -> list[tuple[str, str | None]]:
    return [(row.outcome, row.reason) for row in centre.rows(desk)]


def told(centre: LocalCentre, desk: HandDesk) -> list[dict[str, Any]]:
    """The whole feed of a desk, dense from 1."""
    events = centre.centre.store.register.events(desk.desk, 0, 100_000)
    assert [event.n for event in events] == list(range(1, len(events) + 1))
    return [json.loads(event.body) for event in events]


def test_each_request_gets_the_next_official_number(local: LocalCentre) -> None:
    """Region, year and a counter all desks of the region share; told in the feed in order."""
    first, second = local.desk(1), local.desk(2)
    first.register(2)
    second.register(1)
    for desk in (first, second, first):
        if desk is first and local.stored(first):
            first.register(1)
        deliver(local, desk)
        local.projector.run_all()

    assert [row.official_no for row in local.rows(first)] == [
        "90/2026-000001",
        "90/2026-000002",
        "90/2026-000004",
    ]
    assert [body["official_no"] for body in told(local, second)] == ["90/2026-000003"]
    assert [body["seq"] for body in told(local, first)] == [1, 2, 3]
    assert local.faults() == ()


def test_a_new_year_counts_from_one(local: LocalCentre) -> None:
    """The year is that of the office's calendar when the centre registers."""
    desk = local.desk()
    desk.register(1)
    deliver(local, desk)
    local.rows(desk)
    local.clock.wall = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)  # past midnight in Moscow
    desk.register(1)
    deliver(local, desk)

    assert [row.official_no for row in local.rows(desk)] == ["90/2026-000001", "90/2027-000001"]


def test_entries_come_again_in_a_new_epoch(local: LocalCentre) -> None:
    """Re-journalled entries keep their bytes: applied once, then «duplicate» with its number."""
    old = local.desk(5)
    old.register(3)
    deliver(local, old)
    numbers = [row.official_no for row in local.rows(old)]
    new = local.desk(5, seed=2)
    new.journal = [new.entry("epoch.open", {}), *old.journal]
    new.counter = old.counter
    new.register(1)
    deliver(local, new)

    rows = local.rows(new)

    assert [row.outcome for row in rows] == ["applied", *["duplicate"] * 3, "applied"]
    assert [row.official_no for row in rows[1:4]] == numbers
    assert [body["epoch"] for body in told(local, old)] == [old.epoch] * 3 + [new.epoch] * 5
    assert local.faults() == ()


def test_other_bytes_under_a_known_id_are_held(local: LocalCentre) -> None:
    """Two machines with one random state: the second branch is held, both are kept."""
    desk = local.desk(1)
    desk.register(1)
    deliver(local, desk)
    twin = local.desk(2)
    same = json.loads(desk.journal[0])
    twin.journal = [
        json.dumps({**same, "wall": NOON.isoformat()}, ensure_ascii=False).encode(),
        twin.registration(record(3)),
    ]
    deliver(local, twin)
    local.rows(desk)

    assert outcomes(local, twin) == [("held", "id-collision"), ("applied", None)]
    assert local.faults() == ()


def test_a_number_printed_twice_is_held(local: LocalCentre) -> None:
    """Two clones print one number in a hundred alike; the centre notices and loses neither."""
    desk = local.desk()
    desk.journal = [desk.registration(record(1))]
    number = json.loads(desk.journal[0])["body"]["number"]
    desk.journal += [desk.registration(record(2), number=number), desk.registration(record(3))]
    deliver(local, desk)

    assert outcomes(local, desk) == [
        ("applied", None),
        ("held", "number-collision"),
        ("applied", None),
    ]
    assert local.faults() == ()


def test_a_request_id_taken_twice_is_held(local: LocalCentre) -> None:
    """Two entries that register one request id: the first stands."""
    desk = local.desk()
    desk.register(1)
    taken = json.loads(desk.journal[0])["req"]
    body = json.loads(desk.registration(record(2)))["body"]
    desk.journal.append(desk.entry("request.register", body, request=taken))
    deliver(local, desk)

    assert outcomes(local, desk) == [("applied", None), ("held", "id-collision")]


def poison(desk: HandDesk) -> dict[str, bytes]:
    """Entries each wrong in its own way."""
    good = json.loads(desk.registration(record(1)))

    def entry(**changed: object) -> bytes:
        fresh = {**good, "id": desk.ids.next(), "req": desk.ids.next(), **changed}
        return json.dumps(fresh, ensure_ascii=True).encode()

    def body(**changed: object) -> bytes:
        return entry(body={**good["body"], **changed})

    applicant = {**good["body"]["record"]["applicant"], "surname": "Образ\0цова"}
    surrogate = {**good["body"]["record"]["applicant"], "surname": "Образ\ud800"}
    return {
        "not JSON": b"{",
        "empty": b"",
        "not UTF-8": b'{"id":"\xff"}',
        "an array": b"[1]",
        "deep": b"[" * 30_000,
        "deep record": entry(body={"record": {}}).replace(
            b'"record": {}', b'"record": ' + b'{"a":' * 400 + b"1" + b"}" * 400
        ),
        "huge number": b'{"v":' + b"9" * 5000 + b"}",
        "NUL": body(record={**good["body"]["record"], "applicant": applicant}),
        "surrogate": body(record={**good["body"]["record"], "applicant": surrogate}),
        "NUL in kind": entry(kind="access\0"),
        "surrogate in kind": entry(kind="access\udfff"),
        "bad id": entry(id="1"),
        "bad request id": entry(req="../../etc/passwd"),
        "no request id": json.dumps({**good, "id": desk.ids.next(), "req": None}).encode(),
        "no body": entry(body=None),
        "no record": body(record=None),
        "record of nothing": body(record={}),
        "record of wrong types": body(
            record={"service": "soc-card", "applicant": [], "answers": 1, "documents": {"a": 1}}
        ),
        "bad number": body(number="00317-000428-51-0"),
        "version too big": body(service_version=1 << 70),
        "version a truth": body(service_version=True),
        "amendment of the last version": entry(
            kind="request.amend",
            base=(1 << 63) - 1,
            body={**good["body"], "base": good["id"]},
        ),
        "service of a wrong type": body(service=["soc-card"]),
        "twice the same member": b'{"id":"1","id":"2"}',
    }


def test_poison_is_rejected_and_neighbours_are_applied(local: LocalCentre) -> None:
    """Whatever an entry holds, it is stored, rejected with its problem, and delays only itself."""
    desk = local.desk()
    bad = poison(desk)
    for raw in bad.values():
        desk.journal += [raw, desk.registration(record(desk.counter))]
    deliver(local, desk)

    rows = local.rows(desk)

    verdicts = {name: rows[2 * place].outcome for place, name in enumerate(bad)}
    assert set(verdicts.values()) == {"rejected"}, verdicts
    assert {row.outcome for row in rows[1::2]} == {"applied"}
    assert all(body["problems"][0]["text"] for body in told(local, desk)[::2])
    assert local.kept(desk) == desk.journal
    assert local.faults() == ()


def test_an_unknown_kind_is_held_for_a_newer_centre(local: LocalCentre) -> None:
    """A newer desk's entry is not the clerk's mistake: held, kept, its neighbours applied."""
    desk = local.desk()
    desk.journal = [desk.entry("parcel.weighed", {"grams": 1}), desk.registration(record(1))]
    deliver(local, desk)

    assert outcomes(local, desk) == [("held", "unknown-kind"), ("applied", None)]


@pytest.mark.parametrize("changed", [{"service": "no-such"}, {"service_version": 99}])
def test_an_unknown_form_is_held(local: LocalCentre, changed: dict[str, Any]) -> None:
    """A service or a version this centre has no form of cannot be judged: held."""
    desk = local.desk()
    desk.journal = [desk.registration(record(1), **changed)]
    deliver(local, desk)

    assert outcomes(local, desk) == [("held", "form")]


def test_an_invalid_request_is_rejected_with_all_its_problems(local: LocalCentre) -> None:
    """The desk reads in the feed every problem, by path and in words."""
    desk = local.desk()
    document = record(1)
    document["applicant"] = {**document["applicant"], "snils": "900-100-200 00", "surname": ""}
    desk.journal = [desk.registration(document)]
    deliver(local, desk)

    (row,) = local.rows(desk)

    assert (row.outcome, row.official_no) == ("rejected", None)
    (body,) = told(local, desk)
    assert {"applicant.snils", "applicant.surname"} <= {one["path"] for one in body["problems"]}
    assert all(one["text"] and one["severity"] == "error" for one in body["problems"])


@pytest.mark.parametrize("said", ["1970-01-01T00:00:00+00:00", "2099-01-01T00:00:00+00:00", "?"])
def test_no_request_is_rejected_for_the_desks_clock(local: LocalCentre, said: str) -> None:
    """A desk whose clock stands at 1970 or 2099 gets its requests registered all the same."""
    desk = local.desk()
    desk.journal = [desk.registration(record(seed), accepted_at=said) for seed in range(5)]
    deliver(local, desk)

    assert outcomes(local, desk) == [("applied", None)] * 5


class BrokenServices(dict[str, Service]):
    """A catalogue that breaks on one service, as a defect of this program would."""

    def get(self, slug: str, default: Any = None) -> Any:
        if slug == "egrn-info":
            raise ZeroDivisionError
        return super().get(slug, default)


def test_a_defect_of_the_centre_delays_one_entry(local: LocalCentre) -> None:
    """An entry the centre's own program breaks on is held as such; the others are applied."""
    whole = catalogue()
    broken = dataclasses.replace(whole, services=BrokenServices(whole.services))
    projector = Projector(local.centre.store, broken, local.centre.dictionaries, local.clock)
    desk = local.desk()
    for service in ("soc-card", "egrn-info", "phone-lgota"):
        desk.journal.append(desk.registration(record(1, service)))
    deliver(local, desk)

    projector.run_all()
    projector.close()

    assert outcomes(local, desk) == [("applied", None), ("held", "centre-fault"), ("applied", None)]


def test_two_projectors_apply_once(local: LocalCentre) -> None:
    """A second projector that read the same watermark applies nothing."""
    desk = local.desk()
    desk.register(3)
    deliver(local, desk)
    store = local.centre.store.register
    (behind,) = store.behind()
    local.projector.run_all()
    readings = [read_entry(seq, raw) for seq, raw in enumerate(desk.journal, 1)]

    assert store.apply(behind, readings, Numbering("90", 2026), local.clock.now()) is None
    assert len(told(local, desk)) == 3


ACTS = ["work", "send", "again", "enrol", "project", "restart"]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 3)), min_size=1, max_size=8))
def test_any_history_of_epochs_applies_each_entry_once(history: list[tuple[str, int]]) -> None:
    """Cuts, repeats, re-enrolments and restarts: every entry id has at most one applied effect."""
    with TemporaryDirectory() as folder:
        centre = LocalCentre(Path(folder))
        live(centre, history)
        centre.close()


def live(centre: LocalCentre, history: list[tuple[str, int]]) -> None:
    """Play a history of acts of one desk, then look at what became of every entry."""
    desk = centre.desk()
    for act, size in history:
        match act:
            case "work":
                desk.register(size)
            case "send" if len(desk.journal) > centre.stored(desk):
                deliver(centre, desk)
            case "again" if desk.journal:
                first = min(size, len(desk.journal))
                assert centre.accept(desk.seal(first, len(desk.journal))).status in {200, 201, 202}
            case "enrol":
                old = desk
                desk = centre.desk(seed=size)
                desk.journal, desk.counter = list(old.journal), old.counter
            case "project":
                centre.projector.run_slice()
            case "restart":
                centre.reopen()
    if len(desk.journal) > centre.stored(desk):
        deliver(centre, desk)
    made = {json.loads(raw)["id"] for raw in desk.journal}
    assert {row.entry_id for row in centre.rows(desk)} == made
    applied = [body["entry"] for body in told(centre, desk) if body["outcome"] == "applied"]
    assert len(applied) == len(set(applied))
    assert made <= set(applied)
    assert centre.faults() == ()


def test_time_between_stored_and_applied_is_nobodys_loss(local: LocalCentre) -> None:
    """A restart with a backlog applies it; the feed goes on without a gap."""
    desk = local.desk()
    desk.register(SLICE + 20)
    deliver(local, desk)
    assert local.projector.run_slice() == SLICE
    local.clock.wall += timedelta(hours=1)
    local.reopen()

    assert len(local.rows(desk)) == SLICE + 20
    assert len(told(local, desk)) == SLICE + 20


def test_a_slice_ends_early_where_a_batch_waits(local: LocalCentre) -> None:
    """Examined in parts; what is examined is applied, and the rest comes after."""
    desk = local.desk()
    desk.register(LEAST * 2 + 10)
    deliver(local, desk)
    waits = iter([False, True])
    local.projector.gives_way = lambda: next(waits, True)

    applied = [local.projector.run_slice() for _ in range(2)]

    assert applied == [LEAST * 2, 10]
    assert [row.seq for row in local.rows(desk)] == list(range(1, LEAST * 2 + 11))
    assert {row.outcome for row in local.rows(desk)} == {"applied"}
    assert local.faults() == ()


def test_traffic_is_busy_while_a_batch_comes_in_and_a_moment_after() -> None:
    """A projection that runs ends its slice then."""
    traffic = Traffic()
    assert not traffic.busy()
    with traffic:
        assert traffic.busy()


def test_scans_named_in_the_journal_are_missed_until_they_come(local: LocalCentre) -> None:
    """Counted for the desk from its entries alone, before it asked about them; each once."""
    desk = local.desk()
    for sha in ("a" * 64, "b" * 64, "a" * 64):
        desk.journal.append(desk.entry("blob.add", {"sha256": sha, "size": 5}))
    for body in ({"sha256": "x", "size": 5}, {"sha256": "c" * 64, "size": 0}, {}):
        desk.journal.append(desk.entry("blob.add", body))
    assert local.accept(desk.seal(1, 6)).status == 201
    blobs = local.centre.store.blobs
    blobs.complete(desk.desk, "b" * 64, 5)

    assert {row.outcome for row in local.rows(desk)} == {"applied"}
    assert blobs.missing(desk.desk) == 1
    blobs.complete(desk.desk, "a" * 64, 5)
    assert blobs.missing(desk.desk) == 0
