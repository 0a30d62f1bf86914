"""Requests being typed: drafts that outlive a power cut, each under the catalogue it began with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from forms.names import short_name
from forms.spec import Service
from mfc_desk.access.roles import Action
from mfc_desk.errors import CatalogueChanged, UnknownDraft, UnknownService
from mfc_desk.store import bundles, drafts, requests
from sync.clock import from_iso, iso
from sync.failpoint import reach

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from mfc_desk.desk import Desk


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


class Drafts:
    """The use cases of what is being typed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def open(self, draft_id: str) -> Draft:
        """Open a draft under the version it was begun with. Raises UnknownDraft, CatalogueChanged.

        A draft whose version is neither in use nor kept here stays as it is; `carry_over` moves it.
        """
        draft = self._read(draft_id)
        self.catalogue_of(draft)
        return draft

    def accepted_on(self, draft: Draft) -> date | None:
        """Return the office's day of acceptance of the request a draft amends, or None."""
        stored = requests.by_id(self._desk.db, draft.amends) if draft.amends else None
        return from_iso(stored.accepted_at).astimezone(self._desk.zone).date() if stored else None

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

    def save(self, draft: Draft, step: tuple[str, int] | None = None) -> datetime:
        """Make the draft durable as it is and return when, in the office's zone.

        `step`: the bundle and the place in it that a new draft fills.
        """
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
                if step is not None:
                    reach("draft.untied")
                    bundles.draft_begun(self._desk.db, *step, draft.id)

        self._desk.with_ballast(put)
        return now.astimezone(self._desk.zone)

    def service(self, slug: object, catalogue: Catalogue | None = None) -> Service:
        """Return a service of a catalogue, the one in use by default. Raises UnknownService."""
        services = (catalogue or self._desk.catalogue).services
        service = services.get(slug) if isinstance(slug, str) else None
        if service is None:
            raise UnknownService
        return service


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
