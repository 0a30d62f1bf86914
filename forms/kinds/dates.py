"""Dates, typed as 21.11.2026, kept as 2026-11-21, and dates with an hour."""

from __future__ import annotations

import re
from datetime import date, datetime

from forms.kinds.kind import Json, Kind, typed_text
from forms.pasted import clean

_RUSSIAN = re.compile(r"(\d{1,2})[./\- ](\d{1,2})[./\- ](\d{4})|(\d{2})(\d{2})(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_HOUR = re.compile(r"(.+?)[T,]? *(?:в )?(\d{1,2})[:.](\d{2})")
_SHORT_YEAR = re.compile(r"\d{1,2}[./\- ]\d{1,2}[./\- ]\d{2}|\d{6}")
_EARLIEST, _LATEST = 1850, 2100
_ISO_SIGNS = 10


class Day(Kind[date]):
    """A calendar day."""

    mask = "00.00.0000"
    width = 10

    def read(self, typed: object) -> date:
        if isinstance(typed, date):
            return typed
        if (kept := _kept(typed)) is not None:
            return kept
        words = clean(typed_text(typed)).removesuffix("г.").removesuffix("г").strip()
        if _SHORT_YEAR.fullmatch(words):
            raise ValueError("напишите год полностью: ДД.ММ.ГГГГ")
        if found := _ISO.fullmatch(words):
            year, month, day = map(int, found.groups())
        elif found := _RUSSIAN.fullmatch(words):
            day, month, year = (int(part) for part in found.groups() if part)
        else:
            raise ValueError("дата пишется так: 21.11.2026")
        if not _EARLIEST <= year <= _LATEST:
            raise ValueError(f"год {year} не подходит. Проверьте дату")
        try:
            return date(year, month, day)
        except ValueError:
            raise ValueError(f"такого дня нет: {day:02d}.{month:02d}.{year}") from None

    def kept(self, typed: object) -> date | None:
        return _kept(typed)

    def show(self, value: date) -> str:
        return f"{value.day:02d}.{value.month:02d}.{value.year}"

    def store(self, value: date) -> Json:
        return value.isoformat()


def _kept(typed: object) -> date | None:
    """Read a day as records keep it, without a look at what else people write; None for others."""
    if not isinstance(typed, str) or len(typed) != _ISO_SIGNS or typed[5] not in "01":
        return None  # 2026-W47-6 is a day of ISO 8601 as well
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if _EARLIEST <= day.year <= _LATEST else None


class Moment(Kind[datetime]):
    """A day and an hour of the office's own clock, typed as 21.11.2026 14:30."""

    mask = "00.00.0000 00:00"
    width = 16

    def read(self, typed: object) -> datetime:
        if isinstance(typed, datetime):
            return typed
        found = _HOUR.fullmatch(clean(typed_text(typed)))
        if found is None:
            raise ValueError("дата и время пишутся так: 21.11.2026 14:30")
        day = Day(self.field).read(found[1])
        try:
            return datetime(day.year, day.month, day.day, int(found[2]), int(found[3]))  # noqa: DTZ001 - the office's own clock
        except ValueError:
            raise ValueError(f"такого времени нет: {found[2]}:{found[3]}") from None

    def show(self, value: datetime) -> str:
        return f"{value.day:02d}.{value.month:02d}.{value.year} {value.hour:02d}:{value.minute:02d}"

    def store(self, value: datetime) -> Json:
        return value.isoformat(timespec="minutes")
