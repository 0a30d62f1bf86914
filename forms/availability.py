"""Whether a service can be taken in this office and now: said before the applicant sits down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from forms.office import Office
from forms.spec import Service

OFFLINE = "офлайн"
DEFERRED = "отложенно"
NEEDS_LINK = "нужна связь"
FLAGSHIP_ONLY = "только флагман"
BY_APPOINTMENT = "по записи"
NOT_HERE = "не в этом офисе"
NOT_NOW = "не действует"

Way = Literal["begin", "ask", "wait", "refer", "none"]
_FLAGSHIP = "flagship"


@dataclass(frozen=True, slots=True)
class OfficeKind:
    """A kind of office of offices.toml. only: the services it takes, all when empty; excluded:
    slug -> why it takes it not, though the service's file would let it.
    """

    name: str
    title: str
    place: str
    only: tuple[str, ...] = ()
    excluded: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Availability:
    """label: one of the seven words above. way: what the specialist may do about it.

    begin: take it; ask: take it after a question; wait: put on the waiting list; refer: send to
    an office of `places`; none: nothing can be done, `why` says it.
    """

    label: str
    why: str
    way: Way
    places: tuple[str, ...] = ()


def availability(
    service: Service, office: Office, kinds: Mapping[str, OfficeKind], today: date
) -> Availability:
    """Tell whether a service can be taken in an office on a day, and what to do when it cannot."""
    if not service.valid_on(today):
        return Availability(NOT_NOW, _when(service, today), "none")
    places = _places(service, kinds)
    why = _why_not_here(service, office, kinds)
    if why:
        only_flagship = set(_taking(service, kinds)) == {_FLAGSHIP}
        return Availability(FLAGSHIP_ONLY if only_flagship else NOT_HERE, why, "refer", places)
    if service.offline == "online-only":
        return Availability(NEEDS_LINK, service.offline_why, "wait", places)
    if service.appointment:
        return Availability(BY_APPOINTMENT, "Приём по предварительной записи.", "ask", places)
    if service.offline == "deferred":
        return Availability(DEFERRED, service.offline_why, "begin", places)
    return Availability(OFFLINE, "", "begin", places)


def _when(service: Service, today: date) -> str:
    if service.valid_from is not None and today < service.valid_from:
        return f"Услугу оказывают с {service.valid_from:%d.%m.%Y}."
    return f"Услугу оказывали по {service.valid_to:%d.%m.%Y}."


def _taking(service: Service, kinds: Mapping[str, OfficeKind]) -> list[str]:
    return [name for name in service.offices if not _kind_refuses(service, kinds.get(name))]


def _places(service: Service, kinds: Mapping[str, OfficeKind]) -> tuple[str, ...]:
    """Name where the service is taken, «в районном офисе»."""
    return tuple(kinds[name].place for name in _taking(service, kinds) if name in kinds)


def _kind_refuses(service: Service, kind: OfficeKind | None) -> str:
    if kind is None:
        return ""
    if kind.only and service.slug not in kind.only:
        return f"{kind.title[:1].upper()}{kind.title[1:]} эту услугу не принимает."
    return (kind.excluded or {}).get(service.slug, "")


def _why_not_here(service: Service, office: Office, kinds: Mapping[str, OfficeKind]) -> str:
    if office.kind not in service.offices:
        if service.offices == (_FLAGSHIP,):
            return "Услугу оказывают только во флагманском офисе."
        return "В офисах этого вида услугу не принимают."
    if why := _kind_refuses(service, kinds.get(office.kind)):
        return why
    if office.services and service.slug not in office.services:
        return "В перечне услуг этого офиса её нет."
    return ""
