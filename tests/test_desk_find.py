"""Finding requests on an open desk: rows, states, the card, and who looked at whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from forms.number import compose
from mfc_desk.desk import Desk
from mfc_desk.errors import UnknownNumber
from mfc_desk.exchange.feed import read_events
from sync.entries import decode
from sync.feed import FeedEvent
from tests.desk_home import NOON, DeskHome, set_up_home
from tests.intake_world import SURNAME, document, register


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


@pytest.fixture
def desk(made: DeskHome) -> Iterator[Desk]:
    """The desk, opened by its supervisor."""
    with made.login() as opened:
        yield opened


def told(desk: Desk, request_id: str, **answer: object) -> None:
    """The centre tells what became of the registration of a request."""
    (epoch, seq) = desk.db.execute(
        "SELECT epoch, seq FROM request WHERE id = ?", [request_id]
    ).fetchone()
    body = {"epoch": epoch, "seq": seq, "kind": "request.register", "request": request_id, **answer}
    with desk.db.atomic():
        read_events(desk, [FeedEvent(1, "entry.result", body)])()


def test_a_number_is_found_in_any_spelling(desk: Desk) -> None:
    """As printed, as digits, with dots, by its end."""
    number = register(desk).number
    register(desk, seed=1)

    for typed in (number.text, number.digits, number.text.replace("-", "."), f"№ {number.text}"):
        assert [row.number for row in desk.find.search(typed)] == [number.text]
    assert number.text in [row.number for row in desk.find.search(number.short)]
    for length in range(1, len(number.digits)):
        assert number.text in [row.number for row in desk.find.search(number.digits[:length])]
    assert desk.find.row(number.digits).number == number.text


def test_an_official_number_is_found(desk: Desk) -> None:
    """The number the centre gave stands beside ours and leads to the same request."""
    taken = register(desk)
    register(desk, seed=1)
    told(desk, taken.request_id, outcome="applied", official_no="90/2026-000117")

    (row,) = desk.find.search("90/2026-000117")

    assert (row.number, row.official_no) == (taken.number.text, "90/2026-000117")
    assert (row.state, row.state_text) == ("confirmed", "центр подтвердил, № 90/2026-000117")


def test_today_is_the_offices_day(made: DeskHome, desk: Desk) -> None:
    """At 13:00 in Vladivostok it is a new day eleven hours later, whatever UTC says."""
    register(desk)
    assert len(desk.find.today()) == 1

    made.clock.pass_(11 * 3600)

    assert desk.find.today() == ()
    assert desk.board.today().accepted == 0
    assert len(desk.find.recent()) == 1


def test_a_mistyped_number_says_what_is_wrong(desk: Desk) -> None:
    """The check digit tells a slip of the finger from a request of another desk."""
    number = register(desk).number
    wrong = number.digits[:-1] + str((int(number.digits[-1]) + 1) % 10)

    with pytest.raises(UnknownNumber, match="контрольная цифра"):
        desk.find.card(wrong)
    with pytest.raises(UnknownNumber, match="нет"):
        desk.find.card(compose(1, 1, 0).text)


def test_looking_at_a_card_is_journalled_once_a_look(made: DeskHome, desk: Desk) -> None:
    """Who looked at whom: redrawing the same card is the same look, coming back later is not."""
    taken = register(desk)

    def looks() -> list[str | None]:
        rows = desk.journal.entries(0, 100)
        kinds = [decode(row.data) for row in rows if row.data is not None]
        return [entry.request_id for entry in kinds if entry.kind == "access"]

    desk.find.card(taken.number.text)
    desk.find.card(taken.number.digits)
    assert looks() == [taken.request_id]
    made.clock.pass_(600)
    desk.find.card(taken.request_id)
    assert looks() == [taken.request_id] * 2
    desk.find.search(SURNAME)
    assert len(looks()) == 2


def test_a_returned_request_says_why_on_its_card_and_among_what_needs_attention(
    desk: Desk,
) -> None:
    """The reason per field, until it is corrected and accepted."""
    taken = register(desk)
    problem = {"path": "answers.code_word", "label": "Кодовое слово", "text": "слишком короткое"}
    told(desk, taken.request_id, outcome="rejected", reason="invalid", problems=[problem])

    card = desk.find.card(taken.number.text)
    (row,) = [one for one in desk.board.attention() if one.kind == "returned"]

    assert card.row.state == "rejected"
    assert [(one.path, one.text) for one in card.problems] == [
        ("answers.code_word", "слишком короткое")
    ]
    assert "Кодовое слово: слишком короткое" in row.text
    assert row.number == taken.number.text
    assert card.history[-1].by == "центр"


def test_a_held_request_names_the_reason_in_words(desk: Desk) -> None:
    """Codes of the protocol never reach the person."""
    taken = register(desk)
    told(desk, taken.request_id, outcome="held", reason="form")

    card = desk.find.card(taken.number.text)

    assert card.row.state_text == "на разборе в центре"
    assert card.reason == "у центра другая версия этой услуги"


def test_an_official_number_once_given_stays(desk: Desk) -> None:
    """A later answer without it does not take it away."""
    taken = register(desk)
    told(desk, taken.request_id, outcome="applied", official_no="90/2026-000001")
    told(desk, taken.request_id, outcome="duplicate")

    assert desk.find.row(taken.number.text).official_no == "90/2026-000001"


def test_events_of_unknown_kinds_and_requests_change_nothing(desk: Desk) -> None:
    """A newer centre may tell what this program does not know."""
    register(desk)

    with desk.db.atomic():
        read_events(
            desk,
            [
                FeedEvent(1, "weather", {"rain": True}),
                FeedEvent(2, "entry.result", {"outcome": 7}),
                FeedEvent(
                    3,
                    "entry.result",
                    {
                        "epoch": 1,
                        "seq": 1,
                        "kind": "request.register",
                        "request": "elsewhere",
                        "outcome": "applied",
                    },
                ),
            ],
        )()

    assert [row.state for row in desk.find.recent()] == ["accepted"]


def test_a_close_deadline_needs_attention_until_the_centre_confirms(
    made: DeskHome, desk: Desk
) -> None:
    """Four hours before the office's next working day ends it stands in the list, then red."""
    taken = register(desk)
    assert [row.kind for row in desk.board.attention()] == []

    made.clock.set(NOON + timedelta(days=2, hours=3))
    (row,) = desk.board.attention()
    assert row.kind == "deadline"
    assert "зарегистрировать до 23.11 18:00, 2 ч 0 м" in row.text
    made.clock.set(NOON + timedelta(days=3))
    assert "срок прошёл" in desk.board.attention()[0].text
    told(desk, taken.request_id, outcome="applied", official_no="90/2026-000001")
    assert desk.board.attention() == ()


def test_the_board_counts_the_day_by_hours_and_lists_drafts(made: DeskHome, desk: Desk) -> None:
    """Hours are those of the office's clock."""
    register(desk, seed=1)
    made.clock.pass_(3600)
    register(desk, seed=2)
    draft = desk.intake.begin("soc-card", {"kind": "person", "surname": SURNAME, "name": "Мария"})

    view = desk.board.today()

    assert (view.accepted, view.drafts) == (2, 1)
    assert [hour for hour, count in enumerate(view.by_hour) if count] == [13, 14]
    (row,) = desk.board.attention()
    assert (row.kind, row.draft_id) == ("draft", draft.id)
    assert row.text == f"{SURNAME} М. · Социальная карта · черновик"


def test_pages_of_a_search_follow_each_other(desk: Desk) -> None:
    """The cursor is the rid of the last row shown."""
    numbers = [register(desk, seed=seed).number.text for seed in range(5)]

    first = desk.find.search(SURNAME, limit=2)
    second = desk.find.search(SURNAME, limit=2, before=first[-1].rid)

    assert [row.number for row in (*first, *second)] == numbers[:0:-1]
    assert desk.find.page("").complete


def test_an_applicant_is_found_by_own_name_and_digits_but_not_by_the_representatives(
    desk: Desk,
) -> None:
    """The list offers whom the request was for; their helper is somebody else."""
    register(desk, phone="+7 900 000-55-66")
    seed = next(n for n in range(1, 50) if document(desk, seed=n)["representative"])
    register(desk, seed=seed, surname="Подопечная")
    helper = document(desk, seed=seed)["representative"]["surname"]

    def names(text: str) -> list[str]:
        return [row.name.split()[0] for row in desk.applicants.search(text)]

    assert names("подоп") == ["Подопечная"]
    assert names(helper) == []
    assert names("55-66") == [SURNAME]
    assert names("") == ["Подопечная", SURNAME]
    assert [row.number for row in desk.find.search(helper)]
