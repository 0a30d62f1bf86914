"""One or several of a list: shows what is chosen, opens a list to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

Choices = Sequence[tuple[str, str]]
"""Code and label, in the order of the catalogue."""


class ChoiceEditor(Widget, can_focus=True):
    """A closed list. Enter, Space, Down or the first letter asks the screen to open it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space,down", "open", "Открыть список", show=False),
        Binding("up", "app.focus_previous", "Поле выше", show=False),
        Binding("delete,backspace", "clear", "Очистить", show=False),
    ]

    chosen: reactive[tuple[str, ...]] = reactive(())

    @dataclass
    class Opened(Message):
        """The list is wanted; `typed` is the letter that opened it."""

        editor: ChoiceEditor
        typed: str

        @property
        def control(self) -> ChoiceEditor:
            """The editor it came from."""
            return self.editor

    @dataclass
    class Changed(Message):
        """Another choice; codes in the order of the list."""

        editor: ChoiceEditor
        chosen: tuple[str, ...]

        @property
        def control(self) -> ChoiceEditor:
            """The editor it came from."""
            return self.editor

    def __init__(
        self,
        choices: Choices,
        chosen: tuple[str, ...] = (),
        *,
        title: str = "",
        several: bool = False,
        id: str | None = None,  # noqa: A002  # Textual's word
    ) -> None:
        """`title` stands over the list; `several` lets more than one be chosen."""
        super().__init__(id=id)
        self.choices = choices
        self.title = title
        self.several = several
        self.set_reactive(ChoiceEditor.chosen, chosen)

    def render(self) -> RenderResult:
        """The labels chosen and the mark of a list."""
        return self.drawn(self.content_size.width)

    def drawn(self, width: int) -> Content:
        """What it shows in `width` columns."""
        labels = dict(self.choices)
        text = ", ".join(labels.get(code, code) for code in self.chosen)
        width = max(2, width)
        shown = text if text else "выберите"
        if len(shown) > width - 2:
            shown = shown[: width - 3] + "…"
        pad = " " * max(1, width - 1 - len(shown))
        return Content.assemble((shown, "" if text else "$muted"), pad, ("▼", "$muted"))

    def action_open(self) -> None:
        """Ask for the list."""
        self.post_message(self.Opened(self, ""))

    def action_clear(self) -> None:
        """Choose nothing."""
        self.choose(())

    def choose(self, codes: tuple[str, ...]) -> None:
        """Take these codes, say so when they differ."""
        if codes != self.chosen:
            self.chosen = codes
            self.post_message(self.Changed(self, codes))

    def on_key(self, event: events.Key) -> None:
        """A letter opens the list filtered by it."""
        if event.is_printable and event.character and event.character != " ":
            event.stop()
            self.post_message(self.Opened(self, event.character))

    def on_click(self) -> None:
        """A click opens the list."""
        self.screen.set_focus(self)
        self.action_open()
