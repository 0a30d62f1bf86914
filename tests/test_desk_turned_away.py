"""Referrals and the waiting list: numbered, journalled, remembered on the day, replayed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.errors import NothingToRecord, UnknownService, UnknownTurning
from mfc_desk.intake.turned_away import CANCELLED, DONE, REFUSED, get
from mfc_desk.screens.attention import AttentionScreen
from mfc_desk.screens.form.form import FormScreen
from mfc_desk.screens.intake.turning import TurningScreen
from mfc_desk.widgets.rows import RowList
from sync.entries import decode
from tests.desk_home import DeskHome, set_up_home
from tests.intake_world import document, register
from tests.screen_world import SMALL, at_work, desk_of

TODAY = date(2026, 11, 21)
PERSON = {"kind": "person", "surname": "Образцова", "name": "Мария", "phone": "+7 900 000-00-07"}
WHY = "Сведения выдаёт только действующая связь с реестром."


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


def test_referral_has_a_number_and_says_what_its_paper_needs(made: DeskHome) -> None:
    """The numbers of requests and referrals are of one counter; the snapshot is in the journal."""
    with made.login() as desk:
        first = register(desk).number
        given = desk.referrals.give("egrn-info", to="Флагманский офис", why=WHY, applicant=PERSON)
        assert given.number[:12] == f"00317-{first.counter + 1:06d}"
        assert register(desk, seed=2).number.counter == first.counter + 2

        assert get(desk, given.number) == get(desk, given.id)
        body = get(desk, given.id).body
        assert body["to"] == "Флагманский офис"
        service = desk.catalogue.service("egrn-info")
        assert body["bring"] == [one.title for one in service.documents if one.by == "applicant"]
        journalled = [
            decode(row.data or b"").body
            for row in desk.journal.entries(0, 100)
            if row.kind == "referral.give"
        ]
        assert journalled == [body]
        assert check_desk(desk).faults == ()


def test_waiting_is_remembered_from_its_day_until_it_ends(made: DeskHome) -> None:
    """Not before the day, every day from it on, never again after it was closed."""
    with made.login() as desk:
        put = desk.waiting.put(
            "egrn-info", applicant=PERSON, why=WHY, remind_on=TODAY + timedelta(days=2)
        )
        assert desk.waiting.due() == ()
        assert [one.id for one in desk.waiting.waiting()] == [put.id]
        made.clock.pass_(2 * 86400)
        assert [one.id for one in desk.waiting.due()] == [put.id]
        assert [row.turning_id for row in desk.board.attention()] == [put.id]
        made.clock.pass_(86400)
        assert [one.id for one in desk.waiting.due()] == [put.id]

        desk.waiting.close(put.id, DONE)

        assert desk.waiting.due() == desk.waiting.waiting() == ()
        assert get(desk, put.id).closed == DONE
        with pytest.raises(UnknownTurning):
            desk.waiting.close(put.id, CANCELLED)
        assert check_desk(desk).faults == ()


def test_what_lacks_something_is_not_recorded(made: DeskHome) -> None:
    """Every refusal to record names what is missing, and leaves no entry and no number."""
    with made.login() as desk:
        before = desk.journal.position()
        with pytest.raises(UnknownService):
            desk.referrals.give("no-such", to="Флагман", why=WHY)
        with pytest.raises(NothingToRecord, match="куда"):
            desk.referrals.give("egrn-info", to="  ", why=WHY)
        with pytest.raises(NothingToRecord, match="почему"):
            desk.referrals.give("egrn-info", to="Флагман", why="")
        with pytest.raises(NothingToRecord, match="телефон"):
            desk.waiting.put(
                "egrn-info", applicant=PERSON | {"phone": ""}, why=WHY, remind_on=TODAY
            )
        with pytest.raises(NothingToRecord, match="прошёл"):
            desk.waiting.put(
                "egrn-info", applicant=PERSON, why=WHY, remind_on=TODAY - timedelta(days=1)
            )
        assert desk.journal.position() == before


def test_a_changed_referral_is_found_by_the_check(made: DeskHome) -> None:
    """The replay of the journal names the row that was edited past the program."""
    with made.login() as desk:
        desk.referrals.give("egrn-info", to="Флагманский офис", why=WHY, applicant=PERSON)
        with desk.db.atomic():
            desk.db.execute("UPDATE turned_away SET applicant = 'Иной'")
        (fault,) = check_desk(desk).faults
        assert "не такая, как следует из журнала" in fault.text


async def test_reminder_leads_to_the_request(made: DeskHome) -> None:
    """Attention shows it; Enter opens it; Ctrl+N begins the request, which ends the waiting.

    Only when it is registered: a draft that is left or thrown away loses nobody.
    """
    with made.login() as desk:
        applicant = document(desk, "egrn-info")["applicant"]
        put = desk.waiting.put("egrn-info", applicant=applicant, why=WHY, remind_on=TODAY)
    async with at_work(made, SMALL) as hands:
        await hands.press("f4")
        attention = await hands.screen(AttentionScreen)
        await hands.until(lambda: attention.query_one(RowList).rows, "a row")
        await hands.press("enter")
        await hands.screen(TurningScreen)
        assert put.number in hands.says()
        assert WHY[:30] in hands.says()
        await hands.press("ctrl+т")
        form = await hands.screen(FormScreen)
        assert form.form.draft.document["applicant"]["snils"] == applicant["snils"]
        desk = desk_of(hands)
        assert [one.id for one in desk.waiting.waiting()] == [put.id]
        draft = form.form.draft
        desk.intake.discard(draft.id)
        assert [one.id for one in desk.waiting.waiting()] == [put.id]
        desk.intake.save(draft)
        draft = desk.intake.open(draft.id)
        draft.document |= document(desk, "egrn-info")
        desk.intake.save(draft)
        desk.intake.register(draft)
        assert desk.waiting.waiting() == ()
        assert get(desk, put.id).closed == DONE
        assert check_desk(desk).faults == ()


async def test_waiting_is_dropped_by_a_key(made: DeskHome) -> None:
    """Ctrl+D takes it off the list and says so; a referral has no such key."""
    with made.login() as desk:
        put = desk.waiting.put("egrn-info", applicant=PERSON, why=WHY, remind_on=TODAY)
        given = desk.referrals.give("egrn-info", to="Флагманский офис", why=WHY)
    async with at_work(made, SMALL) as hands:
        home = hands.app.screen
        hands.app.screen.post_message(home.Go(f"turning:{given.id}"))  # type: ignore[attr-defined]
        await hands.screen(TurningScreen)
        assert "Снять с ожидания" not in hands.says()
        await hands.press("escape")
        await hands.until(lambda: hands.app.screen is home, "home")
        hands.app.screen.post_message(home.Go(f"turning:{put.id}"))  # type: ignore[attr-defined]
        await hands.screen(TurningScreen)
        await hands.press("ctrl+d")
        await hands.until(lambda: hands.app.screen is home, "home")
        assert desk_of(hands).waiting.waiting() == ()


def test_a_refusal_of_what_waited_ends_the_waiting_with_its_reason(made: DeskHome) -> None:
    """The entry says why it ended and by which refusal; one thrown away goes on waiting."""
    with made.login() as desk:
        typed = document(desk)
        put = desk.waiting.put(
            "soc-card", applicant=typed["applicant"], why="нет связи", remind_on=TODAY
        )
        desk.intake.discard(desk.intake.begin("soc-card", waiting=put.id).id)
        assert [one.id for one in desk.waiting.waiting()] == [put.id]
        draft = desk.intake.begin("soc-card", waiting=put.id)
        draft.document = typed | {"documents": []}
        desk.intake.save(draft)
        defects = desk.refusals.proposal(draft.document)
        refused = desk.refusals.give(draft.document, defects, draft_id=draft.id)
        assert desk.waiting.waiting() == desk.waiting.due() == ()
        ended = get(desk, put.id)
        assert ended.closed == REFUSED
        assert ended.text.startswith("лист ожидания: отказано в приёме, R0")
        assert refused.number in ended.text
        with pytest.raises(NothingToRecord):
            desk.waiting.close(put.id, REFUSED)
        assert check_desk(desk).faults == ()
