"""Terms by the production calendar."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.calendar import Calendar
from forms.catalogue import PACKAGED, CatalogueError, load
from forms.term import deadlines, term_text

CALENDAR = Calendar()
CATALOGUE = load()
VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "term_vectors.json").read_text("utf-8")
)
DECREES: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "production_calendar.json").read_text("utf-8")
)


@pytest.mark.parametrize(
    "vector", VECTORS, ids=lambda vector: f"{vector['kind']} {vector['start']}"
)
def test_terms_end_as_executed_in_the_domain(vector: dict[str, Any]) -> None:
    """Every vector of the domain: transfers, working Saturdays, months and leap days."""
    due = CALENDAR.due(vector["n"], vector["kind"], date.fromisoformat(vector["start"]))

    assert due.isoformat() == vector["due"], vector["why"]


def every_day(year: int) -> list[date]:
    """All days of a year."""
    every = (date(year, 1, 1) + timedelta(days=count) for count in range(366))
    return [day for day in every if day.year == year]


@pytest.mark.parametrize(("year", "days"), [(2024, 248), (2025, 247), (2026, 247)])
def test_years_have_their_official_number_of_working_days(year: int, days: int) -> None:
    """The totals of the published production calendars."""
    assert sum(CALENDAR.is_working(day) for day in every_day(year)) == days


@pytest.mark.parametrize("year", ["2024", "2025", "2026"])
def test_every_day_is_that_of_the_government_decree(year: str) -> None:
    """Day by day against the decrees № 1314, 1335 and 1466, kept apart from the library."""
    decree = DECREES[year]

    for day in every_day(int(year)):
        ordinary = day.weekday() < 5 and day.isoformat() not in decree["days_off"]
        works = ordinary or day.isoformat() in decree["working_weekends"]
        assert CALENDAR.is_working(day) is works, day


@pytest.mark.parametrize(
    ("off", "works"),
    [
        (
            "2024-04-29 2024-04-30 2024-05-10 2024-12-30 2024-12-31",
            "2024-04-27 2024-11-02 2024-12-28",
        ),
        ("2025-05-02 2025-05-08 2025-06-13 2025-11-03 2025-12-31", "2025-11-01 2025-03-10"),
        ("2026-01-09 2026-03-09 2026-05-11 2026-12-31", "2026-05-12"),
    ],
)
def test_transfers_are_those_of_the_domain(off: str, works: str) -> None:
    """Days moved by a decree, as domain.md, 2.5 lists them."""
    assert [day for day in off.split() if CALENDAR.is_working(date.fromisoformat(day))] == []
    assert all(CALENDAR.is_working(date.fromisoformat(day)) for day in works.split())


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
    assert "(предварительно: производственный календарь на 2027 год ещё не утверждён" in late.text


def test_registration_counts_from_the_offices_own_day() -> None:
    """An office that works on Saturday registers a Friday's request then; the term begins there."""
    friday, saturday = date(2026, 11, 20), date(2026, 11, 21)
    service = CATALOGUE.service("soc-card")

    assert deadlines(service, friday, CALENDAR).starts == date(2026, 11, 23)
    found = deadlines(service, friday, CALENDAR, registered_on=saturday)
    assert (found.starts, found.authority_on) == (saturday, date(2026, 12, 7))
    receipt = CATALOGUE.service("passport-rf")  # its term begins in the authority
    assert deadlines(receipt, friday, CALENDAR, registered_on=saturday) == deadlines(
        receipt, friday, CALENDAR
    )


def test_a_region_and_a_new_year_come_as_data(tmp_path: Path) -> None:
    """calendar.toml of a folder: a year whose decree is out is certain, a region has its days."""
    folder = Path(shutil.copytree(PACKAGED, tmp_path / "catalogue"))
    off = ", ".join(DECREES["2027"]["days_off"])
    working = ", ".join(DECREES["2027"]["working_weekends"])
    with (folder / "calendar.toml").open("a", encoding="utf-8") as file:
        file.write('[[year]]\nyear = 2027\nbasis = "постановление"\n')
        file.write(f"days_off = [{off}]\nworking = [{working}]\n")
    catalogue = load(folder)
    updated = catalogue.calendar("Республика Татарстан")

    assert sum(updated.is_working(day) for day in every_day(2027)) == 247
    assert updated.is_working(date(2027, 2, 20))
    assert not updated.provisional(date(2027, 6, 1))
    assert updated.provisional(date(2028, 1, 1))
    assert not updated.is_working(date(2026, 11, 6))
    assert catalogue.calendar("Москва").is_working(date(2026, 11, 6))
    assert CATALOGUE.calendar().provisional(date(2027, 6, 1))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("[[year]]\nyear = 2027\ndays_off = [2027-01-01]", "нет обязательного ключа"),
        ('[[year]]\nyear = 2027\nbasis = "п"\ndays_off = [2026-01-01]', "не в 2027 году"),
        ('[[year]]\nyear = 2027\nbasis = "п"\ndays_off = ["2027-01-01"]', "без кавычек"),
        (
            '[[region]]\nname = "Р"\nbasis = "з"\ndays_off = [2026-02-02]\nworking = [2026-02-02]',
            "дважды",
        ),
    ],
)
def test_a_wrong_calendar_is_refused_by_name(tmp_path: Path, written: str, words: str) -> None:
    """A mistake in the data of days is named like any other; nothing is loaded by half."""
    folder = Path(shutil.copytree(PACKAGED, tmp_path / "catalogue"))
    (folder / "calendar.toml").write_text(written, "utf-8")

    with pytest.raises(CatalogueError) as refusal:
        load(folder)
    assert [one.file for one in refusal.value.mistakes] == ["calendar.toml"]
    assert words in str(refusal.value)


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
