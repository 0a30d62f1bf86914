"""Fields of a form before their editors stand: one widget paints them all."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from mfc_desk.widgets.field_row import FieldRow

LABEL, NARROW_LABEL = 28, 25
"""Columns of the labels, as the style sheet has them for rows that stand."""


class FormSketch(Widget):
    """Stands where `rows` will stand and looks as they will; each of them is dear to mount."""

    class Drawn(Message):
        """It is being painted: from here on nobody waits for the first picture."""

    def __init__(self, rows: Sequence[FieldRow]) -> None:
        """`rows` are not mounted yet."""
        super().__init__()
        self._rows = rows

    @property
    def _narrow(self) -> bool:
        return self.screen.has_class("-narrow")

    @property
    def _room(self) -> int:
        return NARROW_LABEL if self._narrow else LABEL

    @property
    def _gap(self) -> int:
        return 0 if self._narrow else 1

    def get_content_height(
        self,
        container: Size,  # noqa: ARG002  # width alone decides
        viewport: Size,  # noqa: ARG002
        width: int,
    ) -> int:
        """What the rows take, with the gaps between them."""
        return sum(row.height(width, self._room) + self._gap for row in self._rows) - self._gap

    def render(self) -> RenderResult:
        """Row under row."""
        self.post_message(self.Drawn())
        lines: list[Content] = []
        for row in self._rows:
            lines += row.sketch(self.content_size.width, self._room)
            lines += [Content("")] * self._gap
        return Content("\n").join(lines)
