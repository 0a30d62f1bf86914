"""Новое обращение, шаги 2 и 3: the form, one section open at a time."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.opens_choices import OpensChoices
from mfc_desk.screens.form.form_walk import FormWalk
from mfc_desk.screens.form.repeat_rows import RepeatRowsScreen
from mfc_desk.widgets.field_row import FieldRow
from mfc_desk.widgets.form_section import FormSection
from mfc_desk.widgets.rows_editor import RowsEditor


class FormScreen(FormWalk, OpensChoices[None]):
    """Edits one draft. Knows no rule: what to ask and what is wrong comes from `forms`."""

    HELP = (
        "Форма обращения.\nСлева разделы, справа поля открытого раздела; * — обязательное. "
        "Ошибка стоит под своим полем. Жёлтое предупреждение можно оставить, назвав причину "
        "(Ctrl+O): она сохранится в обращении. Всё введённое сохраняется само, при выходе из поля "
        "и не позже секунды после последней клавиши; Esc откладывает обращение, черновик останется."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        # Priority: the program waits for the walk to end before it looks at the next key.
        Binding("tab", "field(1)", "Дальше", key_display="Tab", priority=True, id="next-field"),
        Binding("f12", "check", "Проверить всё", key_display="F12", priority=True, id="check"),
        Binding(
            "ctrl+pagedown",
            "section(1)",
            "Раздел",
            key_display="Ctrl+PgDn",
            priority=True,
            id="next",
        ),
        Binding("ctrl+z,ctrl+я", "undo", "Отменить поле", key_display="Ctrl+Z", id="undo"),
        Binding("escape", "back", "Отложить", key_display="Esc", id="back"),
        Binding(
            "ctrl+pageup",
            "section(-1)",
            "Раздел выше",
            key_display="Ctrl+PgUp",
            priority=True,
            id="previous",
        ),
        Binding(
            "ctrl+r,ctrl+к", "represent", "Представитель", key_display="Ctrl+R", id="represent"
        ),
        Binding("ctrl+o,ctrl+щ", "keep", "Оставить с причиной", key_display="Ctrl+O", id="keep"),
        Binding("enter", "enter", "Дальше или открыть список", show=False, priority=True),
        Binding(
            "shift+tab",
            "field(-1)",
            "Поле назад",
            show=False,
            key_display="Shift+Tab",
            priority=True,
            id="back-field",
        ),
    ]

    async def refit(self) -> None:
        """Fields may come and go after an answer; the focus stays."""
        before = self.form.here.key
        self.form.place()
        if self.form.here.key != before:
            await self.open_section(self.form.here)
        else:
            self.query_one(FormSection).refit(self.form.here.fields, self.form.value)
            self.draw()

    @on(FieldRow.Edited)
    async def _edited(self, event: FieldRow.Edited) -> None:
        row = event.row
        row.taken = event.typed
        self.form.put(row.path, event.typed)
        self.keeper.touched()
        if row.problem is not None:
            row.problem = self.form.look(row.placed)
        if not isinstance(row.editor, Input):
            await self.refit()

    @on(FieldRow.Left)
    async def _left(self, event: FieldRow.Left) -> None:
        event.row.tidy()
        self.settle(event.row)
        self.keeper.left()
        await self.refit()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember where the specialist stands, show the hint of the field."""
        row = event.widget.parent
        if isinstance(row, FieldRow):
            self.form.draft.field = row.path
            self.undo.entered(row.path, row.typed)
            self.keeper.touched()
            self.query_one("#hint", Static).update(row.hint, layout=False)

    async def action_check(self) -> None:
        """Check everything; stand at the first problem."""
        await self.keys_done()
        self.take_typed()
        self.form.take(self.desk.intake.check(self.form.draft))
        open_problems = [p for p in self.form.problems.values() if p.path not in self.form.kept]
        self.draw()
        if not open_problems:
            self.notify("Ошибок нет. Дальше — документы и проверка.", title="Проверено")
            return
        await self.go_to(open_problems[0].path)

    @work
    async def action_keep(self) -> None:
        """Keep a warning, with a reason."""
        row = self.focused_row()
        if row is None or row.problem is None or row.problem.severity != "warning":
            self.notify("В этом поле нет предупреждения, которое можно оставить.")
            return
        reason = await self.app.push_screen_wait(
            AskLineScreen("Оставить с причиной", row.problem.sentence, row.kept)
        )
        if reason:
            self.form.keep_warning(row.path, reason)
            self.keeper.touched()
            self.draw()

    @on(RowsEditor.Opened)
    def _open_rows(self, event: RowsEditor.Opened) -> None:
        editor = event.editor
        rules = self.form.rules_of(editor.field)
        self.app.push_screen(RepeatRowsScreen(editor.field, editor.rows, rules, editor.take))

    async def after_choice(self) -> None:
        """A choice was made: fields may have come with it; then the next one."""
        self.take_typed()
        await self.refit()
        await self.action_field(1)

    async def action_represent(self) -> None:
        """Somebody acts for the applicant, or not any more."""
        there = self.form.turn_representative()
        self.keeper.touched()
        first = next((s for s in self.form.sections if s.fields[0].path.startswith("repres")), None)
        await self.open_section(first if there and first else self.form.here)

    async def action_undo(self) -> None:
        """Take back the last change of a field."""
        row = self.focused_row()
        step = self.undo.back(row.path if row else None, row.typed if row else None)
        if step is None:
            self.notify("Отменять нечего.")
            return
        self.form.put(step.path, step.typed)
        self.keeper.touched()
        if row is None or row.path != step.path:
            await self.go_to(step.path)
        changed = self.query_one(FormSection).row(step.path)
        if changed is not None:
            changed.put(step.typed)
