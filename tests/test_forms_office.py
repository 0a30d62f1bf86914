"""Offices, their hours and the deadline of registration."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from forms.office import Office

SHEET: dict[str, object] = {
    "code": "90-01",
    "title": "МФЦ г. Приморск",
    "org": "ГБУ «Учебный МФЦ»",
    "address": "г. Приморск, ул. Учебная, д. 1",
    "phone": "+7 900 000-00-00",
    "region": "Запорожская область",
    "kind": "district",
    "tz": "Europe/Moscow",
    "hours": {
        "mon": "08:00-13:00, 14:00-20:00",
        "tue": "08:00-20:00",
        "wed": "08:00-20:00",
        "thu": "08:00-20:00",
        "fri": "08:00-20:00",
        "sat": "09:00-18:00",
        "sun": "",
    },
    "exceptions": {"2026-11-23": "08:00-15:00", "2026-12-31": ""},
}
OFFICE = Office.from_dict(SHEET)


def moscow(text: str) -> datetime:
    """An instant of the office's own clock."""
    return datetime.fromisoformat(text).replace(tzinfo=OFFICE.zone)


def test_an_office_reads_back_from_what_it_writes() -> None:
    """The ticket's sheet and the office are the same thing twice."""
    assert Office.from_dict(OFFICE.to_dict()) == OFFICE
    assert OFFICE.to_dict()["hours"] == SHEET["hours"]


@pytest.mark.parametrize(
    ("taken", "until"),
    [
        ("2026-11-19T12:00", "2026-11-20T20:00"),
        ("2026-11-20T19:59", "2026-11-21T18:00"),
        ("2026-11-21T10:00", "2026-11-23T15:00"),
        ("2026-11-22T10:00", "2026-11-23T15:00"),
        ("2026-12-30T10:00", "2027-01-01T20:00"),
    ],
)
def test_registration_ends_with_the_next_working_day_of_the_office(taken: str, until: str) -> None:
    """Saturdays count where the office works, exceptions and days off are obeyed."""
    assert OFFICE.end_of_next_working_day(moscow(taken)) == moscow(until)


def test_the_day_is_the_offices_own() -> None:
    """Late in the evening of UTC the office has the next day already."""
    at = datetime(2026, 11, 19, 22, 30, tzinfo=UTC)

    assert OFFICE.local_day(at) == date(2026, 11, 20)
    assert OFFICE.end_of_next_working_day(at) == moscow("2026-11-21T18:00")


def test_a_break_closes_the_office() -> None:
    """Between two spans of one day nobody is served."""
    assert OFFICE.is_open(moscow("2026-11-30T12:59"))
    assert not OFFICE.is_open(moscow("2026-11-30T13:30"))
    assert OFFICE.is_open(moscow("2026-11-30T14:00"))
    assert not OFFICE.is_open(moscow("2026-11-22T12:00"))


def test_hours_are_told_briefly() -> None:
    """Equal neighbours are told together, closed days are left out."""
    assert OFFICE.hours_text == "пн 08:00–13:00, 14:00–20:00; вт–пт 08:00–20:00; сб 09:00–18:00"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": ""}, "code и title"),
        ({"kind": "shop"}, "kind «shop»"),
        ({"tz": "Mars/Olympus"}, "часового пояса «Mars/Olympus» нет"),
        ({"tz": "../etc/passwd"}, "часового пояса"),
        ({"hours": {"mon": "8-20"}}, "hours.mon"),
        ({"hours": {"mon": "20:00-08:00"}}, "по порядку"),
        ({"hours": {"mon": "08:00-25:00"}}, "такого времени нет"),
        ({"hours": {"пн": "08:00-20:00"}}, "дня «пн» нет"),
        ({"hours": "всегда"}, "hours: нужна таблица"),
        ({"exceptions": {"31.12.2026": ""}}, "не дата"),
        ({"title": 7}, "title: нужен текст"),
    ],
)
def test_a_wrong_sheet_is_refused_with_its_key(change: dict[str, object], words: str) -> None:
    """Each mistake of an office's sheet is named in words."""
    with pytest.raises(ValueError, match=words):
        Office.from_dict(SHEET | change)


def test_an_office_that_never_opens_has_no_deadline() -> None:
    """Without hours there is nothing to count by, and the words say so."""
    idle = Office.from_dict({"code": "90-02", "title": "Закрытый"})

    with pytest.raises(ValueError, match="заполните часы"):
        idle.end_of_next_working_day(moscow("2026-11-21T10:00"))
    with pytest.raises(ValueError, match="aware"):
        OFFICE.end_of_next_working_day(datetime(2026, 11, 21, 10))  # noqa: DTZ001
