"""What the law says of an applicant's age, identity document and representative."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from forms.ages import age_on
from forms.facts import at_path
from forms.kinds.dates import Day
from forms.kinds.identity import blank_year
from forms.problem import Problem
from forms.spec import Field, Service

PASSPORT = "passport-rf"
_FIRST_PASSPORT, _EXCHANGES, _GRACE_DAYS = 14, (20, 45), 90
_OWN_HAND, _OLDEST = 14, 115
_ID = "Документ, удостоверяющий личность"
_BY_POWER = "power"
_DAY = Day(Field("", "", "date"))
_POWER = "Документ о полномочиях"


def birthday(birth: date, years: int) -> date:
    """Give the day one turns `years`; 29 February moves to 1 March in a common year."""
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:
        return date(birth.year + years, 3, 1)


def passport_good_until(birth: date, issued: date) -> date | None:
    """Give the last day a Russian passport proves identity; None: for life (ПП 2267, 90 days)."""
    for years in _EXCHANGES:
        turns = birthday(birth, years)
        if issued < turns:
            return turns + timedelta(days=_GRACE_DAYS)
    return None


def power_good_until(issued: date, until: date | None) -> date:
    """Give the last day of a power of attorney: one year when no term is named (ГК, ст. 186)."""
    if until is not None:
        return until
    last = calendar.monthrange(issued.year + 1, issued.month)[1]
    return issued.replace(year=issued.year + 1, day=min(issued.day, last))


@dataclass(frozen=True, slots=True)
class Power:
    """How long a representative may act: last day included, None without an end.

    named: whether the paper names the term itself. A power of attorney without its date of issue is
    void (ГК, ст. 186).
    """

    last: date | None
    named: bool = True
    void: bool = False

    def on(self, day: date) -> bool:
        """Tell whether one may act by it on a day."""
        return not self.void and (self.last is None or day <= self.last)


def power_of(representative: Mapping[str, object]) -> Power:
    """Give the term of the power a representative's block names, as typed or of a record."""
    issued = _day(at_path(representative, "power.issued"))
    until = _day(at_path(representative, "power.until"))
    if representative.get("kind") != _BY_POWER:
        return Power(until)
    if issued is None:
        return Power(None, void=True)
    return Power(power_good_until(issued, until), named=until is not None)


def _day(typed: object) -> date | None:
    try:
        return _DAY.read(typed) if typed else None
    except ValueError:
        return None


def check_persons(
    service: Service,
    document: Mapping[str, object],
    values: Mapping[str, object],
    today: date,
) -> Iterator[Problem]:
    """Name what does not fit between dates, documents, ages and powers."""
    represented = document.get("representative") is not None
    organisation = values.get("applicant.kind") == "organisation"
    yield from _representation(service, represented, organisation, values)
    if not organisation:
        yield from _identity(service, "applicant", values, today)
        yield from _ages(service, represented, values, today)
    if represented:
        yield from _identity(service, "representative", values, today)
        yield from _power(values, today)


def _representation(
    service: Service, represented: bool, organisation: bool, values: Mapping[str, object]
) -> Iterator[Problem]:
    label = "Представитель"
    by_anyone = "representative" in service.applicants
    if not represented:
        if organisation:
            text = "от организации обращается её представитель. Заполните раздел «Представитель»"
            yield Problem("representative", label, "error", "representative.required", text)
        return
    if not by_anyone and "legal-representative" not in service.applicants:
        text = "услуга оказывается только лично. Уберите представителя"
        yield Problem("representative", label, "error", "representative.not-allowed", text)
    elif not by_anyone and values.get("representative.kind") not in (None, "law"):
        text = "здесь действует только законный представитель: родитель, опекун, попечитель"
        yield Problem("representative.kind", label, "error", "representative.not-allowed", text)


def _ages(
    service: Service, represented: bool, values: Mapping[str, object], today: date
) -> Iterator[Problem]:
    birth = values.get("applicant.birth_date")
    if not isinstance(birth, date) or birth > today:
        return
    path, label, age = "applicant.birth_date", "Дата рождения", age_on(birth, today)
    if age < service.min_age:
        text = f"услуга оказывается с {service.min_age} лет, заявителю {age}"
        yield Problem(path, label, "error", "age", text)
    elif age < _OWN_HAND and not represented:
        text = f"заявителю {age}: до {_OWN_HAND} лет обращается законный представитель"
        yield Problem(path, label, "error", "age", text)
    if age > _OLDEST:
        yield Problem(path, label, "warning", "age", f"заявителю {age} лет. Проверьте дату")


def _identity(
    service: Service,
    holder: str,
    values: Mapping[str, object],
    today: date,
) -> Iterator[Problem]:
    kind = values.get(f"{holder}.id_document.kind")
    birth, issued = values.get(f"{holder}.birth_date"), values.get(f"{holder}.id_document.issued")
    path, label = f"{holder}.id_document.issued", f"{_ID}, дата выдачи"
    series = values.get(f"{holder}.id_document.series")
    printed = 0
    if kind == PASSPORT and isinstance(series, str) and series[2:].isdecimal():
        printed = blank_year(series)  # letters there are a problem of the field's own
    if printed > today.year:
        text = f"по серии бланк напечатан в {printed} году, он ещё не наступил"
        yield Problem(f"{holder}.id_document.series", "Серия", "warning", "identity.series", text)
    if not (isinstance(birth, date) and isinstance(issued, date)):
        return
    if issued < birth:
        text = "документ выдан раньше дня рождения. Проверьте обе даты"
        yield Problem(path, label, "error", "identity.before-birth", text)
    elif kind == PASSPORT and issued < birthday(birth, _FIRST_PASSPORT):
        text = f"паспорт выдаётся с {_FIRST_PASSPORT} лет. Проверьте дату рождения и дату выдачи"
        yield Problem(path, label, "error", "identity.before-age", text)
    elif kind == PASSPORT:
        until = passport_good_until(birth, issued)
        if until is not None and until < today:
            severity = "error" if holder == "representative" else service.expired_identity
            text = (
                f"паспорт действовал до {until:%d.%m.%Y} и личность больше не удостоверяет: "
                "замена в 20 и 45 лет, 90 дней после дня рождения"
            )
            yield Problem(path, label, severity, "identity.expired", text)


def _power(values: Mapping[str, object], today: date) -> Iterator[Problem]:
    issued, until = (
        values.get("representative.power.issued"),
        values.get("representative.power.until"),
    )
    end = until if isinstance(until, date) else None
    if isinstance(issued, date) and end is not None and end < issued:
        text = "срок кончается раньше дня выдачи. Проверьте обе даты"
        yield Problem("representative.power.until", _POWER, "error", "power.dates", text)
        return
    if values.get("representative.kind") != _BY_POWER:
        if end is not None and end < today:
            text = f"полномочие действовало до {end:%d.%m.%Y} и кончилось"
            yield Problem("representative.power.until", _POWER, "error", "power.expired", text)
        return
    if not isinstance(issued, date):
        return  # named already: a power without its date is void (ГК, ст. 186)
    last = power_good_until(issued, end)
    if last < today:
        why = "" if end is not None else ": срок не назван, она действует один год"
        text = f"доверенность действовала до {last:%d.%m.%Y}{why}. Нужна новая"
        path = "representative.power.until" if end is not None else "representative.power.issued"
        yield Problem(path, _POWER, "error", "power.expired", text)
