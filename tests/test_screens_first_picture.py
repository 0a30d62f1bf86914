"""The first picture of a form is whole, a key right after it is not lost, garbage waits."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from rich.console import RenderableType
from textual.screen import Screen

import mfc_desk
from forms.catalogue import PACKAGED
from mfc_desk import garbage
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.form.form import FormScreen
from mfc_desk.screens.form.form_preview import PreviewApp
from mfc_desk.screens.intake.steps import StepWanted
from mfc_desk.setup.preview_desk import preview_desk
from mfc_desk.widgets.field_row import FieldRow
from mfc_desk.widgets.form_section import FormSection
from mfc_desk.widgets.form_sketch import FormSketch
from sync.ids import SeededRandom
from tests.desk_home import StandingClock
from tests.screen_world import LARGE, SMALL, Hands

LARGEST = "passport-rf"


class Watched(PreviewApp):
    """Keeps what a form showed when it was first painted, and whether its rows stood then."""

    CSS_PATH = str(Path(mfc_desk.__file__).with_name("app.tcss"))
    first: tuple[FormScreen, str, bool] | None = None

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        super()._display(screen, renderable)
        seen = self.first is not None and self.first[0] is screen
        if isinstance(screen, FormScreen) and not seen and not self._batch_count:
            strips = screen._compositor.render_strips()
            sketched = bool(screen.query(FormSketch))
            self.first = (screen, "\n".join(strip.text for strip in strips), sketched)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_first_picture_of_a_form_is_its_last(size: tuple[int, int]) -> None:
    """Nothing on the screen moves when the rows come behind their sketch."""
    with preview_desk(PACKAGED, StandingClock(), SeededRandom(1)) as desk:
        app = Watched(desk, LARGEST)
        async with app.run_test(size=size) as pilot:
            hands = Hands(app, pilot)
            await hands.screen(FormScreen)
            app.post_message(StepWanted(desk.intake.begin(LARGEST, {"kind": "person"}), "form"))
            before = app.screen
            await hands.until(lambda: app.screen is not before and app.focused, "the form again")
            form = await hands.screen(FormScreen)
            await hands.until(lambda: all(r.editor.is_attached for r in rows(form)), "every editor")
            await hands.until(lambda: not form.query(FormSketch), "no sketch")
            assert app.first is not None
            screen, shown, sketched = app.first

            assert screen is form
            assert sketched
            assert without_title(hands.says()) == without_title(shown)


async def test_a_key_pressed_before_the_rows_stand_finds_its_field() -> None:
    """Tab right after the first picture: the next field has the focus and takes what is typed."""
    with preview_desk(PACKAGED, StandingClock(), SeededRandom(1)) as desk:
        app = Watched(desk, LARGEST)
        async with app.run_test(size=SMALL) as pilot:
            hands = Hands(app, pilot)
            form = await hands.screen(FormScreen)
            await hands.until(lambda: not form.query(FormSketch), "no sketch")
            app.post_message(StepWanted(desk.intake.begin(LARGEST, {"kind": "person"}), "form"))
            await hands.until(lambda: app.screen is not form and app.focused, "the form again")
            again = await hands.screen(FormScreen)
            start = again.focused_row()
            assert start is not None
            at = rows(again).index(start)
            await again.action_field(1)

            assert again.focused is rows(again)[at + 1].editor
            await hands.write("Мария")
            await hands.until(lambda: rows(again)[at + 1].typed == "Мария", "what was typed")


@pytest.mark.parametrize("size", [(80, 11), (120, 14)])
async def test_a_form_opens_where_its_field_is_seen(size: tuple[int, int]) -> None:
    """A field below the edge of the panel is scrolled to before anybody looks for it."""
    with preview_desk(PACKAGED, StandingClock(), SeededRandom(1)) as desk:
        app = Watched(desk, LARGEST)
        async with app.run_test(size=size) as pilot:
            hands = Hands(app, pilot)
            before = await hands.screen(FormScreen)
            draft = desk.intake.begin(LARGEST, {"kind": "person"})
            app.post_message(StepWanted(draft, "form", "applicant.snils"))
            await hands.until(lambda: app.screen is not before and app.focused, "the form again")
            form = await hands.screen(FormScreen)
            await hands.until(lambda: not form.query(FormSketch), "no sketch")

            row = form.focused_row()
            assert row is not None
            assert row.path == "applicant.snils"
            await hands.until(lambda: form.can_view_entire(row.editor), "the field in sight")


async def test_a_tick_before_the_first_picture_paints_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine Textual's own tick may come before the screen is idle."""
    monkeypatch.setattr(DeskScreen, "on_idle", lambda _: None)  # the tick is always first
    with preview_desk(PACKAGED, StandingClock(), SeededRandom(1)) as desk:
        app = Watched(desk, LARGEST)
        async with app.run_test(size=SMALL) as pilot:
            hands = Hands(app, pilot)
            form = await hands.screen(FormScreen)
            await hands.until(lambda: not form.query(FormSketch), "no sketch")
            section = form.form.here.label

            await hands.until(lambda: section in hands.says(), "the section")
            assert form.size == SMALL


async def test_a_screen_that_came_in_a_batch_is_painted_when_it_ends() -> None:
    """Nothing else happens after the batch: the end of it is enough."""
    with preview_desk(PACKAGED, StandingClock(), SeededRandom(1)) as desk:
        app = Watched(desk, LARGEST)
        async with app.run_test(size=SMALL) as pilot:
            hands = Hands(app, pilot)
            before = await hands.screen(FormScreen)
            await hands.until(lambda: not before.query(FormSketch), "no sketch")
            with app.batch_update():
                form = FormScreen(desk, desk.intake.begin(LARGEST, {"kind": "person"}))
                await app.push_screen(form)
                await hands.until(lambda: form._came_before, "the form in front")
                await pilot.pause(0.2)

            await hands.until(lambda: form.form.here.label in hands.says(), "the section")


def without_title(text: str) -> list[str]:
    """The lines of a screen but that which tells when the draft was saved."""
    lines = text.split("\n")
    return lines[:1] + lines[2:]


def rows(form: FormScreen) -> tuple[FieldRow, ...]:
    """The rows of the open section."""
    return form.query_one(FormSection).rows


async def test_garbage_waits_until_nobody_does() -> None:
    """With the desk open the walks are rare; after a key they wait; the end puts all back."""
    usual = gc.get_threshold()
    clock = StandingClock()
    with preview_desk(PACKAGED, clock, SeededRandom(1)) as desk:
        app = PreviewApp(desk, LARGEST)
        async with app.run_test(size=SMALL) as pilot:
            await Hands(app, pilot).screen(FormScreen)
            assert gc.get_threshold() == garbage.PATIENT
            collected = gc.get_stats()[2]["collections"]
            assert not garbage.take_out(0.2)
            assert gc.get_stats()[2]["collections"] == collected
            assert garbage.take_out(5.0)
            assert gc.get_stats()[2]["collections"] == collected + 1

            clock.pass_(10)
            app.rest()
            collected = gc.get_stats()[2]["collections"]
            clock.pass_(10)
            app.rest()  # still nobody
            assert gc.get_stats()[2]["collections"] == collected
            await pilot.press("tab")
            clock.pass_(10)
            app.rest()
            assert gc.get_stats()[2]["collections"] == collected + 1

    assert gc.get_threshold() == usual
