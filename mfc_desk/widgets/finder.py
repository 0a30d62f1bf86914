"""An input with a list under it: what is typed is asked for, arrows and Enter work on the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from mfc_desk.widgets.line_editor import LineEditor
from mfc_desk.widgets.rows import Column, Row, RowList


class FinderInput(LineEditor):
    """The input of a finder: vertical keys belong to the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "steer('move', -1)", "Выше", show=False),
        Binding("down", "steer('move', 1)", "Ниже", show=False),
        Binding("pageup", "steer('page', -1)", "Страница выше", show=False),
        Binding("pagedown", "steer('page', 1)", "Страница ниже", show=False),
    ]

    @dataclass
    class Steered(Message):
        """A vertical key."""

        act: str
        step: int

    def action_steer(self, act: str, step: int) -> None:
        """Pass the key to the list."""
        self.post_message(self.Steered(act, step))


class Finder(Vertical):
    """Posts `Asked` a moment after typing; the screen answers with `show` of its rows."""

    WAIT_S = 0.06
    """Typing faster than this asks once."""

    @dataclass
    class Asked(Message):
        """The text to look for."""

        finder: Finder
        text: str

        @property
        def control(self) -> Finder:
            """The finder it came from."""
            return self.finder

    def __init__(
        self,
        *columns: Column,
        placeholder: str,
        empty: str,
        notes: bool = False,
        text: str = "",
        id: str | None = None,  # noqa: A002  # Textual's word
    ) -> None:
        """Columns of the list; `empty` is what it says when nothing is found."""
        super().__init__(id=id)
        self.list = RowList(*columns, empty=empty, notes=notes, classes="-lit")
        self.input = FinderInput(text, placeholder=placeholder)

    def compose(self) -> ComposeResult:
        """Input above, list below."""
        yield self.input
        yield self.list

    def on_mount(self) -> None:
        """Typing starts in the input."""
        self._timer: Timer | None = None
        self._entered = False
        self.screen.set_focus(self.input)

    def show(self, rows: Sequence[Row], *, keep: bool = False) -> None:
        """Put the answer in; an Enter that came before the answer chooses its first row now."""
        self.list.show(rows, keep=keep)
        if self._entered:
            self._entered = False
            self.list.call_later(self.list.action_choose)

    def ask(self) -> None:
        """Ask for what stands in the input."""
        self._drop_timer()
        self.post_message(self.Asked(self, self.input.value))

    def _drop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._drop_timer()
        self._timer = self.set_timer(self.WAIT_S, self.ask)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._timer is None:
            self.list.call_later(self.list.action_choose)
        else:
            self._entered = True
            self.ask()

    @on(FinderInput.Steered)
    def _steered(self, event: FinderInput.Steered) -> None:
        event.stop()
        if event.act == "page":
            self.list.call_later(self.list.action_page, event.step)
        else:
            self.list.call_later(self.list.action_move, event.step)
