"""How long a representative may act: shown on the cards, warned of, weighed when issuing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from forms.people import representative
from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import NotEntitled
from mfc_desk.intake.powers import shown_power
from tests.desk_home import DeskHome, set_up_home
from tests.intake_world import TODAY, document

RESULT_ON = TODAY + timedelta(days=10)


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


def by_power(**power: Any) -> dict[str, Any]:
    """A representative's block with changes to the power."""
    block = representative(1, TODAY)
    block["power"] = {**block["power"], **power}  # type: ignore[dict-item]
    return block


@pytest.mark.parametrize(
    ("power", "state", "words"),
    [
        ({"issued": "2026-11-01"}, "good", "до 01.11.2027, срок не назван: один год"),
        ({"issued": "01.11.2026"}, "good", "до 01.11.2027, срок не назван"),
        ({"until": "2028-01-01"}, "good", "до 01.01.2028"),
        ({"until": "2026-12-15"}, "ending", "осталось дней 24"),
        ({"until": "2026-11-25"}, "ending", "раньше, чем готов результат 01.12.2026"),
        ({"until": "2026-11-20"}, "over", "Срок кончился"),
        ({"issued": "2024-02-29"}, "over", "до 28.02.2025"),
        ({"issued": ""}, "void", "ничтожна"),
    ],
)
def test_the_term_is_said_in_words(power: dict[str, str], state: str, words: str) -> None:
    """One year when no term is named; void without its day; over before the result is ready."""
    shown = shown_power({"representative": by_power(**power)}, TODAY, RESULT_ON)

    assert shown is not None
    assert shown.state == state
    assert words in shown.text


def test_a_power_of_the_law_has_no_end_and_nobody_has_no_power() -> None:
    """A parent acts as long as the paper says, else without an end."""
    shown = shown_power({"representative": {**by_power(issued=""), "kind": "law"}}, TODAY)
    assert shown is not None
    assert shown.state == "good"
    assert shown_power({"representative": None}, TODAY) is None


def test_cards_show_the_power_and_a_finished_one_receives_nothing(made: DeskHome) -> None:
    """On the card of the request and of the applicant; issuing asks whether it holds that day."""
    with made.login() as desk:
        typed = document(desk, "payments-ref")
        typed["documents"].append({"name": "power", "copies": 1, "sheets": 1})
        typed["representative"] = by_power(issued="2026-11-01")
        number = desk.intake.register_document(typed).number.text
        power = desk.find.card(number).power
        assert power is not None
        assert power.power.last == date(2027, 11, 1)
        card = desk.applicants.card(desk.applicants.of_number(number))
        assert [one.text for one in card.powers] == [power.text]
        typed["representative"] = by_power(issued="2026-11-01", scope=["submit"])
        submits = desk.intake.register_document(typed).number.text
        with pytest.raises(NotEntitled, match="только подать"):
            desk.handling.issue(submits, "representative", arrived=True)
        made.clock.pass_(366 * 86400)
        with pytest.raises(NotEntitled, match=r"01\.11\.2027"):
            desk.handling.issue(number, "representative", arrived=True)
        desk.handling.issue(number, arrived=True)
        closed = desk.find.card(number).power
        assert closed is not None
        assert closed.state == "over"


def test_a_power_that_ends_soon_needs_attention_until_the_request_ends(made: DeskHome) -> None:
    """Thirty days before its last day, one year when no term is named; a new one settles it."""
    with made.login() as desk:
        typed = document(desk, "payments-ref")
        typed["documents"].append({"name": "power", "copies": 1, "sheets": 1})
        typed["representative"] = by_power(issued="2025-12-22", until=None)
        one_year = desk.intake.register_document(typed).number.text
        typed["representative"] = by_power(until="2026-12-20")
        named = desk.intake.register_document(typed).number.text
        assert warned(desk) == [named]
        made.clock.pass_(86400)
        assert warned(desk) == [named, one_year]
        (first, second) = (row for row in desk.board.attention() if row.kind == "power")
        assert "до 20.12.2026: осталось дней 28" in first.text
        assert "до 22.12.2026, срок не назван: один год" in second.text
        made.clock.pass_(40 * 86400)
        assert "Срок кончился" in next(
            row.text for row in desk.board.attention() if row.kind == "power"
        )
        again = {**desk.find.card(named).record, "representative": by_power(until="2027-06-01")}
        desk.handling.amend_document(named, again)
        assert warned(desk) == [one_year]
        assert check_desk(desk).faults == ()
        desk.handling.issue(one_year, arrived=True)
        assert warned(desk) == []


def warned(desk: Desk) -> list[str | None]:
    """Numbers whose power «Требуют внимания» names, in its order."""
    return [row.number for row in desk.board.attention() if row.kind == "power"]
