"""What can be taken in this office and now: said before the applicant sits down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forms.duty import duty_text
from forms.office import Office
from forms.spec import Duty, Service
from forms.term import term_text
from mfc_desk.store import requests

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

OFFLINE = "офлайн"
DEFERRED = "отложенно"
NEEDS_LINK = "нужна связь"
FLAGSHIP_ONLY = "только флагман"
BY_APPOINTMENT = "по записи"
NOT_HERE = "не в этом офисе"
_OFFLINE = {"full": OFFLINE, "deferred": DEFERRED, "online-only": NEEDS_LINK}


@dataclass(frozen=True)
class ServiceRow:
    """A line to choose a service by; `why` explains an availability other than «офлайн»."""

    slug: str
    title: str
    short: str
    authority: str
    term_text: str
    duty_text: str
    availability: str
    why: str


def service_rows(desk: Desk, text: str) -> tuple[ServiceRow, ...]:
    """Return services found by words, the closest first; most used on this desk without words."""
    found = desk.catalogue.search(text)
    if not text.strip():
        used = {slug: place for place, slug in enumerate(requests.services_by_use(desk.db))}
        found.sort(key=lambda service: used.get(service.slug, len(used)))
    return tuple(row_of(service, desk.office) for service in found)


def row_of(service: Service, office: Office) -> ServiceRow:
    """Return the line of one service in one office."""
    availability, why = _availability(service, office)
    return ServiceRow(
        slug=service.slug,
        title=service.title,
        short=service.short,
        authority=service.authority,
        term_text=term_text(service.term),
        duty_text=sums_text(service.duties),
        availability=availability,
        why=why,
    )


def _availability(service: Service, office: Office) -> tuple[str, str]:
    if office.kind not in service.offices:
        if service.offices == ("flagship",):
            return FLAGSHIP_ONLY, "Услугу оказывают только во флагманском офисе."
        return NOT_HERE, "В офисах этого вида услугу не принимают."
    if service.appointment:
        return BY_APPOINTMENT, "Приём по предварительной записи."
    return _OFFLINE[service.offline], service.offline_why


def sums_text(duties: tuple[Duty, ...]) -> str:
    """Return the one sum, the span of sums with «от», or that there is one to be asked."""
    texts = list(dict.fromkeys(duty_text(duty) for duty in duties))
    if len(texts) <= 1:
        return texts[0] if texts else "бесплатно"
    sums = [duty for duty in duties if duty.kopecks is not None and duty.kind != "free"]
    if not sums:  # free for some, a sum nobody knows yet for the rest: never shown as free
        return next(duty_text(duty) for duty in duties if duty.kind != "free")
    lowest = min(sums, key=lambda duty: duty.kopecks or 0)
    return f"от {duty_text(lowest)}"
