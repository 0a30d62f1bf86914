"""Three versions of the programs against each other: an older centre, an older desk, all pairs.

A version brings an edition of the forms and a dictionary of its own. A centre reads all of those
up to its own; what is newer waits there and is applied once when the centre follows.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from itertools import product

import pytest

from forms.catalogue import Catalogue
from sync.batch import Dictionary
from sync.central.acceptance import Acceptance
from sync.central.answers import Answer, Refusal
from sync.central.projection import Projector
from tests.centre_world import HandDesk, LocalCentre, catalogue, local, record

__all__ = ["local"]

VERSIONS = range(3)  # N−2, N−1, N
SERVICE = "soc-card"


def dictionary(version: int) -> Dictionary:
    """The dictionary a program of this version seals with."""
    return Dictionary(f"служба соцкарта заявитель {version}".encode() * 30)


def edition(version: int) -> Catalogue:
    """The forms of this version: another digest, and a newer form of one service."""
    services = dict(catalogue().services)
    form = services[SERVICE]
    services[SERVICE] = dataclasses.replace(form, version=form.version + version)
    return dataclasses.replace(catalogue(), digest=f"{version:064x}", services=services)


def earlier(version: int) -> Mapping[str, Catalogue]:
    """The editions before this one, as a centre keeps those it published."""
    return {str(one): edition(one) for one in range(version)}


class CentreOfVersion:
    """A centre's program of one version over the store of a centre."""

    def __init__(self, local: LocalCentre, version: int) -> None:
        self.local = local
        self.dictionaries = {one.name: one for one in map(dictionary, range(version + 1))}
        ring, store = local.centre.keyring, local.centre.store
        self.acceptance = Acceptance(store, ring, self.dictionaries, local.clock)
        self.projector = Projector(
            store, edition(version), self.dictionaries, local.clock, lambda _: earlier(version)
        )

    def accept(self, data: bytes) -> Answer:
        """What it answers to a batch."""
        try:
            return self.acceptance.accept(data)
        except Refusal as refusal:
            return refusal.answer()

    def outcomes(self, desk: HandDesk) -> list[tuple[str, str | None]]:
        """What became of the desk's entries."""
        self.projector.run_all()
        after: int | None = 0
        while after is not None:
            after = self.projector.review(after)
        rows = self.local.centre.store.register.entries(desk.desk, desk.epoch, 0, 100)
        return [(row.outcome, row.reason) for row in rows]


def taken(desk: HandDesk, version: int) -> None:
    """Two requests by a desk's program of this version."""
    form = edition(version).services[SERVICE]
    for seed in range(2):
        desk.journal.append(
            desk.registration(
                record(seed, SERVICE),
                service_version=form.version,
                catalogue=edition(version).digest,
            )
        )


@pytest.mark.parametrize(("desk_of", "centre_of"), list(product(VERSIONS, VERSIONS)))
def test_each_desk_is_served_by_each_centre(
    local: LocalCentre, desk_of: int, centre_of: int
) -> None:
    """Old ones are applied at once; new ones are kept, and applied when the centre is updated."""
    desk, centre = local.desk(), CentreOfVersion(local, centre_of)
    taken(desk, desk_of)
    newer = desk_of > centre_of

    answer = centre.accept(desk.seal(1, 2, dictionary=dictionary(desk_of)))

    if newer:  # it names those it has; the desk seals anew with the newest of them
        assert answer.status == 415
        known = json.loads(answer.body)["known"]
        assert known == sorted(centre.dictionaries)
        own = {one.name: one for one in map(dictionary, range(desk_of + 1))}
        both = max((name for name in known if name in own), key=list(own).index)
        answer = centre.accept(desk.seal(1, 2, dictionary=own[both]))
    assert answer.status == 201
    waiting = [("held", "form")] * 2
    assert centre.outcomes(desk) == (waiting if newer else [("applied", None)] * 2)
    updated = CentreOfVersion(local, max(VERSIONS))
    assert updated.outcomes(desk) == [("applied", None)] * 2
    rows = local.centre.store.register.entries(desk.desk, desk.epoch, 0, 100)
    assert len({row.official_no for row in rows}) == 2
    assert updated.accept(desk.seal(1, 2, dictionary=dictionary(desk_of))).status == 200
    for one in (centre, updated):
        one.projector.close()
