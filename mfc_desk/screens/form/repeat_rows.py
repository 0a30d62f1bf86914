"""The rows of a repeat: children, co-owners, jobs. Add, open, remove, by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from forms.spec import Field
from mfc_desk.screens.form.repeat_row import RepeatRowScreen, RowRules
from mfc_desk.widgets.rows import Cell, Column, RowList
from mfc_desk.widgets.rows import Row as Line
from mfc_desk.widgets.rows_editor import Row, row_text

Changed = Callable[[Sequence[Row]], None]
EMPTY = "Строк нет. Ins добавит первую."


class RepeatRowsScreen(ModalScreen[None]):
    """A list of rows over the form; every change goes to the draft at once, Esc only closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12", "done", "Готово", key_display="Esc", id="done"),
        Binding("insert,ctrl+n,ctrl+т", "add", "Добавить", key_display="Ins", id="add"),
        Binding("delete", "remove", "Удалить", key_display="Del", id="remove"),
        Binding("ctrl+z,ctrl+я", "undo", "Вернуть удалённую", key_display="Ctrl+Z", id="undo"),
    ]

    def __init__(
        self, field: Field, rows: Sequence[Row], rules: RowRules, changed: Changed
    ) -> None:
        """`changed` hears the rows after every change."""
        super().__init__()
        self._field = field
        self._rules = rules
        self._changed = changed
        self._removed: list[tuple[int, Row]] = []
        self.rows: list[Row] = deepcopy(list(rows))

    def compose(self) -> ComposeResult:
        """A list in a frame."""
        with Vertical(classes="dialog repeat") as dialog:
            dialog.border_title = self._field.label
            dialog.border_subtitle = "Enter открыть · Ins добавить · Del удалить · Esc готово"
            yield RowList(Column(3, right=True), Column(), empty=EMPTY)

    def on_mount(self) -> None:
        """Without rows the first one is begun."""
        self.set_focus(self.query_one(RowList))
        self._draw()
        if not self.rows:
            self.action_add()

    def _draw(self) -> None:
        lines = [
            Line(str(at), (Cell(f"{at + 1}", "muted"), Cell(row_text(self._field, row))))
            for at, row in enumerate(self.rows)
        ]
        self.query_one(RowList).show(lines)

    @on(RowList.Chosen)
    def _open(self, event: RowList.Chosen) -> None:
        self._edit(int(event.key))

    def _edit(self, at: int) -> None:
        def changed(row: Row) -> None:
            self.rows[at] = row
            self._changed(self.rows)

        title = f"{self._field.label} · строка {at + 1}"
        screen = RepeatRowScreen(title, self.rows[at], self._rules, changed)
        self.app.push_screen(screen, lambda _: self._left(at))

    def _left(self, at: int) -> None:
        """A row that nothing was written into does not stay."""
        if not any(self.rows[at].values()):
            del self.rows[at]
            self._changed(self.rows)
        self._draw()

    def action_add(self) -> None:
        """Another row, opened at once."""
        most = self._field.max_rows
        if most and len(self.rows) >= most:
            self.notify(f"Больше строк не бывает: {most}.")
            return
        self.rows.append({})
        self._draw()
        self.query_one(RowList).cursor = len(self.rows) - 1
        self._edit(len(self.rows) - 1)

    def action_remove(self) -> None:
        """Take the row under the cursor away; Ctrl+Z brings it back."""
        key = self.query_one(RowList).key
        if key is None:
            return
        self._removed.append((int(key), self.rows.pop(int(key))))
        self._changed(self.rows)
        self._draw()
        self.notify("Строка удалена. Ctrl+Z вернёт её.")

    def action_undo(self) -> None:
        """Bring back the row that was removed last."""
        if not self._removed:
            self.notify("Возвращать нечего.")
            return
        at, row = self._removed.pop()
        self.rows.insert(min(at, len(self.rows)), row)
        self._changed(self.rows)
        self._draw()

    def action_done(self) -> None:
        """Back to the form."""
        self.dismiss(None)
