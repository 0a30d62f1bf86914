"""The papers of a request, chosen on its card and printed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest
from textual.widgets import Input

from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.handling.card import CardScreen
from mfc_desk.screens.home import HomeScreen
from mfc_desk.screens.intake.check import CheckScreen
from mfc_desk.screens.intake.steps import StepWanted
from tests.desk_home import DeskHome, set_up_home
from tests.paper_world import marks_of, pages_text
from tests.screen_world import at_work, desk_of, filled


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


async def test_a_paper_is_chosen_and_printed(made: DeskHome, tmp_path: Path) -> None:
    """Ctrl+B lists what the request has; the application comes out, the request says so."""
    async with at_work(made) as hands:
        desk = desk_of(hands)
        out = tmp_path / "papers"
        out.mkdir()
        desk.settings.save(replace(desk.settings.load(), out_folder=str(out)))
        number = desk.intake.register_document(filled(desk)).number.text
        hands.app.screen.post_message(HomeScreen.Go(f"card:{number}"))
        await hands.screen(CardScreen)
        await hands.press("ctrl+и")
        await hands.screen(ChooseScreen)
        for title in ("Расписка", "Заявление", "Согласие", "Ярлык дела"):
            assert title in hands.says()
        assert "Памятка" not in hands.says()
        await hands.press("down", "enter")
        wanted = out / f"application-{number}-1.pdf"
        await hands.until(wanted.exists, "the application")
        await hands.until(lambda: "Заявление" in hands.says(), "its line on the card")
        await hands.press("ctrl+b")
        await hands.screen(ChooseScreen)
        await hands.press(*["down"] * 9, "enter")  # the last of the list: the same papers, large
        await hands.until(lambda: "Напечатать крупно" in hands.says(), "the papers once more")
        await hands.press("down", "enter")
        large = out / f"application-{number}-2.pdf"
        await hands.until(large.exists, "the large application")
        jobs = desk.print_queue.of_request(desk.find.card(number).request_id)
        assert [job.large for job in jobs if job.paper == "application"] == [False, True]
        await hands.until(lambda: "напечатано, копия 2" in hands.says(), "its number on the card")
        assert "копия 1" not in hands.says()
    assert "ЗАЯВЛЕНИЕ" in "".join(pages_text(wanted.read_bytes()))
    assert heights(large.read_bytes()) > heights(wanted.read_bytes())


def heights(pdf: bytes) -> float:
    """How high the letters of the first page are in the middle, in points."""
    return median(mark.top - mark.bottom for mark in marks_of(pdf)[0])


async def test_a_printed_consent_is_signed_and_a_draft_is_read(
    made: DeskHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """«Подписано» writes it to the applicant's card; Ctrl+B at the check writes the draft."""
    async with at_work(made) as hands:
        desk = desk_of(hands)
        desk.settings.save(replace(desk.settings.load(), out_folder=str(tmp_path)))
        number = desk.intake.register_document(filled(desk)).number.text
        hands.app.screen.post_message(HomeScreen.Go(f"card:{number}"))
        await hands.screen(CardScreen)
        await hands.press("ctrl+b")
        await hands.screen(ChooseScreen)
        await hands.press("down", "down", "enter")
        await hands.screen(ConfirmScreen)
        await hands.press("enter")
        person = desk.applicants.of_number(number)
        await hands.until(lambda: bool(desk.consents.of(person)), "the consent")
        draft = desk.intake.begin("soc-card")
        draft.document |= filled(desk)
        desk.intake.save(draft)
        hands.app.screen.post_message(StepWanted(draft, "check"))
        await hands.screen(CheckScreen)
        await hands.press("ctrl+и")
        await hands.screen(AskLineScreen)
        assert "не зашифрован" in hands.says()
        await hands.press("enter")
        await hands.until(lambda: list(tmp_path.glob("черновик-*.pdf")), "the draft")
        (wanted,) = tmp_path.glob("черновик-*.pdf")
        assert wanted.stem.endswith(draft.id[-4:])
        there = tmp_path / "there.pdf"
        there.write_bytes(b"kept")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        await hands.press("ctrl+b")
        line = (await hands.screen(AskLineScreen)).query_one(Input)
        line.value = "~/there.pdf"
        await hands.press("enter")
        await hands.screen(ConfirmScreen)
        assert "уже есть" in hands.says()
        await hands.press("escape")
        line = (await hands.screen(AskLineScreen)).query_one(Input)
        assert line.value == "~/there.pdf"  # to be typed otherwise
        assert there.read_bytes() == b"kept"
        await hands.press("enter")
        await hands.screen(ConfirmScreen)
        await hands.press("enter")
        await hands.until(lambda: there.read_bytes() != b"kept", "the draft over it")
    assert "ЧЕРНОВИК" in "".join(pages_text(wanted.read_bytes()))
