"""How every screen looks: pictures at 80×24 in both themes, the main ones at 120×40 too."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from mfc_desk.app import DeskApp
from mfc_desk.papers.print_routes import Route
from mfc_desk.papers.print_work import MAYBE, NO_PRINTER
from mfc_desk.paths import Home
from mfc_desk.screens.administration.new_operator import NewOperatorScreen
from mfc_desk.screens.administration.printers import PrintersScreen
from mfc_desk.screens.administration.settings import SettingsScreen
from mfc_desk.screens.attention import AttentionScreen
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.entrance.lock import LockScreen
from mfc_desk.screens.exchange.exchange import ExchangeScreen
from mfc_desk.screens.form.form import FormScreen
from mfc_desk.screens.handling.card import CardScreen
from mfc_desk.screens.handling.search import SearchScreen
from mfc_desk.screens.help import HelpScreen
from mfc_desk.screens.home import HomeScreen
from mfc_desk.screens.intake.applicant import ApplicantScreen
from mfc_desk.screens.intake.check import CheckScreen
from mfc_desk.screens.intake.documents import DocumentsScreen
from mfc_desk.screens.intake.done import DoneScreen
from mfc_desk.screens.intake.paper_details import PaperDetailsScreen
from mfc_desk.screens.intake.service import ServiceScreen
from mfc_desk.screens.intake.steps import StepWanted
from mfc_desk.screens.papers.print_queue import PrintQueueScreen
from mfc_desk.store import print_queue as store
from mfc_desk.widgets.rows import RowList
from printing.spool import Printer
from sync.ids import SeededRandom
from tests.desk_home import DeskHome, StandingClock, set_up_home
from tests.screen_looks import ALIKE, Snap, Walk, compare, still
from tests.screen_world import LARGE, SMALL, Hands, desk_of, filled

pytestmark = pytest.mark.slow


async def home(hands: Hands) -> None:
    """A day with requests and a draft."""
    desk_of(hands).intake.begin("soc-card", {"kind": "person", "surname": "Пример", "name": "Ася"})
    screen = await hands.screen(HomeScreen)
    screen.redraw()


async def service(hands: Hands) -> None:
    """The service picker, nothing typed."""
    await hands.press("f2")
    await hands.screen(ServiceScreen)


async def applicant(hands: Hands) -> None:
    """Somebody known is found."""
    await service(hands)
    await hands.write("соцк")
    await hands.press("enter")
    screen = await hands.screen(ApplicantScreen)
    await hands.write("о")
    rows = screen.query_one(RowList)
    await hands.until(lambda: rows.rows and rows.rows[0].key != "new", "somebody known")


async def form(hands: Hands, path: str = "applicant.snils", typed: str = "90010020039") -> None:
    """A field with a mistake under it."""
    draft = desk_of(hands).intake.begin("soc-card")
    draft.document["applicant"] = filled(desk_of(hands))["applicant"] | {"snils": ""}
    hands.app.screen.post_message(StepWanted(draft, "form", path))
    screen = await hands.screen(FormScreen)
    await hands.until(lambda: screen.focused, "a focused field")
    await hands.write(typed)
    await hands.press("tab", "shift+tab")
    await hands.until(lambda: screen.form.problems, "a problem")


async def warning(hands: Hands) -> None:
    """A warning that can be kept."""
    await form(hands, "applicant.fact_address", "г. Приморск, ул. Учебная")


async def choose(hands: Hands) -> None:
    """A list open over the form."""
    draft = desk_of(hands).intake.begin("soc-card", filled(desk_of(hands))["applicant"])
    hands.app.screen.post_message(StepWanted(draft, "form", "answers.category"))
    screen = await hands.screen(FormScreen)
    await hands.until(lambda: screen.focused, "a focused field")
    await hands.press("enter")
    await hands.screen(ChooseScreen)


async def documents(hands: Hands) -> None:
    """One paper taken, one promised, one missing."""
    draft = desk_of(hands).intake.begin("soc-card")
    draft.document.update(filled(desk_of(hands)))
    draft.document["documents"] = draft.document["documents"][:1]
    hands.app.screen.post_message(StepWanted(draft, "documents"))
    screen = await hands.screen(DocumentsScreen)
    screen.papers.promise("benefit", "2026-11-30")
    screen.query_one(RowList).cursor = 1
    screen.redraw_papers()


async def paper(hands: Hands) -> None:
    """One paper in detail."""
    await documents(hands)
    await hands.press("enter")
    await hands.screen(PaperDetailsScreen)


async def check(hands: Hands, *, faulty: bool = False) -> None:
    """Everything on one page."""
    draft = desk_of(hands).intake.begin("soc-card")
    draft.document.update(filled(desk_of(hands)))
    if faulty:
        draft.document["documents"] = []
        draft.document["answers"].pop("code_word")
    hands.app.screen.post_message(StepWanted(draft, "check"))
    await hands.screen(CheckScreen)


async def problems(hands: Hands) -> None:
    """All problems at once."""
    await check(hands, faulty=True)


async def done(hands: Hands) -> None:
    """The number in large digits."""
    await check(hands)
    await hands.press("ctrl+s")
    await hands.screen(DoneScreen)


async def search(hands: Hands) -> None:
    """The newest requests."""
    await hands.press("f3")
    await hands.screen(SearchScreen)


async def card(hands: Hands) -> None:
    """One request, whole."""
    await search(hands)
    await hands.press("enter")
    await hands.screen(CardScreen)


async def attention(hands: Hands) -> None:
    """A draft that waits."""
    await home(hands)
    await hands.press("f4")
    await hands.screen(AttentionScreen)


async def exchange(hands: Hands) -> None:
    """Requests that wait for the link."""
    await hands.press("f5")
    await hands.screen(ExchangeScreen)


async def print_queue(hands: Hands) -> None:
    """One held, one doubtful, one failed, the others wait."""
    desk = desk_of(hands)
    jobs = desk.print_queue.open()
    desk.print_queue.hold(jobs[0].id)
    with desk.db.atomic():
        for job, state, why in ((jobs[1], "unknown", MAYBE), (jobs[2], "failed", NO_PRINTER)):
            store.settle(desk.db, job.id, state, at="2026-11-21T04:00:00.000Z", error=why)
    await hands.press("ctrl+q")
    await hands.screen(PrintQueueScreen)


async def printers(hands: Hands) -> None:
    """A paper with a printer and a tray of its own, and what was found."""
    desk_of(hands).print_routes.save("receipt", Route("office", "tray-2", copies=2))
    hands.app.screen.post_message(DeskScreen.Go("printers"))
    screen = await hands.screen(PrintersScreen)
    await hands.until(lambda: screen.found is not None, "an answer")
    screen._show_found(
        (
            Printer("desk", "Принтер у окна", trouble="остановлен"),
            Printer("office", "Принтер в зале", trays=("tray-1", "tray-2"), duplex=True),
        )
    )


async def settings(hands: Hands) -> None:
    """Settings and staff."""
    await hands.press("f9")
    await hands.screen(SettingsScreen)


async def new_operator(hands: Hands) -> None:
    """Somebody new works here."""
    await settings(hands)
    await hands.press("ctrl+n")
    await hands.screen(NewOperatorScreen)


async def helped(hands: Hands) -> None:
    """Help on the home screen."""
    await hands.press("f1")
    await hands.screen(HelpScreen)


async def palette(hands: Hands) -> None:
    """Every action by its name."""
    await hands.press("ctrl+p")
    await hands.until(lambda: "Обмен с центром" in hands.says(), "the actions")


async def lock(hands: Hands) -> None:
    """The hidden screen."""
    await hands.press("ctrl+l")
    await hands.screen(LockScreen)


async def leaving(hands: Hands) -> None:
    """What stays on this disk."""
    await hands.press("f10")
    await hands.screen(ConfirmScreen)


SCREENS: tuple[Walk, ...] = (
    home,
    service,
    applicant,
    form,
    warning,
    choose,
    documents,
    paper,
    check,
    problems,
    done,
    search,
    card,
    attention,
    exchange,
    print_queue,
    printers,
    settings,
    new_operator,
    helped,
    palette,
    lock,
    leaving,
)
MAIN: tuple[Walk, ...] = (home, service, form, documents, check, done, card, exchange)


@pytest.mark.parametrize("theme", ALIKE)
@pytest.mark.parametrize("walk", SCREENS, ids=lambda walk: walk.__name__)
def test_look_at_80_by_24(snap_compare: Snap, tmp_path: Path, walk: Walk, theme: str) -> None:
    """The screen in a small terminal."""
    assert compare(snap_compare, set_up_home(tmp_path / "desk"), walk, theme, SMALL)


@pytest.mark.parametrize("theme", ALIKE)
@pytest.mark.parametrize("walk", MAIN, ids=lambda walk: walk.__name__)
def test_look_at_120_by_40(snap_compare: Snap, tmp_path: Path, walk: Walk, theme: str) -> None:
    """The screen in a large terminal."""
    assert compare(snap_compare, set_up_home(tmp_path / "desk"), walk, theme, LARGE)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("theme", ALIKE)
@pytest.mark.parametrize("empty", [True, False], ids=["wizard", "login"])
def test_look_of_the_entrance(
    snap_compare: Snap, tmp_path: Path, theme: str, empty: bool, size: tuple[int, int]
) -> None:
    """The wizard of an empty home, the login of a desk."""
    made = (
        DeskHome(Home(tmp_path / "desk"), StandingClock(), SeededRandom(1))
        if empty
        else set_up_home(tmp_path / "desk")
    )
    app = DeskApp(made.home, made.clock, made.random)

    async def before(pilot: Pilot[None]) -> None:
        hands = Hands(app, pilot)
        await hands.until(lambda: len(app.screen_stack) > 1, "the first screen")
        app.theme = ALIKE[theme]
        await pilot.pause()
        still(hands)
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)
