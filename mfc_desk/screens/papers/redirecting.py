"""Sending a printing of the queue to another printer: which one is asked from those found."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.failures import said_on

if TYPE_CHECKING:
    from mfc_desk.papers.paper_job import PaperJob
    from printing.spool import Printer

USUAL = "usual"
"""Key of the printer papers of this kind go to. No real one is `usual` and found as well."""
DOUBT = (
    "Возможно, эта бумага уже напечатана.\nПосмотрите в лоток принтера. Бумаги там нет? Тогда "
    "печатайте ещё раз."
)


class RedirectsPrinting(DeskScreen[None]):
    """Ctrl+O: the printing under the cursor goes elsewhere."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o,ctrl+щ", "redirect", "На другой принтер", True, "Ctrl+O", id="redirect"),
    ]

    def chosen_job(self) -> PaperJob | None:
        """The printing under the cursor, as it is now."""
        raise NotImplementedError

    @work
    async def action_redirect(self) -> None:
        """Ask where to; a doubtful one after asking whether it lies in the tray."""
        job = self.chosen_job()
        if job is None:
            return
        asking = ConfirmScreen("Возможно, напечатано", DOUBT, "Печатать", "Нет")
        if job.state == "unknown" and not await self.app.push_screen_wait(asking):
            return
        found = await self.run_worker(self._found, thread=True).wait()
        default = self.desk.print_routes.of(job.paper).printer or "не выбран"
        choices = [(USUAL, f"Как у этой бумаги: {default}"), *((p.name, p.text) for p in found)]
        chosen = await self.app.push_screen_wait(
            ChooseScreen(f"Куда печатать: {job.title}", choices, (job.chosen or USUAL,))
        )
        if chosen is not None:
            self._redirect(job.id, "" if chosen[0] == USUAL else chosen[0])

    def _found(self) -> tuple[Printer, ...]:
        """In a thread: the printing system may be slow to answer."""
        with self.desk.worker_copy() as copy:
            return copy.print_queue.printers()

    @work(thread=True)
    def _redirect(self, job_id: int, printer: str) -> None:
        """In a thread: the old printer is asked to give the paper back."""
        with said_on(self), self.desk.worker_copy() as copy:
            copy.print_queue.redirect(job_id, printer)
            self.app.call_from_thread(self.post_message, self.Go("print"))
        self.app.call_from_thread(self.heard)
