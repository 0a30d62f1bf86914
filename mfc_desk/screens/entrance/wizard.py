"""Мастер первого запуска: where the desk comes from, who works on it first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Input, Label, Static

from mfc_desk.errors import LoginRefused, PasswordTooWeak
from mfc_desk.screens.entrance.first_start import Answers, found_tickets, set_up_and_open
from mfc_desk.screens.failures import KNOWN
from mfc_desk.widgets.key_line import KeyLine
from mfc_desk.widgets.line_editor import LineEditor
from mfc_desk.widgets.rows import Cell, Column, Row, RowList

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.paths import Home
    from sync.clock import Clock
    from sync.ids import Random

WAYS = (
    ("ticket", "Билет подключения из файла или с флешки", "выдаёт оператор центра; связь не нужна"),
    ("net", "Подключение по сети", "адрес центра и одноразовый код"),
    ("training", "Учебный офис без центра", "попробовать программу: ничего не отправляется"),
)
TITLES = {
    "way": "Первый запуск · шаг 1 из 3",
    "ticket": "Первый запуск · шаг 2 из 3 · билет",
    "net": "Первый запуск · шаг 2 из 3 · сеть",
    "person": "Первый запуск · шаг 3 из 3 · руководитель смены",
    "work": "Первый запуск",
}
FIRST_FIELD = {"ticket": "ticket-path", "net": "net-url", "person": "person-login"}
MAKING = "Создаю хранилище и ключи…"
ASKING = "Спрашиваю центр и создаю хранилище… Если центр молчит, это займёт до двух минут."


class WizardScreen(Screen["Desk"]):
    """Three steps; answers with the opened desk."""

    HELP = (
        "Первый запуск. Билет подключения привязывает это рабочее место к офису и центру: он "
        "приходит файлом (флешка, сетевая папка) или по сети по одноразовому коду. Учебный офис "
        "ничего не отправляет, номера в нём учебные. Первый сотрудник — руководитель смены: "
        "он добавит остальных."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "previous", "Назад", key_display="Esc", id="previous"),
    ]

    @dataclass
    class Ready(Message):
        """The desk is set up and open, or why it is not."""

        desk: Desk | None
        error: Exception | None

    def __init__(self, home: Home, clock: Clock, random: Random) -> None:
        """For a home that is not set up."""
        super().__init__()
        self._means = (home, clock, random)
        self.way = "training"

    def compose(self) -> ComposeResult:
        """All steps, one of them shown."""
        with Vertical(classes="dialog wizard") as dialog:
            dialog.border_title = TITLES["way"]
            dialog.border_subtitle = "Enter дальше · Esc назад"
            with ContentSwitcher(initial="way"):
                with Vertical(id="way"):
                    yield Static("Это рабочее место ещё не настроено. Откуда его взять?\n")
                    yield RowList(Column(), empty="", notes=True, id="ways")
                with Vertical(id="ticket"):
                    yield Label("Файл билета (.mfct)")
                    yield LineEditor(id="ticket-path", placeholder="полный путь к файлу")
                    yield Label("Найдено на флешках:", classes="muted")
                    yield RowList(Column(), empty="ничего не найдено", id="found")
                with Vertical(id="net"):
                    yield Label("Адрес центра")
                    yield LineEditor(id="net-url", placeholder="https://…")
                    yield Label("Код подключения")
                    yield LineEditor(id="net-code", placeholder="XXXXXXXX-YYYY-YYYY")
                with Vertical(id="person"):
                    yield Label("Имя для входа, латиницей")
                    yield LineEditor(id="person-login", placeholder="ivanova", max_length=32)
                    yield Label("Фамилия и инициалы")
                    yield LineEditor(id="person-name", placeholder="Иванова А. П.", max_length=80)
                    yield Label("Пароль, не меньше 8 знаков")
                    yield LineEditor(id="person-password", password=True)
                    yield Label("Пароль ещё раз")
                    yield LineEditor(id="person-again", password=True)
                with Vertical(id="work"):
                    yield Static(MAKING)
            yield Label("", id="said", classes="bad")
        yield KeyLine()

    def on_mount(self) -> None:
        """Choose the way first."""
        self.query_one("#ways", RowList).show(
            [Row(key, (Cell(text, "strong"),), note) for key, text, note in WAYS]
        )
        self._show("way")

    @property
    def step(self) -> str:
        """The step that is shown."""
        return self.query_one(ContentSwitcher).current or "way"

    def _show(self, step: str, said: str = "") -> None:
        self.query_one(ContentSwitcher).current = step
        self.query_one(".wizard").border_title = TITLES[step]
        self.query_one("#said", Label).update(said)
        if step == "way":
            self.set_focus(self.query_one("#ways"))
        elif step in FIRST_FIELD:
            self.set_focus(self.query_one(f"#{FIRST_FIELD[step]}"))
        if step == "ticket":
            found = [Row(str(path), (Cell(str(path)),)) for path in found_tickets()]
            self.query_one("#found", RowList).show(found)

    @on(RowList.Chosen, "#ways")
    def _way_chosen(self, event: RowList.Chosen) -> None:
        self.way = event.key
        self._show("person" if self.way == "training" else self.way)

    @on(RowList.Chosen, "#found")
    def _ticket_chosen(self, event: RowList.Chosen) -> None:
        self.query_one("#ticket-path", LineEditor).value = event.key
        self.action_next()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        lines = list(self.query_one(f"#{self.step}").query(LineEditor))
        if event.input is lines[-1] or self.step == "ticket":
            self.action_next()
        else:
            self.focus_next()

    def action_next(self) -> None:
        """The next step, when this one is answered."""
        if self.step == "ticket" and not self._line("ticket-path"):
            self._show("ticket", "Укажите файл билета или выберите его в списке.")
        elif self.step == "net" and not (self._line("net-url") and self._line("net-code")):
            self._show("net", "Нужны и адрес центра, и код.")
        elif self.step in ("ticket", "net"):
            self._show("person")
        elif self.step == "person":
            self._finish()

    def action_previous(self) -> None:
        """The step before; typed answers stay."""
        if self.step == "person" and self.way != "training":
            self._show(self.way)
        elif self.step != "work":
            self._show("way")

    def _line(self, name: str) -> str:
        return self.query_one(f"#{name}", LineEditor).value.strip()

    def _finish(self) -> None:
        password = self.query_one("#person-password", LineEditor).value
        again = self.query_one("#person-again", LineEditor).value
        if password != again:
            self._show("person", "Пароли не совпали. Введите оба ещё раз.")
            return
        answers = Answers(
            way=self.way,
            ticket=self._line("ticket-path"),
            url=self._line("net-url"),
            code=self._line("net-code"),
            login=self._line("person-login"),
            name=self._line("person-name"),
            password=password,
        )
        self._show("work")
        self.query_one("#work Static", Static).update(ASKING if self.way == "net" else MAKING)
        self.run_worker(lambda: self._set_up(answers), thread=True, group="login")

    def _set_up(self, answers: Answers) -> None:
        try:
            self.post_message(self.Ready(set_up_and_open(answers, *self._means), None))
        except KNOWN as error:
            self.post_message(self.Ready(None, error))

    @on(Ready)
    def _ready(self, event: Ready) -> None:
        if event.desk is not None:
            self.dismiss(event.desk)
            return
        about_person = isinstance(event.error, LoginRefused | PasswordTooWeak)
        back = "person" if about_person or self.way == "training" else self.way
        self._show(back, str(event.error))
