"""The screen is hidden until the password is given again; work behind it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Label

from mfc_desk.errors import WrongPassword
from mfc_desk.widgets.key_line import KeyLine
from mfc_desk.widgets.line_editor import LineEditor

Verify = Callable[[str], None]
"""password -> nothing; raises DeskError when it is not the operator's. Runs in a thread."""


class LockScreen(Screen[None]):
    """Shows no data. Goes away with the right password."""

    HELP = (
        "Экран закрыт: данные скрыты, черновик сохранён, обмен и печать продолжаются. "
        "Введите пароль того, кто вошёл. F10 закрывает программу."
    )

    @dataclass
    class Answered(Message):
        """None: the password is right."""

        error: Exception | None

    def __init__(
        self, operator: str, verify: Verify, known_failures: tuple[type[Exception], ...]
    ) -> None:
        """`operator` is the name shown."""
        super().__init__()
        self._operator = operator
        self._verify = verify
        self._known = known_failures
        self._busy = False

    def compose(self) -> ComposeResult:
        """A password in the middle."""
        with Vertical(classes="dialog entrance") as dialog:
            dialog.border_title = "Экран закрыт"
            dialog.border_subtitle = "Enter открыть"
            yield Label(self._operator, markup=False)
            yield Label("Пароль")
            yield LineEditor(id="password", password=True)
            yield Label("", id="said")
        yield KeyLine()

    def on_mount(self) -> None:
        """Type at once."""
        self.set_focus(self.query_one("#password"))

    @on(Input.Submitted)
    def action_unlock(self) -> None:
        """Try the password."""
        password = self.query_one("#password", LineEditor).value
        if not self._busy and password:
            self._busy = True
            self.query_one("#said", Label).update("Проверяю пароль…")
            self.run_worker(lambda: self._try(password), thread=True, group="login")

    def _try(self, password: str) -> None:
        try:
            self._verify(password)
        except self._known as error:
            self.post_message(self.Answered(error))
        else:
            self.post_message(self.Answered(None))

    @on(Answered)
    def _answered(self, event: Answered) -> None:
        self._busy = False
        if event.error is None:
            self.dismiss(None)
            return
        self.query_one("#password", LineEditor).value = ""
        said = self.query_one("#said", Label)
        said.update(str(event.error))
        said.set_classes("bad")
        if isinstance(event.error, WrongPassword) and event.error.wait_s:
            self.set_timer(event.error.wait_s, lambda: said.update("Можно ввести пароль."))
