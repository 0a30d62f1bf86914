"""A service that cannot simply be begun: what is said before Enter and offered after it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from forms.catalogue import PACKAGED
from mfc_desk.screens.intake.applicant import ApplicantScreen
from mfc_desk.screens.intake.offers import OfferScreen
from mfc_desk.screens.intake.service import ServiceScreen
from mfc_desk.screens.intake.turn_away import TurnAwayScreen
from mfc_desk.screens.intake.turning import TurningScreen
from mfc_desk.widgets.line_editor import LineEditor
from tests.desk_home import OFFICE, DeskHome, set_up_home, ticket_file
from tests.screen_world import SMALL, Hands, at_work, desk_of


def without_card(folder: Path) -> DeskHome:
    """A desk of an office whose ticket does not list the social card."""
    office = OFFICE | {"services": ["phone-lgota", "egrn-info", "payments-ref", "reg-residence"]}
    return set_up_home(folder, ticket=ticket_file(office=office))


def with_card(folder: Path, *changes: tuple[str, str]) -> DeskHome:
    """A desk whose published catalogue says something else of the social card."""
    made = set_up_home(folder)
    shutil.copytree(PACKAGED, made.home.catalogue)
    path = made.home.catalogue / "services" / "soc-card.toml"
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")
    return made


ONLINE_ONLY = ('offline = "full"', 'offline = "online-only"\noffline_why = "нужен доступ к ЕСИА"')
BY_APPOINTMENT = ("extraterritorial = true", "extraterritorial = true\nappointment = true")


async def ask_for(hands: Hands, text: str) -> None:
    """Type into the picker and press Enter."""
    await hands.press("f2")
    await hands.screen(ServiceScreen)
    await hands.write(text)
    await hands.press("enter")


async def test_what_is_not_in_this_office_gives_a_referral(tmp_path: Path) -> None:
    """The row says so before Enter; Enter offers a referral, which is numbered and shown."""
    async with at_work(without_card(tmp_path / "desk"), SMALL) as hands:
        await ask_for(hands, "соцкарту")
        await hands.screen(OfferScreen)
        assert "не в этом офисе" in hands.says()
        assert "В перечне услуг этого офиса её нет" in hands.says()
        await hands.press("enter")
        screen = await hands.screen(TurnAwayScreen)
        assert screen.query_one("#where", LineEditor).value == "районный офис"
        await hands.write("Примеров Иван")
        await hands.press("ctrl+s")
        await hands.screen(TurningScreen)
        (given,) = [desk_of(hands).db.execute("SELECT kind, applicant FROM turned_away").fetchone()]
        assert given[0] == "referral.give"
        assert "Примеров" in given[1]
        assert not desk_of(hands).intake.drafts()


async def test_what_needs_a_link_goes_on_the_waiting_list(tmp_path: Path) -> None:
    """Without a link there is nothing to begin; the entry reminds on the next working day."""
    async with at_work(with_card(tmp_path / "desk", ONLINE_ONLY), SMALL) as hands:
        await ask_for(hands, "соцкарту")
        await hands.screen(OfferScreen)
        assert "нужна связь" in hands.says()
        assert "начать обращение" not in hands.says()
        await hands.press("enter")
        screen = await hands.screen(TurnAwayScreen)
        assert screen.query_one("#remind", LineEditor).value == "23.11.2026"
        await hands.write("Примеров Иван")
        await hands.press("ctrl+s")  # no phone yet
        await hands.until(lambda: "телефон" in hands.says(), "what is missing")
        screen.set_focus(screen.query_one("#phone"))
        await hands.write("+7 900 000-00-01")
        await hands.press("ctrl+ы")
        await hands.screen(TurningScreen)
        (entry,) = desk_of(hands).waiting.waiting()
        assert entry.service == "soc-card"
        assert f"{entry.remind_on:%d.%m.%Y}" == "23.11.2026"


async def test_by_appointment_asks_and_begins(tmp_path: Path) -> None:
    """Somebody who is booked is taken at once; Esc goes back to the list of services."""
    async with at_work(with_card(tmp_path / "desk", BY_APPOINTMENT), SMALL) as hands:
        await ask_for(hands, "соцкарту")
        await hands.screen(OfferScreen)
        await hands.press("escape")
        await hands.screen(ServiceScreen)
        await hands.press("enter")
        await hands.screen(OfferScreen)
        await hands.press("enter")
        await hands.screen(ApplicantScreen)
        assert len(desk_of(hands).intake.drafts()) == 1


async def test_what_is_over_can_only_be_read(tmp_path: Path) -> None:
    """A service whose time has passed says since when, and offers nothing."""
    over = ("extraterritorial = true", "extraterritorial = true\nvalid_to = 2022-12-31")
    async with at_work(with_card(tmp_path / "desk", over), SMALL) as hands:
        await ask_for(hands, "соцкарту")
        await hands.screen(OfferScreen)
        assert "по 31.12.2022" in hands.says()
        await hands.press("enter", "escape")
        await hands.screen(ServiceScreen)


@pytest.mark.parametrize("typed", ["31.02.2027", "завтра"])
async def test_a_day_that_is_none_is_said(tmp_path: Path, typed: str) -> None:
    """A date that does not exist is told beside the line; nothing is journalled."""
    async with at_work(with_card(tmp_path / "desk", ONLINE_ONLY), SMALL) as hands:
        await ask_for(hands, "соцкарту")
        await hands.screen(OfferScreen)
        await hands.press("enter")
        screen = await hands.screen(TurnAwayScreen)
        for name, text in (("who", "Примеров Иван"), ("phone", "+79000000001"), ("remind", typed)):
            screen.query_one(f"#{name}", LineEditor).value = text
        screen.action_save()
        await hands.until(lambda: "Дату впишите так" in hands.says(), "the way to write a date")
        assert desk_of(hands).waiting.waiting() == ()
