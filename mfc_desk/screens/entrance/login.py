"""Вход: login and password; the rest of the program loads behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Label

from mfc_desk.errors import DeskError, WrongPassword
from mfc_desk.widgets.key_line import KeyLine
from mfc_desk.widgets.line_editor import LineEditor
from sync.errors import SyncError

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.paths import Home
    from sync.clock import Clock
    from sync.ids import Random


class LoginScreen(Screen["Desk"]):
    """Asks who works. The password is checked in a thread: Argon2 takes its time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
        # at once: on a slow machine the password is typed before Enter has come to the field
        Binding("enter", "to_password", show=False, priority=True),
    ]

    HELP = (
        "Вход. Введите имя для входа и пароль. После нескольких неверных попыток программа просит "
        "подождать; ожидание не сбрасывается перезапуском. Забытый пароль меняет руководитель "
        "смены или оператор центра ключом восстановления."
    )

    @dataclass
    class Answered(Message):
        """The desk is open, or why it is not."""

        desk: Desk | None
        error: Exception | None

    def __init__(self, home: Home, clock: Clock, random: Random, notice: str = "") -> None:
        """For a home that is set up; `notice` is shown above the fields."""
        super().__init__()
        self._means = (home, clock, random)
        self._notice = notice
        self._wait = 0
        self._timer: Timer | None = None
        self._busy = False

    def compose(self) -> ComposeResult:
        """A small form in the middle."""
        with Vertical(classes="dialog entrance") as dialog:
            dialog.border_title = "Мои документы · рабочее место"
            dialog.border_subtitle = "Enter дальше"
            if self._notice:
                yield Label(self._notice, classes="notice", markup=False)
            yield Label("Имя для входа")
            yield LineEditor(id="login", max_length=32)
            yield Label("Пароль")
            yield LineEditor(id="password", password=True)
            yield Label("", id="said")
        yield KeyLine()

    def on_mount(self) -> None:
        """Type at once."""
        self.set_focus(self.query_one("#login"))

    def action_to_password(self) -> None:
        """From the login to the password; anywhere else Enter is the field's own."""
        if self.focused is not self.query_one("#login"):
            raise SkipAction
        self.set_focus(self.query_one("#password"))

    @on(Input.Submitted, "#password")
    def _password_done(self) -> None:
        self.action_enter()

    def action_enter(self) -> None:
        """Try the password, unless one is being tried or must wait."""
        login = self.query_one("#login", LineEditor).value.strip()
        password = self.query_one("#password", LineEditor).value
        if self._busy or self._wait or not login or not password:
            return
        self._busy = True
        self._say("Проверяю пароль…", "muted")
        self.run_worker(lambda: self._open(login, password), thread=True, group="login")

    def _open(self, login: str, password: str) -> None:
        from mfc_desk.session import open_desk  # noqa: PLC0415  # loaded behind the first frame

        home, clock, random = self._means
        try:
            desk = open_desk(home, login, password, clock, random)
            self.post_message(self.Answered(desk, None))
        except (DeskError, SyncError) as error:
            self.post_message(self.Answered(None, error))

    @on(Answered)
    def _answered(self, event: Answered) -> None:
        self._busy = False
        if event.desk is not None:
            self.dismiss(event.desk)
            return
        self.query_one("#password", LineEditor).value = ""
        self.set_focus(self.query_one("#password"))
        self._say(str(event.error), "bad")
        if isinstance(event.error, WrongPassword) and event.error.wait_s > 0:
            self._wait = event.error.wait_s
            self._timer = self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        self._wait -= 1
        if self._wait > 0:
            self._say(f"Подождите {self._wait} с и введите пароль ещё раз.", "bad")
            return
        self._wait = 0
        if self._timer is not None:
            self._timer.stop()
        self._say("Можно ввести пароль.", "muted")

    def _say(self, text: str, tone: str) -> None:
        said = self.query_one("#said", Label)
        said.update(text)
        said.set_classes(tone)
