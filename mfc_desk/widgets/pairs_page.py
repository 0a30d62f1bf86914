"""A page of headings, answers and remarks that wraps each answer in its own column."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

LABEL = 30
SHARE = 0.42
"""The label column never takes more of a narrow page than this."""


@dataclass(frozen=True)
class Heading:
    """A line that starts a part of the page."""

    text: str


@dataclass(frozen=True)
class Pair:
    """A question and its answer; `tone` is a style for the answer."""

    label: str
    value: str
    tone: str = ""


@dataclass(frozen=True)
class Remark:
    """A mark and words over the whole width."""

    mark: str
    text: str
    tone: str = ""


Line = Heading | Pair | Remark


class PairsPage(Widget):
    """Draws `lines` as wide as it is."""

    lines: reactive[tuple[Line, ...]] = reactive((), layout=True)

    def __init__(
        self,
        lines: Sequence[Line] = (),
        *,
        label: int = LABEL,
        id: str | None = None,  # noqa: A002  # Textual's word
    ) -> None:
        """`label`: columns of the questions."""
        super().__init__(id=id)
        self._label_width = label
        self.set_reactive(PairsPage.lines, tuple(lines))

    def get_content_height(
        self,
        container: Size,  # noqa: ARG002  # width alone decides
        viewport: Size,  # noqa: ARG002
        width: int,
    ) -> int:
        """As many lines as the text takes at this width."""
        return max(1, len(self._drawn(width)))

    def render(self) -> RenderResult:
        """The page."""
        return Content("\n").join(self._drawn(self.content_size.width))

    def _drawn(self, width: int) -> list[Content]:
        drawn: list[Content] = []
        for line in self.lines:
            if isinstance(line, Heading):
                if drawn:
                    drawn.append(Content(""))
                drawn.append(Content.styled(line.text, "bold $primary"))
            elif isinstance(line, Pair):
                drawn.extend(self._pair(line, width))
            else:
                words = textwrap.wrap(line.text, max(12, width - 3)) or [""]
                drawn.append(Content.styled(f"{line.mark} {words[0]}", line.tone))
                drawn.extend(Content.styled(f"  {rest}", line.tone) for rest in words[1:])
        return drawn

    def _pair(self, pair: Pair, width: int) -> list[Content]:
        column = min(self._label_width, int(width * SHARE))
        labels = textwrap.wrap(pair.label, max(8, column - 1)) or [""]
        values = textwrap.wrap(pair.value, max(12, width - column - 1)) or [""]
        return [
            Content.assemble(
                ((labels[i] if i < len(labels) else "").ljust(column) + " ", "$muted"),
                (values[i] if i < len(values) else "", pair.tone),
            )
            for i in range(max(len(labels), len(values)))
        ]
