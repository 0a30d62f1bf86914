"""A yes-or-no box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class CheckEditor(Widget, can_focus=True):
    """Space turns it; Enter is the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", "Отметить", show=False),
        Binding("down", "app.focus_next", "Поле ниже", show=False),
        Binding("up", "app.focus_previous", "Поле выше", show=False),
    ]

    checked: reactive[bool] = reactive(False)

    @dataclass
    class Changed(Message):
        """The box was turned."""

        editor: CheckEditor
        checked: bool

        @property
        def control(self) -> CheckEditor:
            """The editor it came from."""
            return self.editor

    def __init__(
        self,
        checked: bool = False,
        *,
        id: str | None = None,  # noqa: A002  # Textual's word
    ) -> None:
        """`checked` as it starts."""
        super().__init__(id=id)
        self.set_reactive(CheckEditor.checked, checked)

    def render(self) -> RenderResult:
        """A cross in the box, or a space, and the word."""
        return self.drawn(self.content_size.width)

    def drawn(self, width: int) -> Content:  # noqa: ARG002  # as the other editors
        """What it shows."""
        return Content("× да" if self.checked else "  нет")

    def action_turn(self) -> None:
        """Turn the box."""
        self.checked = not self.checked
        self.post_message(self.Changed(self, self.checked))

    def on_key(self, event: events.Key) -> None:
        """Space turns it here: left to the binding, a quick Tab after it would take it along."""
        if event.key == "space":
            event.stop()
            event.prevent_default()
            self.action_turn()

    def on_click(self) -> None:
        """A click turns it too."""
        self.screen.set_focus(self)
        self.action_turn()
