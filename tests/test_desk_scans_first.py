"""A packaged service that is registered with its scans: what the desk says until the number comes.

The whole way over a real centre, and what screens and commands show of it.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Static

from mfc_desk.cli.find import SCAN_WANTED
from mfc_desk.screens import wording
from mfc_desk.screens.handling.card import CardScreen
from mfc_desk.screens.intake.attachments import AttachmentsScreen
from mfc_desk.screens.intake.check import CheckScreen
from mfc_desk.screens.intake.done import DoneScreen
from mfc_desk.screens.intake.steps import StepWanted
from tests.catalogue_branches import CATALOGUE
from tests.centre_process import OFFICE, CentreProcess
from tests.command_line import mfc_desk
from tests.desk_home import OFFICE as TICKET_OFFICE
from tests.desk_home import DeskHome, set_up_home, ticket_file
from tests.intake_world import document
from tests.linked_desk import LinkedDesk, linked_desk
from tests.screen_world import at_work, desk_of, filled
from tests.test_desk_attachments import scan

SLUG = "e-duplicate"
WHY = CATALOGUE.service(SLUG).scans_first_why
DESKS = itertools.count(641)


@pytest.fixture(scope="module")
def flagship(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentreProcess]:
    """A centre with an office that takes the service."""
    process = CentreProcess.start(tmp_path_factory.mktemp("flagship"))
    process.add_office(OFFICE.replace("0101", "0102").replace("district", "flagship"))
    yield process
    process.stop()


@pytest.fixture
def linked(tmp_path: Path, flagship: CentreProcess) -> Iterator[LinkedDesk]:
    """A desk of that office, another for each test."""
    with linked_desk(tmp_path, flagship, next(DESKS), office="0102") as found:
        yield found


def taken(linked: LinkedDesk) -> str:
    """A request of the service, by today's date; its number."""
    desk = linked.desk
    today = desk.clock.now().astimezone(desk.zone).date()
    return desk.intake.register_document(document(desk, SLUG, today=today)).number.text


def wanting(linked: LinkedDesk) -> list[str | None]:
    """Numbers «Требуют внимания» asks a scan of."""
    return [row.number for row in linked.desk.board.attention() if row.kind == "scan"]


def test_only_the_electronic_duplicate_waits_for_its_scan_and_says_why() -> None:
    """The scan is a required answer of it alone; no other authority has nothing to begin with."""
    first = [slug for slug, one in CATALOGUE.services.items() if one.scans_first]
    files = {
        slug
        for slug, one in CATALOGUE.services.items()
        if any(field.type == "file" and field.required for field in one.fields)
    }
    assert first == [SLUG]
    assert files == {SLUG}
    assert WHY


def test_held_until_its_scan_is_whole_then_the_number_comes(
    linked: LinkedDesk, tmp_path: Path
) -> None:
    """Asked for without a link; held by the centre with a sentence; applied when the scan is in."""
    desk, centre = linked.desk, linked.centre
    number = taken(linked)
    assert wanting(linked) == [number]
    assert desk.find.card(number).scan_wanted == WHY

    assert linked.exchange().kind is None

    card = desk.find.card(number)
    assert (card.row.state, card.row.official_no) == ("held", None)
    assert card.reason is not None
    assert card.reason.startswith("ждёт сканов: ")
    home = linked.made.home.root
    shown = mfc_desk(home, "show", number).stdout.decode()
    assert f"Состояние: на разборе в центре ({card.reason})" in shown
    assert f"! {SCAN_WANTED}: {WHY}" in shown
    (there,) = [one for one in centre.export() if one["number"] == number]
    assert there["official_no"] is None

    mfc_desk(home, "attach", number, str(scan(tmp_path, seed=31)))
    assert wanting(linked) == []
    assert desk.find.card(number).scan_wanted == ""
    assert desk.find.card(number).row.state == "held"

    assert linked.exchange().scans == 1
    for _ in range(20):  # the centre registers it behind the last byte
        if desk.find.row(number).state == "confirmed":
            break
        assert linked.exchange().kind is None

    row = desk.find.row(number)
    assert row.state == "confirmed"
    (there,) = [one for one in centre.export() if one["number"] == number]
    assert row.official_no is not None
    assert there["official_no"] == row.official_no


def test_with_its_scan_beside_it_nobody_is_asked_and_one_exchange_is_enough(
    linked: LinkedDesk, tmp_path: Path
) -> None:
    """Registered and scanned while the applicant sits there: `intake` tells what is wanted."""
    desk = linked.desk
    today = desk.clock.now().astimezone(desk.zone).date()
    file = tmp_path / "intake.jsonl"
    file.write_text(json.dumps(document(desk, SLUG, seed=2, today=today)), "utf-8")
    told = json.loads(mfc_desk(linked.made.home.root, "intake", str(file)).stdout)
    number = told["number"]
    assert told["scan_wanted"] == WHY
    desk.attachments.add(number, scan(tmp_path, seed=32))
    assert wanting(linked) == []

    for _ in range(20):
        assert linked.exchange().kind is None
        if desk.find.row(number).state == "confirmed":
            break

    assert desk.find.row(number).official_no


def test_one_withdrawn_is_asked_for_nothing(linked: LinkedDesk) -> None:
    """Nor is a request of another service."""
    number = taken(linked)
    linked.desk.handling.withdraw(number, "передумал")
    desk = linked.desk
    today = desk.clock.now().astimezone(desk.zone).date()
    desk.intake.register_document(document(desk, today=today))
    assert wanting(linked) == []
    assert desk.find.card(number).scan_wanted == ""


def test_show_of_the_catalogue_says_it(tmp_path: Path) -> None:
    """Before anything is begun."""
    home = set_up_home(tmp_path / "desk").home.root
    assert f"Центр регистрирует только со сканами: {WHY}" in (
        mfc_desk(home, "catalogue", "show", SLUG).stdout.decode()
    )
    told = json.loads(mfc_desk(home, "catalogue", "show", SLUG, "--json").stdout)
    assert (told["scans_first"], told["scans_first_why"]) == (True, WHY)


@pytest.mark.slow
async def test_the_screens_ask_for_the_scan_until_it_is_attached(tmp_path: Path) -> None:
    """Accepted: asked at once, Ctrl+A leads to the attachments; the card asks and falls silent."""
    made: DeskHome = set_up_home(
        tmp_path / "desk", ticket=ticket_file(office={**TICKET_OFFICE, "kind": "flagship"})
    )
    async with at_work(made) as hands:
        desk = desk_of(hands)
        draft = desk.intake.begin(SLUG)
        draft.document.update(filled(desk, SLUG))
        hands.app.screen.post_message(StepWanted(draft, "check"))
        await hands.screen(CheckScreen)
        await hands.press("ctrl+s")
        done = await hands.screen(DoneScreen)
        number = done.registered.number.text
        facts = str(done.query_one("#facts", Static).render())
        assert f"{wording.SCAN_WANTED}: {WHY}" in facts

        await hands.press("ctrl+ф")
        attached = await hands.screen(AttachmentsScreen)
        assert "без скана центр обращение не зарегистрирует" in hands.says()
        desk.attachments.add(number, scan(tmp_path))
        attached.redraw()
        assert "без скана" not in hands.says()
        await hands.press("escape")
        await hands.until(lambda: not isinstance(hands.app.screen, AttachmentsScreen), "back")
        hands.app.screen.post_message(done.Go(f"card:{number}"))
        await hands.screen(CardScreen)
        assert "Приложите скан" not in hands.says()
