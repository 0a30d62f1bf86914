"""What the applicant pays, by the tariff of the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from forms.doubt import AS_OF, doubt
from forms.facts import Facts
from forms.money import rubles
from forms.spec import Duty, Service


def duty_for(service: Service, record: Mapping[str, object], on: date) -> Duty | None:
    """Give the first line of the tariff that is in force and fits the answers, or None.

    A percentage comes back with its kopecks counted; kopecks None means the sum is to be asked.
    """
    facts = Facts(service, record, on)
    for duty in service.duties:
        if duty.valid_on(on) and (duty.relevant is None or duty.relevant.holds(facts)):
            return _multiplied(_counted(duty, facts) if duty.percent else duty, facts)
    return None


def duty_text(duty: Duty | None, as_of: str = "") -> str:
    """«300,00 ₽», «бесплатно», or that the sum is to be asked; what is unsure says so.

    With the time of the catalogue `as_of` every sum says of when it is, as on a paper.
    """
    if duty is None:
        return "бесплатно"
    if duty.kind == "free":
        return "бесплатно" + doubt(duty.verify, as_of)
    if duty.kopecks is None:
        name = "плата" if duty.kind == "fee" else "госпошлина"
        return f"{name}: сумму уточните в день приёма"
    told = f" ({AS_OF} {as_of})" if as_of else ""
    return rubles(duty.kopecks) + (doubt(duty.verify, as_of) or told)


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
