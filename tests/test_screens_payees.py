"""Requisites entered on the screen, and the УИН asked before a slip is printed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from forms.duty import duty_for
from forms.example import example
from mfc_desk.access.roles import Role
from mfc_desk.screens.administration.payee import PayeeScreen
from mfc_desk.screens.administration.payees import PayeesScreen
from mfc_desk.screens.administration.settings import SettingsScreen
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.handling.card import CardScreen
from mfc_desk.screens.home import HomeScreen
from mfc_desk.widgets.form_section import FormSection
from mfc_desk.widgets.rows import RowList
from tests.desk_home import DeskHome, set_up_home
from tests.screen_world import SMALL, TODAY, Hands, at_work, desk_of
from tests.test_desk_payees import requisites, typed_requisites


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


def stand(rows: RowList, key: str) -> None:
    """Put the cursor on a row."""
    rows.cursor = [row.key for row in rows.rows].index(key)


async def to_requisites(hands: Hands, authority: str) -> PayeeScreen:
    """From the home screen to the requisites of an authority, by keys."""
    await hands.press("f9")
    settings = await hands.screen(SettingsScreen)
    stand(settings.query_one("#settings", RowList), "payees")
    await hands.press("enter")
    payees = await hands.screen(PayeesScreen)
    stand(payees.query_one("#payees", RowList), authority)
    await hands.press("enter")
    return await hands.screen(PayeeScreen)


async def test_a_supervisor_types_requisites(made: DeskHome) -> None:
    """A wrong digit is named under its field and nothing typed is lost; corrected it is kept."""
    async with at_work(made, SMALL) as hands:
        desk = desk_of(hands)
        authority = desk.catalogue.services["passport-rf"].authority
        screen = await to_requisites(hands, authority)
        for name, value in typed_requisites(inn="9901234562", as_of="01.11.2026").items():
            row = screen.query_one(FormSection).row(name)
            assert row is not None
            hands.app.screen.set_focus(row.editor)
            await (hands.press("space") if value is True else hands.write(str(value)))
        await hands.press("ctrl+ы")
        await hands.until(lambda: hands.app.screen is not screen, "the answer")
        again = await hands.screen(PayeeScreen)
        row = again.query_one(FormSection).row("inn")
        assert row is not None
        await hands.until(lambda: hands.app.focused is row.editor, "the wrong field")
        assert row.problem is not None
        assert desk.payees.all() == {}
        await hands.press("end", "backspace", "1", "ctrl+s")
        await hands.screen(PayeesScreen)
        await hands.until(lambda: "сверены" in hands.says(), "it stands in the list")
        assert desk.payees.of(authority).inn == "9901234561"


async def test_a_specialist_has_no_such_section(made: DeskHome) -> None:
    """The row is not there."""
    async with at_work(made) as hands:
        desk = desk_of(hands)
        desk.operator = replace(desk.operator, role=Role.SPECIALIST)
        await hands.press("f9")
        await hands.screen(SettingsScreen)
        assert "Реквизиты для квитанций" not in hands.says()


async def test_the_uin_is_asked_before_a_slip(made: DeskHome, tmp_path: Path) -> None:
    """One with a wrong check digit is asked again; the right one is on the paper."""
    async with at_work(made) as hands:
        desk = desk_of(hands)
        desk.settings.save(replace(desk.settings.load(), out_folder=str(tmp_path)))
        desk.payees.install(requisites(desk))
        service = desk.catalogue.services["passport-rf"]
        typed = next(
            typed
            for seed in range(20)
            if (
                duty := duty_for(
                    service, typed := example(service, desk.catalogue, TODAY, seed), TODAY
                )
            )
            and duty.kopecks
        )
        number = desk.intake.register_document(typed).number.text
        hands.app.screen.post_message(HomeScreen.Go(f"card:{number}"))
        await hands.screen(CardScreen)
        await hands.press("ctrl+b")
        await hands.screen(ChooseScreen)
        await hands.write("квит")
        await hands.press("enter")
        first = await hands.screen(AskLineScreen)
        await hands.press("end", "backspace")
        await hands.write("18810999000000000012")
        await hands.press("enter")
        await hands.until(lambda: hands.app.screen is not first, "the answer")
        await hands.screen(AskLineScreen)
        assert "контрольный разряд" in hands.says()
        await hands.press("end", "backspace", "1", "enter")
        wanted = tmp_path / f"duty_slip-{number}-1.pdf"
        await hands.until(wanted.exists, "the slip")
        assert desk.payments.uin_of(number) == "18810999000000000011"
        await hands.until(lambda: "УИН начисления" in hands.says(), "it stands on the card")
