"""After registration: papers promised by a day are remembered, payments are noted; both replay."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forms.catalogue import PACKAGED
from forms.check import visible_fields
from forms.doubt import UNSURE
from forms.duty import duty_for
from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import NothingToRecord, PaymentDiffers, UnknownNumber
from mfc_desk.handling.paid import EXEMPT, difference
from mfc_desk.intake.receipt_content import receipt_anew, receipt_of
from mfc_desk.screens.attention import AttentionScreen
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.handling.card import CardScreen
from mfc_desk.screens.handling.payment import PaymentScreen
from mfc_desk.store import requests
from mfc_desk.widgets.rows import RowList
from tests.desk_home import DeskHome, set_up_home
from tests.intake_world import document, register
from tests.screen_world import SMALL, at_work, desk_of

TODAY = date(2026, 11, 21)


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


def promising(desk: Desk, *days: str) -> tuple[str, list[str]]:
    """Register a request whose first papers come by these days; its number and their names."""
    typed = document(desk)
    names = []
    for paper, day in zip(typed["documents"], days, strict=False):
        paper["promised"] = day
        names.append(paper["name"])
    return desk.intake.register_document(typed).number.text, names


def test_promised_papers_are_remembered_from_their_day_until_they_come(made: DeskHome) -> None:
    """Nothing before the day; one line for a request; what came is waited for no more."""
    with made.login() as desk:
        number, names = promising(desk, "2026-11-23", "2026-11-24")
        assert desk.promises.due() == ()
        made.clock.pass_(2 * 86400)
        assert [one.name for one in desk.promises.due()] == names[:1]
        made.clock.pass_(2 * 86400)
        (row,) = [row for row in desk.board.attention() if row.kind == "promised"]
        assert row.number == number
        assert "не донёс до 23.11" in row.text
        desk.promises.brought(number, names[0])
        assert [one.name for one in desk.promises.due()] == names[1:]
        with pytest.raises(NothingToRecord):
            desk.promises.brought(number, names[0])
        desk.promises.brought(number, names[1])
        assert desk.promises.due() == ()
        assert all(one.brought_at for one in desk.promises.of(number))
        assert check_desk(desk).faults == ()
        with pytest.raises(UnknownNumber):
            desk.promises.of("00317-999999-00-0")


def test_amended_and_withdrawn_requests_wait_for_nothing(made: DeskHome) -> None:
    """An amendment that has the paper ends the waiting; so does the end of the request."""
    with made.login() as desk:
        typed = document(desk)
        typed["documents"][0]["promised"] = "2026-11-21"
        amended = desk.intake.register_document(typed).number.text
        withdrawn, _ = promising(desk, "2026-11-21")
        assert len(desk.promises.due()) == 2
        del typed["documents"][0]["promised"]
        desk.handling.amend_document(amended, typed)
        assert desk.promises.of(amended)[0].brought_at
        desk.handling.withdraw(withdrawn, "заявитель передумал")
        assert desk.promises.due() == ()
        assert check_desk(desk).faults == ()


def test_payment_is_noted_and_corrected_by_another_note(made: DeskHome) -> None:
    """The last note counts; both stay in the journal; what makes no sense is not recorded."""
    with made.login() as desk:
        number = register(desk, "passport-rf").number.text
        first = desk.payments.note(number, way="terminal", kopecks=150000, paid_on=TODAY)
        second = desk.payments.note(
            number,
            way="online",
            kopecks=30000,
            paid_on=TODAY,
            document="чек 15",
            replaces=first.id,
            reason="банк округлил",
        )
        assert desk.payments.of(number) == (second,)
        assert second.way_title == "онлайн"
        before = desk.journal.position()
        for wrong in (
            {"way": "barter", "kopecks": 1},
            {"way": "window", "kopecks": 0},
            {"way": "exempt", "kopecks": 100, "document": "справка"},
            {"way": "exempt"},
            {"way": "window", "kopecks": 100, "paid_on": date(2026, 11, 22)},
            {"way": "window", "kopecks": 100, "uin": "12345678901234567890"},
            {"way": "window", "kopecks": 100, "replaces": first.id},
        ):
            with pytest.raises(NothingToRecord):
                desk.payments.note(number, **{"paid_on": TODAY, **wrong})  # type: ignore[arg-type]
        assert desk.journal.position() == before
        assert check_desk(desk).faults == ()
        kinds = [row.kind for row in desk.journal.entries(0, 100)]
        assert kinds.count("payment.note") == 2


async def test_card_notes_what_came_and_what_was_paid(made: DeskHome) -> None:
    """From attention to the card; Ctrl+N the paper, Ctrl+G the payment with the duty's sum."""
    with made.login() as desk:
        typed = document(desk, "passport-rf")
        typed["documents"][0]["promised"] = "2026-11-21"
        number = desk.intake.register_document(typed).number.text
    async with at_work(made, SMALL) as hands:
        await hands.press("f4")
        attention = await hands.screen(AttentionScreen)
        rows = attention.query_one(RowList)
        await hands.until(lambda: rows.rows, "a row")
        rows.cursor = [row.cells[0].text for row in rows.rows].index("…")
        await hands.press("enter")
        await hands.screen(CardScreen)
        await hands.press("ctrl+т")
        await hands.screen(ChooseScreen)
        await hands.press("enter")
        await hands.screen(CardScreen)
        desk = desk_of(hands)
        await hands.until(lambda: not desk.promises.due(), "the paper")
        await hands.press("ctrl+g")
        await hands.screen(PaymentScreen)
        await hands.press("ctrl+s")
        await hands.screen(CardScreen)
        await hands.until(lambda: desk.payments.of(number), "the payment")
        (paid,) = desk.payments.of(number)
        duty = desk.find.card(number).duty
        assert duty is not None
        assert paid.kopecks == duty["kopecks"] > 0
        await hands.until(lambda: "через терминал" in hands.says(), "the payment on the card")


async def test_a_reason_too_short_is_asked_again_and_the_form_is_not_lost(made: DeskHome) -> None:
    """Two letters are no reason; Esc goes back to the payment as it was typed."""
    with made.login() as desk:
        number = register(desk, "passport-rf").number.text
        for kopecks in (100, 200):
            desk.payments.note(
                number, way="online", kopecks=kopecks, paid_on=TODAY, reason="частями"
            )
    async with at_work(made, SMALL) as hands:
        hands.app.screen.post_message(DeskScreen.Go(f"card:{number}"))
        await hands.screen(CardScreen)
        await hands.press("ctrl+g")
        await hands.screen(PaymentScreen)
        await hands.press("ctrl+s")
        first = await hands.screen(AskLineScreen)
        await hands.write("да")
        await hands.press("enter")
        await hands.until(lambda: hands.app.screen is not first, "the question again")
        again = await hands.screen(AskLineScreen)
        assert "от 3 до 250 знаков" in hands.notices()
        assert "да" in hands.says()
        await hands.press("escape")
        await hands.screen(PaymentScreen)
        await hands.press("ctrl+s")
        await hands.screen(AskLineScreen)
        assert hands.app.screen is not again
        await hands.write("банк ошибся")
        await hands.press("enter")
        await hands.screen(CardScreen)
        desk = desk_of(hands)
        paid = desk.payments.of(number)[-1]
        assert (paid.way, paid.reason) == ("terminal", "банк ошибся")


def test_a_payment_that_is_not_the_duty_is_named_and_kept_with_a_reason(made: DeskHome) -> None:
    """Less, more, another line of the tariff, a free service; two halves are one whole."""
    with made.login() as desk:
        number = register(desk, "passport-rf").number.text
        full = desk.find.card(number).duty["kopecks"]  # type: ignore[index]
        other = ({30000, 150000} - {full}).pop()
        for kopecks, words in (
            (full - 100, "не хватает"),
            (full + 100, "больше"),
            (other, "стоит"),
        ):
            with pytest.raises(PaymentDiffers, match=words):
                desk.payments.note(number, way="window", kopecks=kopecks, paid_on=TODAY)
        with pytest.raises(PaymentDiffers, match="выберите льготу"):
            desk.payments.note(number, way="exempt", document="справка", paid_on=TODAY)
        assert desk.payments.of(number) == ()
        half = desk.payments.note(
            number, way="window", kopecks=100, paid_on=TODAY, reason="остальное онлайн"
        )
        assert "не хватает" in half.difference
        assert half.reason == "остальное онлайн"
        rest = desk.payments.note(number, way="online", kopecks=full - 100, paid_on=TODAY)
        assert rest.difference == ""
        free = register(desk).number.text
        with pytest.raises(PaymentDiffers, match="бесплатна"):
            desk.payments.note(free, way="window", kopecks=100, paid_on=TODAY)
        assert check_desk(desk).faults == ()


def test_an_exemption_changes_the_sum_and_the_snapshot_says_why(made: DeskHome) -> None:
    """Chosen in the form by the line's own list; amending takes it away again."""
    with made.login() as desk:
        typed = document(desk, "passport-rf")
        service = desk.catalogue.service("passport-rf")
        asked = {
            one.path: one.field for one in visible_fields(service, desk.catalogue, typed, TODAY)
        }["delivery.exemption"]
        exemption = asked.choices[-1].code
        full = duty_for(service, typed, TODAY)
        assert full is not None
        typed["delivery"]["exemption"] = exemption
        (lacking,) = desk.intake.check_document(typed).errors
        assert (lacking.code, lacking.path) == ("document.missing", "documents.exemption-orphan")
        typed["documents"].append({"name": "exemption-orphan"})
        number = desk.intake.register_document(typed).number.text
        duty = desk.find.card(number).duty
        assert duty is not None
        assert (duty["kopecks"], duty["exemption"], duty["full_kopecks"]) == (
            0,
            exemption,
            full.kopecks,
        )
        paid = desk.payments.note(number, way="exempt", document="справка", paid_on=TODAY)
        assert paid.difference == ""
        with pytest.raises(PaymentDiffers, match="по льготе"):
            desk.payments.note(
                number,
                way="window",
                kopecks=full.kopecks or 0,
                paid_on=TODAY,
                replaces=paid.id,
            )
        stored = requests.by_number(desk.db, number)
        assert stored is not None
        content = receipt_anew(desk, stored) or ""
        receipt = receipt_of(content, number=number, head="", official_no=None)
        assert receipt.duty is not None
        assert receipt.duty.status == f"льгота: {exemption}"
        assert UNSURE in receipt.duty.amount
        del typed["delivery"]["exemption"]
        desk.handling.amend_document(number, typed)
        assert desk.find.card(number).duty["kopecks"] == full.kopecks  # type: ignore[index]
        typed["delivery"]["exemption"] = "ветераны космоса"
        assert not desk.intake.check_document(typed).ok
        assert check_desk(desk).faults == ()


def test_an_amendment_has_the_exemptions_of_the_day_it_was_taken(made: DeskHome) -> None:
    """The line of the tariff ended since; the exemption stays, and can still be chosen."""
    shutil.copytree(PACKAGED, made.home.catalogue)
    file = made.home.catalogue / "services" / "passport-rf.toml"
    text = file.read_text(encoding="utf-8")
    ended = text.replace("exempt = [", "valid_to = 2026-11-30\nexempt = [")
    assert ended != text
    file.write_text(ended, encoding="utf-8")
    with made.login() as desk:
        typed = document(desk, "passport-rf")
        service = desk.catalogue.service("passport-rf")
        duty = duty_for(service, typed, TODAY)
        assert duty is not None
        typed["delivery"]["exemption"] = duty.exempt[0].title
        typed["documents"].append({"name": "exemption-svo"})
        number = desk.intake.register_document(typed).number.text
        made.clock.pass_(12 * 86400)
        anew: Any = desk.intake.check_document(typed).record["delivery"]
        assert "exemption" not in anew  # a new request has no such line
        draft = desk.handling.begin(number).draft
        draft.document["applicant"]["birth_place"] = "с. Учебное"
        assert desk.intake.check(draft).ok
        desk.handling.amend(draft)
        kept = desk.find.card(number).duty
        assert kept is not None
        assert (kept["kopecks"], kept["exemption"]) == (0, duty.exempt[0].title)
        assert check_desk(desk).faults == ()


def test_a_lesser_duty_marked_as_not_paid_names_its_exemption(made: DeskHome) -> None:
    """The request has its exemption: nobody is told to choose one, but what it costs."""
    with made.login() as desk:
        taken = requests.by_number(desk.db, register(desk, "passport-rf").number.text)
        assert taken is not None
        body = json.loads(taken.body)
        body["duty"] |= {"kopecks": 200, "exemption": "учащиеся"}
        lesser = replace(taken, body=json.dumps(body))
        said = difference(desk, lesser, [(EXEMPT, 0)])
    assert said == "отмечено, что не платится, а по льготе «учащиеся» платится 2,00 ₽"
