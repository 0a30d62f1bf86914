"""Услуга, которую просто так не принять: why, and what can be done for the applicant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label

from mfc_desk.screens.intake.turn_away import TurnAwayScreen
from mfc_desk.widgets.rows import Cell, Column, Row, RowList

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.intake.services import ServiceRow

BEGIN, WAIT, REFER = "begin", "wait", "refer"
_BOOKED = (BEGIN, "Заявитель записан: начать обращение", "")
_LINKED = (BEGIN, "Связь есть: начать обращение", "оборудование и доступ к системе готовы")
_LIST = (WAIT, "Внести в лист ожидания", "программа напомнит перезвонить заявителю")
_REFERRAL = (REFER, "Дать направление", "номер, куда идти и что взять с собой")


def offers_for(row: ServiceRow, *, online: bool) -> tuple[tuple[str, str, str], ...]:
    """Return (way, its words, a note) for a service that is not simply begun; none when it is."""
    return {
        "ask": (_BOOKED, _LIST),
        "wait": (_LIST, _LINKED) if online else (_LIST,),
        "refer": (_REFERRAL, _LIST),
    }.get(row.way, ())


class OfferScreen(ModalScreen[str | None]):
    """Answers with the way chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Назад", key_display="Esc", id="cancel")
    ]

    def __init__(self, desk: Desk, row: ServiceRow) -> None:
        """For a service whose `way` is not «begin»."""
        super().__init__()
        self._row = row
        self._offers = offers_for(row, online=bool(desk.exchange.view().online))
        self._limits = desk.catalogue.service(row.slug).limits

    def compose(self) -> ComposeResult:
        """Why, where, and the ways."""
        row = self._row
        where = f"Принимают: {', '.join(row.places)}." if row.places else ""
        limits = f"Ограничения: {self._limits}." if self._limits else ""
        told = "\n".join(part for part in (f"Почему: {row.why}", where, limits) if part)
        with Vertical(classes="dialog offers") as dialog:
            dialog.border_title = f"{row.short}: {row.availability}"
            dialog.border_subtitle = "Enter выбрать · Esc назад"
            yield Label(f"{row.title}\n\n{told}", classes="question", markup=False)
            yield RowList(Column(), empty="Принять обращение нельзя.", notes=True)

    def on_mount(self) -> None:
        """Stand on the first way."""
        rows = self.query_one(RowList)
        rows.show([Row(way, (Cell(words, "strong"),), note) for way, words, note in self._offers])
        self.set_focus(rows)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """The way."""
        event.stop()
        self.dismiss(event.key)

    def action_cancel(self) -> None:
        """Another service."""
        self.dismiss(None)


async def offer(
    app: App[Any], desk: Desk, row: ServiceRow, applicant: dict[str, Any] | None
) -> str | None:
    """Ask what to do and do it; run in a worker.

    Returns «begin» when the request may be begun after all, «turning:ID» of what was given
    instead, None when nothing was done.
    """
    way = await app.push_screen_wait(OfferScreen(desk, row))
    if way in (None, BEGIN):
        return way
    turning = await app.push_screen_wait(TurnAwayScreen(desk, row, way, applicant))
    return f"turning:{turning.id}" if turning else None
