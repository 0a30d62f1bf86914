"""Several services of one visit: a life situation step by step, a complex request as a whole.

They are two different things. In a life situation each service becomes a request of its own; a
complex request (210-ФЗ, ст. 15.1) is registered at once, all its services or none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from forms.names import fold, full_name
from forms.situations import LEAST, Plan, Situation, order_of, plan
from forms.term import Deadlines
from mfc_desk.carrying import request_document
from mfc_desk.drafts import Draft
from mfc_desk.errors import CatalogueChanged, ComplexRefused, UnknownBundle, UnknownDraft
from mfc_desk.intake import Registered, registered
from mfc_desk.roles import Action
from mfc_desk.services import ServiceRow, row_of
from mfc_desk.store import bundles, requests
from mfc_desk.store.bundles import COMPLEX, StoredBundle, StoredStep
from sync.clock import from_iso, iso

if TYPE_CHECKING:
    from forms.spec import Service
    from mfc_desk.desk import Desk
    from mfc_desk.registration import RegisterAct

SITUATION = "situation"
NEW, FILLING, READY, REGISTERED = "new", "filling", "ready", "registered"
_SAME_PERSON = ("kind", "surname", "name", "patronymic", "birth_date", "title", "inn")


@dataclass(frozen=True)
class BundleStep:
    """One service of a bundle; `row` is None when the catalogue has it no more.

    state: new | filling (with `problems` open ones) | ready | registered (with its `number`).
    `refusal` says why it cannot be part of a complex request; `limits` are those of a complex one.
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
        """Steps that are not registered."""
        return tuple(step for step in self.steps if step.state != REGISTERED)


class Bundles:
    """The use cases of taking several services at one visit."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def situations(self, text: str = "") -> tuple[Situation, ...]:
        """Return life situations whose words fit the typed ones; all of them without any."""
        self._desk.may(Action.INTAKE)
        return self._desk.catalogue.find_situations(text)

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

    def begin_situation(self, name: str) -> Bundle:
        """Begin a life situation: its services in order, each a request of its own."""
        desk = self._desk
        desk.may(Action.INTAKE)
        desk.require_room()
        situation = desk.catalogue.situation(name)
        if situation is None:
            raise UnknownBundle
        slugs = [step.service for step in situation.steps]
        return self._begin(
            SITUATION,
            name,
            [
                (step.service, tuple(slugs.index(one) for one in step.after))
                for step in situation.steps
            ],
        )

    def begin_complex(self, slugs: Sequence[str]) -> Bundle:
        """Begin a complex request of these services. Raises ComplexRefused."""
        self._desk.require_room()
        worked_out = self.plan(slugs)
        return self._begin(
            COMPLEX, "", [(part.service.slug, part.after) for part in worked_out.parts]
        )

    def unfinished(self, limit: int = 5) -> tuple[Bundle, ...]:
        """Return bundles that still have a draft, last begun first."""
        self._desk.may(Action.INTAKE)
        return tuple(self.get(one) for one in bundles.newest(self._desk.db, limit))

    def _begin(self, kind: str, name: str, steps: Sequence[tuple[str, tuple[int, ...]]]) -> Bundle:
        desk = self._desk
        stored = StoredBundle(
            id=desk.ids.next(),
            kind=kind,
            name=name,
            operator=desk.operator.login,
            begun_at=iso(desk.clock.now()),
            steps=tuple(StoredStep(n, slug, after) for n, (slug, after) in enumerate(steps)),
        )

        def put() -> None:
            with desk.db.atomic():
                bundles.sweep(desk.db)
                bundles.put(desk.db, stored)

        desk.with_ballast(put)
        return self.get(stored.id)

    def get(self, bundle_id: str) -> Bundle:
        """Return a bundle as it stands. Raises UnknownBundle."""
        desk = self._desk
        desk.may(Action.INTAKE)
        stored = self._stored(bundle_id)
        situation = desk.catalogue.situation(stored.name) if stored.kind == SITUATION else None
        worked_out = self._limits(stored)
        steps = tuple(
            self._step(one, situation, worked_out.parts[n].deadlines if worked_out else None)
            for n, one in enumerate(stored.steps)
        )
        latest = self._latest(stored)
        return Bundle(
            id=stored.id,
            kind=stored.kind,
            title=situation.title if situation else stored.name,
            steps=steps,
            applicant=full_name(latest.get("applicant") or {}) if latest else "",
            forward_by=worked_out.forward_by if worked_out else None,
            limit_on=worked_out.limit_on if worked_out else None,
            provisional=any(part.deadlines.provisional for part in worked_out.parts)
            if worked_out
            else False,
        )

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

    def _step(
        self, stored: StoredStep, situation: Situation | None, limits: Deadlines | None
    ) -> BundleStep:
        desk = self._desk
        service = desk.catalogue.services.get(stored.service)
        told = situation.step(stored.service) if situation else None
        state, problems, draft_id, number = NEW, 0, None, None
        if stored.request_id:
            found = requests.by_id(desk.db, stored.request_id)
            state, number = REGISTERED, found.number if found else None
        elif stored.draft_id and (draft := self._draft_of(stored)) is not None:
            draft_id = draft.id
            checked = desk.intake.check(draft)
            problems = len(checked.errors) + len(checked.open_warnings)
            state = READY if checked.ok else FILLING
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
            refusal=self.refusal(stored.service) if service else "",
            limits=limits,
        )

    def _draft_of(self, stored: StoredStep) -> Draft | None:
        """The draft of a step as it can be opened now, or None."""
        try:
            return self._desk.intake.open(stored.draft_id) if stored.draft_id else None
        except (UnknownDraft, CatalogueChanged):
            return None

    def draft(self, bundle_id: str, place: int) -> Draft:
        """Open the draft of a step, or begin it with what this visit has given already.

        Applicant, representative, delivery and papers are carried over from the step saved last.
        Raises UnknownBundle, UnknownService, CatalogueChanged, DiskAlmostFull.
        """
        desk = self._desk
        stored = self._stored(bundle_id)
        step = next((one for one in stored.steps if one.place == place), None)
        if step is None or step.request_id:
            raise UnknownBundle("Эта услуга уже принята. Откройте её карточку через поиск.")
        if step.draft_id:
            try:
                return desk.intake.open(step.draft_id)
            except UnknownDraft:
                pass  # thrown away since: begin anew
        given = self._latest(stored)
        draft = desk.intake.begin(step.service, given=given)
        with desk.db.atomic():
            bundles.draft_begun(desk.db, bundle_id, place, draft.id)
        return draft

    def _latest(self, stored: StoredBundle) -> dict[str, Any] | None:
        """The document of this bundle that was saved last and has an applicant, or None."""
        desk = self._desk
        found: list[dict[str, Any]] = []
        for one in stored.steps:
            if one.request_id and (request := requests.by_id(desk.db, one.request_id)):
                found.append(request_document(request))
            elif (draft := self._draft_of(one)) is not None:
                found.append(draft.document)
        return next((one for one in reversed(found) if full_name(one.get("applicant") or {})), None)

    def of_draft(self, draft_id: str) -> tuple[str, str] | None:
        """Return (id, kind) of the bundle a draft belongs to, or None."""
        return bundles.of_draft(self._desk.db, draft_id)

    def of_request(self, request_id: str) -> Bundle | None:
        """Return the bundle a request was taken in at this desk, or None."""
        found = bundles.of_request(self._desk.db, request_id)
        return self.get(found) if found else None

    def beside(self, request_id: str) -> tuple[str, ...]:
        """Return numbers of the requests of one complex request, this one among them."""
        self._desk.may(Action.FIND)
        parts = bundles.parts_beside(self._desk.db, request_id)
        found = (requests.by_id(self._desk.db, one) for _, _, one in parts)
        return tuple(one.number for one in found if one is not None)

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
        acts = self._acts(stored, drafts)

        def commit() -> tuple[Registered, ...]:
            with desk.db.atomic():
                return tuple(registered(act, *act.commit()) for act in acts)

        return desk.with_ballast(commit)

    def _filled(self, stored: StoredBundle) -> list[Draft]:
        """The drafts of all services, or ComplexRefused with what is missing in which."""
        if any(step.request_id for step in stored.steps):
            raise ComplexRefused("Этот комплексный запрос уже зарегистрирован.")
        self.plan([step.service for step in stored.steps])
        missing: list[str] = []
        drafts: list[Draft] = []
        for step in stored.steps:
            short = self._desk.catalogue.service(step.service).short
            draft = self._draft_of(step)
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

    def _acts(self, stored: StoredBundle, drafts: Sequence[Draft]) -> list[RegisterAct]:
        desk = self._desk
        editions = [desk.intake.catalogue_of(draft) for draft in drafts]
        services = [desk.intake.service_of(draft) for draft in drafts]
        worked_out = self._plan(_ordered(stored, services), desk.centre_now())
        ids = [desk.ids.next() for _ in drafts]
        acts = []
        for n, (draft, part) in enumerate(zip(drafts, worked_out.parts, strict=True)):
            acts.append(
                desk.intake.prepare(
                    part.service,
                    desk.intake.check(draft).record,
                    draft_id=draft.id,
                    request_id=ids[n],
                    catalogue=editions[n],
                    limits=part.deadlines,
                    part={
                        "id": stored.id,
                        "place": n + 1,
                        "of": len(drafts),
                        "after": [ids[one] for one in part.after],
                        "forward_by": worked_out.forward_by.isoformat(),
                        "limit_on": worked_out.limit_on.isoformat(),
                    },
                )
            )
        return acts


def _ordered(
    stored: StoredBundle, services: Sequence[Service]
) -> list[tuple[Service, tuple[str, ...]]]:
    return [
        (service, tuple(stored.steps[place].service for place in one.after))
        for one, service in zip(stored.steps, services, strict=True)
    ]


def _person(applicant: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(fold(str(applicant.get(key) or "")) for key in _SAME_PERSON)
