"""What the applicant pays, by the tariff of the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from forms.condition import Facts as Lookup
from forms.doubt import AS_OF, doubt
from forms.facts import Facts
from forms.money import rubles
from forms.spec import Duty, Exemption, Service

EXEMPTION = "delivery.exemption"
"""Where a document names the exemption from the duty the applicant has."""


def duty_for(service: Service, record: Mapping[str, object], on: date) -> Duty | None:
    """Give the first line of the tariff that is in force and fits the answers, or None.

    A percentage comes back with its kopecks counted; kopecks None means the sum is to be asked. An
    exemption the record names and the line has changes the sum, and the line says which.
    """
    facts = Facts(service, record, on)
    line = line_for(service, facts, on)
    if line is None:
        return None
    one = _counted(line, facts) if line.percent else line
    whole, lessened = _multiplied(one, facts), _exempted(one, facts, on)
    if not lessened.exemption:
        return whole
    return replace(_multiplied(lessened, facts), full_kopecks=whole.kopecks)


def line_for(service: Service, facts: Lookup, on: date) -> Duty | None:
    """Give the line of the tariff itself, nothing counted."""
    for duty in service.duties:
        if duty.valid_on(on) and (duty.relevant is None or duty.relevant.holds(facts)):
            return duty
    return None


def exemptions(service: Service, facts: Lookup | None) -> tuple[Exemption, ...]:
    """Give who pays less by the line in force; by any line when the day is not known."""
    on = facts.fact("request.date") if facts is not None else None
    if facts is None or not isinstance(on, date):
        return tuple(dict.fromkeys(one for duty in service.duties for one in duty.exempt))
    line = line_for(service, facts, on)
    return tuple(one for one in line.exempt if one.valid_on(on)) if line is not None else ()


def duty_text(duty: Duty | None, as_of: str = "") -> str:
    """«300,00 ₽», «бесплатно», or that the sum is to be asked; what is unsure says so.

    With the time of the catalogue `as_of` every sum says of when it is, as on a paper.
    """
    if duty is None:
        return "бесплатно"
    if duty.kind == "free":
        return "бесплатно" + doubt(duty.verify, as_of)
    if duty.exemption and not duty.kopecks:
        return f"не платится: {duty.exemption}" + doubt(duty.verify, as_of)
    if duty.kopecks is None:
        name = "плата" if duty.kind == "fee" else "госпошлина"
        return f"{name}: сумму уточните в день приёма"
    told = f" ({AS_OF} {as_of})" if as_of else ""
    why = f", льгота: {duty.exemption}" if duty.exemption else ""
    return rubles(duty.kopecks) + why + (doubt(duty.verify, as_of) or told)


def of_snapshot(body: Mapping[str, object] | None) -> Duty | None:
    """Give the duty that a registered request keeps, for its text and what is paid by it."""
    if body is None:
        return None
    known = {field.name for field in fields(Duty)}
    return Duty(**{name: value for name, value in body.items() if name in known})  # type: ignore[arg-type]


def _exempted(duty: Duty, facts: Facts, on: date) -> Duty:
    chosen = facts.fact(EXEMPTION)
    for one in duty.exempt:
        if one.title == chosen and one.valid_on(on):
            less = one.kopecks if duty.kopecks is None else min(one.kopecks, duty.kopecks)
            return replace(duty, kopecks=less, exemption=one.title)
    return duty


def _counted(duty: Duty, facts: Facts) -> Duty:
    bases = [facts.fact(name) for name in (duty.of, duty.at_least_of) if name]
    known = [base for base in bases if isinstance(base, int)]
    if not known:
        return duty
    base = max(known)
    exact = Decimal(base) * Decimal(duty.percent)
    kopecks = max(int(exact.to_integral_value(ROUND_HALF_UP)), duty.min_kopecks)
    return replace(duty, kopecks=min(kopecks, duty.max_kopecks) if duty.max_kopecks else kopecks)


def _multiplied(duty: Duty, facts: Facts) -> Duty:
    """Take the sum as many times as there are documents, or as large a part as the share is."""
    by = facts.fact(duty.times) if duty.times else None
    if (
        duty.kopecks is None
        or not isinstance(by, int | Fraction)
        or isinstance(by, bool)
        or by <= 0
    ):
        return duty
    exact = Decimal(duty.kopecks * by.numerator) / by.denominator
    return replace(duty, kopecks=int(exact.to_integral_value(ROUND_HALF_UP)))
