"""What is done to a request from its card: amended, withdrawn, its result issued."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from mfc_desk.access.roles import Action, may
from mfc_desk.errors import ResultNotReady
from mfc_desk.handling.handling import APPLICANT, REPRESENTATIVE
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.failures import said_on

if TYPE_CHECKING:
    from mfc_desk.handling.find import Card

NEEDED = {"amend": Action.AMEND, "withdraw": Action.AMEND, "issue": Action.ISSUE}
"""What an operator must be allowed to do each act."""


class CardActs(DeskScreen[None]):
    """The keys of acts; a request that is withdrawn or done has none of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d,ctrl+в", "issue", "Выдать результат", key_display="Ctrl+D", id="issue"),
        Binding("ctrl+a,ctrl+ф", "attach", "Вложения", key_display="Ctrl+A", id="attach"),
        Binding("ctrl+x,ctrl+ч", "withdraw", "Отозвать", key_display="Ctrl+X", id="withdraw"),
    ]
    number: str
    card: Card | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """An act that cannot be done has no key."""
        needed = NEEDED.get(action)
        if needed is not None:
            is_open = self.card is not None and not self.card.closed
            return is_open and may(self.desk.operator.role, needed)
        return super().check_action(action, parameters)

    def action_attach(self) -> None:
        """The scans of the request."""
        self.post_message(self.Go(f"attachments:{self.number}"))

    def action_amend(self) -> None:
        """Open the form with what was registered; what the centre returned is marked."""
        self.post_message(self.Go(f"amend:{self.number}"))

    @work
    async def action_withdraw(self) -> None:
        """The applicant takes the request back."""
        reason = await self.app.push_screen_wait(
            AskLineScreen("Отозвать обращение", "Причина, со слов заявителя:")
        )
        if reason is None:
            return
        question = f"Отозвать обращение {self.number}?\nОтменить отзыв будет нельзя."
        if await self.app.push_screen_wait(ConfirmScreen("Отзыв", question, "Отозвать", "Нет")):
            with said_on(self):
                self.desk.handling.withdraw(self.number, reason)
                self.redraw()
                self.notify("Отзыв записан и уйдёт в центр с ближайшим обменом.")

    @work
    async def action_issue(self) -> None:
        """Hand the result over."""
        card = self.card
        receiver = APPLICANT
        if card is not None and card.record.get(REPRESENTATIVE):
            question = "Кому выдан результат?"
            screen = ConfirmScreen("Выдача", question, "Представителю", "Заявителю")
            if await self.app.push_screen_wait(screen):
                receiver = REPRESENTATIVE
        arrived = card is not None and card.row.state != "ready"
        question = f"Результат по обращению {self.number} выдан?"
        if arrived:
            question = f"{ResultNotReady()}\nРезультат в офисе и выдан?"
        if await self.app.push_screen_wait(ConfirmScreen("Выдача", question, "Выдан", "Нет")):
            with said_on(self):
                self.desk.handling.issue(self.number, receiver, arrived=arrived)
                self.redraw()
                self.notify("Выдача записана.")
