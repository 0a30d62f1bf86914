"""A form opened to be looked at: the program itself on a training desk that lasts as long."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import mfc_desk.app
from mfc_desk.app import DeskApp
from mfc_desk.screens.intake.steps import StepWanted

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

NOTICE = "Просмотр формы: ничего не сохраняется. Выход — F10."


class PreviewApp(DeskApp):
    """Opens one service of a desk straight at its own questions."""

    CSS_PATH = str(Path(mfc_desk.app.__file__).with_name("app.tcss"))  # else beside this file

    def __init__(self, desk: Desk, slug: str) -> None:
        """`desk` is set up and logged in; it is closed by whoever opened it."""
        super().__init__(desk.home, desk.clock, desk.random)
        self._desk, self._slug = desk, slug

    def first_screen(self) -> None:
        """No login: the form."""
        self.run_worker(self._show())

    async def _show(self) -> None:
        await self.opened(self._desk)
        draft = self._desk.intake.begin(self._slug)
        first = self._desk.intake.service_of(draft).fields[0]
        self.post_message(StepWanted(draft, "form", f"answers.{first.name}"))
        self.notify(NOTICE, timeout=8)
