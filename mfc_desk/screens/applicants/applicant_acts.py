"""What is done to an applicant from the card: contacts, joined records, consents."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from mfc_desk.errors import NothingToRecord
from mfc_desk.screens.applicants.contacts import ContactsScreen
from mfc_desk.screens.applicants.person_lines import row_words
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.failures import said_on
from mfc_desk.screens.wording import typed_day

if TYPE_CHECKING:
    from mfc_desk.applicants.applicants import ApplicantCard, ApplicantRow

CONTACTS = "contacts"


class ApplicantActs(DeskScreen[None]):
    """The keys of acts; the screen has the card."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d,ctrl+в", "merge", "Объединить", key_display="Ctrl+D", id="merge"),
        Binding("ctrl+r,ctrl+к", "contacts", "Контакты", key_display="Ctrl+R", id="contacts"),
        Binding("ctrl+z,ctrl+я", "undo", "Вернуть", key_display="Ctrl+Z", id="undo"),
        Binding("ctrl+g,ctrl+п", "consent", "Согласие", key_display="Ctrl+G", id="consent"),
        Binding("ctrl+o,ctrl+щ", "withdraw", "Отозвать", key_display="Ctrl+O", id="withdraw"),
    ]
    card: ApplicantCard

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of what there is: doubles to join, records to part, consents in force."""
        there = {
            "merge": self.card.alike,
            "undo": _undoable(self.card),
            "withdraw": [one for one in self.card.consents if one.state == "given"],
        }
        if action in there:
            return bool(there[action])
        return super().check_action(action, parameters)

    @work
    async def action_merge(self) -> None:
        """Join one of the doubles to this card."""
        other = await self._choose("Кто из них тот же человек?", self.card.alike)
        if other is None:
            return
        question = (
            f"{self.card.name}\nи\n{row_words(other)}\nодин и тот же заявитель? Обращения обоих "
            "будут видны на одной карточке; ничего не теряется, разъединить можно (Ctrl+Z)."
        )
        if await self.app.push_screen_wait(
            ConfirmScreen("Объединить записи", question, "Объединить", "Нет")
        ):
            with said_on(self):
                self.desk.applicants.merge(self.card.id, other.id)
                self.redraw()

    @work
    async def action_contacts(self) -> None:
        """Correct the contacts; the next request begins with them."""
        desk, person = self.desk, self.card.id
        with said_on(self):
            fields, typed = desk.contacts.fields(person), desk.contacts.now(person)
            while told := await self.app.push_screen_wait(ContactsScreen(fields, typed)):
                try:
                    change = desk.contacts.correct(person, told)
                except NothingToRecord as error:
                    self.notify(str(error), title=error.title, severity="error", timeout=12)
                    typed = told
                else:
                    for doubt in change.doubts:
                        self.notify(doubt, title="Проверьте ещё раз", severity="warning")
                    self.redraw()
                    return

    @work
    async def action_undo(self) -> None:
        """Take contacts back, or part a record that was joined by mistake."""
        chosen = await self.app.push_screen_wait(
            ChooseScreen("Что вернуть, как было?", _undoable(self.card))
        )
        if not chosen:
            return
        with said_on(self):
            if chosen[0] == CONTACTS:
                self.desk.contacts.undo(self.card.id)
            else:
                self.desk.applicants.split(chosen[0])
            self.redraw()

    async def _choose(self, title: str, rows: tuple[ApplicantRow, ...]) -> ApplicantRow | None:
        chosen = await self.app.push_screen_wait(
            ChooseScreen(title, [(row.id, row_words(row)) for row in rows])
        )
        return next((row for row in rows if chosen and row.id == chosen[0]), None)

    @work
    async def action_consent(self) -> None:
        """A consent: what for, and until when."""
        purposes = self.desk.catalogue.choices("people.consent")
        chosen = await self.app.push_screen_wait(
            ChooseScreen("Согласие: на что", [(one.code, one.label) for one in purposes])
        )
        if not chosen:
            return
        until = await self.app.push_screen_wait(
            AskLineScreen("Согласие", "До какого дня оно действует?", mask="00.00.0000")
        )
        day = typed_day(until or "")
        if until and day is None:
            self.notify("День не читается: наберите его как 31.12.2027.", severity="warning")
        elif day is not None:
            with said_on(self):
                self.desk.consents.give(self.card.id, chosen[0], day)
                self.redraw()

    @work
    async def action_withdraw(self) -> None:
        """The applicant takes a consent back."""
        given = [one for one in self.card.consents if one.state == "given"]
        chosen = await self.app.push_screen_wait(
            ChooseScreen("Какое согласие отозвать?", [(one.id, one.purpose_title) for one in given])
        )
        if chosen:
            with said_on(self):
                self.desk.consents.withdraw(chosen[0])
                self.redraw()


def _undoable(card: ApplicantCard) -> list[tuple[str, str]]:
    """What Ctrl+Z can take back: the last correction of contacts, joined records."""
    lines = [
        (CONTACTS, f"Контакты до {one.at:%d.%m.%Y %H:%M}: {one.what}")
        for one in card.changes
        if one.latest
    ]
    return lines + [(row.id, f"Отделить запись: {row_words(row)}") for row in card.merged]
