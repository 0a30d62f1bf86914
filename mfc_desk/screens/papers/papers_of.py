"""Screens of one request that print its papers: which one is asked from a list."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from mfc_desk.errors import NothingToRecord
from mfc_desk.papers.papers import CERTIFIED, CONSENT, SLIP, TITLES
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.failures import said_on

LARGE = "large"
NO_UIN = "0"
_ASK_UIN = "УИН, если орган его присвоил: 20 или 25 знаков. Не присвоен — 0."
_LARGE = "Крупным шрифтом, 16 пунктов…"
_ASK_SIGNED = (
    "Согласие печатается. Заявитель подписал его?\n"
    "Подписанное действует год. «Позже» — запишете на карточке заявителя."
)


class PapersOfScreen(DeskScreen[None]):
    """Ctrl+B offers every paper the request has, large ones too, and queues the chosen one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+b,ctrl+и", "papers", "Бумаги", key_display="Ctrl+B", id="papers"),
    ]

    @property
    def paper_number(self) -> str:
        """The number whose papers are offered."""
        raise NotImplementedError

    def papers_held(self) -> tuple[str, ...]:
        """The codes of the papers that can be printed."""
        return self.desk.papers.of_number(self.paper_number)

    @work
    async def action_papers(self) -> None:
        """Choose a paper and queue it; one printed before comes out as a copy."""
        with said_on(self):
            choices = tuple((code, TITLES[code]) for code in (*self.papers_held(), CERTIFIED))
            asking = ChooseScreen("Напечатать", (*choices, (LARGE, _LARGE)))
            chosen = await self.app.push_screen_wait(asking)
            large = chosen == (LARGE,)
            if large:
                asking = ChooseScreen("Напечатать крупно", choices)
                chosen = await self.app.push_screen_wait(asking)
            if chosen is None:
                return
            number = self.paper_number
            if chosen[0] == SLIP and not await self._charged(number):
                return
            if chosen[0] == CERTIFIED:  # each is dated and bears a number of its own
                number = self.desk.office_papers.take(CERTIFIED, {})
            self.desk.papers.enqueue(number, chosen[0], large=large)
            how = ", крупно" if large else ""
            self.notify(f"{TITLES[chosen[0]]}{how}: в очереди печати.", title="Печать")
            self.post_message(self.Go("print"))
            self.redraw()
            if chosen[0] == CONSENT and await self.app.push_screen_wait(
                ConfirmScreen("Согласие", _ASK_SIGNED, "Подписано", "Позже")
            ):
                self.desk.consents.signed(number)
                self.notify("Согласие записано в карточку заявителя.")
                self.redraw()

    async def _charged(self, number: str) -> bool:
        """Ask for the УИН a slip is to bear, again while it does not read; False on Esc."""
        typed, asked = self.desk.payments.uin_of(number) or NO_UIN, _ASK_UIN
        while True:
            screen = AskLineScreen("Квитанция", asked, typed, action="печатать")
            answer = await self.app.push_screen_wait(screen)
            if answer is None:
                return False
            try:
                self.desk.payments.charge(number, answer)
            except NothingToRecord as refused:
                typed, asked = answer, f"{refused}\n\n{_ASK_UIN}"
            else:
                return True
