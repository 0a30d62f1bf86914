"""The keys of «Обмен» that write to a USB stick and read from one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from mfc_desk.access.roles import Action, may
from mfc_desk.exchange.carrier_words import in_lines, out_lines
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.exchange.carry import CarryScreen

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.screens.exchange.carry import Act
    from sync.carried import Step

OTHER = "other"
OUT, IN = "Вынести на носитель", "Принять с носителя"


class CarrierActs(DeskScreen[None]):
    """A training desk, and who may not exchange, have no such keys."""

    HELP_CARRIER = (
        " Без связи: Ctrl+O записывает неподтверждённое на носитель (это ещё не доставка), в "
        "центре его принимают и пишут на него же ответы, Ctrl+R принимает их здесь."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+o,ctrl+щ", "carry_out", "На USB", True, "Ctrl+O", tooltip=OUT, id="carry-out"
        ),
        Binding("ctrl+r,ctrl+к", "carry_in", "С USB", True, "Ctrl+R", tooltip=IN, id="carry-in"),
    ]
    last_folder = ""
    """The folder that was used before on this screen."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys only where there is a centre to carry to."""
        if action in ("carry_out", "carry_in"):
            return not self.desk.training and may(self.desk.operator.role, Action.EXCHANGE)
        return super().check_action(action, parameters)

    @work
    async def action_carry_out(self) -> None:
        """Write what the centre has not confirmed."""

        def act(folder: Path) -> Act:
            def written(
                copy: Desk, progress: Callable[[Step], None], stop: Callable[[], bool]
            ) -> list[str]:
                return out_lines(copy.carriers.out(folder, progress=progress, stop=stop))

            return written

        await self._carry(OUT, act)

    @work
    async def action_carry_in(self) -> None:
        """Take in the centre's answers."""

        def act(folder: Path) -> Act:
            def taken(
                copy: Desk, progress: Callable[[Step], None], stop: Callable[[], bool]
            ) -> list[str]:
                return in_lines(copy.carriers.take_in(folder, progress=progress, stop=stop))

            return taken

        await self._carry(IN, act)

    async def _carry(self, title: str, act: Callable[[Path], Act]) -> None:
        folder = await self._folder(title)
        if folder is None:
            return
        self.last_folder = str(folder)
        await self.app.push_screen_wait(CarryScreen(self.desk, title, str(folder), act(folder)))
        self.heard()

    async def _folder(self, title: str) -> Path | None:
        """One of the sticks that are in, or any folder by its path."""
        known = [str(path) for path in self.desk.carriers.found()]
        if self.last_folder and self.last_folder not in known:
            known.insert(0, self.last_folder)
        if known:
            choices = (*((path, path) for path in known), (OTHER, "Другая папка…"))
            answer = await self.app.push_screen_wait(ChooseScreen(title, choices))
            if answer is None:
                return None
            if answer[0] != OTHER:
                return Path(answer[0])
        path = await self.app.push_screen_wait(
            AskLineScreen(title, "Папка носителя, полный путь:", action="продолжить")
        )
        return Path(path).expanduser() if path else None
