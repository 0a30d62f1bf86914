"""The rows of a repeat as one field: what is in them, and a way into them."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from forms.kinds import kind_of
from forms.spec import Field
from mfc_desk.widgets.rows import fit

Row = dict[str, Any]


class RowsEditor(Widget, can_focus=True):
    """Shows how many rows there are and how they begin; Enter, Space or Down opens them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space,down", "open", "Открыть строки", show=False),
        Binding("up", "app.focus_previous", "Поле выше", show=False),
    ]

    rows: reactive[tuple[Row, ...]] = reactive(())

    @dataclass
    class Opened(Message):
        """The rows are wanted."""

        editor: RowsEditor

        @property
        def control(self) -> RowsEditor:
            """The editor it came from."""
            return self.editor

    @dataclass
    class Changed(Message):
        """Other rows."""

        editor: RowsEditor
        rows: tuple[Row, ...]

        @property
        def control(self) -> RowsEditor:
            """The editor it came from."""
            return self.editor

    def __init__(self, field: Field, rows: Sequence[Row]) -> None:
        """`field` is the repeat; `rows` as they stand in the draft."""
        super().__init__()
        self.field = field
        self.set_reactive(RowsEditor.rows, tuple(deepcopy(list(rows))))

    def render(self) -> RenderResult:
        """«2: Примерова Ира, 2019-04-02; …»."""
        return self.drawn(self.content_size.width)

    def drawn(self, width: int) -> Content:
        """What it shows in `width` columns."""
        width = max(2, width)
        rows = [row_text(self.field, row) for row in self.rows]
        text = f"{len(rows)}: {'; '.join(rows)}" if rows else "строк нет, Enter добавить"
        return Content.assemble((fit(text, width - 2), "" if rows else "$muted"), (" ▸", "$muted"))

    def take(self, rows: Sequence[Row]) -> None:
        """Take these rows, say so when they differ."""
        found = tuple(deepcopy(list(rows)))
        if found != self.rows:
            self.rows = found
            self.post_message(self.Changed(self, found))

    def action_open(self) -> None:
        """Ask for the rows."""
        self.post_message(self.Opened(self))

    def on_click(self, event: events.Click) -> None:
        """A click opens them."""
        event.stop()
        self.screen.set_focus(self)
        self.action_open()


def row_text(field: Field, row: Row) -> str:
    """The answers of a row in the order of its columns, as they are printed."""
    shown = [cell_text(cell, row[cell.name]) for cell in field.rows if row.get(cell.name)]
    return ", ".join(shown) or "не заполнена"


def cell_text(cell: Field, typed: object) -> str:
    """One answer as it is printed; what does not read stands as typed."""
    try:
        kind = kind_of(cell)
        return str(kind.show(kind.read(typed)))
    except ValueError:
        return str(typed)
