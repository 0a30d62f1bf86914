"""On the card of a request: papers to come and payments, and the dialogs that note them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import work
from textual.app import App

from forms.money import rubles
from mfc_desk.errors import NothingToRecord, PaymentDiffers
from mfc_desk.handling.follow_ups import LONGEST_REASON, SHORTEST_REASON, Payment
from mfc_desk.handling.paid import EXEMPT
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.failures import said_on
from mfc_desk.screens.handling.card_acts import CardActs
from mfc_desk.screens.handling.payment import PaymentScreen
from mfc_desk.screens.wording import day_text
from mfc_desk.widgets.pairs_page import Pair

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

_DIFFERS = PaymentDiffers.title


class CardFollowUps(CardActs):
    """The acts on what follows a registration; their keys stand on the card."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A paper can be brought only while one is waited for."""
        if action == "brought":
            return any(one.brought_at is None for one in self.desk.promises.of(self.number))
        return super().check_action(action, parameters)

    @work
    async def action_brought(self) -> None:
        """The applicant brought what was promised."""
        with said_on(self):
            if await note_brought(self.app, self.desk, self.number):
                self.redraw()
                self.refresh_bindings()

    @work
    async def action_payment(self) -> None:
        """The applicant paid, or showed why not."""
        with said_on(self):
            if await note_payment(self.app, self.desk, self.number):
                self.redraw()

    def action_person(self) -> None:
        """The card of the applicant."""
        with said_on(self):
            self.post_message(
                self.Go(f"applicant_card:{self.desk.applicants.of_number(self.number)}")
            )


def follow_up_lines(desk: Desk, number: str) -> list[Pair]:
    """What is promised and what is paid."""
    today = desk.centre_now().astimezone(desk.zone).date()
    lines = []
    for one in desk.promises.of(number):
        if one.brought_at is None:
            late = "$error" if one.due < today else "$warning"
            lines.append(Pair(f"Донесёт до {one.due:%d.%m}", one.title, late))
        else:
            lines.append(Pair(f"Донёс {one.brought_at:%d.%m}", one.title))
    for paid in desk.payments.of(number):
        told = (rubles(paid.kopecks) if paid.kopecks else "", paid.way_title)
        day = day_text(paid.paid_on)
        words = ", ".join([*filter(None, told), day])
        if paid.difference:
            lines.append(Pair("Оплата", f"{words}: {paid.difference} — {paid.reason}", "$warning"))
        else:
            lines.append(Pair("Оплата", words, "$success"))
    if uin := desk.payments.uin_of(number):
        lines.append(Pair("УИН начисления", uin))
    return lines


async def note_brought(app: App[Any], desk: Desk, number: str) -> bool:
    """Ask which of the promised papers came and journal it; whether one was."""
    waited = [one for one in desk.promises.of(number) if one.brought_at is None]
    chosen = await app.push_screen_wait(
        ChooseScreen("Что донёс заявитель?", [(one.name, one.title) for one in waited])
    )
    if not chosen:
        return False
    desk.promises.brought(number, chosen[0])
    return True


async def note_payment(app: App[Any], desk: Desk, number: str) -> bool:
    """Ask how it was paid and journal it; whether it was. A second note replaces the first.

    A payment that is not the duty is noted with the reason that is asked for. What does not fit is
    said, and the form stands again as it was typed; so it does when no reason is given.
    """
    today = desk.centre_now().astimezone(desk.zone).date()
    card = desk.find.card(number)
    before = desk.payments.of(number)
    entry: dict[str, Any] = {"way": "terminal", "paid_on": today.isoformat()}
    if card.duty and card.duty.get("kopecks"):
        entry["kopecks"] = card.duty["kopecks"]
    elif card.duty and card.duty.get("exemption"):
        entry |= {"way": EXEMPT, "document": card.duty["exemption"]}
    title = "Исправить отметку об оплате" if before else "Оплата пошлины"
    replaces = before[-1].id if before else None
    while told := await app.push_screen_wait(PaymentScreen(title, entry)):
        entry = told
        try:
            note = _note_of(desk, number, told, replaces)
            note()
        except NothingToRecord as error:
            app.notify(str(error), title=error.title, severity="error", timeout=12)
        except PaymentDiffers as differs:
            if await _noted_with_reason(app, note, differs.differs):
                return True
        else:
            return True
    return False


def _note_of(
    desk: Desk, number: str, told: Mapping[str, Any], replaces: str | None
) -> Callable[..., Payment]:
    """The note of what was typed. Raises NothingToRecord when a day or a sum does not read."""
    try:
        paid_on, kopecks = date.fromisoformat(str(told.get("paid_on"))), told.get("kopecks", 0)
    except ValueError as error:
        raise NothingToRecord("Дата оплаты не читается: наберите её как 21.11.2026.") from error
    if not isinstance(kopecks, int):
        raise NothingToRecord("Сумма не читается: наберите её цифрами, например 300,00.")
    return partial(
        desk.payments.note,
        number,
        way=str(told.get("way", "")),
        kopecks=kopecks,
        paid_on=paid_on,
        uin=str(told.get("uin", "")),
        document=str(told.get("document", "")),
        replaces=replaces,
    )


async def _noted_with_reason(app: App[Any], note: Callable[..., Payment], differs: str) -> bool:
    """Ask why it is noted so until the reason is one; False when none is given."""
    question = f"{differs[0].upper()}{differs[1:]}. Почему отметить так?"
    reason = ""
    while typed := await app.push_screen_wait(AskLineScreen(_DIFFERS, question, reason)):
        reason = typed
        try:
            note(reason=reason)
        except PaymentDiffers:
            app.notify(
                f"Причина — от {SHORTEST_REASON} до {LONGEST_REASON} знаков.",
                title=_DIFFERS,
                severity="error",
            )
        else:
            return True
    return False
