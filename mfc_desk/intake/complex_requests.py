"""The complex request (210-ФЗ, ст. 15.1): what may be in it, its limits, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from forms.names import fold
from forms.situations import LEAST, Plan, order_of, plan
from mfc_desk.access.roles import Action
from mfc_desk.errors import ComplexRefused, IntakeRefused, UnknownBundle
from mfc_desk.intake.bundle_steps import draft_of
from mfc_desk.intake.complex_documents import read_parts
from mfc_desk.intake.drafts import Draft
from mfc_desk.intake.intake import Registered, registered
from mfc_desk.store import bundles, requests
from mfc_desk.store.bundles import COMPLEX, StoredBundle
from sync.clock import from_iso

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from forms.spec import Service
    from mfc_desk.desk import Desk
    from mfc_desk.intake.registration import RegisterAct


@dataclass(frozen=True)
class Source:
    """What a part is registered from: its checked record, the catalogue it was checked by."""

    record: Mapping[str, Any]
    catalogue: Catalogue
    draft_id: str | None = None


_SAME_PERSON = ("kind", "surname", "name", "patronymic", "birth_date", "title", "inn")


@dataclass(frozen=True)
class RegisteredPart:
    """A service of a registered complex request; `after` are the numbers it waits for."""

    service: Service
    registered: Registered
    after: tuple[str, ...]
    office_on: date


@dataclass(frozen=True)
class RegisteredComplex:
    """What the registration of a complex request gave, its services in their order."""

    id: str
    parts: tuple[RegisteredPart, ...]
    forward_by: date
    limit_on: date


class ComplexRequests:
    """The use cases of a complex request as a whole."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def refusal(self, slug: str) -> str:
        """Return why a service cannot be part of a complex request, "" when it can."""
        catalogue = self._desk.catalogue
        return catalogue.complex_rules.refusal(catalogue.service(slug))

    def plan(self, slugs: Sequence[str]) -> Plan:
        """Work a complex request out: order, limits, the day to forward it by.

        Raises ComplexRefused naming every service that cannot be in it, and when there are too few.
        """
        desk = self._desk
        desk.may(Action.INTAKE)
        chosen = list(dict.fromkeys(slugs))
        if len(chosen) < LEAST:
            raise ComplexRefused("В комплексном запросе две услуги или больше. Добавьте услугу.")
        refused = [
            f"«{desk.catalogue.service(slug).short}» — {why}"
            for slug in chosen
            if (why := self.refusal(slug))
        ]
        if refused:
            raise ComplexRefused(
                f"В комплексный запрос не входят: {'; '.join(refused)}. Примите их отдельно."
            )
        ordered = order_of(chosen, desk.catalogue.situations)
        services = [(desk.catalogue.service(slug), after) for slug, after in ordered]
        return self._plan(services, desk.centre_now())

    def _plan(self, ordered: Sequence[tuple[Service, tuple[str, ...]]], taken_at: datetime) -> Plan:
        """The plan of services in their order, of a complex request taken at a moment."""
        desk = self._desk
        then = taken_at.astimezone(desk.zone)
        registered_on = desk.office.end_of_next_working_day(then).date()
        return plan(ordered, then.date(), desk.calendar, registered_on, desk.catalogue.as_of)

    def _stored(self, bundle_id: str) -> StoredBundle:
        stored = bundles.get(self._desk.db, bundle_id)
        if stored is None:
            raise UnknownBundle
        return stored

    def _limits(self, stored: StoredBundle) -> Plan | None:
        """The plan of a complex request from the day it was accepted, until then from its first.

        None when a service is in no catalogue that is here.
        """
        if stored.kind != COMPLEX:
            return None
        db, taken_at = self._desk.db, from_iso(stored.begun_at)
        services: list[Service] = []
        for one in stored.steps:
            request = requests.by_id(db, one.request_id) if one.request_id else None
            if request is not None:
                taken_at = from_iso(request.accepted_at)
            digest = request.catalogue_digest if request else ""
            edition = self._desk.catalogues.edition(one.service, digest)
            if edition is None:
                return None
            services.append(edition.service)
        return self._plan(_ordered(stored, services), taken_at)

    def register(self, bundle_id: str) -> tuple[Registered, ...]:
        """Register a complex request: every service in one transaction, tied in the journal.

        Raises ComplexRefused naming what is not filled or not of one applicant; whatever is
        raised, nothing was registered.
        """
        desk = self._desk
        desk.may(Action.INTAKE)
        desk.require_room()
        stored = self._stored(bundle_id)
        if stored.kind != COMPLEX:
            raise ComplexRefused("Услуги жизненной ситуации регистрируют по одной.")
        drafts = self._filled(stored)
        services = [desk.intake.service_of(draft) for draft in drafts]
        worked_out = self._plan(_ordered(stored, services), desk.centre_now())
        acts = self._acts(
            stored.id,
            worked_out,
            [
                Source(desk.intake.check(one).record, desk.intake.catalogue_of(one), one.id)
                for one in drafts
            ],
        )
        return self._commit(acts)

    def register_document(self, document: Mapping[str, Any]) -> RegisteredComplex:
        """Register a complex request from one document (complex_documents), all of it or nothing.

        Raises IntakeRefused naming every mistake of every part, DiskAlmostFull.
        """
        desk = self._desk
        desk.may(Action.INTAKE)
        desk.require_room()
        parts, problems = read_parts(desk, document)
        if problems:
            raise IntakeRefused(problems)
        by_slug = {part.service.slug: part for part in parts}
        ordered = order_of(list(by_slug), desk.catalogue.situations)
        worked_out = self._plan(
            [(by_slug[slug].service, after) for slug, after in ordered], desk.centre_now()
        )
        whole = desk.ids.next()
        acts = self._acts(
            whole,
            worked_out,
            [Source(by_slug[slug].checked.record, desk.catalogue) for slug, _ in ordered],
        )
        given = self._commit(acts)
        return RegisteredComplex(
            whole,
            tuple(
                RegisteredPart(
                    part.service,
                    one,
                    tuple(given[place].number.text for place in part.after),
                    part.deadlines.office_on,
                )
                for part, one in zip(worked_out.parts, given, strict=True)
            ),
            worked_out.forward_by,
            worked_out.limit_on,
        )

    def _filled(self, stored: StoredBundle) -> list[Draft]:
        """The drafts of all services, or ComplexRefused with what is missing in which."""
        if any(step.request_id for step in stored.steps):
            raise ComplexRefused("Этот комплексный запрос уже зарегистрирован.")
        self.plan([step.service for step in stored.steps])
        missing: list[str] = []
        drafts: list[Draft] = []
        for step in stored.steps:
            short = self._desk.catalogue.service(step.service).short
            draft = draft_of(self._desk, step)
            if draft is None:
                missing.append(f"«{short}» не заполнена")
                continue
            checked = self._desk.intake.check(draft)
            if not checked.ok:
                count = len(checked.errors) + len(checked.open_warnings)
                missing.append(f"«{short}»: замечаний {count}")
            drafts.append(draft)
        if missing:
            raise ComplexRefused(f"Сначала заполните: {'; '.join(missing)}.")
        people = {_person(draft.document.get("applicant") or {}) for draft in drafts}
        if len(people) > 1:
            raise ComplexRefused(
                "В услугах разные заявители, а комплексный запрос подаёт один. Сверьте фамилию, "
                "имя, отчество и дату рождения в каждой услуге."
            )
        return drafts

    def _acts(self, whole: str, worked_out: Plan, sources: Sequence[Source]) -> list[RegisterAct]:
        """The registrations of a plan's services, tied by the id of the whole."""
        desk = self._desk
        ids = [desk.ids.next() for _ in sources]
        return [
            desk.intake.prepare(
                part.service,
                source.record,
                draft_id=source.draft_id,
                request_id=ids[n],
                catalogue=source.catalogue,
                limits=part.deadlines,
                part={
                    "id": whole,
                    "place": n + 1,
                    "of": len(sources),
                    "after": [ids[one] for one in part.after],
                    "forward_by": worked_out.forward_by.isoformat(),
                    "limit_on": worked_out.limit_on.isoformat(),
                },
            )
            for n, (source, part) in enumerate(zip(sources, worked_out.parts, strict=True))
        ]

    def _commit(self, acts: Sequence[RegisterAct]) -> tuple[Registered, ...]:
        """All of them in one transaction, or none."""

        def commit() -> tuple[Registered, ...]:
            with self._desk.db.atomic():
                return tuple(registered(act, *act.commit()) for act in acts)

        return self._desk.with_ballast(commit)


def _ordered(
    stored: StoredBundle, services: Sequence[Service]
) -> list[tuple[Service, tuple[str, ...]]]:
    return [
        (service, tuple(stored.steps[place].service for place in one.after))
        for one, service in zip(stored.steps, services, strict=True)
    ]


def _person(applicant: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(fold(str(applicant.get(key) or "")) for key in _SAME_PERSON)
