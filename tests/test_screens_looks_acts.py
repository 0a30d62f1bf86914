"""How the screens of single acts look: refusal, referral, situations, cards, scans, rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mfc_desk.exchange.carrier_words import out_lines
from mfc_desk.exchange.views import EntryRow
from mfc_desk.exchange.words import entry_text, kind_text
from mfc_desk.screens.applicants.applicant_card import ApplicantCardScreen
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.exchange.batch import BatchScreen
from mfc_desk.screens.exchange.carrier_acts import OUT
from mfc_desk.screens.exchange.carry import CarryScreen
from mfc_desk.screens.exchange.exchange import ExchangeScreen
from mfc_desk.screens.form.form import FormScreen
from mfc_desk.screens.form.repeat_row import RepeatRowScreen
from mfc_desk.screens.form.repeat_rows import RepeatRowsScreen
from mfc_desk.screens.handling.card import CardScreen
from mfc_desk.screens.handling.payment import PaymentScreen
from mfc_desk.screens.handling.search import SearchScreen
from mfc_desk.screens.intake.attachments import AttachmentsScreen
from mfc_desk.screens.intake.bundle import BundleScreen
from mfc_desk.screens.intake.bundles import BundlesScreen
from mfc_desk.screens.intake.documents import DocumentsScreen
from mfc_desk.screens.intake.offers import OfferScreen
from mfc_desk.screens.intake.refusal import RefusalScreen
from mfc_desk.screens.intake.service import ServiceScreen
from mfc_desk.screens.intake.steps import StepWanted
from mfc_desk.screens.intake.turn_away import REFER, TurnAwayScreen
from mfc_desk.screens.intake.turning import TurningScreen
from mfc_desk.screens.papers.preview import PreviewScreen
from mfc_desk.screens.papers.print_queue import PrintQueueScreen
from mfc_desk.store.exchange import numbers_at
from sync.carried import TakenOut
from tests.desk_home import DeskHome, set_up_home
from tests.screen_looks import ALIKE, Snap, Walk, compare
from tests.screen_world import LARGE, SMALL, Hands, desk_of, filled
from tests.test_desk_applicants import two_records
from tests.test_desk_refusals import draft_of, four_defects

pytestmark = pytest.mark.slow

SCAN = b"%PDF-1.4\n" + b"0" * 2_600_000


async def refusal(hands: Hands) -> None:
    """Four defects told at once."""
    desk = desk_of(hands)
    hands.app.screen.post_message(StepWanted(draft_of(desk, four_defects(desk)), "documents"))
    await hands.screen(DocumentsScreen)
    await hands.press("ctrl+r")
    screen = await hands.screen(RefusalScreen)
    await hands.until(lambda: screen.focused, "the reasons")


async def turning(hands: Hands) -> None:
    """The refusal that was given."""
    desk = desk_of(hands)
    typed = four_defects(desk)
    given = desk.refusals.give(typed, desk.refusals.proposal(typed))
    hands.app.screen.post_message(DeskScreen.Go(f"turning:{given.id}"))
    await hands.screen(TurningScreen)


async def situations(hands: Hands) -> None:
    """The nine situations."""
    hands.app.screen.post_message(DeskScreen.Go("bundles"))
    await hands.screen(BundlesScreen)


async def situation(hands: Hands) -> None:
    """The steps of one, none done."""
    first = desk_of(hands).bundles.situations()[0]
    bundle = desk_of(hands).bundles.begin_situation(first.name)
    hands.app.screen.post_message(DeskScreen.Go(f"bundle:{bundle.id}"))
    await hands.screen(BundleScreen)


async def applicant_card(hands: Hands) -> None:
    """Somebody with a double."""
    two_records(desk_of(hands))
    await hands.press("f3")
    await hands.screen(SearchScreen)
    await hands.write("елк")
    await hands.until(lambda: "Елкина" in hands.says(), "both")
    await hands.press("ctrl+o")
    await hands.screen(ApplicantCardScreen)


async def _card(hands: Hands, slug: str = "passport-rf") -> str:
    desk = desk_of(hands)
    number = desk.intake.register_document(filled(desk, slug)).number.text
    hands.app.screen.post_message(DeskScreen.Go(f"card:{number}"))
    await hands.screen(CardScreen)
    return number


async def attachments(hands: Hands) -> None:
    """Two scans that wait for the link."""
    number = await _card(hands)
    desk = desk_of(hands)
    for name in ("passport.pdf", "photo.pdf"):
        file = desk.home.root / name
        file.write_bytes(SCAN + name.encode())
        desk.attachments.add(number, file)
        file.unlink()
    hands.app.screen.post_message(DeskScreen.Go(f"attachments:{number}"))
    await hands.screen(AttachmentsScreen)


async def papers_of(hands: Hands) -> None:
    """What can be printed for a request."""
    await _card(hands)
    await hands.press("ctrl+b")
    await hands.screen(ChooseScreen)


async def payment(hands: Hands) -> None:
    """The duty that was paid."""
    await _card(hands)
    await hands.press("ctrl+g")
    await hands.screen(PaymentScreen)


async def withdrawal(hands: Hands) -> None:
    """One line is asked for."""
    await _card(hands)
    await hands.press("ctrl+x")
    await hands.screen(AskLineScreen)


async def carried(hands: Hands) -> None:
    """What stands on a stick now, over the exchange that says so."""
    desk, out = desk_of(hands), TakenOut(batches=1, entries=11, scans=3, scans_left=2)
    await hands.press("f5")
    await hands.screen(ExchangeScreen)
    screen = CarryScreen(desk, OUT, "/run/media/ivanova/OBMEN", lambda *_: out_lines(out))
    hands.app.push_screen(screen)
    await hands.until(lambda: screen.is_running and not screen.busy, "the end")


async def preview(hands: Hands) -> None:
    """A receipt before it is printed."""
    await hands.press("ctrl+q")
    await hands.screen(PrintQueueScreen)
    await hands.press("enter")
    await hands.screen(PreviewScreen)
    await hands.until(lambda: "РАСПИСКА" in hands.says(), "its text")


async def _rows(hands: Hands) -> RepeatRowsScreen:
    desk = desk_of(hands)
    draft = desk.intake.begin("detsad", filled(desk, "detsad")["applicant"])
    service = desk.intake.service_of(draft)
    repeat = next(field for field in service.fields if field.type == "repeat")
    draft.document["answers"] = filled(desk, "detsad")["answers"]
    hands.app.screen.post_message(StepWanted(draft, "form", f"answers.{repeat.name}"))
    screen = await hands.screen(FormScreen)
    await hands.until(lambda: screen.focused, "a focused field")
    screen.keeper.dirty = True
    screen.keeper.save()
    await hands.until(lambda: "сохранено" in hands.says(), "a saved draft")
    await hands.press("enter")
    return await hands.screen(RepeatRowsScreen)


async def repeat_rows(hands: Hands) -> None:
    """The rows of a repeat."""
    await _rows(hands)


async def repeat_row(hands: Hands) -> None:
    """One row, open."""
    await _rows(hands)
    await hands.press("enter")
    await hands.screen(RepeatRowScreen)


async def turn_away(hands: Hands) -> None:
    """A referral is written."""
    desk = desk_of(hands)
    row = desk.intake.service_row("soc-card")
    hands.app.push_screen(TurnAwayScreen(desk, row, REFER, filled(desk)["applicant"]))
    await hands.screen(TurnAwayScreen)


async def offer(hands: Hands) -> None:
    """A service that is not taken in this office, and the ways."""
    desk = desk_of(hands)
    hands.app.push_screen(OfferScreen(desk, desk.intake.service_row("zagran-10")))
    await hands.screen(OfferScreen)


async def batch(hands: Hands) -> None:
    """What one batch carries, with two answers of the centre."""
    desk = desk_of(hands)
    numbers = numbers_at(desk.db, epoch=desk.device.epoch, first=1, to=30)
    answers = dict.fromkeys(list(numbers)[:2], "applied")
    rows = [
        EntryRow(
            entry.seq,
            entry.kind,
            kind_text(entry.kind),
            numbers.get(entry.seq),
            answers.get(entry.seq),
            entry_text(acked=True, outcome=answers.get(entry.seq), reason=None),
        )
        for entry in desk.journal.entries(0, 30)
    ]
    hands.app.push_screen(BatchScreen(rows))
    await hands.screen(BatchScreen)


async def found_service(hands: Hands) -> None:
    """A service found by its words."""
    await hands.press("f2")
    await hands.screen(ServiceScreen)
    await hands.write("соцкарту потеряла")


SCREENS: tuple[Walk, ...] = (
    refusal,
    turning,
    offer,
    turn_away,
    situations,
    situation,
    applicant_card,
    attachments,
    papers_of,
    payment,
    withdrawal,
    batch,
    carried,
    preview,
    repeat_rows,
    repeat_row,
    found_service,
)
WIDE: tuple[Walk, ...] = (refusal, applicant_card)
SEEN: list[Any] = [
    *((walk, theme, SMALL) for walk in SCREENS for theme in ALIKE),
    *((walk, theme, LARGE) for walk in WIDE for theme in ALIKE),
]


@pytest.mark.parametrize(
    ("walk", "theme", "size"), SEEN, ids=[f"{w.__name__}-{t}-{s[0]}" for w, t, s in SEEN]
)
def test_look_of_an_act(
    snap_compare: Snap, tmp_path: Path, walk: Walk, theme: str, size: tuple[int, int]
) -> None:
    """The screen of an act, in both themes."""
    made: DeskHome = set_up_home(tmp_path / "desk")
    assert compare(snap_compare, made, walk, theme, size)
