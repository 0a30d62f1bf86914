"""`amend`, `withdraw` and `issue` as processes; killed at any step nothing is half done."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.errors import PROBLEMS, REFUSED, USAGE
from sync.failpoint import EXIT_STATUS
from tests.command_line import answers, mfc_desk
from tests.desk_home import DeskHome, set_up_home
from tests.faults import status_killed_at
from tests.intake_world import register


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    return set_up_home(tmp_path / "desk")


def taken(made: DeskHome) -> tuple[str, dict[str, Any]]:
    """The number and the record of a registered request."""
    with made.login() as desk:
        number = register(desk).number.text
        return number, deepcopy(desk.find.card(number).record)


def test_amend_withdraw_and_issue(made: DeskHome) -> None:
    """A document takes the place of the earlier one; problems are listed; what is done stays."""
    number, record = taken(made)
    home = made.home.root
    spoiled = {**record, "applicant": {**record["applicant"], "surname": ""}}
    refused = mfc_desk(
        home, "amend", number, "-", "--json", stdin=json.dumps(spoiled).encode(), code=PROBLEMS
    )
    assert [one["path"] for one in answers(refused)[0]["problems"]] == ["applicant.surname"]
    record["applicant"]["surname"] = "Исправленная"

    amended = mfc_desk(home, "amend", number, "-", "--json", stdin=json.dumps(record).encode())

    assert answers(amended)[0]["version"] == 2
    mfc_desk(home, "amend", "00317-000009-11-1", "-", stdin=b"{}", code=USAGE)
    mfc_desk(home, "issue", number, code=REFUSED)
    mfc_desk(home, "withdraw", number, stdin="передумал\n".encode())
    mfc_desk(home, "issue", number, "--arrived", code=REFUSED)
    shown = json.loads(mfc_desk(home, "show", number, "--json").stdout)
    assert (shown["state"], shown["version"]) == ("withdrawn", 2)
    assert shown["applicant"].startswith("Исправленная")


@pytest.mark.parametrize(("point", "more"), [("save.uncommitted", 0), ("save.committed", 1)])
def test_killed_while_registering(made: DeskHome, point: str, more: int) -> None:
    """Before the commit there is no request, entry, paper or number taken; after it all of them."""

    def take() -> None:
        with made.login() as desk:
            register(desk, seed=1)

    with made.login() as desk:
        first, entries = register(desk).number, desk.journal.position().seq

    assert status_killed_at(point, take) == EXIT_STATUS

    with made.login() as desk:
        assert len(desk.find.recent(9)) == 1 + more
        assert (desk.journal.position().seq > entries) == bool(more)
        assert check_desk(desk).faults == ()
        assert register(desk, seed=2).number.counter == first.counter + more + 1


@pytest.mark.parametrize(("point", "version"), [("amend.uncommitted", 1), ("amend.committed", 2)])
def test_killed_while_amending(made: DeskHome, point: str, version: int) -> None:
    """Before the commit nothing has changed, after it everything has."""
    number, record = taken(made)
    record["applicant"]["surname"] = "Исправленная"

    def amend() -> None:
        with made.login() as desk:
            desk.handling.amend_document(number, record)

    assert status_killed_at(point, amend) == EXIT_STATUS

    with made.login() as desk:
        card = desk.find.card(number)
        assert card.version == version
        assert (card.record == record) == (version > 1)
        assert check_desk(desk).faults == ()
        if version == 1:
            assert desk.handling.amend_document(number, record).version == 2


@pytest.mark.parametrize("point", ["close.uncommitted", "close.committed"])
def test_killed_while_withdrawing(made: DeskHome, point: str) -> None:
    """Withdrawn or not, never in between."""
    number, _ = taken(made)

    def withdraw() -> None:
        with made.login() as desk:
            desk.handling.withdraw(number, "передумал")

    assert status_killed_at(point, withdraw) == EXIT_STATUS

    with made.login() as desk:
        assert (desk.find.row(number).state == "withdrawn") == (point == "close.committed")
        assert check_desk(desk).faults == ()
