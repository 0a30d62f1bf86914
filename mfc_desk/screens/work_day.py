"""An open desk on the screen: errands behind, navigation in front, hiding and leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import App

from mfc_desk.errors import DeskError
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.entrance.lock import LockScreen
from mfc_desk.screens.errands import Errands
from mfc_desk.screens.exchange.exchange import ExchangeScreen
from mfc_desk.screens.failures import said_on
from mfc_desk.screens.intake.steps import (
    Accepted,
    Amended,
    Postponed,
    ServiceChosen,
    Step,
    StepWanted,
    TurnedAway,
)
from mfc_desk.screens.navigation import Navigation
from mfc_desk.screens.news import (
    ExchangeFinished,
    ExchangeStepped,
    News,
    PapersPrinted,
    ThemeChosen,
)
from mfc_desk.screens.wording import count_text
from mfc_desk.widgets.themes import THEMES
from sync.errors import SyncError

if TYPE_CHECKING:
    from mfc_desk.desk import Desk


SECONDS = 60


class WorkDay:
    """From login to exit."""

    def __init__(self, app: App[Any], desk: Desk) -> None:
        """Nothing is shown before `start`."""
        self.desk = desk
        self.hidden = False
        self._app = app
        self._errands = Errands(app, desk)
        self._navigation = Navigation(app, desk, self._errands)

    async def start(self) -> None:
        """Show the home screen, begin to exchange and print."""
        await self._navigation.start()
        self._errands.start()

    async def hear(self, said: Step | News) -> None:
        """A screen asks for something, or a thread reports."""
        if isinstance(said, News):
            self._report(said)
        else:
            await self._follow(said)

    async def _follow(self, event: Step) -> None:
        navigation = self._navigation
        if isinstance(event, ServiceChosen):
            await navigation.begin(event)
        elif isinstance(event, StepWanted):
            await navigation.to_step(event)
        elif isinstance(event, Accepted):
            await navigation.accepted(event)
        elif isinstance(event, TurnedAway):
            await navigation.turned_away(event)
        elif isinstance(event, Amended):
            await navigation.amended(event)
        elif isinstance(event, Postponed):
            await navigation.go("home")
            self._app.notify("Черновик сохранён: «Требуют внимания», F4.", timeout=3)
        else:
            await navigation.go(event.place)

    def _report(self, news: News) -> None:
        if not self._app.screen_stack:  # the program is closing; what came is in the store
            return
        screen = self._app.screen
        if isinstance(news, ThemeChosen):
            self._app.theme = THEMES[news.theme].name
            return
        if isinstance(news, ExchangeStepped):
            if isinstance(screen, ExchangeScreen):
                screen.show_progress(news.progress)
            return
        if isinstance(news, PapersPrinted):
            self._say_printed(news)
        if isinstance(news, ExchangeFinished):
            self._say_exchanged(news)
        if isinstance(screen, DeskScreen):
            screen.heard()

    def _say_exchanged(self, news: ExchangeFinished) -> None:
        result = news.result
        if result is not None and result.catalogue:
            self.desk.catalogues.look_again()
            self._app.notify(f"Действует с этой минуты: {result.catalogue}.", title="Новый каталог")
        if not news.asked:
            return
        failed = str(news.error) if news.error else result.error if result else None
        if failed:
            self._app.notify(failed, title="Обмен", severity="warning", timeout=8)
        elif result is not None:
            words = count_text(result.confirmed, "запись", "записи", "записей")
            self._app.notify(f"Центр подтвердил: {words}.", title="Обмен")

    def _say_printed(self, news: PapersPrinted) -> None:
        if news.error is not None:
            self._app.notify(str(news.error), title="Печать", severity="error")
        for job in news.jobs:
            if job.state == "failed":
                words = f"{job.title} …{job.request_number[6:]}: {job.error} Задание ждёт повтора."
                self._app.notify(words, title="Не напечатано", severity="error", timeout=12)

    def look(self, idle_s: float) -> None:
        """Hide the screen when nobody touched it for long; otherwise keep its header fresh."""
        screen = self._app.screen
        with said_on(screen):
            self.desk.watch_clock()
        if idle_s > self.desk.settings.load().autolock_minutes * SECONDS:
            self.hide()
        elif isinstance(screen, DeskScreen):
            screen.draw_link()

    def hide(self) -> None:
        """Show nothing until the operator's password is given again."""
        if self.hidden:
            return
        self.hidden = True
        self._navigation.leave_all()
        desk = self.desk

        def verify(password: str) -> None:
            desk.vault.unlock(desk.operator.login, password)

        self._app.push_screen(
            LockScreen(desk.operator.name, verify, (DeskError, SyncError)), self._shown
        )

    def _shown(self, _answer: None) -> None:
        self.hidden = False

    def ask_to_leave(self) -> None:
        """Say what stays on this disk, then close."""
        words = "Закрыть программу?"
        with said_on(self._app.screen):
            unsent = self.desk.exchange.view().unsent
            if unsent:
                rest = count_text(unsent, "обращение", "обращения", "обращений")
                words = (
                    f"Не отправлено: {rest}. Отправка продолжится при следующем запуске.\n{words}"
                )
        self._app.push_screen(ConfirmScreen("Выход", words, "Закрыть", "Остаться"), self._leave)

    def _leave(self, answer: bool | None) -> None:
        if answer:
            self._navigation.leave_all()
            self._app.exit()
