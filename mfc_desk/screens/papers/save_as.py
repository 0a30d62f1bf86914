"""Where a paper is written as a PDF: the path is asked, and again before a file is written over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen

if TYPE_CHECKING:
    from mfc_desk.screens.desk_screen import DeskScreen

_OPEN = "Файл не зашифрован: его прочтёт всякий, кто откроет.\nУдалите его, когда станет не нужен."
_THERE = "Такой файл уже есть:\n{file}\n\nЗаписать поверх него?"


async def ask_file(screen: DeskScreen[None], title: str, name: str) -> Path | None:
    """Return where to write; first `name` in the folder of the settings, else in the home folder.

    None when the person writes nothing. `~` is the home folder; what is there is written over
    after a question only.
    """
    file = str(Path(screen.desk.settings.load().out_folder or Path.home()) / name)
    while True:
        asking = AskLineScreen(title, f"{_OPEN}\n\nПолный путь файла:", file)
        typed = await screen.app.push_screen_wait(asking)
        if not typed:
            return None
        path, file = Path(typed).expanduser(), typed
        if not path.is_file():
            return path
        asked = ConfirmScreen(title, _THERE.format(file=path), "Записать", "Нет")
        if await screen.app.push_screen_wait(asked):
            return path
