"""The card of an applicant: reached from search and the applicant step; merged by keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from mfc_desk.screens.applicants.applicant_card import ApplicantCardScreen
from mfc_desk.screens.applicants.contacts import ContactsScreen
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.form.form import FormScreen
from mfc_desk.screens.handling.card import CardScreen
from mfc_desk.screens.handling.search import SearchScreen
from mfc_desk.screens.intake.applicant import ApplicantScreen
from mfc_desk.screens.intake.service import ServiceScreen
from mfc_desk.screens.intake.steps import StepWanted
from mfc_desk.widgets.line_editor import LineEditor
from mfc_desk.widgets.rows import RowList
from tests.desk_home import DeskHome, set_up_home
from tests.screen_world import SMALL, Hands, at_work, desk_of
from tests.test_desk_applicants import two_records


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


async def card_from_search(hands: Hands) -> ApplicantCardScreen:
    """F3, the name, Ctrl+O."""
    await hands.press("f3")
    search = await hands.screen(SearchScreen)
    await hands.write("елк")
    await hands.until(lambda: len(search.query_one(RowList).rows) == 2, "both requests")
    await hands.press("ctrl+щ")
    return await hands.screen(ApplicantCardScreen)


async def test_doubles_are_merged_and_parted_on_the_card(made: DeskHome) -> None:
    """Ctrl+D joins after a question and both requests stand there; Ctrl+Z parts them again."""
    async with at_work(made, SMALL) as hands:
        numbers = set(two_records(desk_of(hands)))
        card = await card_from_search(hands)
        rows = card.query_one(RowList)
        assert "1 похожая запись: Ctrl+D" in hands.says()
        assert len(rows.rows) == 1
        assert "Вернуть" not in hands.says()
        await hands.press("ctrl+d")
        await hands.screen(ChooseScreen)
        await hands.press("enter")
        await hands.screen(ConfirmScreen)
        await hands.press("enter")
        await hands.screen(ApplicantCardScreen)
        await hands.until(lambda: {row.key for row in rows.rows} == numbers, "both requests")
        await hands.press("enter")
        await hands.screen(CardScreen)
        await hands.press("ctrl+o")  # from the request back to the person
        again = await hands.screen(ApplicantCardScreen)
        await hands.press("ctrl+z")
        await hands.screen(ChooseScreen)
        await hands.press("enter")
        await hands.screen(ApplicantCardScreen)
        await hands.until(lambda: len(again.query_one(RowList).rows) == 1, "one request again")


async def test_new_request_carries_everything_over(made: DeskHome) -> None:
    """Ctrl+N, a service, and the form has the person; nothing about the person is typed again."""
    async with at_work(made) as hands:
        two_records(desk_of(hands))
        card = await card_from_search(hands)
        block = card.card.block
        await hands.press("ctrl+n")
        service = await hands.screen(ServiceScreen)
        await hands.write("выпл справ")
        await hands.until(lambda: service.query_one(RowList).key == "payments-ref", "the service")
        await hands.press("enter")
        form = await hands.screen(FormScreen)
        carried = form.form.draft.document["applicant"]
        assert carried.keys() == block.keys()
        assert {name for name in block if carried[name] != block[name]} <= {"id_document"}
        assert carried["id_document"]["number"] == block["id_document"]["number"]


async def test_card_opens_from_the_applicant_step_and_comes_back(made: DeskHome) -> None:
    """Ctrl+O on somebody known; Esc returns to the same list with the draft as it was."""
    async with at_work(made, SMALL) as hands:
        desk = desk_of(hands)
        two_records(desk)
        draft = desk.intake.begin("soc-card")
        hands.app.screen.post_message(StepWanted(draft, "applicant"))
        step = await hands.screen(ApplicantScreen)
        await hands.write("елк")
        await hands.until(lambda: step.query_one(RowList).key != "new", "somebody known")
        assert "похожие записи: Ctrl+O" in hands.says()
        await hands.press("ctrl+o")
        await hands.screen(ApplicantCardScreen)
        await hands.press("escape")
        assert await hands.screen(ApplicantScreen) is step


async def test_what_was_joined_on_the_card_is_one_line_when_one_comes_back(made: DeskHome) -> None:
    """The list of the applicant step follows what was done on the card opened from it."""
    async with at_work(made, SMALL) as hands:
        desk = desk_of(hands)
        two_records(desk)
        draft = desk.intake.begin("soc-card")
        hands.app.screen.post_message(StepWanted(draft, "applicant"))
        step = await hands.screen(ApplicantScreen)
        await hands.write("елк")
        found = step.query_one(RowList)
        await hands.until(lambda: len(found.rows) == 3 and found.key != "new", "both and a new one")
        await hands.press("ctrl+o")
        await hands.screen(ApplicantCardScreen)
        await hands.press("ctrl+d")
        await hands.screen(ChooseScreen)
        await hands.press("enter")
        await hands.screen(ConfirmScreen)
        await hands.press("enter")
        await hands.screen(ApplicantCardScreen)
        await hands.until(lambda: "похожая запись" not in hands.says(), "joined")
        await hands.press("escape")
        assert await hands.screen(ApplicantScreen) is step
        await hands.until(lambda: len(step.query_one(RowList).rows) == 2, "one line of theirs")
        assert "похожие записи" not in hands.says()


async def test_consent_is_written_and_withdrawn_by_keys(made: DeskHome) -> None:
    """Ctrl+G: what for, until when; a day that does not read is said; Ctrl+O withdraws."""
    async with at_work(made) as hands:
        two_records(desk_of(hands))
        card = await card_from_search(hands)
        for typed in ("99999999", "31122027"):
            await hands.press("ctrl+g")
            await hands.screen(ChooseScreen)
            await hands.press("enter")
            await hands.screen(AskLineScreen)
            await hands.write(typed)
            await hands.press("enter")
            if typed == "99999999":  # said at once; the notice goes away by itself
                await hands.until(lambda: "День не читается" in hands.notices(), "the refusal")
            await hands.screen(ApplicantCardScreen)
        await hands.until(lambda: len(card.card.consents) == 1, "the consent")
        assert "до 31.12.2027" in hands.says()
        await hands.press("ctrl+o")
        await hands.screen(ChooseScreen)
        await hands.press("enter")
        await hands.screen(ApplicantCardScreen)
        await hands.until(lambda: card.card.consents[0].state == "withdrawn", "withdrawn")


async def answered(hands: Hands) -> None:
    """Ctrl+S, and another screen: the card, or the dialog again with what is wrong."""
    before = hands.app.screen
    await hands.press("ctrl+s")
    await hands.until(lambda: hands.app.screen is not before, "an answer")


async def test_contacts_are_corrected_on_the_card_and_put_back(made: DeskHome) -> None:
    """Ctrl+R types a phone; what does not read is said and nothing changes; Ctrl+Z puts it back."""
    async with at_work(made, SMALL) as hands:
        two_records(desk_of(hands))
        card = await card_from_search(hands)
        old = dict(card.card.contacts)["Телефон"]
        await hands.press("ctrl+к")
        await hands.screen(ContactsScreen)
        for digits in ("12", "9000007711"):
            await hands.until(lambda: isinstance(hands.app.focused, LineEditor), "the phone")
            await hands.press("end", "ctrl+u")
            await hands.write(digits)
            await answered(hands)
        await hands.until(lambda: dict(card.card.contacts)["Телефон"] == "+79000007711", "new")
        assert "Телефон: " in hands.notices()
        await hands.press("ctrl+z")
        await hands.screen(ChooseScreen)
        await hands.press("enter")
        await hands.screen(ApplicantCardScreen)
        await hands.until(lambda: dict(card.card.contacts)["Телефон"] == old, "the old one")
