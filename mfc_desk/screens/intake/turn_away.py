"""Направление или лист ожидания: the few words they need."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from mfc_desk.errors import DeskError
from mfc_desk.screens.wording import day_text
from mfc_desk.widgets.line_editor import LineEditor
from sync.errors import SyncError

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.intake.services import ServiceRow
    from mfc_desk.intake.turned_away import Turning

REFER = "refer"
TITLES = {REFER: "Направление", "wait": "Лист ожидания"}
NAME_PARTS = ("surname", "name", "patronymic")


class TurnAwayScreen(ModalScreen["Turning | None"]):
    """Answers with what was given, numbered and journalled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Отмена", key_display="Esc", id="cancel"),
        Binding("ctrl+s,ctrl+ы", "save", "Записать", key_display="Ctrl+S", id="save"),
    ]

    def __init__(
        self, desk: Desk, row: ServiceRow, way: str, applicant: dict[str, Any] | None
    ) -> None:
        """`way`: refer | wait; what is known of the applicant stands in the lines already."""
        super().__init__()
        self.desk = desk
        self._row = row
        self._way = way
        self._applicant = dict(applicant or {})

    def compose(self) -> ComposeResult:
        """Who, why, and where or when."""
        known = self._applicant
        name = " ".join(str(known[part]) for part in NAME_PARTS if known.get(part))
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = f"{TITLES[self._way]} · {self._row.short}"
            dialog.border_subtitle = "Ctrl+S записать · Esc отмена"
            optional = ", можно не указывать" if self._way == REFER else ""
            yield Label(f"Фамилия, имя, отчество{optional}")
            yield LineEditor(name, id="who", max_length=120)
            if self._way == REFER:
                yield Label("Куда")
                yield LineEditor(self._where(), id="where", max_length=200)
            else:
                yield Label("Телефон")
                yield LineEditor(str(known.get("phone") or ""), id="phone", max_length=30)
                yield Label("Напомнить")
                yield LineEditor(
                    self._next_day(), id="remind", mask="00.00.0000", placeholder="дд.мм.гггг"
                )
            yield Label("Почему не принято здесь и сейчас")
            yield LineEditor(self._row.why, id="why", max_length=300)
            yield Label("", id="said", classes="bad")

    def _where(self) -> str:
        """The first kind of office that takes the service: a name to finish by hand."""
        place = self._row.places[0] if self._row.places else ""
        kinds = self.desk.catalogue.office_kinds.values()
        return next((kind.title for kind in kinds if kind.place == place), "")

    def _next_day(self) -> str:
        today = self.desk.centre_now().astimezone(self.desk.zone).date()
        return day_text(self.desk.calendar.add_working(today, 1))

    def on_mount(self) -> None:
        """Stand on the first empty line."""
        lines = list(self.query(LineEditor))
        self.set_focus(next((line for line in lines if not line.value.strip()), lines[0]))

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.id == "why":
            self.action_save()
        else:
            self.focus_next()

    def action_save(self) -> None:
        """Number and journal it; what is wrong is said below."""
        try:
            turning = self._give()
        except (DeskError, SyncError) as error:
            self.query_one("#said", Label).update(str(error))
        except ValueError:
            words = "Дату впишите так: 30.11.2026."
            self.query_one("#said", Label).update(words)
        else:
            self.dismiss(turning)

    def _give(self) -> Turning:
        applicant, why = self._person(), self._line("why")
        if self._way == REFER:
            known = applicant if applicant.get("surname") else None
            return self.desk.referrals.give(
                self._row.slug, to=self._line("where"), why=why, applicant=known
            )
        applicant["phone"] = self._line("phone")
        return self.desk.waiting.put(
            self._row.slug, applicant=applicant, why=why, remind_on=_day(self._line("remind"))
        )

    def _person(self) -> dict[str, Any]:
        """What is known, with the name as it stands in the line."""
        words = self._line("who").split(maxsplit=len(NAME_PARTS) - 1)
        person = {"kind": "person"} | self._applicant
        if person["kind"] == "organisation":
            return person
        rest = {part: value for part, value in person.items() if part not in NAME_PARTS}
        return rest | dict(zip(NAME_PARTS, words, strict=False))

    def _line(self, name: str) -> str:
        return self.query_one(f"#{name}", LineEditor).value.strip()

    def action_cancel(self) -> None:
        """Nothing is given."""
        self.dismiss(None)


def _day(text: str) -> date:
    day, month, year = (int(part) for part in text.split("."))
    return date(year, month, day)
