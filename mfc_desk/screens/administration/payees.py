"""Реквизиты для квитанций: whom each authority's duties are paid to, and what is missing."""

from __future__ import annotations

from typing import Any

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical

from mfc_desk.papers.payees import PaidAuthority, PayeesRefused
from mfc_desk.screens.administration.payee import PayeeScreen
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.widgets.rows import Cell, Column, Row, RowList

_STATES = {
    "missing": ("не внесены", "bad"),
    "unchecked": ("не сверены", "warn"),
    "ready": ("сверены", "good"),
}


class PayeesScreen(DeskScreen[None]):
    """Every authority something is paid to; Enter opens its requisites."""

    HELP = (
        "Реквизиты для квитанций: кому платят госпошлину за услуги каждого органа. Берите их с "
        "сайта органа или из ГИС ГМП. Enter открывает реквизиты органа: ИНН, счёт, БИК, КБК "
        "проверяются при вводе.\nПока не стоит «Сверены с опубликованными», квитанции по органу не "
        "печатаются. Без КБК услуги не печатается квитанция за неё. Файлом: mfc-desk payees."
    )

    def body(self) -> ComposeResult:
        """One list."""
        with Vertical(classes="panel", id="payees-panel") as panel:
            panel.border_title = "Реквизиты для квитанций"
            yield RowList(
                Column(),
                Column(12),
                Column(16),
                Column(14),
                empty="Платных услуг в каталоге нет: реквизиты не нужны.",
                id="payees",
            )

    def on_mount(self) -> None:
        """Stand on the list."""
        self.set_focus(self.query_one("#payees"))

    def redraw(self) -> None:
        """The list again."""
        super().redraw()
        self.query_one("#payees", RowList).show([_row(one) for one in self.desk.payees.paid()])

    @work
    @on(RowList.Chosen, "#payees")
    async def _open(self, event: RowList.Chosen) -> None:
        one = next(one for one in self.desk.payees.paid() if one.authority == event.key)
        entry: dict[str, Any] | None = one.entry()
        mistakes: dict[str, str] = {}
        while entry is not None:
            entry = await self.app.push_screen_wait(PayeeScreen(one, entry, mistakes))
            if entry is None:
                return
            try:
                self.desk.payees.enter(one.authority, entry)
            except PayeesRefused as refused:
                mistakes = refused.mistakes
                continue
            self.notify("Реквизиты записаны.", title=one.authority)
            self.redraw()
            return


def _row(one: PaidAuthority) -> Row:
    words, tone = _STATES[one.state]
    as_of = one.as_of
    uncoded = f"без КБК: {one.uncoded}" if one.uncoded else "все КБК есть"
    return Row(
        one.authority,
        (
            Cell(one.authority, "strong"),
            Cell(words, tone),
            Cell(f"на {as_of:%d.%m.%Y}" if as_of else "", "muted"),
            Cell(uncoded, "warn" if one.uncoded else "muted"),
        ),
    )
