"""What can be taken in this office and now: said before the applicant sits down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forms.availability import Availability, availability
from forms.duty import duty_text
from forms.problem import Problem
from forms.spec import Duty, Service
from forms.term import term_text
from mfc_desk.store import requests

if TYPE_CHECKING:
    from datetime import date

    from mfc_desk.desk import Desk


@dataclass(frozen=True)
class ServiceRow:
    """A line to choose a service by; `why` explains an availability other than «офлайн».

    `way` is what the specialist may do: begin | ask | wait | refer | none; `places` name where the
    service is taken.
    """

    slug: str
    title: str
    short: str
    authority: str
    term_text: str
    duty_text: str
    availability: str
    why: str
    way: str = "begin"
    places: tuple[str, ...] = ()


def service_rows(desk: Desk, text: str) -> tuple[ServiceRow, ...]:
    """Return services found by words, the closest first; most used on this desk without words."""
    used = requests.services_by_use(desk.db)
    return tuple(row_of(desk, service) for service in desk.catalogue.search(text, used))


def row_of(desk: Desk, service: Service) -> ServiceRow:
    """Return the line of one service in this office."""
    found = availability_of(desk, service)
    return ServiceRow(
        slug=service.slug,
        title=service.title,
        short=service.short,
        authority=service.authority,
        term_text=term_text(service.term),
        duty_text=sums_text(service.duties, desk.centre_now().astimezone(desk.zone).date()),
        availability=found.label,
        why=found.why,
        way=found.way,
        places=found.places,
    )


def availability_of(desk: Desk, service: Service) -> Availability:
    """Tell whether this office takes a service today, and what can be done when it does not."""
    today = desk.centre_now().astimezone(desk.zone).date()
    return availability(service, desk.office, desk.catalogue.office_kinds, today)


def not_taken(desk: Desk, service: Service) -> tuple[Problem, ...]:
    """Tell why a request of a service may not be registered here and now, and the way on.

    What another office takes is refused. What needs a link that nobody has seen is a warning:
    whoever has the other system open says so, and it is kept.
    """
    found = availability_of(desk, service)
    why = found.why.strip().rstrip(".")
    if found.way == "refer":
        where = f"Принимают: {', '.join(found.places)}. " if found.places else ""
        text = f"{why}. {where}Дайте направление или внесите заявителя в лист ожидания"
        return (Problem("service", "Услуга", "error", "service.not-here", text),)
    if found.way == "wait" and not desk.exchange.view().online:
        text = (
            f"{found.label}: {why}. Внесите заявителя в лист ожидания, а если связь есть и "
            "обращение уже внесено в систему ведомства, оставьте с причиной"
        )
        return (Problem("service", "Услуга", "warning", "service.needs-link", text),)
    return ()


def sums_text(tariff: tuple[Duty, ...], on: date) -> str:
    """Return the one sum of a day, the span of sums with «от», or that one is to be asked.

    Lines of the tariff that are over, or have not begun, are not told as what is paid.
    """
    duties = tuple(duty for duty in tariff if duty.valid_on(on))
    texts = list(dict.fromkeys(duty_text(duty) for duty in duties))
    if len(texts) <= 1:
        return texts[0] if texts else "бесплатно"
    sums = [duty for duty in duties if duty.kopecks is not None and duty.kind != "free"]
    if not sums:  # free for some, a sum nobody knows yet for the rest: never shown as free
        return next(duty_text(duty) for duty in duties if duty.kind != "free")
    lowest = min(sums, key=lambda duty: duty.kopecks or 0)
    return f"от {duty_text(lowest)}"
