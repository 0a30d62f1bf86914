"""One request of a thousand is wrong: its neighbours do not wait, it is returned and corrected."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from forms.check import Checked
from forms.spec import Service
from mfc_desk.audit import check_desk
from mfc_desk.intake.intake import Intake
from tests.centre_process import CentreProcess, shared_centre
from tests.intake_world import document
from tests.linked_desk import LinkedDesk, linked_desk
from tests.taking_requests import register

__all__ = ["shared_centre"]
DESK = 611


def register_unchecked(linked: LinkedDesk, monkeypatch: pytest.MonkeyPatch) -> str:
    """Register a request the centre's rules refuse, as a program of a desk with a defect would."""
    spoiled = document(linked.desk, seed=3)
    spoiled["answers"].pop("code_word")

    def pass_all(_: Intake, given: dict[str, Any], __: Service) -> Checked:
        return Checked(record=dict(given), problems=())

    with monkeypatch.context() as defect:
        defect.setattr(Intake, "_check", pass_all)
        return linked.desk.intake.register_document(spoiled).number.text


def poison_among(
    folder: Path, centre: CentreProcess, neighbours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but the poison applied in the same exchange; returned, corrected, applied."""
    with linked_desk(folder, centre, DESK) as linked:
        desk = linked.desk
        register(desk, neighbours // 2, seed=1)
        poison = register_unchecked(linked, monkeypatch)
        register(desk, neighbours - neighbours // 2, seed=2)

        result = linked.exchange()

        assert result.error is None
        summary = desk.exchange.summary()
        assert (summary.requests, summary.confirmed, summary.returned) == (
            neighbours + 1,
            neighbours,
            1,
        )
        assert desk.find.row(poison).state == "rejected"
        (returned,) = [row for row in desk.board.attention() if row.kind == "returned"]
        assert returned.number == poison

        begun = desk.handling.begin(poison)
        assert [(one.path, one.code) for one in begun.problems] == [
            ("answers.code_word", "returned")
        ]
        begun.draft.document["answers"]["code_word"] = "Родник"
        assert desk.handling.amend(begun.draft).version == 2
        assert linked.exchange().error is None

        row = desk.find.row(poison)
        assert row.state == "confirmed"
        assert row.official_no
        assert desk.exchange.summary().confirmed == neighbours + 1
        assert [line.kind for line in desk.board.attention() if line.kind == "returned"] == []
        versions = [one for one in centre.export() if one["number"] == poison]
        assert [(one["version"], one["outcome"]) for one in versions] == [
            (1, "rejected"),
            (2, "applied"),
        ]
        assert centre.verify()["faults"] == []
        assert check_desk(desk).faults == ()


def test_one_poison_among_a_hundred(
    tmp_path: Path, shared_centre: CentreProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """99 applied in the same exchange; the poison returned, corrected, applied."""
    poison_among(tmp_path, shared_centre, 99, monkeypatch)


@pytest.mark.full
def test_one_poison_among_a_thousand(
    tmp_path: Path, shared_centre: CentreProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with 999 neighbours: several batches, one exchange."""
    poison_among(tmp_path, shared_centre, 999, monkeypatch)


def test_what_the_centre_says_reaches_the_desk_and_is_amended(
    tmp_path: Path, shared_centre: CentreProcess
) -> None:
    """Registered, returned by a person, amended, withdrawn: both sides know each step."""
    with linked_desk(tmp_path, shared_centre, DESK + 1) as linked:
        desk = linked.desk
        (number,) = [taken.number.text for taken in register(desk, 1, seed=5)]
        assert linked.exchange().error is None
        words = tmp_path / "words"
        words.write_text("answers.code_word: нужно другое слово\nПозвоните заявителю.", "utf-8")
        shared_centre.command("return", number, "--file", str(words))
        assert linked.exchange().error is None

        card = desk.find.card(number)
        assert (card.row.state, card.reason) == ("rejected", "Позвоните заявителю.")
        assert card.problems[0].label
        amended = deepcopy(card.record)
        amended["answers"]["code_word"] = "Заря"
        desk.handling.amend_document(number, amended)
        desk.handling.withdraw(number, "передумал")
        assert linked.exchange().error is None

        told = shared_centre.lines("request", number)[0]
        assert [one["outcome"] for one in told["acts"]] == ["applied", "applied"]
        assert [one["state"] for one in told["versions"]] == ["past", "effective"]
        assert desk.find.row(number).official_no == told["official_no"]
        assert shared_centre.verify()["faults"] == []
        assert check_desk(desk).faults == ()
