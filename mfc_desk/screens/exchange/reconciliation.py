"""Сверка: both sides compared by day, what differs by number, the act of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from mfc_desk.access.roles import Action, may
from mfc_desk.papers.papers import RECONCILIATION, TITLES
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.exchange.reconciliation_rows import compared_rows, lack_of, lack_rows
from mfc_desk.screens.failures import KNOWN, said_on
from mfc_desk.screens.wording import day_text, moment_text
from mfc_desk.widgets.rows import PAGE, Column, RowList
from sync.errors import ExchangeRunning

if TYPE_CHECKING:
    from mfc_desk.exchange.reconciliation_views import Comparison

NOTHING_YET = "Ещё не сверялись. Ctrl+S сверит сегодняшний день, Ctrl+A все дни."
PATIENCE = 30
"""Seconds an exchange that is on its way is waited for."""


class ReconciliationScreen(DeskScreen[None]):
    """The last comparison: how many entries are confirmed, days, what differs."""

    HELP = (
        "Сверка с центром. Программа спрашивает центр, какие записи у него есть на самом деле, и "
        "сравнивает их со здешними по байтам. «42 из 42 подтверждено»: всё сошлось. Иначе в списке "
        "номера: не отправлено, нет в центре, лишнее, не совпадает. Если место собирали заново, "
        "сверху стоит то, что не вернулось; Enter говорит, где оно и что делать.\nCtrl+S сверяет "
        "сегодняшний день, Ctrl+A все дни, Ctrl+E печатает акт последней сверки."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,ctrl+ы", "compare(True)", "Сверить сегодня", True, "Ctrl+S", id="today"),
        Binding("ctrl+a,ctrl+ф", "compare(False)", "Сверить все дни", True, "Ctrl+A", id="all"),
        Binding("ctrl+e,ctrl+у", "print", "Печать акта", key_display="Ctrl+E", id="print-act"),
        Binding("escape", "back", "Назад", key_display="Esc", id="back"),
    ]

    comparing = ""

    @dataclass
    class Stepped(Message):
        """What is being compared now; the end when `what` is empty."""

        what: str
        failed: Exception | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The act is printed by those who print."""
        if action == "print":
            return may(self.desk.operator.role, Action.PRINT)
        return super().check_action(action, parameters)

    def body(self) -> ComposeResult:
        """What came of it over the list."""
        with Vertical(classes="panel", id="compared") as panel:
            panel.border_title = "Сверка с центром"
            yield Static(id="compared-text")
            yield RowList(Column(18), Column(), Column(12, from_width=90), id="compared-rows")

    def on_mount(self) -> None:
        """Stand on the list."""
        self.set_focus(self.query_one(RowList))

    def redraw(self) -> None:
        """The last comparison again."""
        super().redraw()
        made = self.desk.reconciliation.latest()
        self.query_one("#compared-text", Static).update(self._words(made))
        rows = self.query_one(RowList)
        rows.empty = "Расхождений нет." if made else ""
        lacks = [] if self.desk.training else lack_rows(self.desk.restored.view())
        rows.show([*lacks, *(compared_rows(made)[:PAGE] if made else [])])

    def _words(self, made: Comparison | None) -> Content:
        if self.comparing:
            return Content.styled(f"Сверяется: {self.comparing}…", "bold $primary")
        if self.desk.training:
            return Content("Учебный офис ни с кем не сверяется.")
        if made is None:
            return Content(NOTHING_YET)
        tone = "bold $success" if made.equal else "bold $error"
        at = moment_text(made.moment, self.tz, self.desk.centre_now())
        days = day_text(date.fromisoformat(made.only)) if made.only else "все дни"
        more = len(compared_rows(made)) - PAGE
        lines = [
            Content.styled(made.text, tone),
            Content.styled(f"акт № {made.number} · {at} · {days}", "$muted"),
        ]
        if more > 0:
            lines.append(Content.styled(f"ниже первые {PAGE}, ещё {more} в акте", "$warning"))
        return Content("\n").join(lines)

    @on(RowList.Chosen)
    def _whole_text(self, event: RowList.Chosen) -> None:
        """What did not come back, in full: its cell is narrow."""
        lack = lack_of(self.desk.restored.view(), event.key)
        if lack is not None:
            self.notify(lack.text, title=lack.name, timeout=20)

    def action_compare(self, today: bool) -> None:
        """Ask the centre, in a thread."""
        if not self.comparing:
            self.comparing = "журнал"
            self.redraw()
            day = self.desk.centre_now().astimezone(self.tz).date() if today else None
            self._compare(day)

    @work(thread=True)
    def _compare(self, day: date | None) -> None:
        failed: Exception | None = None
        for _ in range(PATIENCE):
            failed = self._failed(day)
            if not isinstance(failed, ExchangeRunning):
                break
            self.post_message(self.Stepped("ждём конца обмена"))
            time.sleep(1)
        self.post_message(self.Stepped("", failed))

    def _failed(self, day: date | None) -> Exception | None:
        try:
            with self.desk.worker_copy() as copy:
                copy.reconciliation.compare(day, lambda what: self.post_message(self.Stepped(what)))
        except KNOWN as error:
            return error
        return None

    def on_reconciliation_screen_stepped(self, event: Stepped) -> None:
        """How far it is, or what came of it."""
        self.comparing = event.what
        self.heard()
        with said_on(self):
            if event.failed is not None:
                raise event.failed

    def action_print(self) -> None:
        """The act of the last comparison, into the queue."""
        with said_on(self):
            made = self.desk.reconciliation.latest()
            if made is None:
                self.notify(NOTHING_YET, title=TITLES[RECONCILIATION])
                return
            self.desk.papers.enqueue(made.number, RECONCILIATION)
            self.notify(f"{TITLES[RECONCILIATION]}: в очереди печати.", title="Печать")
            self.post_message(self.Go("print"))
