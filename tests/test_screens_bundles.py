"""Several services of one visit at the keyboard: a situation, a complex request."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from textual.widgets import Button

from forms.catalogue import PACKAGED
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.form.form import FormScreen
from mfc_desk.screens.intake.applicant import ApplicantScreen
from mfc_desk.screens.intake.bundle import BundleScreen
from mfc_desk.screens.intake.bundles import BundlesScreen
from mfc_desk.screens.intake.check import CheckScreen
from mfc_desk.screens.intake.done import DoneScreen
from mfc_desk.screens.intake.service import ServiceScreen
from mfc_desk.screens.intake.steps import StepWanted
from mfc_desk.widgets.rows import RowList
from tests.desk_home import DeskHome, set_up_home
from tests.screen_world import SMALL, Hands, at_work, desk_of, filled
from tests.test_desk_bundles import SITUATION


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk whose catalogue has a situation of services that are in it."""
    made = set_up_home(tmp_path / "desk")
    shutil.copytree(PACKAGED, made.home.catalogue)
    with (made.home.catalogue / "situations.toml").open("a", encoding="utf-8") as file:
        file.write(SITUATION)
    return made


CARD = "soc-card"


def first_of(hands: Hands) -> str:
    """The service that stands first in the list to choose from."""
    rows = hands.app.screen.query_one(RowList).rows
    return rows[0].key if rows else ""


async def fill_and_check(hands: Hands, slug: str) -> CheckScreen:
    """Fill the open form with what passes and go to its check."""
    form = await hands.screen(FormScreen)
    made = filled(desk_of(hands), slug)
    draft = form.form.draft
    person = draft.document["applicant"]
    draft.document |= made
    if person.get("surname"):
        draft.document["applicant"] |= {
            key: person[key]
            for key in ("surname", "name", "patronymic", "birth_date")
            if key in person
        }
    form.post_message(StepWanted(draft, "check"))
    return await hands.screen(CheckScreen)


async def test_a_situation_is_found_and_done_step_by_step(made: DeskHome) -> None:
    """Found by its words, its services stand in order; the next one keeps the applicant."""
    async with at_work(made, SMALL) as hands:
        await hands.press("f2")
        await hands.screen(ServiceScreen)
        await hands.write("проба")
        await hands.until(lambda: "Учебная ситуация" in hands.says(), "the situation")
        rows = hands.app.screen.query_one(RowList)
        place = [row.key for row in rows.rows].index("situation:trial")
        await hands.press(*["down"] * place, "enter")
        await hands.screen(BundleScreen)
        assert "Это не комплексный запрос" in " ".join(hands.says().split())
        assert "после 1" in hands.says()
        await hands.press("enter")
        await hands.screen(ApplicantScreen)
        await hands.press("ctrl+n")
        await fill_and_check(hands, "payments-ref")
        await hands.press("ctrl+s")
        await hands.screen(DoneScreen)
        assert "осталось 2 из 3" in hands.says()
        await hands.press("enter")
        screen = await hands.screen(BundleScreen)
        assert screen.bundle.steps[0].state == "registered"
        assert screen.query_one(RowList).cursor == 1
        await hands.press("enter")
        form = await hands.screen(FormScreen)
        assert form.form.draft.document["applicant"]["surname"]


async def test_a_complex_request_is_composed_filled_and_registered_at_once(made: DeskHome) -> None:
    """Two services marked, each filled, one act: two numbers, one link."""
    async with at_work(made, SMALL) as hands:
        await hands.press("f2")
        await hands.screen(ServiceScreen)
        await hands.press("ctrl+п")
        await hands.screen(BundlesScreen)
        assert "Это две разные вещи" in hands.says()
        await hands.press("enter")
        await hands.screen(ChooseScreen)
        for word, slug in (("справка о выплатах", "payments-ref"), ("социальная карта", CARD)):
            await hands.write(word)
            await hands.until(lambda slug=slug: first_of(hands) == slug, word)  # type: ignore[misc]
            await hands.press("enter", "home", "ctrl+k")
            await hands.until(lambda: len(hands.app.screen.query_one(RowList).rows) > 4, "all")
        await hands.press("escape")
        screen = await hands.screen(BundleScreen)
        assert [step.service for step in screen.bundle.steps] == ["payments-ref", "soc-card"]
        assert "Передать в органы до 23.11.2026" in hands.says()
        await hands.press("ctrl+s")
        await hands.until(lambda: "не заполнена" in hands.notices(), "what is missing")
        for place, slug in enumerate(("payments-ref", "soc-card")):
            await hands.press("enter")
            if place == 0:
                await hands.screen(ApplicantScreen)
                await hands.press("ctrl+n")
            check = await fill_and_check(hands, slug)
            assert "комплексному" in str(check.query_one("#register", Button).label)
            await hands.press("ctrl+s")
            screen = await hands.screen(BundleScreen)
        assert [step.state for step in screen.bundle.steps] == ["ready", "ready"]
        await hands.press("ctrl+ы")
        await hands.until(lambda: "2 обращения" in hands.notices(), "both numbers")
        desk = desk_of(hands)
        assert [row.service_short for row in desk.find.recent(5)] == [
            "Социальная карта",
            "Справка о выплатах",
        ]
        card = desk.find.card(desk.find.recent(1)[0].number)
        assert len(desk.bundles.beside(card.request_id)) == 2


async def test_a_question_is_answered_by_space(made: DeskHome) -> None:
    """«Спросите» stands where the desk cannot know; a no takes the service out of what is left."""
    async with at_work(made, SMALL) as hands:
        hands.app.screen.post_message(BundlesScreen.Go("situation:lost-docs"))
        screen = await hands.screen(BundleScreen)
        assert "Потерян и документ о СНИЛС?" in hands.says()
        assert "осталось 8 из 8" in hands.says()
        await hands.press("space")
        await hands.until(lambda: "спрашивать не нужно" in hands.notices(), "nothing to ask")
        await hands.press("down", "space")
        await hands.until(lambda: screen.bundle.steps[1].answer is True, "a yes")
        assert "Потерян и документ о СНИЛС? Да" in hands.says()
        await hands.press("space")
        await hands.until(lambda: screen.bundle.steps[1].answer is False, "a no")
        await hands.until(lambda: "осталось 7 из 8" in hands.says(), "one less")
        assert "не нужна" in hands.says()


async def test_services_that_need_presence_say_why(made: DeskHome) -> None:
    """Marking one that cannot be in a complex request is answered by its reason."""
    async with at_work(made, SMALL) as hands:
        hands.app.screen.post_message(BundlesScreen.Go("bundles"))
        await hands.screen(BundlesScreen)
        await hands.press("enter")
        await hands.screen(ChooseScreen)
        await hands.write("паспорт гражданина")
        await hands.until(lambda: first_of(hands) == "passport-rf", "the passport")
        assert "нельзя: нуж" in hands.says()
        await hands.press("enter", "escape")
        await hands.screen(BundlesScreen)
        await hands.until(lambda: "две услуги или больше" in hands.notices(), "too few")


async def test_a_situation_becomes_a_complex_request(made: DeskHome) -> None:
    """Ctrl+K marks what fits already; the result is another thing, and says so."""
    async with at_work(made, SMALL) as hands:
        hands.app.screen.post_message(BundlesScreen.Go("situation:trial"))
        await hands.screen(BundleScreen)
        await hands.press("ctrl+л")
        await hands.screen(ChooseScreen)
        await hands.press("escape")
        await hands.until(
            lambda: (
                isinstance(hands.app.screen, BundleScreen)
                and hands.app.screen.bundle.kind == "complex"
            ),
            "a complex request",
        )
        assert "Это не жизненная ситуация" in " ".join(hands.says().split())
