"""When an applicant may expect the result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from forms.calendar import Calendar
from forms.doubt import doubt
from forms.spec import Service, Term

_STARTS = {
    "mfc-acceptance": "со дня приёма в МФЦ",
    "registration": "со дня регистрации запроса",
    "authority-receipt": "со дня поступления документов в орган",
}
_UNITS = {
    "working": ("рабочий день", "рабочих дня", "рабочих дней"),
    "calendar": ("календарный день", "календарных дня", "календарных дней"),
    "month": ("месяц", "месяца", "месяцев"),
}
_AT_ONCE = {
    "mfc-acceptance": "в день приёма в МФЦ",
    "registration": "в день регистрации запроса",
    "authority-receipt": "в день поступления документов в орган",
}
_TEENS = range(11, 15)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Last days: the authority's, and the day the result waits in the office.

    starts: the latest day zero. text: as printed. provisional: the production calendar of one of
    the days is not published yet, the dates may move.
    """

    authority_on: date
    office_on: date
    starts: date
    text: str
    provisional: bool


def term_text(term: Term, as_of: str = "") -> str:
    """«5 рабочих дней со дня поступления документов в орган»; what is unsure says so."""
    if term.days == 0:
        return f"{_AT_ONCE[term.starts]}{doubt(term.verify, as_of)}"
    counted = _counted(term.days, _UNITS[term.unit])
    return f"{counted} {_STARTS[term.starts]}{doubt(term.verify, as_of)}"


def deadlines(
    service: Service,
    accepted_on: date,
    calendar: Calendar,
    as_of: str = "",
    registered_on: date | None = None,
) -> Deadlines:
    """Count the deadlines of a request accepted on a day of the office's own time.

    Registration is counted at its latest: `registered_on`, the end of the office's next working
    day, without it the next day of the calendar that works; a paper reaches the authority
    transfer_days working days after acceptance, and the result needs the same way back. `as_of` is
    the time of the catalogue, told beside a term that is to be checked.
    """
    term = service.term
    legs = {"mfc-acceptance": 0, "registration": 1, "authority-receipt": term.transfer_days}
    if term.starts == "registration" and registered_on is not None:
        starts = registered_on
    else:
        starts = calendar.add_working(accepted_on, legs[term.starts])
    authority_on = calendar.due(term.days, term.unit, starts, rolls=term.rolls)
    office_on = calendar.add_working(authority_on, term.transfer_days)
    text = f"не позднее {_day(authority_on)}: {term_text(term, as_of)}"
    if office_on != authority_on:
        text += f"; ориентировочная дата выдачи в МФЦ {_day(office_on)}"
    provisional = calendar.provisional(office_on)
    if provisional:
        text += (
            f" (предварительно: производственный календарь на {office_on.year} год ещё не "
            "утверждён, дата может сдвинуться)"
        )
    return Deadlines(authority_on, office_on, starts, text, provisional)


def _counted(count: int, forms: tuple[str, str, str]) -> str:
    """Put a Russian noun after its number."""
    one, few, many = forms
    if count % 100 in _TEENS:
        return f"{count} {many}"
    return f"{count} {({1: one, 2: few, 3: few, 4: few}).get(count % 10, many)}"


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"
