"""One row of a repeat as a small form."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from forms.check import PlacedField, Problem
from forms.spec import Field, Section
from mfc_desk.screens.dialogs.opens_choices import OpensChoices
from mfc_desk.screens.form.pending_keys import keys_done
from mfc_desk.widgets.choice_editor import ChoiceEditor
from mfc_desk.widgets.field_row import FieldRow
from mfc_desk.widgets.form_section import FormSection
from mfc_desk.widgets.rows_editor import Row


class RowRules(Protocol):
    """What a row asks and what is wrong with it; `forms` knows."""

    def cells(self, row: Row) -> tuple[Field, ...]:
        """The columns this row asks for."""

    def look(self, cell: Field, row: Row) -> Problem | None:
        """What is wrong with one answer of a row."""


class RepeatRowScreen(ModalScreen[None], OpensChoices[None]):
    """Columns of a row one under the other; a change is told at once, Esc only closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,ctrl+s,ctrl+ы", "done", "Готово", key_display="Esc", id="done"),
        Binding("enter", "enter", "Дальше или открыть список", show=False, priority=True),
        Binding("tab", "onward", "Дальше", show=False, priority=True),
    ]

    def __init__(
        self, title: str, row: Row, rules: RowRules, changed: Callable[[Row], None]
    ) -> None:
        """`changed` hears the row after every change."""
        super().__init__()
        self._title = title
        self._row = dict(row)
        self._rules = rules
        self._changed = changed
        self._problems: dict[str, Problem] = {}

    def compose(self) -> ComposeResult:
        """The fields and the hint of the one at hand."""
        with Vertical(classes="dialog details") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = "Enter дальше · Esc готово"
            yield FormSection()
            yield Static(id="row-hint", classes="muted")

    async def on_mount(self) -> None:
        """Stand at the first answer that is missing."""
        form = self.query_one(FormSection)
        await form.open_section(self._placed(), self._typed)
        empty = [row for row in form.rows if not self._row.get(row.path)]
        for row in form.rows:
            self._look(row)
        self.set_focus((empty or list(form.rows))[0].editor)

    def _placed(self) -> list[PlacedField]:
        section = Section("row", self._title, ())
        return [PlacedField(section, cell.name, cell) for cell in self._rules.cells(self._row)]

    def _typed(self, placed: PlacedField) -> object:
        return self._row.get(placed.path)

    @on(FieldRow.Edited)
    def _edited(self, event: FieldRow.Edited) -> None:
        self._take()
        if not isinstance(event.row.editor, Input):
            self._refit()

    def _take(self) -> None:
        """Read every editor: the last key of one may be on the way still."""
        row = {one.path: one.typed for one in self.query_one(FormSection).rows}
        kept = {path: typed for path, typed in row.items() if typed not in ("", [])}
        if kept != self._row:
            self._row = kept
            self._changed(dict(kept))

    @on(FieldRow.Left)
    def _left(self, event: FieldRow.Left) -> None:
        event.row.tidy()
        self._look(event.row)
        self._refit()

    def _refit(self) -> None:
        """Columns may come and go after an answer."""
        form = self.query_one(FormSection)
        form.refit(self._placed(), self._typed)
        form.show_problems(self._problems, {})

    def _look(self, row: FieldRow) -> None:
        problem = self._rules.look(row.placed.field, self._row) if row.typed else None
        if problem is None:
            self._problems.pop(row.path, None)
        else:
            self._problems[row.path] = problem
        row.problem = problem

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Show the hint of the field."""
        row = event.widget.parent
        if isinstance(row, FieldRow):
            self.query_one("#row-hint", Static).update(row.hint)

    async def after_choice(self) -> None:
        """A choice was made: go on."""
        self._refit()
        self.action_next()

    async def action_enter(self) -> None:
        """Enter opens a list and goes on from any other field."""
        if isinstance(self.focused, ChoiceEditor):
            await keys_done(self.focused)
            self.focused.action_open()
        else:
            await self.action_onward()

    async def action_onward(self) -> None:
        """Tab passes a list by that Enter would open."""
        await keys_done(self.focused)
        self.action_next()

    def action_next(self) -> None:
        """The next field, one that this answer opened too; after the last one the row is done."""
        self._take()
        self._refit()
        self.call_after_refresh(self._step)

    def _step(self) -> None:
        rows = self.query_one(FormSection).rows
        at = next((i for i, row in enumerate(rows) if row.editor is self.focused), len(rows))
        if at + 1 < len(rows):
            self.set_focus(rows[at + 1].editor)
        else:
            self._close()

    async def action_done(self) -> None:
        """Back to the rows."""
        await keys_done(self.focused)
        self._close()

    def _close(self) -> None:
        self._take()
        self.dismiss(None)
