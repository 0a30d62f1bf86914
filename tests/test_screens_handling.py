"""From «Требуют внимания» to a corrected request; withdrawn and done from the card, by keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from mfc_desk.desk import Desk
from mfc_desk.exchange.feed import read_events
from mfc_desk.screens.attention import AttentionScreen
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.form.form import FormScreen
from mfc_desk.screens.handling.card import CardScreen
from mfc_desk.screens.intake.check import CheckScreen
from mfc_desk.store import requests
from mfc_desk.widgets.form_section import FormSection
from sync.feed import FeedEvent
from tests.desk_home import DeskHome, set_up_home
from tests.intake_world import register
from tests.screen_world import SMALL, at_work, desk_of

PATH = "answers.code_word"


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    return set_up_home(tmp_path / "desk")


def returned(desk: Desk, seed: int = 0) -> str:
    """A request the centre returned for one field."""
    taken = register(desk, seed=seed)
    stored = requests.by_id(desk.db, taken.request_id)
    assert stored is not None
    body = {
        "entry": stored.entry_id,
        "request": stored.id,
        "reason": "Уточните данные.",
        "problems": [{"path": PATH, "text": "слово уже занято, спросите другое"}],
        "at": "2026-11-21T10:00:00Z",
    }
    with desk.db.atomic():
        read_events(desk, [FeedEvent(1, "request.returned", body)])()
    return taken.number.text


async def test_a_returned_request_is_corrected_from_the_list(made: DeskHome) -> None:
    """Card, the form at the marked field, the check, written; the card shows the new version."""
    with made.login() as desk:
        number = returned(desk)
    async with at_work(made, SMALL) as hands:
        await hands.press("f4")
        await hands.screen(AttentionScreen)
        await hands.press("enter")
        await hands.screen(CardScreen)
        await hands.until(lambda: "слово уже занято" in hands.says(), "the centre's words")

        await hands.press("ctrl+r")
        form = await hands.screen(FormScreen)
        await hands.until(form.focused_row, "a focused field")
        row = form.focused_row()
        assert row is not None
        assert row.path == PATH
        assert row.problem is not None
        assert "центр: слово уже занято" in hands.says()
        await hands.press("f12")
        await hands.until(lambda: PATH in form.form.problems, "the mark that is still there")
        await hands.press("end")
        await hands.write("ок")
        await hands.press("tab")
        await hands.until(lambda: PATH not in form.form.problems, "no mark on a changed field")
        assert form.query_one(FormSection).row(PATH) is not None

        form.leave("check")
        await hands.screen(CheckScreen)
        assert "Записать исправление" in hands.says()
        await hands.press("ctrl+s")
        await hands.screen(CardScreen)
        await hands.until(lambda: "исправлено" in hands.says(), "the new version")
        assert desk_of(hands).find.card(number).version == 2
        assert desk_of(hands).intake.drafts() == ()


async def test_a_request_is_withdrawn_and_another_done(made: DeskHome) -> None:
    """Each asks once more; a closed request has no keys to act with."""
    with made.login() as desk:
        one, two = (register(desk, seed=seed).number.text for seed in (1, 2))
    async with at_work(made) as hands:
        hands.app.post_message(CardScreen.Go(f"card:{one}"))
        card = await hands.screen(CardScreen)
        await hands.until(lambda: card.card, "a drawn card")
        await hands.press("ctrl+x")
        await hands.screen(AskLineScreen)
        await hands.write("передумал")
        await hands.press("enter")
        await hands.screen(ConfirmScreen)
        await hands.press("enter")
        await hands.until(lambda: card.card and card.card.closed, "a withdrawn request")
        assert "отозвано заявителем" in hands.says()
        assert "Исправить" not in hands.says()
        await hands.press("ctrl+r")
        assert isinstance(hands.app.screen, CardScreen)

        hands.app.post_message(CardScreen.Go(f"card:{two}"))
        await hands.until(
            lambda: isinstance(hands.app.screen, CardScreen) and hands.app.screen.number == two,
            "the other card",
        )
        await hands.until(lambda: hands.app.screen.query("#answers"), "a drawn card")
        await hands.press("ctrl+d")
        await hands.screen(ConfirmScreen)
        assert "не сообщал" in hands.says()
        await hands.press("enter")
        await hands.until(
            lambda: desk_of(hands).find.row(two).state == "issued", "an issued result"
        )
