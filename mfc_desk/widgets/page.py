"""A page that is read and scrolled by keys, and leaves Ctrl+PgUp and Ctrl+PgDn to the screen."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer


class Page(ScrollableContainer, can_focus=True, inherit_bindings=False):
    """A framed text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", "Выше", show=False),
        Binding("down", "scroll_down", "Ниже", show=False),
        Binding("pageup", "page_up", "Страница выше", show=False),
        Binding("pagedown", "page_down", "Страница ниже", show=False),
        Binding("home", "scroll_home", "В начало", show=False),
        Binding("end", "scroll_end", "В конец", show=False),
    ]

    def __init__(
        self,
        id: str | None = None,  # noqa: A002  # Textual's word
    ) -> None:
        """A panel like the others."""
        super().__init__(id=id, classes="panel")
