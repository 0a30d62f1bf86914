"""Taking a request: what can be taken here, what is wrong with it, and registration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from forms.check import Checked, check
from forms.duty import duty_for
from forms.names import full_name
from forms.number import RequestNumber
from forms.spec import Service
from forms.term import Deadlines, deadlines
from mfc_desk.access.roles import Action
from mfc_desk.errors import (
    ComplexRefused,
    IntakeRefused,
)
from mfc_desk.intake.carrying import carried_over
from mfc_desk.intake.drafts import Draft, Drafts
from mfc_desk.intake.receipt_content import receipt_content
from mfc_desk.intake.registration import Acceptance, RegisterAct
from mfc_desk.intake.services import ServiceRow, not_taken, row_of, service_rows
from mfc_desk.papers.paper_job import PaperJob
from mfc_desk.store import applicants, bundles, contacts, one_person

if TYPE_CHECKING:
    from forms.catalogue import Catalogue

SALTS = 100


@dataclass(frozen=True)
class Registered:
    """What a registration gave; `accepted_at` and `register_by` are in the office's zone."""

    number: RequestNumber
    request_id: str
    accepted_at: datetime
    register_by: datetime
    papers: tuple[PaperJob, ...]


class Intake(Drafts):
    """The use cases of taking a request, from the choice of a service to its number."""

    def services(self, text: str = "") -> tuple[ServiceRow, ...]:
        """Return services whose words begin with the typed ones; most used first without any."""
        self._desk.may(Action.INTAKE)
        return service_rows(self._desk, text)

    def services_beside(self, slug: str) -> tuple[ServiceRow, ...]:
        """Return what else a person who asked for `slug` may need: its life situations first."""
        beside = {
            step.service
            for situation in self._desk.catalogue.situations
            if situation.step(slug)
            for step in situation.steps
        }
        return tuple(sorted(self.services(), key=lambda row: row.slug not in beside - {slug}))

    def service_row(self, slug: str) -> ServiceRow:
        """Return the line of one service. Raises UnknownService."""
        self._desk.may(Action.INTAKE)
        return row_of(self._desk, self.service(slug))

    def begin(
        self,
        slug: str,
        applicant: Mapping[str, Any] | None = None,
        given: Mapping[str, Any] | None = None,
        waiting: str | None = None,
        step: tuple[str, int] | None = None,
    ) -> Draft:
        """Start a draft and save it. Raises UnknownService, DiskAlmostFull.

        `given`: the document of an earlier request of this visit; applicant, representative,
        delivery and the papers both services ask for are carried over from it. `waiting`: the id
        of the waiting entry this is the end of, once it is registered. `step`: the bundle and
        the place in it that the draft fills; both are written in one act.
        """
        self._desk.may(Action.INTAKE)
        self._desk.require_room()
        service = self.service(slug)
        self._desk.catalogues.keep(self._desk.catalogue)
        draft = Draft(
            id=self._desk.ids.next(),
            service=service.slug,
            service_version=service.version,
            catalogue_digest=self._desk.catalogue.digest,
            document={
                "service": service.slug,
                "applicant": deepcopy(dict(applicant)) if applicant else {"kind": "person"},
                "representative": None,
                "answers": {},
                "documents": [],
                "delivery": {},
                "overrides": {},
            },
            waiting=waiting,
        )
        if given:
            draft.document |= carried_over(given, self._desk.catalogue.services, service)
            draft.step = "form"
            self._drop_unfit(draft)
        self.renew_contacts(draft)
        self.save(draft, step)
        return draft

    def renew_contacts(self, draft: Draft) -> None:
        """Put contacts corrected on the card in place of those a block from before still has.

        The draft is changed, not saved.
        """
        db, block = self._desk.db, draft.document.get("applicant")
        if not isinstance(block, dict) or not full_name(block):
            return
        told: Any = self._check(draft.document, self.catalogue_of(draft)).record["applicant"]
        known = applicants.of_keys(db, [applicants.key_of(told)])
        if not known:
            return
        shown = one_person.shown(db, one_person.records(db, one_person.survivor(db, known[0].id)))
        renewed = contacts.brought_up_to_date(db, shown.id, json.loads(shown.body), told)
        for name, value in renewed.items():
            block.pop(name, None)
            if value:
                block[name] = value

    def _drop_unfit(self, draft: Draft) -> None:
        """Leave out a way of delivery this service does not have, and remember that it was."""
        delivery = draft.document.get("delivery")
        for problem in self.check(draft).errors:
            block, _, name = problem.path.partition(".")
            if block == "delivery" and isinstance(delivery, dict) and delivery.pop(name, None):
                draft.left_out += (problem.label,)

    def check(self, draft: Draft) -> Checked:
        """Check the whole draft; every problem at once."""
        self._desk.may(Action.INTAKE)
        return self._check(
            draft.document,
            self.catalogue_of(draft),
            anywhere=bool(draft.amends),
            accepted_on=self.accepted_on(draft),
        )

    def check_document(
        self,
        document: Mapping[str, Any],
        *,
        anywhere: bool = False,
        catalogue: Catalogue | None = None,
        accepted_on: date | None = None,
    ) -> Checked:
        """Check a document, `anywhere`: whatever this office takes. Raises UnknownService.

        `catalogue` is the version it is written by, the one in use by default; `accepted_on` the
        day of the request it amends.
        """
        self._desk.may(Action.INTAKE)
        self.service(document.get("service"), catalogue)
        return self._check(
            document,
            catalogue or self._desk.catalogue,
            anywhere=anywhere,
            accepted_on=accepted_on,
        )

    def register(self, draft: Draft) -> Registered:
        """Register a draft: number, journal, search, applicant, receipt, in one transaction.

        Raises IntakeRefused with every open problem, UnknownDraft when it is registered already,
        ComplexRefused when it is part of a complex request, and the errors of sync.database;
        whatever is raised, nothing was registered and the draft is as it was saved last.
        """
        bundle = bundles.of_draft(self._desk.db, draft.id)
        if bundle is not None and bundle[1] == bundles.COMPLEX:
            raise ComplexRefused(
                "Услуги комплексного запроса регистрируют вместе, одним действием."
            )
        return self._register(draft.document, self.catalogue_of(draft), draft_id=draft.id)

    def register_document(self, document: Mapping[str, Any]) -> Registered:
        """Register an intake document.

        Raises UnknownService, DiskAlmostFull and all that `register` raises.
        """
        self._desk.require_room()
        self._desk.may(Action.INTAKE)
        self.service(document.get("service"))
        return self._register(document, self._desk.catalogue, draft_id=None)

    def _check(
        self,
        document: Mapping[str, Any],
        catalogue: Catalogue,
        *,
        anywhere: bool = False,
        accepted_on: date | None = None,
    ) -> Checked:
        today = self._desk.centre_now().astimezone(self._desk.zone).date()
        service = catalogue.services[document["service"]]
        beside = () if anywhere else not_taken(self._desk, service)
        return check(service, catalogue, dict(document), today, beside, accepted_on=accepted_on)

    def _register(
        self, document: Mapping[str, Any], catalogue: Catalogue, *, draft_id: str | None
    ) -> Registered:
        desk = self._desk
        desk.may(Action.INTAKE)
        checked = self._check(document, catalogue)
        if not checked.ok:
            raise IntakeRefused([*checked.errors, *checked.open_warnings])
        service = catalogue.services[document["service"]]
        act = self.prepare(service, checked.record, draft_id=draft_id, catalogue=catalogue)
        number, job = desk.with_ballast(act.commit)
        return registered(act, number, job)

    def prepare(
        self,
        service: Service,
        record: Mapping[str, Any],
        *,
        draft_id: str | None = None,
        request_id: str | None = None,
        limits: Deadlines | None = None,
        part: Mapping[str, Any] | None = None,
        catalogue: Catalogue | None = None,
    ) -> RegisterAct:
        """Fix everything about a registration that does not need its number.

        `limits` and `part` are those of a complex request, whose sequential services begin later;
        `catalogue` is the version the service is of, the one in use by default.
        """
        desk, catalogue = self._desk, catalogue or self._desk.catalogue
        desk.catalogues.keep(catalogue)  # the request is read, printed and amended by it for years
        accepted_at = desk.centre_now().astimezone(desk.zone)
        today = accepted_at.date()
        register_by = desk.office.end_of_next_working_day(accepted_at)
        acceptance = Acceptance(
            request_id=request_id or desk.ids.next(),
            service=service,
            catalogue_digest=catalogue.digest,
            record=record,
            accepted_at=accepted_at,
            register_by=register_by,
            operator=desk.operator.login,
            duty=duty_for(service, record, today),
            deadlines=limits
            or deadlines(service, today, desk.calendar, catalogue.as_of, register_by.date()),
            complex=part,
        )
        return RegisterAct(
            desk=desk,
            acceptance=acceptance,
            salt=desk.random.below(SALTS),
            applicant=applicants.row_of(acceptance.record["applicant"], acceptance.request_id),
            receipt=receipt_content(desk, acceptance, catalogue),
            draft_id=draft_id,
        )


def registered(act: RegisterAct, number: RequestNumber, job: PaperJob) -> Registered:
    """Return what a committed registration gave."""
    return Registered(
        number=number,
        request_id=act.acceptance.request_id,
        accepted_at=act.acceptance.accepted_at,
        register_by=act.acceptance.register_by,
        papers=(job,),
    )
