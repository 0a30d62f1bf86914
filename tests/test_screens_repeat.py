"""Rows of a repeat by keyboard alone, and the preview of a form from a folder."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from forms.catalogue import PACKAGED, load
from forms.example import example
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.form.form import FormScreen
from mfc_desk.screens.form.form_preview import PreviewApp
from mfc_desk.screens.form.repeat_row import RepeatRowScreen
from mfc_desk.screens.form.repeat_rows import RepeatRowsScreen
from mfc_desk.setup.preview_desk import preview_desk
from mfc_desk.widgets.field_row import FieldRow
from mfc_desk.widgets.form_section import FormSection
from mfc_desk.widgets.form_sketch import FormSketch
from mfc_desk.widgets.line_editor import LineEditor
from mfc_desk.widgets.rows_editor import RowsEditor
from sync.ids import SeededRandom
from tests.desk_home import StandingClock
from tests.screen_world import LARGE, SMALL, TODAY, Hands

SERVICE = """
slug = "club"
version = 1
title = "Запись детей в кружок"
short = "Запись в кружок"
authority = "Отдел культуры"
applicants = ["person"]
offline = "full"
result = "Решение"

[term]
days = 5
unit = "working"
starts = "registration"

[[section]]
label = "Дети"

[[section.field]]
name = "town"
label = "Город"
type = "text"

[[section.field]]
name = "children"
label = "Дети, которых записывают"
hint = "Каждый ребёнок — строка"
type = "repeat"
required = true
max = 3

[[section.field.field]]
name = "child"
label = "Имя"
type = "name"
required = true

[[section.field.field]]
name = "age"
label = "Полных лет"
type = "integer"
required = true
constraint = { min = 5, max = 17 }
constraint_message = "от 5 до 17"

[[section.field.field]]
name = "school"
label = "Школа"
type = "select_one"
choices = [["a", "Первая"], ["b", "Вторая"]]
relevant = { age = { ge = 7 } }

[[section.field]]
name = "likes"
label = "Что нравится"
type = "select_multiple"
choices = [["song", "петь"], ["dance", "танцевать"]]

[[document]]
name = "application"
title = "Заявление"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalogue folder that nobody has published, with a service that has rows."""
    made = Path(shutil.copytree(PACKAGED, tmp_path / "catalogue"))
    (made / "services" / "club.toml").write_text(SERVICE, "utf-8")
    return made


@asynccontextmanager
async def previewing(
    folder: Path, size: tuple[int, int]
) -> AsyncIterator[tuple[Hands, FormScreen]]:
    """The preview of the form, as `catalogue preview club --dir DIR` opens it."""
    with preview_desk(folder, StandingClock(), SeededRandom(1)) as desk:
        app = PreviewApp(desk, "club")
        async with app.run_test(size=size, notifications=True) as pilot:
            hands = Hands(app, pilot)
            form = await hands.screen(FormScreen)
            await hands.until(lambda: app.focused, "a focused field")
            yield hands, form
        place = desk.home.root
    assert not place.exists()


async def stand_at_rows(hands: Hands, form: FormScreen) -> RowsEditor:
    """Tab to the repeat."""
    await hands.press("tab")
    await hands.until(lambda: isinstance(hands.app.focused, RowsEditor), "the rows")
    editor = hands.focused
    assert isinstance(editor, RowsEditor)
    return editor


async def child(hands: Hands, name: str, age: str) -> None:
    """Fill the row that is open: a name, an age."""
    await hands.screen(RepeatRowScreen)
    await hands.write(name)
    await hands.press("enter")
    await hands.write(age)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_rows_are_added_changed_and_removed_by_keyboard(
    folder: Path, size: tuple[int, int]
) -> None:
    """Enter opens, Ins adds, Del removes, Ctrl+Z brings back; the draft has it all at once."""
    async with previewing(folder, size) as (hands, form):
        answers = form.form.draft.document["answers"]
        editor = await stand_at_rows(hands, form)
        await hands.press("enter")
        await child(hands, "Ира", "5")
        assert answers["children"] == [{"child": "Ира", "age": "5"}]
        await hands.press("enter")
        rows = await hands.screen(RepeatRowsScreen)
        await hands.press("insert")
        await child(hands, "Пётр", "9")
        await hands.press("enter")
        row = await hands.screen(RepeatRowScreen)
        await hands.until(lambda: len(row.query_one(FormSection).rows) == 3, "the school")
        await hands.press("enter")
        await hands.screen(ChooseScreen)
        await hands.write("втор")
        await hands.press("enter")
        await hands.until(lambda: hands.app.screen is rows, "the rows again")
        assert answers["children"][1] == {"child": "Пётр", "age": "9", "school": "b"}
        assert "Пётр, 9, Вторая" in hands.says()
        await hands.press("delete")
        assert len(answers["children"]) == 1
        await hands.press("ctrl+z")
        assert len(answers["children"]) == 2
        await hands.press("escape")
        await hands.until(lambda: hands.app.screen is form, "the form")
        assert "2: Ира, 5; Пётр" in hands.says()
        assert len(editor.rows) == 2
        await hands.press("ctrl+z")
        await hands.until(lambda: "children" not in answers, "no rows")


async def test_a_mistake_in_a_row_is_said_in_the_row_and_at_the_repeat(folder: Path) -> None:
    """Under its field while the row is open; «строка 1, Полных лет» after the whole check."""
    async with previewing(folder, SMALL) as (hands, form):
        await stand_at_rows(hands, form)
        await hands.press("enter")
        await child(hands, "Ира", "4")
        await hands.press("shift+tab")
        await hands.until(lambda: "от 5 до 17" in hands.says(), "the mistake")
        await hands.press("escape")
        await hands.screen(RepeatRowsScreen)
        await hands.press("escape")
        await hands.until(lambda: hands.app.screen is form, "the form")
        await hands.press("f12")
        await hands.until(lambda: form.form.checked, "the check")
        told = form.form.problems["answers.children"]
        assert told.text == "строка 1, Полных лет: от 5 до 17"


async def test_a_row_nobody_filled_does_not_stay(folder: Path) -> None:
    """Esc out of an empty row leaves no row; more than the most are not begun."""
    async with previewing(folder, SMALL) as (hands, form):
        editor = await stand_at_rows(hands, form)
        await hands.press("enter")
        await hands.screen(RepeatRowScreen)
        await hands.press("escape")
        rows = await hands.screen(RepeatRowsScreen)
        assert (rows.rows, editor.rows) == ([], ())
        for _ in range(3):
            await hands.press("insert")
            await hands.screen(RepeatRowScreen)
            await hands.write("Ира")
            await hands.press("escape")
            await hands.until(lambda: hands.app.screen is rows, "the rows")
        await hands.press("insert")
        await hands.until(lambda: "Больше строк не бывает" in hands.notices(), "the notice")
        assert len(rows.rows) == 3


KINDS = ("person", "sole-trader", "organisation")


async def cut_labels(
    size: tuple[int, int], slugs: list[str], *, shared: bool = False, kind: str = "person"
) -> list[str]:
    """Fields of the forms of these services whose label does not stand whole on the screen.

    `shared`: those of the blocks too, of an applicant of `kind` who came with a representative.
    """
    cut: list[str] = []
    with preview_desk(PACKAGED, StandingClock(), SeededRandom(1)) as desk:
        app = PreviewApp(desk, slugs[0])
        async with app.run_test(size=size, notifications=True) as pilot:
            hands = Hands(app, pilot)
            form = await hands.screen(FormScreen)
            await hands.until(lambda: app.focused, "a focused field")
            section = form.query_one(FormSection)
            for slug in slugs:
                draft = desk.intake.begin(slug, {"kind": kind})
                if shared:
                    draft.document |= {"representative": {}, "delivery": {"way": "home"}}
                opened = FormScreen(desk, draft).form
                blocks = {one.path.split(".")[0] for part in opened.sections for one in part.fields}
                assert blocks >= ({"applicant", "representative", "delivery"} if shared else set())
                for part in opened.sections:
                    if not (shared or part.fields[0].path.startswith("answers.")):
                        continue
                    await section.open_section(part.fields, opened.value)
                    await pilot.pause()
                    assert [row.path for row in section.rows] == [one.path for one in part.fields]
                    cut += [f"{slug}: {row.path}" for row in section.rows if is_cut(row)]
                desk.intake.discard(draft.id)
    return cut


async def test_labels_of_packaged_forms_are_whole_in_a_small_terminal() -> None:
    """Every eighth service: each field is there, no label is cut."""
    services = load().services
    assert await cut_labels(SMALL, sorted(services)[::8]) == []


def of_kind(kind: str) -> list[str]:
    """Services an applicant of this kind may ask for."""
    return sorted(one.slug for one in load().services.values() if kind in one.kinds)


@pytest.mark.parametrize("kind", KINDS)
async def test_labels_of_the_shared_blocks_are_whole_in_a_small_terminal(kind: str) -> None:
    """Applicant, representative, contacts and delivery, once for each kind of applicant."""
    assert await cut_labels(SMALL, of_kind(kind)[:1], shared=True, kind=kind) == []


@pytest.mark.full
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_labels_of_all_packaged_forms_are_whole(size: tuple[int, int], kind: str) -> None:
    """The same of every service in both sizes, shared blocks and all."""
    assert await cut_labels(size, of_kind(kind), shared=True, kind=kind) == []


async def drawn_and_stood(size: tuple[int, int], slugs: list[str]) -> list[str]:
    """Sections whose sketch is not the picture of the rows themselves."""
    other: list[str] = []
    with preview_desk(PACKAGED, StandingClock(), SeededRandom(1)) as desk:
        app = PreviewApp(desk, slugs[0])
        async with app.run_test(size=size, notifications=True) as pilot:
            hands = Hands(app, pilot)
            form = await hands.screen(FormScreen)
            await hands.until(lambda: app.focused, "a focused field")
            section = form.query_one(FormSection)
            for slug in slugs:
                draft = desk.intake.begin(slug)
                draft.document.update(example(desk.catalogue.service(slug), desk.catalogue, TODAY))
                opened = FormScreen(desk, draft).form
                for part in opened.sections:
                    form.set_focus(None)
                    await section.open_section(part.fields, opened.value)
                    await pilot.pause()
                    stood = cells(section)
                    await section.remove_children()
                    await section.mount(
                        FormSketch([FieldRow(one, opened.value(one)) for one in part.fields])
                    )
                    await pilot.pause()
                    assert not section.query(LineEditor)
                    other += [f"{slug}: {part.label}"] if cells(section) != stood else []
                desk.intake.discard(draft.id)
    return other


def cells(section: FormSection) -> list[tuple[str, object, object]]:
    """Every cell of the fields on the screen: its character and the colours one sees."""
    place = section.region
    strips = section.screen._compositor.render_strips()
    return [
        (character, style and character != " " and style.color, style and style.bgcolor)
        for strip in strips[place.y : place.bottom]
        for text, style, _ in strip.crop(place.x, place.right)
        for character in text
    ]


async def test_a_form_is_painted_at_once_as_its_editors_will_stand() -> None:
    """The first picture of a form is its last one: every kind of editor, filled and empty."""
    assert await drawn_and_stood(SMALL, ["kad-prava"]) == []


@pytest.mark.full
@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_every_form_is_painted_at_once_as_its_editors_will_stand(
    size: tuple[int, int],
) -> None:
    """The same of every service in both sizes."""
    assert await drawn_and_stood(size, sorted(load().services)) == []


def is_cut(row: FieldRow) -> bool:
    """Whether a word of a label is missing from what its row draws."""
    drawn = " ".join(row.render_line(y).text for y in range(row.size.height))
    wanted = row.placed.field.label.split()
    lines = row._label(row.label_width)
    whole = [word for line in lines for word in line.replace("*", "").split()]
    fits = all(len(line) < row.label_width for line in lines)
    return "".join(whole) != "".join(wanted) or not fits or not all(w in drawn for w in whole)
