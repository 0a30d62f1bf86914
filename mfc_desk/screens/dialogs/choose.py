"""A list to choose from, under the field that asked: filters on typing."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from forms.names import fold
from mfc_desk.widgets.choice_editor import Choices
from mfc_desk.widgets.finder import Finder
from mfc_desk.widgets.rows import Cell, Column, Row, RowList

Chosen = tuple[str, ...]
WIDE = 50
"""A label longer than this does not fit its line; it stands whole below the list."""


class ChooseScreen(ModalScreen[Chosen | None]):
    """Enter chooses and closes; among several Space marks and Enter closes; Esc changes nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Отмена", key_display="Esc", id="cancel")
    ]

    def __init__(
        self,
        title: str,
        choices: Choices,
        chosen: Chosen = (),
        *,
        several: bool = False,
        typed: str = "",
    ) -> None:
        """`typed` is what the list is filtered by at first."""
        super().__init__()
        self._title = title
        self._choices = choices
        self._chosen = set(chosen)
        self._several = several
        self._typed = typed
        self._first = chosen[0] if chosen else None
        self._whole = {code: label for code, label in choices if cell_len(label) > WIDE}
        self._open = False

    def add_typed(self, text: str) -> None:
        """Another letter for the filter."""
        self._typed += text
        if self._open:
            self.query_one(Finder).input.insert_text_at_cursor(text)

    def compose(self) -> ComposeResult:
        """The filter over the list."""
        with Vertical(classes="dialog choose") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = (
                "Enter отметить или снять · Esc готово" if self._several else "Enter выбрать · Esc"
            )
            yield Finder(
                Column(1),
                Column(),
                placeholder="введите часть слова",
                empty="Такого варианта нет. Сотрите часть слова.",
                text=self._typed,
            )
            if self._whole:
                yield Static(id="whole-choice", classes="muted", markup=False)

    def on_mount(self) -> None:
        """Show everything that fits the letters so far, the present choice marked."""
        self._open = True
        line = self.query_one(Finder).input
        line.value = self._typed
        line.cursor_position = len(self._typed)
        self._draw(self._typed)
        rows = self.query_one(RowList)
        keys = [row.key for row in rows.rows]
        if self._first in keys:
            rows.cursor = keys.index(self._first)

    @on(Finder.Asked)
    def _asked(self, event: Finder.Asked) -> None:
        self._draw(event.text)

    def _draw(self, text: str) -> None:
        words = fold(text).split()
        rows = [
            Row(code, (Cell("✓" if code in self._chosen else "", "good"), Cell(label)))
            for code, label in self._choices
            if all(word in fold(label) for word in words)
        ]
        self.query_one(Finder).show(rows, keep=True)
        self._tell()

    @on(RowList.Moved)
    def _tell(self) -> None:
        """What the line under the cursor had no room for."""
        for line in self.query("#whole-choice").results(Static):
            line.update(self._whole.get(self.query_one(RowList).key or "", ""))

    @on(RowList.Chosen)
    def _choose(self, event: RowList.Chosen) -> None:
        if not self._several:
            self.dismiss((event.key,))
            return
        self._chosen ^= {event.key}
        self._draw(self.query_one(Finder).input.value)

    def action_cancel(self) -> None:
        """Give what is marked among several, nothing otherwise."""
        if self._several:
            self.dismiss(tuple(code for code, _ in self._choices if code in self._chosen))
        else:
            self.dismiss(None)
