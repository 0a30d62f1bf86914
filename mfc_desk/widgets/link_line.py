"""The header of every screen: where we are, who works, and whether the centre hears us."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


@dataclass(frozen=True)
class LinkWords:
    """What the header says about the link: state up, down, unknown or own (a training desk)."""

    state: str
    text: str
    unsent: int
    until: str
    relayed: int = 0

    @property
    def waiting(self) -> str:
        """«не отправлено 14 · до 23.11 18:00», shorter when there is nothing to send."""
        if not self.unsent:
            return "всё отправлено" if self.state != "own" else "не отправляется"
        only_there = self.unsent == self.relayed
        words = f"на ретрансляторе {self.relayed}" if only_there else f"не отправлено {self.unsent}"
        return f"{words} · до {self.until}" if self.until else words


LIGHTS = {"up": "●", "down": "○", "unknown": "◌", "own": "◇"}
"""The link light differs by shape too, for terminals without colour."""
TONES = {"up": "$bar-good", "down": "$bar-warning", "unknown": "$bar-muted", "own": "$bar-muted"}


class LinkLine(Widget):
    """Office, window and operator on the left; link, unsent and deadline on the right."""

    link: reactive[LinkWords | None] = reactive(None)

    def __init__(self, place: str, operator: str) -> None:
        """`place`: «МФЦ г. Приморск · окно 3»; `operator`: «Иванова А. П.»."""
        super().__init__()
        self._place = place
        self._operator = operator

    def render(self) -> RenderResult:
        """Both halves on one line; the left one gives way when the line is narrow."""
        width = self.content_size.width
        right = self._right()
        room = width - right.cell_length - 2
        left = f"{self._place} · {self._operator}"
        if cell_len(left) > room:
            left = self._place
        if cell_len(left) > room:
            left = left[: max(0, room - 1)] + "…"
        gap = " " * max(1, width - cell_len(left) - right.cell_length)
        return Content.assemble(Content.styled(left, "bold $bar-text"), gap, right)

    def _right(self) -> Content:
        if self.link is None:
            return Content("")
        link = self.link
        tone = TONES[link.state]
        late = "bold $bar-warning" if link.unsent else "$bar-muted"
        return Content.assemble(
            (f"{LIGHTS[link.state]} {link.text}", tone), ("  ", ""), (link.waiting, late)
        )
