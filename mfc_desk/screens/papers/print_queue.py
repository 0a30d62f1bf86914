"""Очередь печати: what waits, what is at a printer, what is doubtful; repeat, hold, cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.failures import said_on
from mfc_desk.screens.listing import print_job_rows
from mfc_desk.screens.papers.redirecting import DOUBT, RedirectsPrinting
from mfc_desk.widgets.rows import PAGE, Column, RowList

if TYPE_CHECKING:
    from mfc_desk.papers.paper_job import PaperJob

LOOK_S = 2.0
"""How often the list is drawn anew: printings move on behind the screen."""


class PrintQueueScreen(RedirectsPrinting):
    """Printings that are not done, oldest first; Enter shows the paper."""

    HELP = (
        "Очередь печати. Бумаги ждут здесь, пока принтер не напечатает их; приём от принтера не "
        "зависит.\nCtrl+R повторяет то, что не напечатано. «Возможно, напечатано»: посмотрите в "
        "лоток; бумага там — Ctrl+G, нет — Ctrl+R. Принтер не отвечает — Ctrl+O отправит бумагу на "
        "другой. Ctrl+T придерживает ожидающее и снова пускает. "
        "Delete отменяет задание, на принтере тоже. Ctrl+D печатает реестры и ярлыки дня одним "
        "пакетом, Ctrl+X снимает с печати то, что из него ещё не ушло на принтер."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r,ctrl+к", "retry", "Повторить", key_display="Ctrl+R", id="retry"),
        Binding("ctrl+g,ctrl+п", "confirm", "В лотке", True, "Ctrl+G", id="in-tray"),
        Binding("ctrl+t,ctrl+е", "hold", "Придержать", key_display="Ctrl+T", id="hold"),
        Binding("ctrl+d,ctrl+в", "day", "Печать за день", True, "Ctrl+D", id="print-day"),
        Binding("ctrl+x,ctrl+ч", "drop_day", "Снять пакет", True, "Ctrl+X", id="drop-day"),
        Binding("delete", "drop", "Отменить", key_display="Del", id="drop"),
        Binding("escape", "back", "Назад", key_display="Esc", id="back"),
    ]

    day_batch: str | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A batch can be taken back while one is on its way."""
        if action == "drop_day":
            return self.day_batch is not None
        return super().check_action(action, parameters)

    def body(self) -> ComposeResult:
        """One list."""
        with Vertical(classes="panel", id="queue") as panel:
            panel.border_title = "Очередь печати"
            yield RowList(
                Column(5),
                Column(13),
                Column(),
                Column(16, from_width=100),
                Column(20),
                notes=True,
                empty="Очередь пуста: всё напечатано. Реестры и ярлыки дня: Ctrl+D.",
            )

    def on_mount(self) -> None:
        """Stand on the list, and follow it."""
        self.set_focus(self.query_one(RowList))
        self.set_interval(LOOK_S, self.heard)

    def redraw(self) -> None:
        """The list again."""
        super().redraw()
        jobs = self.desk.print_queue.open(PAGE)
        rows = print_job_rows(jobs, self.tz, self.desk.clock.now())
        self.query_one(RowList).show(rows)
        if self.day_batch is not None:
            done = self.desk.print_day.progress(self.day_batch)
            self.query_one(
                "#queue"
            ).border_subtitle = f"за день: напечатано {done.printed} из {done.papers}"
            if not done.left:
                self.day_batch = None
                self.refresh_bindings()

    def chosen_job(self) -> PaperJob | None:
        """The printing under the cursor."""
        key = self.query_one(RowList).key
        return self.desk.print_queue.job(int(key)) if key else None  # as it is now

    @on(RowList.Chosen)
    def _preview(self, event: RowList.Chosen) -> None:
        self.post_message(self.Go(f"preview:{event.key}"))

    @work
    async def action_retry(self) -> None:
        """Put it back into the queue; a doubtful one after asking."""
        job = self.chosen_job()
        if job is None:
            return
        if job.state not in ("failed", "unknown"):
            self.notify("Повторить можно то, что не напечатано.", title="Печать")
            return
        question = ConfirmScreen("Повторить печать", DOUBT, "Печатать", "Нет")
        if job.state == "failed" or await self.app.push_screen_wait(question):
            with said_on(self):
                self.desk.print_queue.retry(job.id)
            self.post_message(self.Go("print"))
            self.heard()

    def action_confirm(self) -> None:
        """The doubtful paper lies in the tray."""
        job = self.chosen_job()
        if job is not None and job.state == "unknown":
            with said_on(self):
                self.desk.print_queue.confirm(job.id)
            self.heard()
        elif job is not None:
            self.notify("Подтвердить можно то, что «возможно, напечатано».", title="Печать")

    def action_hold(self) -> None:
        """A waiting printing is held, a held one goes on."""
        job = self.chosen_job()
        if job is None:
            return
        with said_on(self):
            if job.state == "held":
                self.desk.print_queue.release(job.id)
                self.post_message(self.Go("print"))
            else:
                self.desk.print_queue.hold(job.id)
        self.heard()

    @work
    async def action_day(self) -> None:
        """Registers and labels of today, after asking; copies when there is nothing new."""
        question = "Напечатать реестры передачи и ярлыки дел, принятых сегодня?"
        asking = ConfirmScreen("Печать за день", question, "Печатать", "Нет")
        if not await self.app.push_screen_wait(asking):
            return
        with said_on(self):
            batch = self.desk.print_day.order()
            if not batch.papers:
                again = "Все дела уже в реестрах. Напечатать их ещё раз? На бумаге будет «КОПИЯ»."
                asking = ConfirmScreen("Печать за день", again, "Печатать", "Нет")
                if await self.app.push_screen_wait(asking):
                    batch = self.desk.print_day.order(again=True)
            if batch.papers:
                self.day_batch = batch.id
                self.refresh_bindings()
                self.post_message(self.Go("print"))
            else:
                self.notify("За сегодня печатать нечего.", title="Печать за день")
        self.heard()

    def action_drop_day(self) -> None:
        """Take back what of the batch is not at a printer."""
        if self.day_batch is not None:
            with said_on(self):
                count = self.desk.print_day.cancel(self.day_batch)
                self.notify(f"Снято с печати: {count}.", title="Печать за день")
            self.heard()

    @work
    async def action_drop(self) -> None:
        """Cancel it, after asking."""
        job = self.chosen_job()
        if job is None:
            return
        question = f"Отменить печать?\n{job.title} {job.request_number}, экземпляр {job.copy}"
        asking = ConfirmScreen("Отмена печати", question, "Отменить печать", "Нет")
        if await self.app.push_screen_wait(asking):
            self._cancel(job.id)

    @work(thread=True)
    def _cancel(self, job_id: int) -> None:
        """In a thread: the printer's answer may take a while."""
        with said_on(self), self.desk.worker_copy() as copy:
            said = copy.print_queue.cancel(job_id).error
            if said:
                self.app.call_from_thread(self.notify, said, title="Печать", severity="warning")
        self.app.call_from_thread(self.heard)
