"""The services of a bundle as they stand: filled, registered, not for this applicant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from forms.facts import Facts
from forms.names import full_name
from forms.situations import Situation, Step, Visit, fits, unfit
from forms.term import Deadlines
from mfc_desk.errors import CatalogueChanged, UnknownDraft
from mfc_desk.intake.carrying import request_document
from mfc_desk.intake.drafts import Draft
from mfc_desk.intake.services import ServiceRow, row_of
from mfc_desk.store import requests
from mfc_desk.store.bundles import StoredBundle, StoredStep

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

SITUATION = "situation"
NEW, FILLING, READY, REGISTERED = "new", "filling", "ready", "registered"


@dataclass(frozen=True)
class BundleStep:
    """One service of a bundle; `row` is None when the catalogue has it no more.

    state: new | filling (with `problems` open ones) | ready | registered (with its `number`).
    `refusal` says why it cannot be part of a complex request; `limits` are those of a complex one.
    `fits`: whether `when` holds for this applicant, None while that cannot be told; `unfit` says
    why the service itself is not for the applicant, "" when it is.
    """

    place: int
    service: str
    row: ServiceRow | None
    after: tuple[int, ...]
    state: str
    optional: bool = False
    when: str = ""
    problems: int = 0
    draft_id: str | None = None
    number: str | None = None
    refusal: str = ""
    limits: Deadlines | None = None
    fits: bool | None = None
    unfit: str = ""
    question: str = ""
    answer: bool | None = None

    @property
    def off(self) -> bool:
        """Whether it is not for this applicant, by data or by the answer, and nobody has begun."""
        not_for_them = self.fits is False or bool(self.unfit) or self.answer is False
        return not_for_them and self.state == NEW

    @property
    def wanted(self) -> bool:
        """Whether it is for this applicant as far as is known: an answer says more than data."""
        if self.answer is not None:
            return self.answer
        return bool(self.fits) and not self.question


@dataclass(frozen=True)
class Bundle:
    """A life situation or a complex request being filled; kind: situation | complex.

    `applicant` is the name the services are for, "" before anybody is entered; `forward_by` and
    `limit_on` are told for a complex request only.
    """

    id: str
    kind: str
    title: str
    steps: tuple[BundleStep, ...]
    applicant: str = ""
    forward_by: date | None = None
    limit_on: date | None = None
    provisional: bool = False

    @property
    def left(self) -> tuple[BundleStep, ...]:
        """Steps that are not registered, without those that are not for this applicant."""
        return tuple(step for step in self.steps if step.state != REGISTERED and not step.off)


def step_of(
    desk: Desk,
    stored: StoredStep,
    situation: Situation | None,
    limits: Deadlines | None,
    visit: Visit,
) -> BundleStep:
    """Return a step as it stands now."""
    service = desk.catalogue.services.get(stored.service)
    told = situation.step(stored.service) if situation else None
    state, problems, draft_id, number = NEW, 0, None, None
    if stored.request_id:
        found = requests.by_id(desk.db, stored.request_id)
        state, number = REGISTERED, found.number if found else None
    elif (draft := draft_of(desk, stored)) is not None:
        draft_id = draft.id
        checked = desk.intake.check(draft)
        problems = len(checked.errors) + len(checked.open_warnings)
        state = READY if checked.ok else FILLING
    suits = fits(told, visit) if told else None
    return BundleStep(
        place=stored.place,
        service=stored.service,
        row=row_of(desk, service) if service else None,
        after=stored.after,
        state=state,
        optional=told.optional if told else False,
        when=told.when if told else "",
        problems=problems,
        draft_id=draft_id,
        number=number,
        refusal=desk.bundles.refusal(stored.service) if service else "",
        limits=limits,
        fits=suits,
        unfit=unfit(service, visit) if service else "",
        question=_question(told, suits) if told else "",
        answer=stored.answer,
    )


def _question(told: Step, found: bool | None) -> str:
    """What is left to ask: nothing where data tells, but a question beside a condition stands."""
    if found is False or (found and not told.ask):
        return ""
    return told.question


def draft_of(desk: Desk, stored: StoredStep) -> Draft | None:
    """Return the draft of a step as it can be opened now, or None."""
    try:
        return desk.intake.open(stored.draft_id) if stored.draft_id else None
    except (UnknownDraft, CatalogueChanged):
        return None


def documents_of(desk: Desk, stored: StoredBundle) -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk the documents of a bundle, registered or typed, each with the slug of its service."""
    for one in stored.steps:
        if one.request_id and (request := requests.by_id(desk.db, one.request_id)):
            yield one.service, request_document(request)
        elif (draft := draft_of(desk, one)) is not None:
            yield one.service, draft.document


def latest_of(desk: Desk, stored: StoredBundle) -> dict[str, Any] | None:
    """Return the last document of a bundle that has an applicant, or None."""
    found = [document for _, document in documents_of(desk, stored)]
    return next((one for one in reversed(found) if full_name(one.get("applicant") or {})), None)


def visit_of(desk: Desk, stored: StoredBundle) -> Visit:
    """Return what the conditions of the steps are weighed by."""
    today = desk.centre_now().astimezone(desk.zone).date()
    services = desk.catalogue.services
    answers: dict[str, Facts] = {}
    person = None  # the first applicant: a later service of the visit may be for the child
    for slug, document in documents_of(desk, stored):
        if slug not in services:
            continue
        answers[slug] = facts = Facts(services[slug], document, today)
        if person is None and full_name(document.get("applicant") or {}):
            person = facts
    office = {"kind": desk.office.kind, "region": desk.office.region}
    return Visit(answers, person, office)
