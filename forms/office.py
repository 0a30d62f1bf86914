"""An office: who and where it is, when it works, when it must have registered a request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KINDS = ("district", "flagship", "mobile", "home")
Spans = tuple[tuple[time, time], ...]
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—]\s*(\d{1,2}):(\d{2})")
_TEXTS = ("code", "title", "org", "address", "phone", "region")
_FARTHEST = 60
_DAY_NAMES = dict(zip(WEEK, ("пн", "вт", "ср", "чт", "пт", "сб", "вс"), strict=True))


@dataclass(frozen=True, slots=True)
class Office:
    """An office as its enrolment ticket gives it.

    hours: seven days from Monday, each a tuple of (opens, closes) spans, empty when closed; a
    break is the gap between two spans. exceptions: spans by date. tz: an IANA zone name.
    services: slugs the office takes, all its kind may take when empty.
    """

    code: str
    title: str
    org: str = ""
    address: str = ""
    phone: str = ""
    region: str = ""
    kind: str = "district"
    tz: str = "Europe/Moscow"
    hours: tuple[Spans, ...] = ((),) * 7
    exceptions: Mapping[date, Spans] = field(default_factory=dict)
    services: tuple[str, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""
        return ZoneInfo(self.tz)

    def spans(self, day: date) -> Spans:
        """Give the hours of one day of the office's own calendar."""
        own = self.exceptions.get(day)
        return self.hours[day.weekday()] if own is None else own

    def local_day(self, at: datetime) -> date:
        """Give the day an instant falls on in the office."""
        return at.astimezone(self.zone).date()

    def is_open(self, at: datetime) -> bool:
        """Tell whether the office works at an instant."""
        local = at.astimezone(self.zone)
        return any(opens <= local.time() < closes for opens, closes in self.spans(local.date()))

    def end_of_next_working_day(self, at: datetime) -> datetime:
        """Give when a request taken at an instant must be registered: the closing hour of the
        office's next working day (docs.cntd.ru/424034039, п. 2.24), in the office's zone.

        ValueError when `at` is naive or the office does not work for two months on end.
        """
        if at.tzinfo is None:
            raise ValueError("the instant must be aware")
        day = self.local_day(at)
        for _ in range(_FARTHEST):
            day += timedelta(days=1)
            if spans := self.spans(day):
                return datetime.combine(day, spans[-1][1], self.zone)
        raise ValueError(f"у офиса {self.code} нет рабочих дней: заполните часы работы")

    @property
    def hours_text(self) -> str:
        """«пн–пт 08:00–20:00; сб 09:00–18:00»."""
        parts: list[str] = []
        for text, first, last in _runs([_shown(spans) for spans in self.hours]):
            names = _DAY_NAMES[WEEK[first]]
            if last != first:
                names += f"–{_DAY_NAMES[WEEK[last]]}"
            parts.append(f"{names} {text}")
        return "; ".join(part for part in parts if not part.endswith(" "))

    def to_dict(self) -> dict[str, object]:
        """Give the office as JSON; from_dict reads it back."""
        texts: dict[str, object] = {key: getattr(self, key) for key in (*_TEXTS, "kind", "tz")}
        return (
            texts
            | {
                "hours": {
                    name: _written(spans) for name, spans in zip(WEEK, self.hours, strict=True)
                },
                "exceptions": {
                    day.isoformat(): _written(spans)
                    for day, spans in sorted(self.exceptions.items())
                },
            }
            | ({"services": list(self.services)} if self.services else {})
        )

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Office:
        """Read an office: texts, "hours" {"mon": "08:00-13:00, 14:00-20:00"}, "exceptions",
        "services" (a list of slugs).

        Raises ValueError with Russian words that name the key.
        """
        texts = {key: _text(data, key) for key in _TEXTS}
        if not texts["code"] or not texts["title"]:
            raise ValueError("у офиса нужны code и title")
        kind, tz = _text(data, "kind") or "district", _text(data, "tz") or "Europe/Moscow"
        if kind not in KINDS:
            raise ValueError(f"kind «{kind}» не подходит. Допустимо: {', '.join(KINDS)}")
        try:
            ZoneInfo(tz)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"часового пояса «{tz}» нет, пишется так: Europe/Moscow") from None
        week = _mapping(data, "hours")
        if unknown := sorted(set(week) - set(WEEK)):
            raise ValueError(f"hours: дня «{unknown[0]}» нет. Допустимо: {', '.join(WEEK)}")
        hours = tuple(_read_spans(f"hours.{name}", week.get(name, "")) for name in WEEK)
        exceptions = {
            _read_day(day): _read_spans(f"exceptions.{day}", spans)
            for day, spans in _mapping(data, "exceptions").items()
        }
        services = _read_slugs(data.get("services", []))
        return cls(**texts, kind=kind, tz=tz, hours=hours, exceptions=exceptions, services=services)


def _text(data: Mapping[str, object], key: str) -> str:
    value = data.get(key, "")
    if not isinstance(value, str):
        raise ValueError(f"{key}: нужен текст")  # noqa: TRY004 - one error for a bad file
    return value.strip()


def _mapping(data: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = data.get(key, {})
    if not isinstance(value, Mapping):
        raise ValueError(f"{key}: нужна таблица")  # noqa: TRY004
    return {str(name): one for name, one in value.items()}


def _read_slugs(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise ValueError("services: нужен список обозначений услуг")
    return tuple(value)


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"exceptions: «{text}» — не дата вида 2026-12-31") from None


def _read_spans(where: str, typed: object) -> Spans:
    if not isinstance(typed, str):
        raise ValueError(f"{where}: часы пишутся так: 08:00-20:00")  # noqa: TRY004
    spans: list[tuple[time, time]] = []
    for part in filter(None, (part.strip() for part in typed.split(","))):
        found = _SPAN.fullmatch(part)
        if found is None:
            raise ValueError(f"{where}: «{part}» — часы пишутся так: 08:00-20:00")
        hour, minute, last_hour, last_minute = map(int, found.groups())
        try:
            opens, closes = time(hour, minute), time(last_hour, last_minute)
        except ValueError:
            raise ValueError(f"{where}: «{part}» — такого времени нет") from None
        if closes <= opens or (spans and opens < spans[-1][1]):
            raise ValueError(f"{where}: часы идут по порядку и не пересекаются")
        spans.append((opens, closes))
    return tuple(spans)


def _written(spans: Spans) -> str:
    return ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in spans)


def _shown(spans: Spans) -> str:
    return _written(spans).replace("-", "–")


def _runs(texts: list[str]) -> list[tuple[str, int, int]]:
    """Join neighbours that are equal: text, first and last index."""
    runs: list[tuple[str, int, int]] = []
    for index, text in enumerate(texts):
        if runs and runs[-1][0] == text:
            runs[-1] = (text, runs[-1][1], index)
        else:
            runs.append((text, index, index))
    return runs
