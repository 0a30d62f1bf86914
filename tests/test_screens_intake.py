"""Taking a request on the screen: service, applicant, form, documents, check, number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.form.form import FormScreen
from mfc_desk.screens.home import HomeScreen
from mfc_desk.screens.intake.applicant import ApplicantScreen
from mfc_desk.screens.intake.check import CheckScreen
from mfc_desk.screens.intake.documents import DocumentsScreen
from mfc_desk.screens.intake.done import DoneScreen
from mfc_desk.screens.intake.service import ServiceScreen
from mfc_desk.widgets.choice_editor import ChoiceEditor
from mfc_desk.widgets.field_row import FieldRow
from mfc_desk.widgets.form_section import FormSection
from mfc_desk.widgets.line_editor import LineEditor
from mfc_desk.widgets.rows import RowList
from sync.errors import DiskFull
from tests.desk_home import DeskHome, set_up_home
from tests.screen_world import SMALL, Hands, at_work, desk_of, filled, register


async def begin(hands: Hands, words: str = "соцк") -> ApplicantScreen:
    """From home to the applicant of a new request of the service found by `words`."""
    await hands.press("f2")
    service = await hands.screen(ServiceScreen)
    await hands.write(words)
    await hands.press("enter")
    await hands.until(lambda: hands.app.screen is not service, "a service chosen")
    return await hands.screen(ApplicantScreen)


async def new_applicant(hands: Hands, name: str = "Образцова Мария Петровна") -> FormScreen:
    """A new person with this name; the form stands at the first field to fill."""
    await hands.write(name)
    await hands.press("ctrl+n")
    form = await hands.screen(FormScreen)
    await hands.until(lambda: form.focused, "a focused field")
    return form


def row_at(hands: Hands) -> FieldRow:
    """The row the focus is in."""
    row = hands.focused.parent
    assert isinstance(row, FieldRow)
    return row


async def stand_at(hands: Hands, form: FormScreen, path: str) -> FieldRow:
    """Go to a field, wherever it is."""
    await form.go_to(path)
    await at_field(hands, lambda found: found == path)
    return row_at(hands)


async def at_field(hands: Hands, wanted: Callable[[str], bool]) -> None:
    """Wait until the focus stands in a field whose path is wanted."""

    def there() -> bool:
        row = hands.app.focused.parent if hands.app.focused else None
        return isinstance(row, FieldRow) and wanted(row.path)

    await hands.until(there, "the wanted field")


def load(hands: Hands, form: FormScreen, document: dict[str, Any]) -> None:
    """Put a filled document into the open draft, as if it had been typed."""
    form.form.draft.document.update(document)
    desk_of(hands).intake.save(form.form.draft)


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


async def test_service_is_found_as_one_types_and_says_if_it_can_be_taken(made: DeskHome) -> None:
    """Words in any order; term, duty and availability stand there before Enter."""
    async with at_work(made) as hands:
        await hands.press("f2")
        screen = await hands.screen(ServiceScreen)
        rows = screen.query_one(RowList)
        assert len(desk_of(hands).intake.services("")) == 74
        await hands.write("выплат справ")
        await hands.until(lambda: rows.key == "payments-ref", "the service")
        assert "отложенно" in hands.says()
        assert "1 рабочий день" in hands.says()
        assert "бесплатно" in hands.says()


async def test_known_applicant_comes_back_with_everything(made: DeskHome) -> None:
    """Who was served before is found by name, and the form starts at the service's questions."""
    async with at_work(made) as hands:
        known = filled(desk_of(hands), "payments-ref")
        desk_of(hands).intake.register_document(known)
        await begin(hands)
        await hands.write(known["applicant"]["surname"][:5])
        await hands.press("enter")
        form = await hands.screen(FormScreen)
        await hands.until(lambda: form.focused, "a focused field")
        assert form.form.draft.document["applicant"]["snils"] == known["applicant"]["snils"]
        await at_field(hands, lambda path: path == "answers.request")


async def test_field_comes_with_its_condition_and_the_focus_goes_to_it(made: DeskHome) -> None:
    """«Утрата» asks for the old card's number; «первичное» does not; nothing else moves."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands)
        await stand_at(hands, form, "answers.code_word")
        assert form.query_one(FormSection).row("answers.old_card") is None
        await stand_at(hands, form, "answers.request")
        await hands.write("утр")
        await hands.screen(ChooseScreen)
        await hands.press("enter")
        await hands.screen(FormScreen)
        assert form.form.draft.document["answers"]["request"] == "lost"
        await stand_at(hands, form, "answers.code_word")
        assert form.query_one(FormSection).row("answers.old_card") is not None


async def test_flag_takes_the_patronymic_away_without_moving_the_focus(made: DeskHome) -> None:
    """«Отчество отсутствует» hides the field above it; the focus stays on the flag."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands, "Образцова Мария")
        flag = await stand_at(hands, form, "applicant.no_patronymic")
        section = form.query_one(FormSection)
        assert section.row("applicant.patronymic") is not None
        await hands.press("space")
        await hands.until(lambda: section.row("applicant.patronymic") is None, "no patronymic")
        assert hands.focused is flag.editor
        await hands.press("space")
        await hands.until(lambda: section.row("applicant.patronymic") is not None, "patronymic")
        assert hands.focused is flag.editor


async def test_mistake_is_said_under_its_field_when_it_is_left(made: DeskHome) -> None:
    """A СНИЛС with a wrong check number is named after Tab and cleared while it is put right."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands)
        row = await stand_at(hands, form, "applicant.snils")
        await hands.write("90010020039")
        assert isinstance(row.editor, LineEditor)
        assert row.editor.value == "900-100-200 39"
        await hands.press("tab")
        await hands.until(lambda: row.problem, "a problem")
        assert "контрольное число" in hands.says()
        await stand_at(hands, form, "applicant.snils")
        await hands.press("end", "backspace", "backspace")
        await hands.write("93")
        await hands.until(lambda: form.query_one(FormSection).row(row.path).problem is None, "fine")  # type: ignore[union-attr]


async def test_warning_is_kept_with_a_reason(made: DeskHome) -> None:
    """A yellow warning stays until a reason is given, and the reason stands in the draft."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands)
        row = await stand_at(hands, form, "applicant.address")
        await hands.write("г. Приморск, ул. Учебная")
        await hands.press("tab", "shift+tab")
        await hands.until(lambda: row.problem, "a warning")
        await at_field(hands, lambda path: path == "applicant.address")
        assert row.problem is not None
        assert row.problem.severity == "warning"
        await hands.press("ctrl+щ")
        await hands.screen(AskLineScreen)
        await hands.write("дом без номера")
        await hands.press("enter")
        await hands.until(lambda: row.kept == "дом без номера", "the reason under the field")
        assert form.form.draft.document["overrides"] == {row.path: "дом без номера"}


async def test_tab_over_the_edge_of_a_section_passes_no_field_by(made: DeskHome) -> None:
    """An optional field that begins a section is stood at too; Shift+Tab leads back where from."""
    async with at_work(made, SMALL) as hands:
        await begin(hands, "судимость")
        form = await new_applicant(hands)
        sections = form.form.sections
        here = next(at for at, one in enumerate(sections) if one.key.startswith("about/"))
        assert sections[here].fields[0].path == "answers.prev_names"
        last = sections[here - 1].fields[-1].path
        await stand_at(hands, form, last)
        await hands.press("tab")
        await at_field(hands, lambda path: path == "answers.prev_names")
        assert not row_at(hands).placed.field.required
        await hands.press("shift+tab")
        await at_field(hands, lambda path: path == last)


@pytest.mark.parametrize("key", ["ctrl+z", "ctrl+я"])
async def test_undo_gives_the_field_back(made: DeskHome, key: str) -> None:
    """The last changed field gets its old answer and the focus, also from another section."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands)
        await stand_at(hands, form, "applicant.birth_place")
        await hands.write("Приморск")
        await hands.press("ctrl+pagedown")
        await at_field(hands, lambda path: path.startswith("applicant.id_document"))
        await hands.press(key)
        await at_field(hands, lambda path: path == "applicant.birth_place")
        assert row_at(hands).typed == ""
        await hands.until(
            lambda: "birth_place" not in form.form.draft.document["applicant"], "an empty answer"
        )


async def test_check_all_stands_at_the_first_problem(made: DeskHome) -> None:
    """F12 marks every section and goes to the first field that is wrong."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands, "Образцова Мария")
        await stand_at(hands, form, "answers.code_word")
        await hands.press("f12")
        await at_field(hands, lambda path: path == "applicant.patronymic")
        assert "Если отчества нет в документе" in hands.says()


async def test_representative_is_added_and_taken_away(made: DeskHome) -> None:
    """Ctrl+R opens the sections of whoever acts for the applicant."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands)
        await hands.press("ctrl+r")
        await at_field(hands, lambda path: path == "representative.kind")
        await hands.press("ctrl+к")
        await hands.until(lambda: form.form.draft.document["representative"] is None, "nobody")


async def test_papers_are_taken_promised_and_checked(made: DeskHome) -> None:
    """Space takes a paper in, Ctrl+D records a promise, СМЭВ is shown and cannot be demanded."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands)
        form.leave("documents")
        screen = await hands.screen(DocumentsScreen)
        rows = screen.query_one(RowList)
        assert "запросит МФЦ (СМЭВ)" in hands.says()
        await hands.press("space")
        entries = form.form.draft.document["documents"]
        assert [entry["name"] for entry in entries] == ["application"]
        assert rows.key == "identity"
        await hands.press("ctrl+в")
        await hands.screen(AskLineScreen)
        await hands.write("30112026")
        await hands.press("enter")
        await hands.screen(DocumentsScreen)
        await hands.until(lambda: "донесёт до 30.11.2026" in hands.says(), "a promise")
        await hands.press("home", "plus", "plus", "minus")
        await hands.until(lambda: screen.papers.entry("application")["sheets"] == 2, "two sheets")  # type: ignore[index]


@pytest.mark.slow
@pytest.mark.parametrize("size", [SMALL, (120, 40)])
async def test_whole_intake_by_keyboard_ends_with_a_number(
    made: DeskHome, size: tuple[int, int]
) -> None:
    """Service, known applicant, form, documents, check, Enter: number, journal, receipt queued."""
    async with at_work(made, size) as hands:
        desk = desk_of(hands)
        desk.intake.register_document(filled(desk, "payments-ref"))
        await begin(hands)
        await hands.press("down", "enter")
        form = await hands.screen(FormScreen)
        await hands.until(lambda: form.focused, "a focused field")
        await hands.press("enter")
        await hands.screen(ChooseScreen)
        await hands.press("enter")
        await hands.screen(FormScreen)
        await hands.write("вет")
        await hands.screen(ChooseScreen)
        await hands.press("enter")
        await hands.screen(FormScreen)
        await hands.press("ctrl+pagedown")
        await at_field(hands, lambda path: path == "answers.code_word")
        await hands.write("берёза")
        await hands.press("ctrl+pagedown")
        await at_field(hands, lambda path: path == "delivery.way")
        await hands.press("ctrl+pagedown")
        await hands.screen(DocumentsScreen)
        await hands.press("space", "space", "ctrl+pagedown")
        check = await hands.screen(CheckScreen)
        assert check.checked is not None
        assert [problem.sentence for problem in check.checked.problems] == []
        await hands.press("enter")
        done = await hands.screen(DoneScreen)
        number = done.registered.number.text
        assert desk.find.card(number).row.number == number
        assert desk.print_queue.of_request(done.registered.request_id)
        assert desk.intake.drafts() == ()
        assert "Обращение принято" in hands.says()


async def test_check_lists_every_problem_and_leads_to_its_field(made: DeskHome) -> None:
    """All problems at once; Enter on one stands at its field; nothing is registered meanwhile."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands)
        document = filled(desk_of(hands))
        document["answers"].pop("code_word")
        document["documents"] = []
        load(hands, form, document)
        form.leave("check")
        screen = await hands.screen(CheckScreen)
        rows = screen.query_one("#problems", RowList)
        assert len(rows.rows) == 3
        await hands.press("ctrl+ы")
        assert isinstance(hands.app.screen, CheckScreen)
        assert desk_of(hands).find.recent() == ()
        await hands.press("enter")
        await hands.screen(FormScreen)
        await at_field(hands, lambda path: path == "answers.code_word")


async def test_next_service_carries_the_applicant_over(made: DeskHome) -> None:
    """«Чем ещё помочь?»: one key starts another service for the same applicant."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands)
        load(hands, form, filled(desk_of(hands)))
        form.leave("check")
        await hands.screen(CheckScreen)
        await hands.press("ctrl+s")
        done = await hands.screen(DoneScreen)
        applicant = done.applicant
        await hands.press("enter")
        another = await hands.screen(FormScreen)
        document = another.form.draft.document
        assert document["applicant"] == applicant
        assert document["representative"] == done.draft.document["representative"]
        assert another.form.draft.id != form.form.draft.id


async def test_postponed_draft_is_offered_and_opens_at_the_same_field(made: DeskHome) -> None:
    """Esc keeps the draft; the next start offers it and stands at the field that was left."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands)
        await stand_at(hands, form, "applicant.birth_place")
        await hands.write("Приморск")
        await hands.press("escape")
        await hands.screen(HomeScreen)
    async with at_work(made) as hands:
        await hands.screen(ConfirmScreen)
        assert "Образцова М. П." in hands.says()
        await hands.press("enter")
        form = await hands.screen(FormScreen)
        await hands.until(lambda: form.focused, "a focused field")
        await at_field(hands, lambda path: path == "applicant.birth_place")
        assert row_at(hands).typed == "Приморск"


async def test_draft_typed_a_second_ago_survives_a_dead_program(made: DeskHome) -> None:
    """No leaving, no closing: what was typed over a second ago is in a fresh desk."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands)
        await stand_at(hands, form, "applicant.birth_place")
        await hands.write("Приморск")
        other = made.login()
        try:

            def kept() -> bool:
                (row,) = other.intake.drafts()
                draft = other.intake.open(row.id)
                there = draft.document["applicant"].get("birth_place") == "Приморск"
                return there and draft.field == "applicant.birth_place"

            await hands.until(kept, "the text on the disk")
        finally:
            other.close()


async def test_field_is_durable_when_it_is_left(made: DeskHome) -> None:
    """Tab makes the field durable right after the paint, well before the second."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands)
        await stand_at(hands, form, "applicant.birth_place")
        await hands.write("Приморск")
        await hands.press("tab")
        await hands.until(lambda: not form.keeper.dirty, "a save")
        other = made.login()
        try:
            draft = other.intake.open(form.form.draft.id)
        finally:
            other.close()
        assert draft.document["applicant"]["birth_place"] == "Приморск"


async def test_typing_runs_no_sql(made: DeskHome) -> None:
    """Between two saves keys touch only the screen and the draft in memory."""
    async with at_work(made) as hands:
        register(desk_of(hands), 2)
        await begin(hands)
        form = await new_applicant(hands)
        await stand_at(hands, form, "applicant.birth_place")
        await hands.until(lambda: not form.keeper.dirty, "everything saved")
        for timer in hands.app._timers:
            timer.pause()  # the header looks at the exchange now and then
        statements: list[str] = []
        connection = desk_of(hands).db.conn
        connection.set_trace_callback(statements.append)
        await hands.write("Приморск")
        seen = list(statements)
        connection.set_trace_callback(None)
        assert seen == []
        assert form.keeper.dirty


async def test_choice_list_filters_on_typing_and_escape_changes_nothing(made: DeskHome) -> None:
    """A letter opens the list filtered by it; Esc closes it and the choice stays."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands)
        row = await stand_at(hands, form, "answers.category")
        await hands.write("ин")
        chooser = await hands.screen(ChooseScreen)
        rows = chooser.query_one(RowList)
        await hands.until(lambda: 0 < len(rows.rows) < 4, "a filtered list")
        await hands.press("escape")
        await hands.screen(FormScreen)
        assert isinstance(row.editor, ChoiceEditor)
        assert row.editor.chosen == ()
        assert hands.focused is row.editor


async def test_draft_that_cannot_be_saved_is_said_and_saved_later(
    made: DeskHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk while typing: a sentence, the text stays, saved when there is room."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands)
        await stand_at(hands, form, "applicant.birth_place")
        intake = desk_of(hands).intake
        with monkeypatch.context() as full:

            def refuse(_draft: object) -> None:
                raise DiskFull

            full.setattr(intake, "save", refuse)
            await hands.write("Приморск")
            await hands.until(lambda: "только на экране" in hands.notices(), "a sentence")
            assert row_at(hands).typed == "Приморск"
        await hands.write(" 7")
        await hands.until(lambda: not form.keeper.dirty, "a save")
        draft = intake.open(form.form.draft.id)
        assert draft.document["applicant"]["birth_place"] == "Приморск 7"
