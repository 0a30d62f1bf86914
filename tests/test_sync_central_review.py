"""What was refused once is tried again: entries when a rule is mended, batches with a key found."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import Any

import pytest

from forms.catalogue import Catalogue
from forms.check import Checked, check
from forms.spec import Service
from sync.central.projection import Projector
from sync.ids import SeededRandom
from sync.keys import CentreKeys, DeviceKeys
from tests.centre_stores import local
from tests.centre_world import HandDesk, LocalCentre, catalogue, record

__all__ = ["local"]


def wrong_rule(service: Service, whole: Catalogue, document: Any, today: date) -> Checked:
    """A check that by mistake sees no applicant."""
    return check(service, whole, {**document, "applicant": {}}, today)


def review(local: LocalCentre) -> None:
    """What the centre does at its start and every hour."""
    local.centre.acceptance.review()
    after: int | None = 0
    while after is not None:
        after = local.projector.review(after)


def told(local: LocalCentre, desk: HandDesk) -> list[tuple[str, str]]:
    """Kind and outcome of the desk's events."""
    events = local.centre.store.register.events(desk.desk, 0, 10_000)
    return [(event.kind, json.loads(event.body)["outcome"]) for event in events]


def test_a_mended_rule_applies_what_it_had_rejected(
    local: LocalCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rejected by a mistake, applied after it; its neighbours stand, and the desk is told."""
    desk = local.desk()
    desk.register(2)
    with monkeypatch.context() as patch:
        patch.setattr("sync.central.examine.check", wrong_rule)
        assert local.accept(desk.seal(1, 2)).status == 201
        assert [row.outcome for row in local.rows(desk)] == ["rejected"] * 2
        review(local)
        assert [row.outcome for row in local.rows(desk)] == ["rejected"] * 2
        assert len(told(local, desk)) == 2  # nothing new, nothing said

    review(local)
    review(local)

    rows = local.rows(desk)
    assert [(row.outcome, row.problems) for row in rows] == [("applied", None)] * 2
    assert len({row.official_no for row in rows if row.official_no}) == 2
    assert told(local, desk) == [
        *[("entry.result", "rejected")] * 2,
        *[("entry.settled", "applied")] * 2,
    ]
    assert local.faults() == ()


def test_a_form_that_came_applies_what_waited_for_it(local: LocalCentre) -> None:
    """Held for a service the centre had no form of; sent twice, applied once."""
    services = dict(catalogue().services)
    desk = local.desk()
    desk.register(1)
    desk.journal.append(desk.journal[0])
    del services[json.loads(desk.journal[0])["body"]["service"]]
    older = dataclasses.replace(catalogue(), services=services)
    whole, local.projector = (
        local.projector,
        Projector(local.centre.store, older, local.centre.dictionaries, local.clock),
    )
    assert local.accept(desk.seal(1, 2)).status == 201
    assert [row.reason for row in local.rows(desk)] == ["form"] * 2
    local.projector.close()
    local.projector = whole

    review(local)

    assert [row.outcome for row in local.rows(desk)] == ["applied", "duplicate"]
    assert len({row.official_no for row in local.rows(desk)}) == 1
    assert local.faults() == ()


def test_what_was_amended_meanwhile_stays(
    local: LocalCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desk has corrected it already: the rejected one is not brought back."""
    desk = local.desk()
    with monkeypatch.context() as patch:
        patch.setattr("sync.central.examine.check", wrong_rule)
        desk.register(1)
        assert local.accept(desk.seal(1, 1)).status == 201
        local.rows(desk)
    first = json.loads(desk.journal[0])
    body = {**first["body"], "record": record(9), "base": first["id"]}
    amend = json.loads(desk.entry("request.amend", body, request=first["req"]))
    desk.journal.append(json.dumps({**amend, "base": 1}, ensure_ascii=False).encode())
    assert local.accept(desk.seal(2, 2)).status == 201
    before = [row.outcome for row in local.rows(desk)]

    review(local)

    assert [row.outcome for row in local.rows(desk)] == before == ["rejected", "applied"]
    assert local.faults() == ()


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.full)])
def test_one_poisoned_entry_delays_no_other(local: LocalCentre, count: int) -> None:
    """All but one are applied in the same exchange; that one is rejected with its problems."""
    desk = local.desk()
    desk.register(count)
    entry = json.loads(desk.journal[count // 2])
    entry["body"]["record"]["applicant"]["surname"] = ""
    desk.journal[count // 2] = json.dumps(entry, ensure_ascii=False).encode()
    assert local.accept(desk.seal(1, count)).status == 201

    rows = local.rows(desk)

    assert [row.seq for row in rows if row.outcome != "applied"] == [count // 2 + 1]
    problems = json.loads(rows[count // 2].problems or "[]")
    assert "applicant.surname" in {one["path"] for one in problems}
    assert len({row.official_no for row in rows}) == count
    assert local.faults() == ()


def test_a_batch_set_aside_is_stored_when_its_key_is_found(local: LocalCentre) -> None:
    """Sealed to a key the centre had lost: kept with its reason, stored later, and said so."""
    lost = DeviceKeys.generate(SeededRandom(5))
    desk = local.desk()
    desk.note(2)
    answer = local.accept(desk.seal(1, 2, recipients=[lost.recipient]))
    assert (answer.status, local.why(), local.stored(desk)) == (400, ["bad-format"], 0)
    review(local)
    assert local.stored(desk) == 0

    found = CentreKeys(lost.seed, lost.identity)
    local.home.keep_secrets(dataclasses.replace(local.centre.secrets, retired=(found,)))
    review(local)

    (row,) = local.centre.store.streams.quarantined()
    assert row.settled_at is not None
    assert local.kept(desk) == desk.journal
    assert local.faults() == ()
