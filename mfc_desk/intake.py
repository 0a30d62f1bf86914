"""Taking a request: what can be taken here, drafts that outlive a power cut, and registration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from forms.check import Checked, check
from forms.duty import duty_for
from forms.names import short_name
from forms.number import RequestNumber
from forms.spec import Service
from forms.term import Deadlines, deadlines
from mfc_desk.carrying import carried_over
from mfc_desk.errors import (
    CatalogueChanged,
    ComplexRefused,
    IntakeRefused,
    UnknownDraft,
    UnknownService,
)
from mfc_desk.print_queue import PaperJob
from mfc_desk.receipt_content import receipt_content
from mfc_desk.registration import Acceptance, RegisterAct
from mfc_desk.roles import Action
from mfc_desk.services import ServiceRow, not_taken, row_of, service_rows
from mfc_desk.store import applicants, bundles, drafts, requests
from sync.clock import from_iso, iso

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from mfc_desk.desk import Desk

SALTS = 100


@dataclass
class Draft:
    """A request being typed: `document` is an intake document with values as typed.

    `step`, `section` and `field` say where the specialist stood.
    """

    id: str
    service: str
    service_version: int
    catalogue_digest: str
    document: dict[str, Any] = field(repr=False)
    step: str = "applicant"
    section: str = ""
    field: str | None = None
    amends: str | None = None
    """The request this draft amends; None for a new one."""
    base: int | None = None
    """The version of that request it began from."""
    waiting: str | None = None
    """The waiting entry that ends when this draft is registered."""
    left_out: tuple[str, ...] = ()
    """Labels of what was not carried over into it just now; never kept."""


@dataclass(frozen=True)
class DraftRow:
    """A line of the list of drafts; `current` is False when its service has another version now.

    `amends` is the number of the request it amends.
    """

    id: str
    title: str
    applicant: str
    saved_at: datetime
    step: str
    current: bool
    amends: str | None = None


@dataclass(frozen=True)
class Registered:
    """What a registration gave; `accepted_at` and `register_by` are in the office's zone."""

    number: RequestNumber
    request_id: str
    accepted_at: datetime
    register_by: datetime
    papers: tuple[PaperJob, ...]


class Intake:
    """The use cases of taking a request."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

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
    ) -> Draft:
        """Start a draft and save it. Raises UnknownService, DiskAlmostFull.

        `given`: the document of an earlier request of this visit; applicant, representative,
        delivery and the papers both services ask for are carried over from it. `waiting`: the id
        of the waiting entry this is the end of, once it is registered.
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
        self.save(draft)
        return draft

    def _drop_unfit(self, draft: Draft) -> None:
        """Leave out a way of delivery this service does not have, and remember that it was."""
        delivery = draft.document.get("delivery")
        for problem in self.check(draft).errors:
            block, _, name = problem.path.partition(".")
            if block == "delivery" and isinstance(delivery, dict) and delivery.pop(name, None):
                draft.left_out += (problem.label,)

    def open(self, draft_id: str) -> Draft:
        """Open a draft under the version it was begun with. Raises UnknownDraft, CatalogueChanged.

        A draft whose version is neither in use nor kept here stays as it is; `carry_over` moves it.
        """
        draft = self._read(draft_id)
        self.catalogue_of(draft)
        return draft

    def catalogue_of(self, draft: Draft) -> Catalogue:
        """Give the catalogue a draft was begun under. Raises CatalogueChanged.

        When that one is not here any more, one with the same version of the service stands for it.
        """
        catalogue = self._desk.catalogues.under(draft.catalogue_digest) or self._desk.catalogue
        service = catalogue.services.get(draft.service)
        if service is None or service.version != draft.service_version:
            raise CatalogueChanged(_changed(draft, service))
        return catalogue

    def service_of(self, draft: Draft) -> Service:
        """Give the service as it was when the draft was begun. Raises CatalogueChanged."""
        return self.catalogue_of(draft).services[draft.service]

    def carry_over(self, draft_id: str) -> Draft:
        """Open a draft under the present version of its service; what was typed is all kept.

        Raises UnknownDraft, UnknownService when the catalogue has no such service any more.
        """
        draft = self._read(draft_id)
        service = self.service(draft.service)
        draft.service_version = service.version
        draft.catalogue_digest = self._desk.catalogue.digest
        self._desk.catalogues.keep(self._desk.catalogue)
        self.save(draft)
        return draft

    def _read(self, draft_id: str) -> Draft:
        self._desk.may(Action.INTAKE)
        stored = drafts.get(self._desk.db, draft_id)
        if stored is None:
            raise UnknownDraft
        return Draft(
            id=stored.id,
            service=stored.service,
            service_version=stored.service_version,
            catalogue_digest=stored.catalogue_digest,
            document=json.loads(stored.document),
            step=stored.step,
            section=stored.section,
            field=stored.field,
            amends=stored.amends,
            base=stored.base,
            waiting=stored.waiting,
        )

    def drafts(self, limit: int = 50) -> tuple[DraftRow, ...]:
        """Return drafts, last saved first."""
        self._desk.may(Action.INTAKE)
        now = self._desk.catalogue.services
        rows = []
        for stored in drafts.newest(self._desk.db, limit):
            own = self._desk.catalogues.under(stored.catalogue_digest)
            service = (own.services if own else now).get(stored.service)
            newest = now.get(stored.service)
            rows.append(
                DraftRow(
                    id=stored.id,
                    title=service.short if service else stored.service,
                    applicant=stored.applicant,
                    saved_at=from_iso(stored.saved_at).astimezone(self._desk.zone),
                    step=stored.step,
                    current=newest is not None and newest.version == stored.service_version,
                    amends=self._number(stored.amends),
                )
            )
        return tuple(rows)

    def _number(self, request_id: str | None) -> str | None:
        stored = requests.by_id(self._desk.db, request_id) if request_id else None
        return stored.number if stored else None

    def discard(self, draft_id: str) -> None:
        """Delete a draft; nothing happens when it is gone already."""
        self._desk.may(Action.INTAKE)
        with self._desk.db.atomic():
            drafts.remove(self._desk.db, draft_id)

    def save(self, draft: Draft) -> datetime:
        """Make the draft durable as it is and return when, in the office's zone."""
        self._desk.may(Action.INTAKE)
        now = self._desk.clock.now()
        stored = drafts.StoredDraft(
            id=draft.id,
            service=draft.service,
            service_version=draft.service_version,
            catalogue_digest=draft.catalogue_digest,
            document=json.dumps(draft.document, ensure_ascii=False, separators=(",", ":")),
            step=draft.step,
            section=draft.section,
            field=draft.field,
            applicant=short_name(draft.document.get("applicant") or {}),
            operator=self._desk.operator.login,
            saved_at=iso(now),
            amends=draft.amends,
            base=draft.base,
            waiting=draft.waiting,
        )

        def put() -> None:
            with self._desk.db.atomic():
                drafts.put(self._desk.db, stored)

        self._desk.with_ballast(put)
        return now.astimezone(self._desk.zone)

    def check(self, draft: Draft) -> Checked:
        """Check the whole draft; every problem at once."""
        self._desk.may(Action.INTAKE)
        return self._check(draft.document, self.catalogue_of(draft), anywhere=bool(draft.amends))

    def check_document(
        self,
        document: Mapping[str, Any],
        *,
        anywhere: bool = False,
        catalogue: Catalogue | None = None,
    ) -> Checked:
        """Check a document, `anywhere`: whatever this office takes. Raises UnknownService.

        `catalogue` is the version it is written by, the one in use by default.
        """
        self._desk.may(Action.INTAKE)
        self.service(document.get("service"), catalogue)
        return self._check(document, catalogue or self._desk.catalogue, anywhere=anywhere)

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

    def service(self, slug: object, catalogue: Catalogue | None = None) -> Service:
        """Return a service of a catalogue, the one in use by default. Raises UnknownService."""
        services = (catalogue or self._desk.catalogue).services
        service = services.get(slug) if isinstance(slug, str) else None
        if service is None:
            raise UnknownService
        return service

    def _check(
        self, document: Mapping[str, Any], catalogue: Catalogue, *, anywhere: bool = False
    ) -> Checked:
        today = self._desk.centre_now().astimezone(self._desk.zone).date()
        service = catalogue.services[document["service"]]
        beside = () if anywhere else not_taken(self._desk, service)
        return check(service, catalogue, dict(document), today, beside)

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


def _changed(draft: Draft, service: Service | None) -> str:
    if service is None:
        return (
            f"Услуги «{draft.service}» (версия {draft.service_version}) больше нет в каталоге. "
            "Черновик сохранён; обратитесь к оператору центра за каталогом с этой услугой."
        )
    return (
        f"Черновик начат по версии {draft.service_version} услуги «{service.short}», в каталоге "
        f"версия {service.version}. Черновик сохранён; перенесите его в новую версию и проверьте "
        "поля заново."
    )
