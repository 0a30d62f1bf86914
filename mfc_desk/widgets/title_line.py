"""What is being done and how far it is: one line under the header."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class TitleLine(Widget):
    """A title at the left, progress at the right; the title gives way."""

    left: reactive[str] = reactive("")
    right: reactive[str] = reactive("")

    def render(self) -> RenderResult:
        """Both on one line."""
        width = self.content_size.width
        room = max(0, width - cell_len(self.right) - 2)
        left = self.left if cell_len(self.left) <= room else self.left[: max(0, room - 1)] + "…"
        gap = " " * max(1, width - cell_len(left) - cell_len(self.right))
        return Content.assemble((left, "bold"), gap, (self.right, "$muted"))
