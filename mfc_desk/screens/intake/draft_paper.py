"""A draft as its application would read, marked «ЧЕРНОВИК»: to be read before it is registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.failures import said_on
from mfc_desk.screens.papers.save_as import ask_file

if TYPE_CHECKING:
    from mfc_desk.intake.drafts import Draft


class DraftPaper(DeskScreen[None]):
    """Ctrl+B writes the application of the draft as a PDF where the specialist says."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+b,ctrl+и", "draft_paper", "Черновик в PDF", show=False, id="draft-paper"),
    ]
    draft: Draft

    @work
    async def action_draft_paper(self) -> None:
        """Ask where to, then write; it bears no number and is no paper of the office yet."""
        now = self.desk.clock.now().astimezone(self.tz)
        name = f"черновик-{now:%Y%m%d-%H%M}-{self.draft.id[-4:]}.pdf"  # no person in it
        where = await ask_file(self, "Черновик заявления", name)
        if where:
            with said_on(self):
                self.desk.intake.save(self.draft)
                self.desk.papers.save_draft(self.draft.id, where, replace=True)
                self.notify(str(where), title="Сохранено")
