"""Настройки: how this desk looks, prints, locks; who works here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from mfc_desk.access.roles import Action, may
from mfc_desk.errors import DeskError
from mfc_desk.screens.administration.new_operator import NewOperatorScreen
from mfc_desk.screens.desk_screen import NEEDED, DeskScreen
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.news import ThemeChosen
from mfc_desk.widgets.rows import Cell, Column, Row, RowList
from sync.errors import SyncError

if TYPE_CHECKING:
    from mfc_desk.settings import Settings

THEME_CHOICES = (("light", "светлое"), ("dark", "тёмное"))
NUMBERS = ("autolock_minutes", "exchange_every_s", "scan_kbit_s", "thermal_roll")
ROLL_CHOICES = (("58", "58 мм"), ("80", "80 мм"))
PLACES = {"printer": "printers", "payees": "payees"}
"""Rows that open a place of their own."""
LABELS = {
    "theme": "Оформление",
    "printer": "Принтеры",
    "payees": "Реквизиты для квитанций",
    "out_folder": "Папка для бумаг",
    "thermal": "Чековый принтер, адрес",
    "thermal_roll": "Ширина чековой ленты, мм",
    "thermal_model": "Модель чекового принтера",
    "autolock_minutes": "Закрывать экран через, минут",
    "exchange_every_s": "Обмен каждые, секунд",
    "relay": "Ретранслятор офиса",
    "second_place": "Второе место, папка",
    "scan_folder": "Папка сканера",
    "scan_kbit_s": "Сканы не быстрее, кбит/с",
}


MODEL_WORDS = {
    "default": "default — обычный, с кодовыми страницами Epson",
    "simple": "simple — всё картинкой: годится любой, печатает медленнее",
}


def _models() -> tuple[str, ...]:
    from printing.escpos import profiles  # noqa: PLC0415  # slow to load, seldom wanted

    return profiles()


class SettingsScreen(DeskScreen[None]):
    """A list of settings and a list of staff; Enter changes."""

    HELP = (
        "Настройки рабочего места. Enter меняет строку.\n«Принтеры» открывает список: какая бумага "
        "куда печатается, «Реквизиты для квитанций» — кому платят госпошлину. Папка для бумаг "
        "заменяет принтер: бумаги складываются файлами PDF. "
        "Второе место — папка на другом диске, карте или в сети: туда в течение минуты ложится всё "
        "принятое, зашифрованное для центра; из неё и из центра место собирают заново. "
        "Сотрудников добавляет руководитель смены "
        "(Ctrl+N)."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n,ctrl+т", "add", "Добавить сотрудника", key_display="Ctrl+N", id="add"),
        Binding("escape", "back", "Назад", key_display="Esc", id="back"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Accounts only for those who keep them."""
        if action == "add":
            return may(self.desk.operator.role, Action.OPERATORS)
        return super().check_action(action, parameters)

    def body(self) -> ComposeResult:
        """Two lists."""
        with Vertical(classes="panel", id="settings-panel") as panel:
            panel.border_title = "Рабочее место"
            yield RowList(Column(30), Column(), empty="", id="settings")
        with Vertical(classes="panel", id="staff-panel") as staff:
            staff.border_title = "Сотрудники"
            yield RowList(Column(), Column(16), Column(28), Column(14), empty="", id="staff")

    def on_mount(self) -> None:
        """Stand on the settings."""
        self.set_focus(self.query_one("#settings"))

    def redraw(self) -> None:
        """Both lists again."""
        super().redraw()
        settings = self.desk.settings.load()
        role = self.desk.operator.role
        self.query_one("#settings", RowList).show(
            [
                Row(name, (Cell(label), Cell(self._shown(settings, name), "strong")))
                for name, label in LABELS.items()
                if name not in PLACES or may(role, NEEDED[PLACES[name]])
            ]
        )
        self.query_one("#staff", RowList).show(
            [
                Row(
                    one.login,
                    (
                        Cell(one.name, "strong"),
                        Cell(one.login),
                        Cell(one.role.caption, "muted"),
                        Cell("вход закрыт" if one.locked else "", "warn"),
                    ),
                )
                for one in self.desk.operators.list()
            ]
        )

    def _shown(self, settings: Settings, name: str) -> str:
        if name == "payees":
            paid = self.desk.payees.paid()
            ready = sum(one.state == "ready" for one in paid)
            return f"сверены: {ready} из {len(paid)} органов"
        value = getattr(settings, name)
        if name == "theme":
            return dict(THEME_CHOICES)[value]
        if name == "relay":
            return self.desk.exchange.relay_text()
        if name == "second_place" and value:
            return f"{self.desk.second_place.view().short} · {value}"
        return str(value) or "не выбрано"

    @work
    @on(RowList.Chosen, "#settings")
    async def _change(self, event: RowList.Chosen) -> None:
        name, settings = event.key, self.desk.settings.load()
        if name in PLACES:
            self.post_message(self.Go(PLACES[name]))
            return
        value = str(getattr(settings, name))
        choices = await self._choices(name)
        if choices:
            asking = ChooseScreen(LABELS[name], choices, (value,))
            chosen = await self.app.push_screen_wait(asking)
            answer = chosen[0] if chosen else None
        else:
            answer = await self.app.push_screen_wait(
                AskLineScreen("Настройка", f"{LABELS[name]}:", value)
            )
        if answer is not None:
            self._save(settings, name, answer)

    async def _choices(self, name: str) -> Sequence[tuple[str, str]]:
        """What a setting is chosen from; nothing where it is typed."""
        if name == "thermal_model":
            known = await self.run_worker(_models, thread=True).wait()
            return [(model, MODEL_WORDS.get(model, model)) for model in known]
        return {"theme": THEME_CHOICES, "thermal_roll": ROLL_CHOICES}.get(name, ())

    def _save(self, settings: Settings, name: str, answer: str) -> None:
        value: Any = int(answer) if name in NUMBERS and answer.isdecimal() else answer
        try:
            self.desk.settings.save(replace(settings, **{name: value}))
        except (DeskError, SyncError) as error:
            self.notify(str(error), title=error.title, severity="error")
            return
        if name == "theme":
            self.post_message(ThemeChosen(answer))
        self.redraw()

    @work
    async def action_add(self) -> None:
        """Somebody new works here."""
        if await self.app.push_screen_wait(NewOperatorScreen(self.desk)):
            self.notify("Сотрудник может войти своим паролем.", title="Добавлен")
            self.redraw()
