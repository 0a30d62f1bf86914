"""Поиск: requests by name, number, phone, СНИЛС; page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from mfc_desk.intake.turned_away import found
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.failures import said_on
from mfc_desk.screens.listing import request_rows, turning_rows
from mfc_desk.widgets.finder import Finder
from mfc_desk.widgets.rows import Column, RowList

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

PAGE_ROWS = 50


class SearchScreen(DeskScreen[None]):
    """Search as one types; Enter opens the card."""

    HELP = (
        "Поиск обращений этого рабочего места: по фамилии и имени, номеру расписки (можно "
        "сканером), номеру центра, телефону или СНИЛС. Слова можно сокращать. Новые сверху, "
        "отказы, направления и лист ожидания после обращений; список листается "
        "страницами: продолжайте стрелкой вниз. Ctrl+O открывает карточку заявителя."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o,ctrl+щ", "person", "Заявитель", key_display="Ctrl+O", id="person"),
        Binding("escape", "back", "Назад", key_display="Esc", id="back"),
    ]

    def __init__(self, desk: Desk) -> None:
        """Over the desk's requests."""
        super().__init__(desk)
        self._text = ""
        self._starts: list[int | None] = [None]
        self._last: int | None = None

    def body(self) -> ComposeResult:
        """One input and the list."""
        with Vertical(classes="panel") as panel:
            panel.border_title = "Поиск обращений"
            yield Finder(
                Column(11),
                Column(13),
                Column(share=4),
                Column(share=4),
                Column(share=5),
                placeholder="фамилия, номер расписки, телефон, СНИЛС",
                empty="Ничего не найдено. Сократите слово или проверьте номер по расписке.",
            )

    def on_mount(self) -> None:
        """The newest first."""
        self._page()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """States may have changed meanwhile; the cursor stays."""
        super().on_screen_resume(event)
        if self._text or self._last:
            self._page(keep=True)

    @on(Finder.Asked)
    def _asked(self, event: Finder.Asked) -> None:
        self._text, self._starts = event.text, [None]
        self._page()

    def _page(self, *, keep: bool = False) -> None:
        known = self.desk.find.search(self._text, limit=PAGE_ROWS + 1, before=self._starts[-1])
        rows = known[:PAGE_ROWS]
        self._last = rows[-1].rid if len(known) > PAGE_ROWS else None
        now = self.desk.clock.now()
        lines = request_rows(rows, self.tz, now)
        if self._last is None:  # after the last request: those that were not taken
            lines += turning_rows(found(self.desk, self._text, PAGE_ROWS), self.tz, now)
        self.query_one(Finder).show(lines, keep=keep)
        first = (len(self._starts) - 1) * PAGE_ROWS
        more = " · дальше ↓" if self._last else ""
        self.query_one(".panel").border_subtitle = (
            f"{first + 1}–{first + len(rows)}{more}" if rows else ""
        )

    @on(RowList.PageWanted)
    def _turn(self, event: RowList.PageWanted) -> None:
        if event.step > 0 and self._last is not None:
            self._starts.append(self._last)
            self._page()
        elif event.step < 0 and len(self._starts) > 1:
            self._starts.pop()
            self._page()
            event.rows.action_edge(1)

    def action_person(self) -> None:
        """The card of the applicant under the cursor."""
        key = self.query_one(RowList).key
        if key is not None:
            with said_on(self):
                number = key.removeprefix("turning:")
                self.post_message(
                    self.Go(f"applicant_card:{self.desk.applicants.of_number(number)}")
                )

    @on(RowList.Chosen)
    def _open(self, event: RowList.Chosen) -> None:
        key = event.key
        self.post_message(self.Go(key if key.startswith("turning:") else f"card:{key}"))
