"""A stick is written or read: how far it is, then what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import ProgressBar, Static

from mfc_desk.errors import DeskError
from mfc_desk.exchange.carrier_words import step_text
from sync.errors import SyncError

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from sync.carried import Step

    Act = Callable[[Desk, Callable[[Step], None], Callable[[], bool]], list[str]]
    """What is done with a desk of its own, told how far and whether to stop: lines of the end."""


class CarryScreen(ModalScreen[None]):
    """Runs in a thread; Esc stops it after the file on its way, then closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "close", "Закрыть", key_display="Esc", id="close")
    ]

    def __init__(self, desk: Desk, title: str, place: str, act: Act) -> None:
        """`place` is the folder as it is shown."""
        super().__init__()
        self._desk = desk
        self._words = (title, place)
        self._act = act
        self.busy = True
        self._leaving = False

    def compose(self) -> ComposeResult:
        """Where, how far, what came of it."""
        title, place = self._words
        with Vertical(classes="dialog carry") as dialog:
            dialog.border_title = title
            dialog.border_subtitle = "Esc остановить"
            yield Static(Content.styled(place, "$muted"), classes="question")
            yield Static("Начинаю…", id="carry-text")
            yield ProgressBar(show_eta=False, id="carry-bar")

    def on_mount(self) -> None:
        """Begin."""
        self.app.run_worker(self._work, thread=True, group="carry")

    def _work(self) -> None:
        lines: list[str] = []
        failure: DeskError | SyncError | None = None
        try:
            with self._desk.worker_copy() as copy:
                lines = self._act(copy, self._stepped, lambda: self._leaving)
        except (DeskError, SyncError) as error:
            failure = error
        self.app.call_from_thread(self._ended, lines, failure)

    def _stepped(self, step: Step) -> None:
        self.app.call_from_thread(self._show, step)

    def _show(self, step: Step) -> None:
        self.query_one("#carry-text", Static).update(step_text(step))
        self.query_one(ProgressBar).update(total=max(1, step.total), progress=step.done)

    def _ended(self, lines: list[str], failure: DeskError | SyncError | None) -> None:
        self.busy = False
        if not self.is_attached:
            return
        self.query_one(ProgressBar).display = False
        self.query_one(".dialog").border_subtitle = "Esc закрыть"
        text = self.query_one("#carry-text", Static)
        if failure is not None:
            text.update(Content.styled(str(failure), "$error"))
        else:
            text.update(Content("\n\n").join([Content(line) for line in lines]))

    def action_close(self) -> None:
        """Stop what runs; close when it is over."""
        if not self.busy:
            self.dismiss(None)
        elif not self._leaving:
            self._leaving = True
            self.query_one(".dialog").border_subtitle = "останавливаю…"
