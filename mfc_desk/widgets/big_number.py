"""A request number in large digits, to be read across the window."""

from __future__ import annotations

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

SHAPES = {
    "0": ("█▀█", "█ █", "▀▀▀"),
    "1": ("▀█ ", " █ ", "▀▀▀"),
    "2": ("▀▀█", "█▀▀", "▀▀▀"),
    "3": ("▀▀█", " ▀█", "▀▀▀"),
    "4": ("█ █", "▀▀█", "  ▀"),
    "5": ("█▀▀", "▀▀█", "▀▀▀"),
    "6": ("█▀▀", "█▀█", "▀▀▀"),
    "7": ("▀▀█", "  █", "  ▀"),
    "8": ("█▀█", "█▀█", "▀▀▀"),
    "9": ("█▀█", "▀▀█", "▀▀▀"),
    "-": ("   ", "▀▀ ", "   "),
    " ": ("  ", "  ", "  "),
}
"""Three lines a character, from half blocks that every console font has."""


def large(text: str) -> tuple[str, str, str]:
    """Three lines that spell digits, dashes and spaces; other characters are left out."""
    shapes = [SHAPES[c] for c in text if c in SHAPES]
    first, second, third = (" ".join(shape[i] for shape in shapes) for i in range(3))
    return first, second, third


class BigNumber(Widget):
    """Shows `number` large, or plainly where it would not fit."""

    number: reactive[str] = reactive("", layout=True)

    def render(self) -> RenderResult:
        """Three lines of half blocks."""
        lines = large(self.number)
        if len(lines[0]) > self.content_size.width:
            return Content.styled(self.number, "bold")
        return Content("\n".join(lines))
