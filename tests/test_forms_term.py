"""Terms by the production calendar."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.calendar import Calendar
from forms.catalogue import load
from forms.term import deadlines, term_text

CALENDAR = Calendar()
CATALOGUE = load()
VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "term_vectors.json").read_text("utf-8")
)


@pytest.mark.parametrize(
    "vector", VECTORS, ids=lambda vector: f"{vector['kind']} {vector['start']}"
)
def test_terms_end_as_executed_in_the_domain(vector: dict[str, Any]) -> None:
    """Every vector of the domain: transfers, working Saturdays, months and leap days."""
    due = CALENDAR.due(vector["n"], vector["kind"], date.fromisoformat(vector["start"]))

    assert due.isoformat() == vector["due"], vector["why"]


@pytest.mark.parametrize(("year", "days"), [(2024, 248), (2025, 247), (2026, 247)])
def test_years_have_their_official_number_of_working_days(year: int, days: int) -> None:
    """The totals of the published production calendars."""
    first = date(year, 1, 1)
    every = (first + timedelta(days=count) for count in range(366))

    assert sum(CALENDAR.is_working(day) for day in every if day.year == year) == days


@given(st.dates(date(2024, 1, 1), date(2026, 10, 1)), st.integers(1, 60))
def test_a_term_ends_on_a_working_day_and_holds_its_days(start: date, count: int) -> None:
    """Between the start and the end stand exactly the counted working days."""
    due = CALENDAR.add_working(start, count)
    between = (start + timedelta(days=step) for step in range(1, (due - start).days + 1))

    assert CALENDAR.is_working(due)
    assert sum(CALENDAR.is_working(day) for day in between) == count


def test_a_region_has_its_own_days() -> None:
    """A regional day off moves the end of a term, a day made working moves it back."""
    monday = date(2026, 11, 23)
    region = Calendar({monday: False})

    assert CALENDAR.add_working(date(2026, 11, 20), 1) == monday
    assert region.add_working(date(2026, 11, 20), 1) == date(2026, 11, 24)
    assert Calendar({date(2026, 11, 21): True}).is_working(date(2026, 11, 21))


def test_a_year_without_a_decree_is_provisional() -> None:
    """From the first unpublished year on the dates say that they may move."""
    service = CATALOGUE.service("soc-card")

    assert not CALENDAR.provisional(date(2026, 12, 31))
    assert CALENDAR.provisional(date(2027, 1, 1))
    late = deadlines(service, date(2026, 12, 25), CALENDAR)
    assert late.provisional
    assert "ещё не утверждён" in late.text


@pytest.mark.parametrize(
    ("slug", "starts", "authority", "office"),
    [
        ("payments-ref", "2026-11-21", "2026-11-23", "2026-11-23"),
        ("soc-card", "2026-11-23", "2026-12-07", "2026-12-07"),
        ("passport-rf", "2026-11-23", "2026-11-30", "2026-12-01"),
        ("egrn-info", "2026-11-23", "2026-11-26", "2026-11-27"),
    ],
)
def test_the_three_day_zeros_differ(slug: str, starts: str, authority: str, office: str) -> None:
    """Acceptance, registration at its latest and receipt by the authority begin apart."""
    found = deadlines(CATALOGUE.service(slug), date(2026, 11, 21), CALENDAR)

    assert [found.starts, found.authority_on, found.office_on] == [
        date.fromisoformat(day) for day in (starts, authority, office)
    ]
    assert f"не позднее {found.authority_on:%d.%m.%Y}" in found.text
    assert ("ориентировочная дата выдачи" in found.text) is (authority != office)


def test_term_is_named_in_good_russian() -> None:
    """One day, three days, fourteen days each take their own form."""
    texts = {slug: term_text(service.term) for slug, service in CATALOGUE.services.items()}

    unsure = " (требует проверки)"
    assert texts["payments-ref"] == "1 рабочий день со дня приёма в МФЦ" + unsure
    assert texts["egrn-info"] == "3 рабочих дня со дня поступления документов в орган" + unsure
    assert texts["soc-card"] == "14 календарных дней со дня регистрации запроса" + unsure


def test_a_term_to_be_checked_is_never_shown_as_certain() -> None:
    """With the time of the catalogue it says of when it is; a sure term says nothing of it."""
    service = CATALOGUE.service("soc-card")
    found = deadlines(service, date(2026, 11, 21), CALENDAR, CATALOGUE.as_of)
    sure = replace(service, term=replace(service.term, verify=""))

    assert found.text.endswith("(по состоянию на ноябрь 2026 года, требует проверки)")
    assert "проверки" not in deadlines(sure, date(2026, 11, 21), CALENDAR, CATALOGUE.as_of).text


def test_a_term_that_does_not_roll_ends_on_its_day() -> None:
    """Some acts do not move the end of a calendar term to a working day."""
    saturday = date(2026, 11, 21)

    assert CALENDAR.due(1, "calendar", date(2026, 11, 20), rolls=False) == saturday
    assert CALENDAR.due(1, "calendar", date(2026, 11, 20)) == date(2026, 11, 23)
