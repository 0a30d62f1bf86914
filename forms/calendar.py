"""The production calendar: which days are working ones, and when a term ends."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache

from forms.spec import TermUnit

# Transfers of days off are published a year ahead; from here on they are a forecast
# (checked against the Government's decrees: domain/reference.json, calendar).
KNOWN_FROM, KNOWN_TO = 2018, 2026
_LONGEST = 3660


class Calendar:
    """Working days of ТК, ст. 111–112.

    overrides: a region's own days and years published since, day -> is working. published: years
    beyond the packaged ones that a decree has settled.
    """

    def __init__(
        self, overrides: Mapping[date, bool] | None = None, published: Iterable[int] = ()
    ) -> None:
        self._overrides = dict(overrides or {})
        self._published = frozenset(published)

    def is_working(self, day: date) -> bool:
        """Tell whether a day is a working one."""
        own = self._overrides.get(day)
        return own if own is not None else day in _working_days(day.year)

    def add_working(self, day: date, count: int) -> date:
        """Go `count` working days on from a day, which itself never counts (ГК, ст. 191)."""
        if not 0 <= count <= _LONGEST:
            raise ValueError(f"a term of {count} working days is out of range")
        for _ in range(count):
            day = self.roll(day + timedelta(days=1))
        return day

    def roll(self, day: date) -> date:
        """Give the day itself when it is working, or the next working one (ГК, ст. 193)."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def due(self, days: int, unit: TermUnit, start: date, *, rolls: bool = True) -> date:
        """Give the last day of a term that begins the day after `start` (ГК, ст. 191–193)."""
        if unit == "working":
            return self.add_working(start, days)
        last = start + timedelta(days=days) if unit == "calendar" else _months_on(start, days)
        return self.roll(last) if rolls else last

    def provisional(self, day: date) -> bool:
        """Tell whether the transfers of that day's year are not published yet."""
        return not KNOWN_FROM <= day.year <= KNOWN_TO and day.year not in self._published


@lru_cache(maxsize=64)
def _working_days(year: int) -> frozenset[date]:
    """Give all working days of a year, transferred Saturdays included."""
    # 130 ms to import, wanted at the first deadline only.
    from holidays.countries.russia import Russia  # noqa: PLC0415

    russia = Russia(years=year)  # type: ignore[no-untyped-call]
    first, days = date(year, 1, 1), 366 if months.isleap(year) else 365
    every = (first + timedelta(days=count) for count in range(days))
    return frozenset(day for day in every if russia.is_working_day(day))


def _months_on(start: date, count: int) -> date:
    """Same day of a later month, or the last day of that month (ГК, ст. 192)."""
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    return date(year, month + 1, min(start.day, months.monthrange(year, month + 1)[1]))
