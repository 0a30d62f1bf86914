"""Nothing signed is thrown away: each reason, what is tried again, what a person may let count."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from forms.catalogue import Catalogue
from sync import batch
from sync.central.acceptance import Acceptance
from sync.central.projection import Projector
from sync.central.store import ParkedRow
from sync.http import KEPT_ASIDE
from tests.centre_served import served
from tests.centre_stores import local
from tests.centre_world import HandDesk, LocalCentre, catalogue, code, record
from tests.test_sync_central_review import review

__all__ = ["local", "served"]


def kept(local: LocalCentre) -> list[tuple[str, bool]]:
    """Why things are in quarantine, and whether each is settled."""
    rows = local.centre.store.streams.quarantined()
    return [(row.why, row.settled_at is not None) for row in rows]


def test_an_unknown_dictionary_is_kept_and_stored_when_it_is_known(local: LocalCentre) -> None:
    """An older centre has no such dictionary: 415, the bytes kept; the mended one stores them."""
    desk = local.desk()
    desk.register(2)
    data = desk.seal(1, 2, dictionary=batch.current_dictionary())
    centre = local.centre
    older = Acceptance(centre.store, centre.keyring, {}, local.clock)
    newer, local.centre = local.centre, dataclasses.replace(centre, acceptance=older)
    assert code(local.accept(data)) == "unknown-dictionary"
    local.centre.acceptance.review()
    assert kept(local) == [("unknown-dictionary", False)]
    assert "unknown-dictionary" in KEPT_ASIDE
    local.centre = newer

    review(local)

    assert kept(local) == [("unknown-dictionary", True)]
    assert [row.outcome for row in local.rows(desk)] == ["applied"] * 2
    assert local.faults() == ()


def test_what_came_in_other_bytes_since_is_settled(local: LocalCentre) -> None:
    """Too many entries in one batch are kept; the desk sends them in two, and nothing waits."""
    desk = local.desk()
    desk.note(2001)
    assert local.accept(desk.seal(1, 2001)).status == 413
    assert kept(local) == [("too-large", False)]
    assert local.accept(desk.seal(1, 1500)).status == 201
    review(local)
    assert kept(local) == [("too-large", False)]
    assert local.accept(desk.seal(1501, 2001)).status == 201

    review(local)

    assert kept(local) == [("too-large", True)]
    assert local.stored(desk) == 2001


def test_what_is_refused_again_waits_again_with_the_newest_reason(local: LocalCentre) -> None:
    """Kept for one reason, then for another: a person is shown the second and may let it count."""
    desk = local.desk()
    desk.register(1)
    data = desk.seal(1, 1, dictionary=batch.current_dictionary())
    centre = local.centre
    older = Acceptance(centre.store, centre.keyring, {}, local.clock)
    newer, local.centre = local.centre, dataclasses.replace(centre, acceptance=older)
    assert code(local.accept(data)) == "unknown-dictionary"
    local.centre = newer
    (row,) = local.centre.store.streams.quarantined()
    local.centre.store.streams.settle_quarantined(row.desk, row.number, local.clock.now())
    local.centre.store.desks.revoke(desk.desk, local.clock.now())

    assert code(local.accept(data)) == "revoked"

    assert kept(local) == [("revoked", False)]
    assert local.centre.acceptance.take(number_of(local, "revoked")) == "stored"


def test_what_could_only_be_parked_is_not_settled(local: LocalCentre) -> None:
    """It is settled when it stands in its stream, not before."""
    desk = local.desk()
    desk.register(2)
    data = desk.seal(2, 2, dictionary=batch.current_dictionary())
    centre = local.centre
    older = Acceptance(centre.store, centre.keyring, {}, local.clock)
    newer, local.centre = local.centre, dataclasses.replace(centre, acceptance=older)
    assert code(local.accept(data)) == "unknown-dictionary"
    local.centre = newer
    review(local)
    assert len(local.centre.store.streams.parked(desk.desk, desk.epoch)) == 1
    assert kept(local) == [("unknown-dictionary", False)]

    assert local.accept(desk.seal(1, 1)).status == 201
    review(local)

    assert kept(local) == [("unknown-dictionary", True)]
    assert local.stored(desk) == 2


def test_a_stored_batch_that_cannot_be_read_holds_up_no_other_desk(local: LocalCentre) -> None:
    """What is to be compared with it stays aside and parked; the rest is settled and placed."""
    unread, sound = local.desk(1), local.desk(2)
    for desk, dictionary in ((unread, batch.current_dictionary()), (sound, None)):
        desk.note(5)
        assert code(local.accept(desk.seal(1, 2, server="s-other"))) == "wrong-server"
        assert local.accept(desk.seal(1, 3, dictionary=dictionary)).status == 201
        head, data = desk.head(5), desk.seal(3, 5)
        row = ParkedRow(desk.desk, desk.epoch, 3, 5, head, local.clock.now(), data)
        assert local.centre.store.streams.park(row, len(data))
    centre = local.centre
    older = Acceptance(centre.store, centre.keyring, {}, local.clock)

    older.place_parked()
    assert older.review() == 1

    assert kept(local) == [("wrong-server", False), ("wrong-server", True)]
    assert (local.stored(unread), local.stored(sound)) == (3, 5)
    local.centre.acceptance.review()
    assert kept(local) == [("wrong-server", True)] * 2
    assert local.stored(unread) == 5


def test_a_parked_batch_that_is_set_aside_is_parked_no_more(local: LocalCentre) -> None:
    """It cannot be opened when its turn comes: kept once, not tried at every batch."""
    desk = local.desk()
    desk.note(2)
    assert local.accept(desk.seal(2, 2, dictionary=batch.current_dictionary())).status == 202
    centre = local.centre
    older = Acceptance(centre.store, centre.keyring, {}, local.clock)
    assert older.accept(desk.seal(1, 1)).status == 201

    assert kept(local) == [("unknown-dictionary", False)]
    assert centre.store.streams.parked(desk.desk, desk.epoch) == ()
    local.centre.acceptance.review()
    assert local.stored(desk) == 2


def test_what_an_enrolled_device_sealed_for_another_centre_is_kept(local: LocalCentre) -> None:
    """Its signature holds; a stranger's is refused without a trace."""
    desk = local.desk()
    desk.note(1)
    data = desk.seal(1, 1, server="s-other")
    assert code(local.accept(data)) == "wrong-server"
    assert kept(local) == [("wrong-server", False)]
    assert code(local.accept(HandDesk(desk.ticket, "http://x", 7).seal(1, 1, entries=desk.journal)))
    assert len(kept(local)) == 1


def number_of(local: LocalCentre, why: str) -> int:
    """The number of the only thing kept for a reason."""
    (row,) = (one for one in local.centre.store.streams.quarantined() if one.why == why)
    return row.number


def test_a_person_lets_a_revoked_desks_batch_count(local: LocalCentre) -> None:
    """What the desk deposited is applied once, in its place; no review does it by itself."""
    desk = local.desk()
    desk.register(4)
    assert local.accept(desk.seal(1, 1)).status == 201
    local.centre.store.desks.revoke(desk.desk, local.clock.now())
    assert local.accept(desk.seal(2, 3)).status == 403
    later = desk.seal(4, 4)
    assert local.accept(later).status == 403
    review(local)
    assert kept(local) == [("revoked", False)] * 2
    first, second = (row.number for row in local.centre.store.streams.quarantined())
    take = local.centre.acceptance.take

    assert [take(second), take(first), take(first), take(second)] == [
        "parked",
        "stored",
        "known",
        "stored",
    ]

    assert kept(local) == [("revoked", True)] * 2
    assert [row.outcome for row in local.rows(desk)] == ["applied"] * 4
    assert code(local.accept(desk.seal(1, 4))) == "revoked"  # it stays revoked
    assert local.faults() == ()


def test_a_person_lets_a_replaced_computers_last_batch_count(local: LocalCentre) -> None:
    """A new epoch closed its stream; what it still had is applied, its doubles are not."""
    old = local.desk()
    old.register(2)
    assert local.accept(old.seal(1, 1)).status == 201
    new = local.desk(seed=2)
    new.journal = [old.journal[1]]  # the new computer got that one back from a backup
    assert local.accept(new.seal(1, 1)).status == 201
    assert local.accept(old.seal(2, 2)).status == 410

    assert local.centre.acceptance.take(number_of(local, "epoch-closed")) == "stored"

    outcomes = [row.outcome for row in (*local.rows(old), *local.rows(new))]
    assert sorted(outcomes) == ["applied", "applied", "duplicate"]
    assert local.faults() == ()


def test_a_fork_fits_no_stream(local: LocalCentre) -> None:
    """It stays where it is; its entries come under a new epoch. An unknown number is said."""
    desk = local.desk()
    desk.note(2)
    assert local.accept(desk.seal(1, 2)).status == 201
    assert local.accept(desk.seal(2, 2, entries=[desk.entry("access", {"x": 1})])).status == 409
    review(local)

    assert local.centre.acceptance.take(number_of(local, "fork")) == "fork"
    assert local.centre.acceptance.take(10_000) == "unknown"
    assert kept(local) == [("fork", False)]
    assert local.stored(desk) == 2


def test_what_was_parked_when_its_stream_closed_is_shown(local: LocalCentre) -> None:
    """The gap can never close by itself: it is in quarantine, not forgotten."""
    desk = local.desk()
    desk.register(3)
    assert local.accept(desk.seal(2, 3)).status == 202
    local.centre.store.desks.revoke(desk.desk, local.clock.now())

    review(local)

    assert kept(local) == [("revoked", False)]
    assert local.centre.store.streams.parked(desk.desk, desk.epoch) == ()
    assert local.accept(desk.seal(1, 1)).status == 403
    take = local.centre.acceptance.take
    first, second = (row.number for row in local.centre.store.streams.quarantined())
    assert [take(first), take(second), take(first)] == ["parked", "stored", "stored"]
    assert [row.outcome for row in local.rows(desk)] == ["applied"] * 3


def test_an_amendment_finds_the_request_that_came_after_it(local: LocalCentre) -> None:
    """Held for a request nobody knew; when that has come, the next review applies it, once."""
    desk = local.desk()
    first = desk.registration(record())
    desk.journal = [desk.amendment(first, record(9))]
    assert local.accept(desk.seal(1, 1)).status == 201
    assert [row.reason for row in local.rows(desk)] == ["no-base"]
    review(local)
    desk.journal.append(first)
    assert local.accept(desk.seal(2, 2)).status == 201
    local.rows(desk)

    review(local)
    review(local)

    amended, registered = local.rows(desk)
    assert (amended.outcome, registered.outcome) == ("applied", "applied")
    assert amended.official_no == registered.official_no
    events = local.centre.store.register.events(desk.desk, 0, 100)
    assert [one.kind for one in events] == ["entry.result"] * 2 + ["entry.settled"]
    assert local.faults() == ()


@pytest.fixture
def editions(local: LocalCentre) -> dict[str, Catalogue]:
    """Editions by the hash of their archive: what is put in here is published."""
    published: dict[str, Catalogue] = {}

    def read(known: frozenset[str]) -> Mapping[str, Catalogue]:
        return {sha: one for sha, one in published.items() if sha not in known}

    local.projector.close()
    store, dictionaries = local.centre.store, local.centre.dictionaries
    local.projector = Projector(store, catalogue(), dictionaries, local.clock, read)
    return published


def edition(digest: str, **changed: Any) -> Catalogue:
    """The catalogue with another digest and its first service changed."""
    services = dict(catalogue().services)
    services["soc-card"] = dataclasses.replace(services["soc-card"], **changed)
    return dataclasses.replace(catalogue(), digest=digest, services=services)


def test_a_mended_edition_applies_what_the_faulty_one_rejected(
    local: LocalCentre,
    editions: dict[str, Catalogue],
    served: Callable[[LocalCentre], str],
) -> None:
    """Published while the centre runs: the next exchange of any desk applies it."""
    editions["a"] = edition("a" * 64, min_age=99)
    desk, other = local.desk(), local.desk(318)
    desk.url = other.url = served(local)
    desk.journal = [desk.registration(record(), catalogue="a" * 64)]
    assert desk.post(desk.seal(1, 1)).status_code == 201
    (rejected,) = desk.events(want=1, wait=20)
    assert rejected.body["outcome"] == "rejected"

    editions["b"] = edition("b" * 64)
    local.centre.store.blobs.publish("b" * 64, 1, "{}", local.clock.now())
    other.note(1)
    assert other.post(other.seal(1, 1)).status_code == 201

    (settled,) = desk.events(rejected.n, want=1, wait=20)
    assert (settled.kind, settled.body["outcome"]) == ("entry.settled", "applied")
    assert json.loads(json.dumps(settled.body))["official_no"]
