"""How the screens say times, days and states."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from mfc_desk.widgets.link_line import LinkWords

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.exchange.desk_exchange import LinkView

WEEKDAYS = (
    "понедельник",
    "вторник",
    "среда",
    "четверг",
    "пятница",
    "суббота",
    "воскресенье",
)
MINUTE = 60
SCAN_WANTED = "Приложите скан (Ctrl+A), без него центр не зарегистрирует"
COUNTDOWN = timedelta(hours=4)
"""Nearer than this to the deadline of a registration the header counts down."""


def day_text(day: date) -> str:
    """21.11.2026."""
    return f"{day:%d.%m.%Y}"


def typed_day(text: str) -> date | None:
    """The day of 21.11.2026, None when it does not read."""
    parts = text.strip().split(".")
    try:
        day, month, year = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError:
        return None


def time_text(at: datetime, tz: tzinfo) -> str:
    """14:05 of the office's clock."""
    return f"{at.astimezone(tz):%H:%M}"


def moment_text(at: datetime, tz: tzinfo, now: datetime) -> str:
    """14:05 when it is today, 23.11 18:00 otherwise."""
    local = at.astimezone(tz)
    if local.date() == now.astimezone(tz).date():
        return f"{local:%H:%M}"
    return f"{local:%d.%m %H:%M}"


def full_moment(at: datetime, tz: tzinfo) -> str:
    """21.11.2026 14:05."""
    return f"{at.astimezone(tz):%d.%m.%Y %H:%M}"


def span_text(span: timedelta) -> str:
    """3 ч 55 м, 12 м, 40 с; nothing below zero."""
    seconds = max(0, round(span.total_seconds()))
    hours, rest = divmod(seconds, MINUTE * MINUTE)
    minutes, left = divmod(rest, MINUTE)
    if hours:
        return f"{hours} ч {minutes} м"
    return f"{minutes} м" if minutes else f"{left} с"


def bytes_text(size: int) -> str:
    """640 Б, 12,4 КБ, 3,1 МБ."""
    if size < 1024:  # noqa: PLR2004  # a kilobyte
        return f"{size} Б"
    kilobytes = size / 1024
    if kilobytes < 1024:  # noqa: PLR2004  # a megabyte
        return f"{kilobytes:.1f} КБ".replace(".", ",")
    return f"{kilobytes / 1024:.1f} МБ".replace(".", ",")


def count_text(count: int, one: str, few: str, many: str) -> str:
    """1 запись, 2 записи, 5 записей."""
    tail, teens = count % 10, count % 100
    if tail == 1 and teens != 11:  # noqa: PLR2004  # the Russian plural
        word = one
    elif tail in (2, 3, 4) and teens not in (12, 13, 14):
        word = few
    else:
        word = many
    return f"{count} {word}"


def link_words(
    view: LinkView,
    tz: tzinfo,
    now: datetime,
    *,
    centre: datetime | None = None,
    training: bool = False,
) -> LinkWords:
    """What the header says about the exchange; deadlines run by the `centre`'s time."""
    since = f" с {moment_text(view.since, tz, now)}" if view.since else ""
    if training:
        state, text = "own", "учебный офис"
    elif view.frozen:
        state, text = "down", "обмен остановлен"
    elif view.online is None:
        state, text = "unknown", "связи ещё не было"
    elif view.online:
        state, text = "up", "есть связь"
    else:
        state, text = "down", f"нет связи{since}"
    until = _until(view.deadline, tz, centre or now) if view.deadline else ""
    return LinkWords(state=state, text=text, unsent=view.unsent, until=until, relayed=view.relayed)


def _until(deadline: datetime, tz: tzinfo, now: datetime) -> str:
    """«23.11 18:00»; near it «18:00, 3 ч 55 м», behind it «18:00, срок прошёл»."""
    left = deadline - now
    words = moment_text(deadline, tz, now)
    if left > COUNTDOWN:
        return words
    return f"{words}, {span_text(left) if left > timedelta(0) else 'срок прошёл'}"


def place_text(desk: Desk) -> str:
    """«МФЦ г. Приморск · окно 3»."""
    return f"{desk.office.title} · окно {desk.window}"
