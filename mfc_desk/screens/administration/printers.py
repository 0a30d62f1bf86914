"""Принтеры: which printer, tray and sides each kind of paper goes to; what was found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from mfc_desk.papers.papers import TITLES
from mfc_desk.papers.print_routes import ONE_SIDED, Route
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.failures import said_on
from mfc_desk.widgets.rows import Cell, Column, Row, RowList

if TYPE_CHECKING:
    from printing.spool import Printer

DEFAULT = ""
"""Key of the row of the printer everything else goes to."""
SIDES = (("", "на одной стороне"), ("both", "на двух сторонах листа"))


class PrintersScreen(DeskScreen[None]):
    """Papers with their printers over the printers found; Enter chooses."""

    HELP = (
        "Принтеры. Верхняя строка — принтер для всего; у каждой бумаги может быть свой принтер, "
        "лоток, печать на двух сторонах и число экземпляров: Enter спрашивает их по очереди, Esc "
        "оставляет как есть. Внизу — что найдено в системе. Ctrl+R ищет ещё раз."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r,ctrl+к", "look", "Искать принтеры", key_display="Ctrl+R", id="look"),
        Binding("escape", "back", "Назад", key_display="Esc", id="back"),
    ]

    found: tuple[Printer, ...] | None = None

    def body(self) -> ComposeResult:
        """Two lists."""
        with Vertical(classes="panel", id="routes-panel") as panel:
            panel.border_title = "Что куда печатать"
            yield RowList(
                Column(share=3), Column(share=3), Column(10), Column(12), Column(7), id="routes"
            )
        with Vertical(classes="panel", id="printers-panel") as panel:
            panel.border_title = "Найденные принтеры"
            yield RowList(Column(share=2), Column(share=3), Column(share=2), id="printers")

    def on_mount(self) -> None:
        """Stand on the papers; look for printers behind."""
        self.set_focus(self.query_one("#routes"))
        self.action_look()

    def redraw(self) -> None:
        """Both lists again."""
        super().redraw()
        default = self.desk.print_routes.default()
        first = Row(DEFAULT, (Cell("Все остальные бумаги"), Cell(self._called(default), "strong")))
        rows = [self._row(paper, route) for paper, route in self.desk.print_routes.all().items()]
        self.query_one("#routes", RowList).show([first, *rows])
        printers = self.query_one("#printers", RowList)
        printers.empty = (
            "Ищу принтеры…"
            if self.found is None
            else "Принтеров нет. Установите принтер в системе или выберите папку (F9)."
        )
        printers.show(
            [
                Row(
                    one.name,
                    (
                        Cell(one.text, "strong"),
                        Cell(", ".join((*one.trays, *(("две стороны",) * one.duplex))), "muted"),
                        Cell(one.trouble or "готов", "warn" if one.trouble else "good"),
                    ),
                )
                for one in self.found or ()
            ]
        )

    def _row(self, paper: str, route: Route) -> Row:
        return Row(
            paper,
            (
                Cell(TITLES[paper]),
                Cell(*(self._called(route.printer), "strong") if route.printer else ("—", "muted")),
                Cell(route.tray or "—", "" if route.tray else "muted"),
                Cell("две стороны" if route.duplex else "одна", "" if route.duplex else "muted"),
                Cell(f"{self.desk.print_routes.copies(paper)} экз.", "muted"),
            ),
        )

    def _called(self, printer: str) -> str:
        known = {one.name: one.text for one in self.found or ()}
        return known.get(printer, printer) or "не выбран: бумаги ждут в очереди"

    @work(thread=True, exclusive=True)
    def action_look(self) -> None:
        """Ask the printing system, in a thread: it may be slow to answer."""
        with said_on(self), self.desk.worker_copy() as copy:
            found = copy.print_queue.printers()
            self.app.call_from_thread(self._show_found, found)

    def _show_found(self, found: tuple[Printer, ...]) -> None:
        self.found = found
        self.heard()

    @work
    @on(RowList.Chosen, "#routes")
    async def _change(self, event: RowList.Chosen) -> None:
        paper = event.key
        first = "как у остальных" if paper else "не выбран: бумаги ждут в очереди"
        choices = [("", first), *((one.name, one.text) for one in self.found or ())]
        if paper == DEFAULT:
            chosen = await self._ask("Принтер", choices, self.desk.settings.load().printer)
            if chosen is not None:
                self._save_default(chosen)
            return
        route = self.desk.print_routes.all()[paper]
        name = await self._ask(TITLES[paper], choices, route.printer)
        if name is None:
            return
        route = replace(route, printer=name, tray=route.tray if name == route.printer else "")
        self._save(paper, await self._in_detail(paper, route))

    async def _in_detail(self, paper: str, route: Route) -> Route:
        """Ask for tray, sides and copies as far as the printer has them; Esc keeps what is."""
        printer = next((one for one in self.found or () if one.name == route.printer), None)
        if printer is not None and printer.trays:
            trays = [("", "выберет принтер"), *((tray, tray) for tray in printer.trays)]
            tray = await self._ask("Лоток", trays, route.tray)
            route = route if tray is None else replace(route, tray=tray)
        if printer is not None and printer.duplex and paper not in ONE_SIDED:
            sides = await self._ask("Стороны листа", SIDES, "both" if route.duplex else "")
            route = route if sides is None else replace(route, duplex=bool(sides))
        usual = self.desk.print_routes.copies(paper)
        typed = await self.app.push_screen_wait(
            AskLineScreen("Экземпляры", "Сколько экземпляров печатать:", str(usual))
        )
        if typed is not None and typed.isdecimal() and int(typed) != usual:
            with said_on(self):
                route = replace(route, copies=int(typed))
        return route

    async def _ask(
        self, title: str, choices: list[tuple[str, str]] | tuple[tuple[str, str], ...], now: str
    ) -> str | None:
        chosen = await self.app.push_screen_wait(ChooseScreen(title, choices, (now,)))
        return chosen[0] if chosen else None

    def _save_default(self, printer: str) -> None:
        with said_on(self):
            self.desk.settings.save(replace(self.desk.settings.load(), printer=printer))
            self.redraw()

    def _save(self, paper: str, route: Route) -> None:
        with said_on(self):
            self.desk.print_routes.save(paper, route)
            self.redraw()
