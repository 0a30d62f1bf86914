"""What the centre found wrong in a request, under the labels of the form it was filled in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from forms.check import Problem, visible_fields
from forms.facts import at_path
from mfc_desk.store import exchange
from mfc_desk.store.exchange import CentreProblem
from mfc_desk.store.requests import StoredRequest
from sync.clock import from_iso

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

RETURNED = "returned"
"""Code of a problem the centre named and this desk cannot see for itself."""


def labelled(
    desk: Desk, stored: StoredRequest, problems: Iterable[CentreProblem]
) -> tuple[CentreProblem, ...]:
    """Give problems that name only a path the label of its field, where the form has one."""
    found = tuple(problems)
    if all(problem.label or not problem.path for problem in found):
        return found
    labels = _labels(desk, stored)
    return tuple(
        CentreProblem(one.path, one.label or labels.get(one.path, ""), one.text) for one in found
    )


def _labels(desk: Desk, stored: StoredRequest) -> Mapping[str, str]:
    edition = desk.catalogues.edition(stored.service, stored.catalogue_digest)
    if edition is None:
        return {}
    record: dict[str, Any] = json.loads(stored.body)["record"]
    day = from_iso(stored.accepted_at).astimezone(desk.zone).date()
    fields = visible_fields(edition.service, edition.catalogue, record, day)
    return {placed.path: placed.field.label for placed in fields}


@dataclass(frozen=True)
class Mark:
    """A field the centre returned: what is wrong, and the answer it was said of."""

    problem: Problem
    was: object = field(repr=False)


def marks(desk: Desk, stored: StoredRequest) -> tuple[Mark, ...]:
    """Return the fields of the newest version the centre returned, in the order of its words."""
    record = json.loads(stored.body)["record"]
    found = returned_problems(desk, stored)
    return tuple(Mark(problem, at_path(record, problem.path)) for problem in found)


def returned_problems(desk: Desk, stored: StoredRequest) -> tuple[Problem, ...]:
    """Return what the centre found wrong in the newest version, as problems of its form."""
    status = exchange.status(desk.db, stored.id)
    if status is None or status.outcome not in (exchange.REJECTED, exchange.HELD):
        return ()
    return tuple(
        Problem(one.path, one.label, "error", RETURNED, f"центр: {one.text}")
        for one in labelled(desk, stored, status.problems)
        if one.path
    )
