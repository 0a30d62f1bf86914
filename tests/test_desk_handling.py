"""A registered request is amended, withdrawn and done; the journal keeps every version."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mfc_desk.access.roles import Role
from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import (
    AmendedMeanwhile,
    IntakeRefused,
    NotAllowed,
    NothingAmended,
    RequestClosed,
    ResultNotReady,
    UnknownDraft,
    UsageError,
)
from mfc_desk.exchange.feed import read_events
from mfc_desk.store import papers, requests
from printing.issue_journal import IssueJournal
from printing.kept import kept
from sync.feed import FeedEvent
from tests.desk_home import DeskHome, set_up_home
from tests.intake_world import register
from tests.paper_world import pages_text, squeezed


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    return set_up_home(tmp_path / "desk")


@pytest.fixture
def desk(made: DeskHome) -> Iterator[Desk]:
    with made.login() as opened:
        yield opened


def record(desk: Desk, number: str) -> dict[str, Any]:
    return deepcopy(desk.find.card(number).record)


def say(desk: Desk, kind: str, /, **body: Any) -> None:
    """The centre says something of the newest version of a request, as the feed brings it."""
    with desk.db.atomic():
        read_events(desk, [FeedEvent(1, kind, body)])()


def answered(desk: Desk, request_id: str, outcome: str, **more: Any) -> None:
    stored = requests.by_id(desk.db, request_id)
    assert stored is not None
    kind = "request.amend" if stored.version > 1 else "request.register"
    body = {"entry": stored.entry_id, "epoch": stored.epoch, "seq": stored.seq, "kind": kind}
    say(desk, "entry.result", **body, request=request_id, outcome=outcome, **more)


def test_a_returned_request_opens_with_its_faulty_fields_marked(desk: Desk) -> None:
    """The centre's words stand at their fields, under their labels, until the answer changes."""
    taken = register(desk)
    problems = [
        {"path": "answers.code_word", "text": "слово занято"},
        {"path": "nowhere.at_all", "text": "такого поля нет"},
    ]
    answered(desk, taken.request_id, "rejected", reason="invalid", problems=problems)
    number = taken.number.text
    assert [row.kind for row in desk.board.attention()] == ["returned"]
    assert "слово занято" in desk.board.attention()[0].text

    begun = desk.handling.begin(number)

    assert [one.path for one in begun.problems] == ["answers.code_word", "nowhere.at_all"]
    assert begun.problems[0].label
    assert begun.problems[0].label != "answers.code_word"
    assert desk.handling.begin(number).draft.id == begun.draft.id
    assert begun.draft.document == record(desk, number)
    begun.draft.document["answers"]["code_word"] = "Родник"
    desk.intake.save(begun.draft)
    amended = desk.handling.amend(begun.draft)

    assert (amended.number, amended.version) == (number, 2)
    row = desk.find.row(number)
    assert (row.state, row.state_text) == ("accepted", "исправлено, в очереди")
    assert [one.kind for one in desk.board.attention()] == []
    assert desk.exchange.view().unsent == 1
    with pytest.raises(UnknownDraft):
        desk.intake.open(begun.draft.id)
    assert check_desk(desk).faults == ()


def test_the_newest_version_is_found_and_shown(desk: Desk) -> None:
    """Search by the new name finds it, by the old one does not; the history has both."""
    taken = register(desk, surname="Первая")
    number = taken.number.text
    document = record(desk, number)
    document["applicant"]["surname"] = "Вторая"

    desk.handling.amend_document(number, document)

    assert [row.number for row in desk.find.search("вторая")] == [number]
    assert desk.find.search("первая") == ()
    assert desk.find.row(number).applicant_short.startswith("Вторая")
    assert [row.text for row in desk.find.card(number).history if row.by != "центр"][1] == (
        "исправлено"
    )
    document["applicant"]["surname"] = "Третья"
    assert desk.handling.amend_document(number, document).version == 3
    assert [row.applicant_short.split()[0] for row in desk.find.recent()] == ["Третья"]
    assert check_desk(desk).faults == ()


def test_an_answer_to_an_earlier_version_changes_nothing_of_the_newest(desk: Desk) -> None:
    """What the centre said of version 1 arrives after version 2 was written: only the № counts."""
    taken = register(desk)
    first = requests.by_id(desk.db, taken.request_id)
    assert first is not None
    document = record(desk, taken.number.text)
    document["applicant"]["surname"] = "Другая"
    desk.handling.amend_document(taken.number.text, document)

    say(
        desk,
        "entry.result",
        entry=first.entry_id,
        epoch=first.epoch,
        seq=first.seq,
        kind="request.register",
        request=taken.request_id,
        outcome="rejected",
        problems=[{"path": "answers.code_word", "text": "нет"}],
    )
    assert desk.find.row(taken.number.text).state == "accepted"
    assert desk.handling.begin(taken.number.text).problems == ()
    answered(desk, taken.request_id, "applied", official_no="90/2026-000001")

    row = desk.find.row(taken.number.text)
    assert (row.state, row.official_no) == ("confirmed", "90/2026-000001")


def test_what_cannot_be_amended_says_why_and_changes_nothing(desk: Desk) -> None:
    """Mistakes, no change, another service, a version written meanwhile."""
    taken = register(desk)
    number = taken.number.text
    before = desk.journal.position().seq
    same = record(desk, number)
    with pytest.raises(NothingAmended):
        desk.handling.amend_document(number, same)
    spoiled = deepcopy(same)
    spoiled["applicant"]["surname"] = ""
    with pytest.raises(IntakeRefused):
        desk.handling.amend_document(number, spoiled)
    with pytest.raises(UsageError):
        desk.handling.amend_document(number, {**same, "service": "phone-benefit"})
    draft = desk.handling.begin(number).draft
    draft.document["applicant"]["surname"] = "Черновая"
    other = deepcopy(same)
    other["applicant"]["surname"] = "Быстрая"
    assert desk.journal.position().seq <= before + 1  # the look at the card
    desk.handling.amend_document(number, other)
    with pytest.raises(AmendedMeanwhile):
        desk.handling.amend(draft)
    assert desk.handling.begin(number).draft.document["applicant"]["surname"] == "Быстрая"


def test_withdrawing_ends_a_request(desk: Desk) -> None:
    """Neither amended nor issued after; replayed by the check; the reason is kept."""
    number = register(desk).number.text
    with pytest.raises(UsageError):
        desk.handling.withdraw(number, " ")

    desk.handling.withdraw(number, "передумал")

    assert desk.find.row(number).state == "withdrawn"
    assert desk.find.card(number).history[1].text == "отозвано: передумал"
    for act in (
        lambda: desk.handling.withdraw(number, "ещё раз"),
        lambda: desk.handling.issue(number, arrived=True),
        lambda: desk.handling.begin(number),
    ):
        with pytest.raises(RequestClosed):
            act()
    assert check_desk(desk).faults == ()


def test_a_result_is_issued_when_it_is_there(desk: Desk) -> None:
    """Ready by the centre's word, or in the specialist's hand; counted in the day."""
    one, two = register(desk), register(desk, seed=1)
    answered(desk, one.request_id, "applied", official_no="90/2026-000001")
    with pytest.raises(ResultNotReady):
        desk.handling.issue(one.number.text)
    say(desk, "request.status", request=one.request_id, text="передано", at="1")
    say(desk, "result.ready", request=one.request_id, refused=False, at="2")
    say(desk, "result.ready", request=one.request_id, refused=False, at="2")
    assert desk.find.row(one.number.text).state_text == "результат готов, № 90/2026-000001"
    assert desk.find.card(one.number.text).progress == "передано"

    desk.handling.issue(one.number.text)
    desk.handling.issue(two.number.text, arrived=True)

    assert desk.board.today().issued == 2
    assert {row.state for row in desk.find.recent()} == {"issued"}
    said = [row.text for row in desk.find.card(one.number.text).history if row.by == "центр"]
    assert said == ["зарегистрировано, № 90/2026-000001", "ведомство: передано", "результат готов"]
    assert check_desk(desk).faults == ()


def test_the_issue_journal_lists_what_was_given_out(desk: Desk) -> None:
    """Each result stands on one sheet, with what was recorded of it; nothing new, no new sheet."""
    today = desk.centre_now().astimezone(desk.zone).date()
    one, two, three = (register(desk, seed=seed) for seed in range(3))
    blank = desk.day_papers.form_journal(today)
    answered(desk, one.request_id, "applied", official_no="90/2026-000001")
    say(desk, "result.ready", request=one.request_id, refused=True, at="1")
    desk.handling.issue(one.number.text)
    desk.handling.issue(two.number.text, arrived=True)

    first = desk.day_papers.form_journal(today)
    assert desk.day_papers.form_journal(today) == first
    desk.handling.issue(three.number.text, arrived=True)
    second = desk.day_papers.form_journal(today)

    sheets = [
        kept(IssueJournal, str(papers.kept(desk.db, number, "issue_journal"))).results
        for number in (blank, first, second)
    ]
    assert [[row.case for row in rows] for rows in sheets] == [
        [],
        [one.number.text, two.number.text],
        [three.number.text],
    ]
    (refused, other), _ = sheets[1:]
    assert (refused.outcome, other.outcome) == ("отказ", "")
    assert (refused.dt, refused.to) == ("21.11.2026 13:00", "лично")
    assert (refused.worker, refused.sign, refused.id_ok, refused.way) == (
        "Иванова А. П.",
        "",
        "",
        "",
    )
    said = squeezed("".join(pages_text(desk.papers.render(first, "issue_journal"))))
    assert squeezed(one.number.text) in said
    assert "ИвановаА.П." in said
    assert check_desk(desk).faults == ()


def test_a_message_of_the_centre_waits_until_it_is_read(desk: Desk) -> None:
    """Told again by a restored centre it is not shown again."""
    say(desk, "message", text="Завтра до 18:00", at="1")
    (row,) = desk.board.attention()
    assert (row.kind, row.text) == ("message", "Сообщение центра: Завтра до 18:00")
    assert row.message_id is not None

    desk.handling.read(row.message_id)
    say(desk, "message", text="Завтра до 18:00", at="1")

    assert desk.board.attention() == ()


def test_what_was_returned_stays_returned_under_a_new_epoch(desk: Desk) -> None:
    """A repeated entry was applied once; the return that came after it still stands."""
    taken = register(desk)
    number, request_id = taken.number.text, taken.request_id
    official = {"official_no": "90/2026-000001"}
    problems = [{"path": "applicant.snils", "text": "не тот номер"}]
    for _ in range(2):  # The second time as an enrolment anew reads the feed: from its start.
        answered(desk, request_id, "applied", **official)
        say(desk, "request.returned", request=request_id, problems=problems, at="1")
        answered(desk, request_id, "duplicate", **official)
        assert [row.kind for row in desk.board.attention()] == ["returned"]
        assert desk.find.row(number).state_text == "возвращено центром"
        assert [one.text for one in desk.find.card(number).problems] == ["не тот номер"]

    document = record(desk, number)
    document["answers"]["code_word"] = "Родник"
    desk.handling.amend_document(number, document)
    answered(desk, request_id, "duplicate", **official)

    assert desk.board.attention() == ()
    assert desk.find.row(number).state == "confirmed"


def test_events_of_another_shape_change_nothing(desk: Desk) -> None:
    """What a newer centre says is kept in the inbox and breaks nothing."""
    request_id = register(desk).request_id
    for kind in ("request.returned", "request.status", "result.ready", "message", "entry.settled"):
        for body in ({}, {"request": 5, "text": []}, {"request": "no", "text": None}):
            say(desk, kind, **body)
    say(desk, "request.status", request=request_id, text={"x": 1})

    assert desk.board.attention() == ()


def test_an_administrator_changes_no_request(made: DeskHome) -> None:
    """Who keeps the machine sees nobody's request and amends none."""
    with made.login() as desk:
        number = register(desk).number.text
        desk.operators.add("admin", "Админ А. А.", Role.ADMINISTRATOR, "long password")
    with made.login("admin", "long password") as admin:
        for act in (
            lambda: admin.handling.begin(number),
            lambda: admin.handling.withdraw(number, "причина"),
            lambda: admin.handling.issue(number),
        ):
            with pytest.raises(NotAllowed):
                act()


def test_the_check_sees_a_version_changed_past_the_program(desk: Desk) -> None:
    """An amended row that is not what its entry says is named."""
    number = register(desk).number.text
    document = record(desk, number)
    document["applicant"]["surname"] = "Новая"
    desk.handling.amend_document(number, document)
    with desk.db.atomic():
        stored = requests.by_number(desk.db, number)
        assert stored is not None
        body = json.loads(stored.body)
        body["record"]["applicant"]["surname"] = "Подменённая"
        desk.db.execute("UPDATE request SET body = ?", [json.dumps(body, ensure_ascii=False)])

    assert [fault.where for fault in check_desk(desk).faults] == [f"обращение {number}"]
