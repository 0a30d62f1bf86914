"""A question answered by one line: a reason, a path, a date."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from mfc_desk.widgets.line_editor import LineEditor


class AskLineScreen(ModalScreen[str | None]):
    """Asks for a line; Enter gives it (not empty), Esc gives None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Отмена", key_display="Esc", id="cancel")
    ]

    def __init__(
        self,
        title: str,
        question: str,
        value: str = "",
        *,
        mask: str = "",
        action: str = "сохранить",
    ) -> None:
        """`value` stands in the line at first; `action` is what Enter does."""
        super().__init__()
        self._words = (title, question)
        self._action = action
        self._line = LineEditor(value, mask=mask, placeholder=mask and "дд.мм.гггг")

    def compose(self) -> ComposeResult:
        """The question over the line."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title, question = self._words
            dialog.border_subtitle = f"Enter {self._action} · Esc отмена"
            yield Label(question, classes="question", markup=False)
            yield self._line

    def on_mount(self) -> None:
        """Type at once."""
        self.set_focus(self._line)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The answer, when there is one."""
        event.stop()
        if event.value.strip():
            self.dismiss(event.value.strip())

    def action_cancel(self) -> None:
        """No answer."""
        self.dismiss(None)
