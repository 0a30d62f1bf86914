"""Reading calendar.toml: years published after the packaged calendar, days off of regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from forms.catalogue.table import Table

_SATURDAY = 5


@dataclass(frozen=True)
class DaysData:
    """years: a whole year day by day, day -> works. regions: name -> its own days, day -> works."""

    years: Mapping[int, Mapping[date, bool]] = field(default_factory=dict)
    regions: Mapping[str, Mapping[date, bool]] = field(default_factory=dict)


def read_days(table: Table) -> DaysData:
    """Read [[year]] (days_off, working, basis) and [[region]] (days_off, working, basis)."""
    years: dict[int, Mapping[date, bool]] = {}
    for one in table.tables("year"):
        year = one.whole("year", required=True, least=2018, default=2018)
        if year in years:
            one.wrong("year", f"год {year} повторяется")
        days = _days(one)
        for day in days:
            if day.year != year:
                one.wrong("days_off", f"{day:%d.%m.%Y} не в {year} году")
        years[year] = _whole_year(year) | days
        one.text("basis", required=True)
        one.close()
    regions: dict[str, Mapping[date, bool]] = {}
    for one in table.tables("region"):
        name = one.text("name", required=True)
        if name in regions:
            one.wrong("name", f"регион «{name}» повторяется")
        regions[name] = _days(one)
        one.text("basis", required=True)
        one.text("verify")
        one.close()
    table.close()
    return DaysData(years, regions)


def _days(table: Table) -> dict[date, bool]:
    days: dict[date, bool] = {}
    for key, works in (("days_off", False), ("working", True)):
        value = table.raw(key)
        if value is None:
            continue
        if not isinstance(value, list) or not all(_is_day(one) for one in value):
            table.wrong(key, "нужен список дат вида 2027-01-01 без кавычек")
            continue
        for day in value:
            if day in days:
                table.wrong(key, f"{day:%d.%m.%Y} названо дважды")
            days[day] = works
    return days


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _whole_year(year: int) -> dict[date, bool]:
    """Give an ordinary five-day week for every day of a year."""
    first = date(year, 1, 1)
    every = (first + timedelta(days=count) for count in range(366))
    return {day: day.weekday() < _SATURDAY for day in every if day.year == year}
