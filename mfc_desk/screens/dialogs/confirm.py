"""A question with two answers."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Label


class ConfirmScreen(ModalScreen[bool]):
    """Asks `question`; Enter takes the marked answer, Esc is no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", "Нет", key_display="Esc", id="no"),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
    ]

    def __init__(self, title: str, question: str, yes: str = "Да", no: str = "Нет") -> None:
        """The words of the question and of both answers."""
        super().__init__()
        self._words = (title, question, yes, no)

    def compose(self) -> ComposeResult:
        """The question over its answers."""
        title, question, yes, no = self._words
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = title
            yield Label(question, classes="question", markup=False)
            with Horizontal(classes="answers"):
                yield Button(yes, id="yes", compact=True)
                yield Button(no, id="no", compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The answer."""
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        """The answer by key."""
        self.dismiss(answer)
