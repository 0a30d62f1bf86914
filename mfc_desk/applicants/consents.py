"""Consents of applicants: one purpose each, on its own sheet, until a day, withdrawn at will.

The service itself needs none (152-ФЗ, ст. 6 ч. 1 п. 4); these are for what goes beyond it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mfc_desk.access.roles import Action
from mfc_desk.errors import NothingToRecord, UnknownApplicant, UnknownNumber
from mfc_desk.store import applicants, consents, one_person, requests
from sync.clock import from_iso

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

PURPOSES = "people.consent"
"""The choice list of the catalogue that names what a consent may be for."""
NOTICES = "notify"
"""What the consent printed with a request is for."""
_A_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Consent:
    """A consent; `state` is given | over | withdrawn. `body` is what its sheet is printed from."""

    id: str
    purpose: str
    purpose_title: str
    given_at: datetime
    until: date
    withdrawn_at: datetime | None
    operator: str
    state: str
    body: dict[str, Any] = field(repr=False)


class Consents:
    """The use cases of consents."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def of(self, applicant_id: str) -> tuple[Consent, ...]:
        """Return the consents of an applicant, all merged records together, newest first."""
        desk = self._desk
        desk.may(Action.FIND)
        survivor = one_person.survivor(desk.db, applicant_id)
        ids = [one.id for one in one_person.records(desk.db, survivor)]
        return tuple(self._consent(one) for one in consents.of_applicants(desk.db, ids))

    def signed(self, number: str) -> Consent:
        """Journal that the consent printed for a request was signed: notices, for a year.

        Raises UnknownNumber, UnknownApplicant.
        """
        desk = self._desk
        stored = requests.by_number(desk.db, desk.find.row(number).number)
        if stored is None:
            raise UnknownNumber
        today = desk.centre_now().astimezone(desk.zone).date()
        person = desk.applicants.of_number(stored.number)
        return self.give(person, NOTICES, today + _A_YEAR, request_id=stored.id)

    def give(
        self, applicant_id: str, purpose: str, until: date, *, request_id: str | None = None
    ) -> Consent:
        """Journal a consent for one purpose of the catalogue's list, in force to `until` included.

        `request_id` is the request with whose papers its sheet was printed.

        Raises UnknownApplicant, NothingToRecord.
        """
        desk = self._desk
        desk.may(Action.INTAKE)
        stored = applicants.get(desk.db, one_person.survivor(desk.db, applicant_id))
        if stored is None:
            raise UnknownApplicant
        titles = {one.code: one.label for one in desk.catalogue.choices(PURPOSES)}
        if purpose not in titles:
            raise NothingToRecord("Согласие даётся на одну цель из перечня: выберите её.")
        now = desk.centre_now().astimezone(desk.zone)
        if until < now.date():
            raise NothingToRecord("Согласие кончилось бы раньше, чем дано. Укажите день позже.")
        body = {
            "id": desk.ids.next(),
            "applicant_id": stored.id,
            "applicant": json.loads(stored.body),
            "purpose": purpose,
            "purpose_title": titles[purpose],
            "until": until.isoformat(),
            "operator_title": desk.office.org,
            "operator_address": desk.office.address,
            "at": now.isoformat(timespec="seconds"),
            "operator": desk.operator.login,
        }
        if request_id is not None:
            body["request"] = request_id

        def act() -> None:
            with desk.db.atomic():
                entry_id, _ = desk.record(consents.GIVEN, body)
                consents.add(desk.db, body, entry_id=entry_id)

        desk.with_ballast(act)
        return next(one for one in self.of(stored.id) if one.id == body["id"])

    def withdraw(self, consent_id: str) -> None:
        """Journal that a consent is withdrawn. Raises NothingToRecord when none is in force."""
        desk = self._desk
        desk.may(Action.INTAKE)
        at = desk.centre_now().astimezone(desk.zone).isoformat(timespec="seconds")

        def act() -> None:
            with desk.db.atomic():
                if not consents.withdraw(desk.db, consent_id, at):
                    raise NothingToRecord("Это согласие уже отозвано. Откройте карточку заново.")
                desk.record(consents.WITHDRAWN, {"id": consent_id, "at": at})

        desk.with_ballast(act)

    def _consent(self, stored: consents.StoredConsent) -> Consent:
        zone = self._desk.zone
        body, until = json.loads(stored.body), date.fromisoformat(stored.until)
        today = self._desk.centre_now().astimezone(zone).date()
        state = "withdrawn" if stored.withdrawn_at else "over" if until < today else "given"
        return Consent(
            id=stored.id,
            purpose=stored.purpose,
            purpose_title=body["purpose_title"],
            given_at=from_iso(stored.given_at).astimezone(zone),
            until=until,
            withdrawn_at=from_iso(stored.withdrawn_at).astimezone(zone)
            if stored.withdrawn_at
            else None,
            operator=stored.operator,
            state=state,
            body=body,
        )
