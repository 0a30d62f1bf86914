"""Several services at one visit: a life situation, and the complex request. Two different things.

A life situation is advice: services people in that situation need, with their order; each becomes
a request of its own. A complex request (210-ФЗ, ст. 15.1) is one request for several services:
the office acts for the applicant without a power of attorney, its worker signs the applications.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from forms.calendar import Calendar
from forms.spec import Service
from forms.term import Deadlines, deadlines

LEAST = 2
"""A complex request has two services or more (210-ФЗ, ст. 15.1, ч. 1)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One service of a situation. after: services whose results it needs; when: to whom it fits."""

    service: str
    after: tuple[str, ...] = ()
    optional: bool = False
    when: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """A life situation of the city: steps in the order they are done."""

    name: str
    title: str
    steps: tuple[Step, ...]
    keywords: tuple[str, ...] = ()
    verify: str = ""

    def step(self, service: str) -> Step | None:
        """Give the step of a service, or None when the situation has none."""
        return next((one for one in self.steps if one.service == service), None)


@dataclass(frozen=True, slots=True)
class ComplexRules:
    """What a complex request may not hold. excluded: slug -> why."""

    excluded: Mapping[str, str] = field(default_factory=dict)
    verify: str = ""

    def refusal(self, service: Service) -> str:
        """Give why a service cannot be part of a complex request, "" when it can."""
        if service.slug in self.excluded:
            return self.excluded[service.slug]
        if service.offline == "online-only":
            return "оказывается только сразу, при связи и в присутствии заявителя"
        if "representative" not in service.applicants:  # those by law come in person as well
            return "нужно личное присутствие: услугу не получают через представителя"
        return ""


@dataclass(frozen=True, slots=True)
class Planned:
    """One service of a plan. after: places (from 0) before it; parallel when there are none."""

    service: Service
    after: tuple[int, ...]
    deadlines: Deadlines

    @property
    def parallel(self) -> bool:
        """Whether it goes at once, on its own."""
        return not self.after


@dataclass(frozen=True, slots=True)
class Plan:
    """A complex request worked out. forward_by: the last day to hand it to the authorities;
    limit_on: the day all the results wait in the office at the latest.
    """

    parts: tuple[Planned, ...]
    forward_by: date
    limit_on: date


def order_of(
    chosen: Sequence[str], situations: Sequence[Situation]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Put services after those whose results they need, as the situations tell.

    Gives (service, services before it); order of choice is kept where nothing is told. An order
    two situations tell in opposite ways is taken from the first.
    """
    before: dict[str, list[str]] = {service: [] for service in chosen}
    for situation in situations:
        for step in situation.steps:
            if step.service not in before:
                continue
            for needed in step.after:
                if needed in before and not _leads(before, needed, step.service):
                    before[step.service].append(needed)
    ordered: list[str] = []
    while len(ordered) < len(before):
        ordered.append(
            next(
                one
                for one in before
                if one not in ordered and all(needed in ordered for needed in before[one])
            )
        )
    return tuple((one, tuple(dict.fromkeys(before[one]))) for one in ordered)


def _leads(before: Mapping[str, Sequence[str]], service: str, to: str) -> bool:
    """Tell whether a service already waits for another, directly or through others."""
    return service == to or any(_leads(before, one, to) for one in before[service])


def plan(
    ordered: Sequence[tuple[Service, tuple[str, ...]]],
    accepted_on: date,
    calendar: Calendar,
    registered_on: date | None = None,
    as_of: str = "",
) -> Plan:
    """Count the limits of a complex request accepted on a day of the office.

    The term of a sequential service begins when the results it needs have come to the office
    (210-ФЗ, ст. 15.1, ч. 8); the request is forwarded within one working day.
    """
    parts: list[Planned] = []
    place = {service.slug: number for number, (service, _) in enumerate(ordered)}
    for service, needs in ordered:
        after = tuple(sorted(place[one] for one in needs))
        if after:
            begins = max(parts[one].deadlines.office_on for one in after)
            found = deadlines(service, begins, calendar, as_of)
        else:
            found = deadlines(service, accepted_on, calendar, as_of, registered_on)
        parts.append(Planned(service, after, found))
    return Plan(
        parts=tuple(parts),
        forward_by=calendar.add_working(accepted_on, 1),
        limit_on=max(part.deadlines.office_on for part in parts),
    )
