"""The entries of one batch, with the centre's answer to each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from mfc_desk.widgets.rows import PAGE, Cell, Column, Row, RowList

if TYPE_CHECKING:
    from mfc_desk.exchange.desk_exchange import EntryRow


class BatchScreen(ModalScreen[None]):
    """A list, a page at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Закрыть", key_display="Esc", id="close")
    ]

    def __init__(self, entries: Sequence[EntryRow]) -> None:
        """In the order of the journal."""
        super().__init__()
        self._entries = entries
        self._first = 0

    def compose(self) -> ComposeResult:
        """The list in a frame."""
        with Vertical(classes="dialog batch") as dialog:
            dialog.border_title = f"Пакет: записей {len(self._entries)}"
            dialog.border_subtitle = "Esc закрыть"
            yield RowList(Column(5, right=True), Column(20), Column(12), Column(), empty="Пусто.")

    def on_mount(self) -> None:
        """From the first entry."""
        self._draw()
        self.set_focus(self.query_one(RowList))

    def _draw(self) -> None:
        page = self._entries[self._first : self._first + PAGE]
        self.query_one(RowList).show(
            [
                Row(
                    str(entry.seq),
                    (
                        Cell(str(entry.seq), "muted"),
                        Cell(entry.kind_text),
                        Cell("…" + entry.number[6:] if entry.number else "", "strong"),
                        Cell(entry.outcome_text),
                    ),
                )
                for entry in page
            ]
        )

    def on_row_list_page_wanted(self, event: RowList.PageWanted) -> None:
        """Another page."""
        first = self._first + event.step * PAGE
        if 0 <= first < len(self._entries):
            self._first = first
            self._draw()

    def action_close(self) -> None:
        """Back to the exchange."""
        self.dismiss(None)
