"""Several services of one visit: a life situation step by step, a complex request as a whole.

They are two different things. In a life situation each service becomes a request of its own; a
complex request (210-ФЗ, ст. 15.1) is registered at once, all its services or none.
"""

from __future__ import annotations

from collections.abc import Sequence

from forms.names import full_name
from forms.situations import Situation
from mfc_desk.access.roles import Action
from mfc_desk.errors import UnknownBundle, UnknownDraft
from mfc_desk.intake.bundle_steps import SITUATION, Bundle, latest_of, step_of, visit_of
from mfc_desk.intake.complex_requests import ComplexRequests
from mfc_desk.intake.drafts import Draft
from mfc_desk.store import bundles, requests
from mfc_desk.store.bundles import COMPLEX, StoredBundle, StoredStep
from sync.clock import iso


class Bundles(ComplexRequests):
    """The use cases of taking several services at one visit."""

    def situations(self, text: str = "") -> tuple[Situation, ...]:
        """Return life situations whose words fit the typed ones; all of them without any."""
        self._desk.may(Action.INTAKE)
        return self._desk.catalogue.find_situations(text)

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
        visit = visit_of(desk, stored)
        steps = tuple(
            step_of(
                desk, one, situation, worked_out.parts[n].deadlines if worked_out else None, visit
            )
            for n, one in enumerate(stored.steps)
        )
        latest = latest_of(desk, stored)
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
        given = latest_of(desk, stored)
        return desk.intake.begin(step.service, given=given, step=(bundle_id, place))

    def answer(self, bundle_id: str, place: int, answer: bool | None) -> None:
        """Keep what the applicant answered to a step's question, None: not asked after all.

        Raises UnknownBundle.
        """
        desk = self._desk
        desk.may(Action.INTAKE)

        def note() -> None:
            with desk.db.atomic():
                if not bundles.answered(desk.db, bundle_id, place, answer):
                    raise UnknownBundle

        desk.with_ballast(note)

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
