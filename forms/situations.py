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
from forms.condition import Clause, Condition, Facts
from forms.spec import Service
from forms.term import Deadlines, deadlines

OFFICE, PEOPLE = "office", ("applicant", "representative")
OFFICE_FACTS = ("kind", "region")
COMPUTED = ("applicant.age", "representative")
LEAST = 2
"""A complex request has two services or more (210-ФЗ, ст. 15.1, ч. 1)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One service of a situation. after: services whose results it needs; when: to whom it fits.

    relevant says the same as when for a machine, as far as it can be told from what is known; ask
    is a question of the specialist about the rest: «да» means that the step fits.
    """

    service: str
    after: tuple[str, ...] = ()
    optional: bool = False
    when: str = ""
    relevant: Condition | None = None
    ask: str = ""

    @property
    def question(self) -> str:
        """What to ask the applicant; empty where the step belongs to the situation as it is."""
        if self.ask or not (self.when or self.optional):
            return self.ask
        return f"{self.when[:1].upper()}{self.when[1:]}?" if self.when else "Нужна эта услуга?"


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


class Visit:
    """What is known of a visit: the applicant, the office, and the answers of its services.

    Names: applicant.… and representative.… as in a form, office.kind and office.region,
    «SLUG.field» an answer of one of its services.
    """

    def __init__(
        self,
        answers: Mapping[str, Facts],
        person: Facts | None,
        office: Mapping[str, str],
    ) -> None:
        self._answers = answers
        self._person = person
        self._office = office

    def knows(self, name: str) -> bool:
        """Tell whether who or what a name speaks of is here: nothing given is told from unknown."""
        holder = name.partition(".")[0]
        if holder == OFFICE:
            return True
        return self._person is not None if holder in PEOPLE else holder in self._answers

    def fact(self, name: str) -> object:
        """Give the value under a name, or None."""
        holder, _, rest = name.partition(".")
        if holder == OFFICE:
            return self._office.get(rest)
        if holder in PEOPLE:
            return self._person.fact(name) if self._person is not None else None
        known = self._answers.get(holder)
        return known.fact(rest) if known is not None else None


def fits(step: Step, visit: Visit) -> bool | None:
    """Tell whether a step is for this applicant; None while too little is known, or nobody can."""
    if step.relevant is None:
        return None
    return _any([_all([_told(test, visit) for test in table]) for table in step.relevant.any_of])


def unfit(service: Service, visit: Visit) -> str:
    """Say why the service itself is not for this applicant, "" when it is or nobody is known."""
    kind, age = visit.fact("applicant.kind"), visit.fact("applicant.age")
    if visit.fact("applicant.birth_date") is None and kind != "organisation":
        return ""
    if isinstance(kind, str) and kind not in service.kinds:
        return "не для этого вида заявителя"
    if isinstance(age, int) and kind != "organisation" and age < service.min_age:
        return f"с {service.min_age} лет, заявителю {age}"
    return ""


def _told(test: Clause, visit: Visit) -> bool | None:
    if visit.fact(test.name) is None and (test.operator != "given" or not visit.knows(test.name)):
        return None
    return test.holds(visit)


def _all(told: Sequence[bool | None]) -> bool | None:
    return False if False in told else None if None in told else True


def _any(told: Sequence[bool | None]) -> bool | None:
    return True if True in told else None if None in told else False


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
