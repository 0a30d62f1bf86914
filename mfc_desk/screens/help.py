"""Help on the screen it was asked from: what it is for, and every key that works there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

COMMON = (
    ("Tab, Shift+Tab", "следующее и предыдущее поле"),
    ("↑ ↓ PgUp PgDn", "по списку"),
    ("Enter", "открыть, выбрать, дальше"),
    ("Ctrl+P", "найти любое действие по названию"),
)
"""Keys that every screen has and no key line shows."""


class HelpScreen(ModalScreen[None]):
    """Text and keys; Esc, F1 or Enter closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,enter", "close", "Закрыть", key_display="Esc", id="close")
    ]

    def __init__(self, text: str, bindings: Sequence[Binding]) -> None:
        """`bindings` of the screen the help is about."""
        super().__init__()
        self._text = text
        self._about = bindings

    def compose(self) -> ComposeResult:
        """The text, then a table of keys."""
        with VerticalScroll(classes="dialog help") as dialog:
            dialog.border_title = "Помощь"
            dialog.border_subtitle = "Esc закрыть"
            yield Static(self._text, markup=False)
            yield Static(self._keys())

    def _keys(self) -> Content:
        rows = [(b.key_display or b.key.upper(), b.tooltip or b.description) for b in self._about]
        rows.extend(COMMON)
        wide = max(len(key) for key, _ in rows)
        lines = [
            Content.assemble((key.ljust(wide + 2), "bold $primary"), text) for key, text in rows
        ]
        return Content("\n").join(lines)

    def action_close(self) -> None:
        """Back to the screen."""
        self.dismiss(None)
