"""A list that draws only the lines in sight: rows of cells, a cursor, pages on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

PAGE = 60
"""Rows a list holds at most; screens turn pages beyond it."""


@dataclass(frozen=True)
class Cell:
    """One piece of text and its tone: "", muted, strong, good, warn, bad or accent."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """A line of cells under the list's columns and, in two-line lists, a note below it."""

    key: str
    cells: tuple[Cell, ...]
    note: str = ""


@dataclass(frozen=True)
class Column:
    """How wide a cell stands: `width` columns, or a `share` of what is left when 0."""

    width: int = 0
    share: int = 1
    right: bool = False
    from_width: int = 0
    """The column is left out when the list is narrower than this."""


def fit(text: str, width: int, right: bool = False) -> str:
    """Make text exactly `width` cells wide, with an ellipsis where it was cut."""
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, max(0, width - 1)) + "…" if width > 0 else ""
    pad = " " * (width - size)
    return pad + text if right else text + pad


class RowList(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows with a cursor. The parent puts rows in with `show` and hears `Chosen`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rows--text",
        "rows--muted",
        "rows--strong",
        "rows--good",
        "rows--warn",
        "rows--bad",
        "rows--accent",
        "rows--mark",
        "rows--mark-dim",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Выше", show=False),
        Binding("down", "move(1)", "Ниже", show=False),
        Binding("pageup", "page(-1)", "Страница выше", show=False),
        Binding("pagedown", "page(1)", "Страница ниже", show=False),
        Binding("home", "edge(0)", "В начало", show=False),
        Binding("end", "edge(1)", "В конец", show=False),
        Binding("enter", "choose", "Открыть", show=False),
    ]

    cursor: reactive[int] = reactive(0)

    @dataclass
    class Chosen(Message):
        """Enter, or a click on the row under the cursor."""

        rows: RowList
        key: str

        @property
        def control(self) -> RowList:
            """The list it came from, for `@on(…, selector)`."""
            return self.rows

    @dataclass
    class Moved(Message):
        """The cursor stands on another row."""

        rows: RowList
        key: str

        @property
        def control(self) -> RowList:
            """The list it came from, for `@on(…, selector)`."""
            return self.rows

    @dataclass
    class PageWanted(Message):
        """The cursor was pushed past the last (+1) or first (-1) row."""

        rows: RowList
        step: int

        @property
        def control(self) -> RowList:
            """The list it came from, for `@on(…, selector)`."""
            return self.rows

    def __init__(
        self,
        *columns: Column,
        empty: str = "Пусто.",
        notes: bool = False,
        id: str | None = None,  # noqa: A002  # Textual's word
        classes: str | None = None,
    ) -> None:
        """Columns left to right; `empty` is said without rows; `notes` gives two lines."""
        super().__init__(id=id, classes=classes)
        self._columns = columns
        self.empty = empty
        self._height = 2 if notes else 1
        self.rows: tuple[Row, ...] = ()

    def show(self, rows: Sequence[Row], *, keep: bool = True) -> None:
        """Put these rows in; the cursor stays on the same key when `keep` and it is there."""
        before = self.key if keep else None
        self.rows = tuple(rows[:PAGE])
        keys = [row.key for row in self.rows]
        self.cursor = keys.index(before) if before in keys else 0
        self._measure()
        self.refresh()

    @property
    def key(self) -> str | None:
        """Key of the row under the cursor, None when the list is empty."""
        return self.rows[self.cursor].key if self.cursor < len(self.rows) else None

    def _measure(self) -> None:
        lines = len(self.rows) * self._height
        self.virtual_size = Size(max(1, self.scrollable_content_region.width), max(1, lines))

    def get_content_height(
        self,
        container: Size,  # noqa: ARG002  # width alone decides
        viewport: Size,  # noqa: ARG002
        width: int,
    ) -> int:
        """Height for `height: auto`: every row, or the lines of the empty sentence."""
        if self.rows:
            return len(self.rows) * self._height
        return max(1, -(-cell_len(self.empty) // max(1, width)))

    def on_resize(self) -> None:
        """Columns follow the width."""
        self._measure()

    def watch_cursor(self, old: int, new: int) -> None:
        """Bring the row in sight and say which it is."""
        if self.is_mounted and old != new:
            self._reveal()
            if self.key is not None:
                self.post_message(self.Moved(self, self.key))

    def _reveal(self) -> None:
        region = Region(0, self.cursor * self._height, 1, self._height)
        self.scroll_to_region(region, animate=False, force=True)
        self.refresh()

    def action_move(self, step: int) -> None:
        """One row up or down; at the edge ask for another page."""
        target = self.cursor + step
        if 0 <= target < len(self.rows):
            self.cursor = target
        elif self.rows:
            self.post_message(self.PageWanted(self, 1 if step > 0 else -1))

    def action_page(self, step: int) -> None:
        """A screenful up or down."""
        rows = max(1, self.size.height // self._height - 1)
        target = min(max(0, self.cursor + step * rows), max(0, len(self.rows) - 1))
        if target == self.cursor:
            self.action_move(step)
        else:
            self.cursor = target

    def action_edge(self, last: int) -> None:
        """To the first or the last row."""
        self.cursor = max(0, len(self.rows) - 1) if last else 0

    def action_choose(self) -> None:
        """Answer with the row under the cursor."""
        if self.key is not None:
            self.post_message(self.Chosen(self, self.key))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor there; on the row already marked it chooses."""
        index = (event.y + round(self.scroll_y)) // self._height
        if 0 <= index < len(self.rows):
            if index == self.cursor:
                self.action_choose()
            self.cursor = index

    def _widths(self, total: int) -> list[int]:
        shown = [c if total >= c.from_width else None for c in self._columns]
        fixed = sum(c.width for c in shown if c and c.width)
        gaps = max(0, sum(1 for c in shown if c) - 1)
        rest = max(0, total - 2 - fixed - gaps)
        shares = sum(c.share for c in shown if c and not c.width) or 1
        return [0 if c is None else c.width or rest * c.share // shares for c in shown]

    def _style(self, name: str, marked: bool) -> Style:
        style = self.get_component_rich_style(f"rows--{name or 'text'}")
        if marked:
            over = self.get_component_rich_style("rows--mark" if self._lit else "rows--mark-dim")
            style = style + over if self._lit else Style(bgcolor=over.bgcolor) + style
            if not self._lit:
                style = style + Style(bgcolor=over.bgcolor)
        return style

    @property
    def _lit(self) -> bool:
        return self.has_focus or self.has_class("-lit")

    def _row_segments(self, row: Row, width: int, marked: bool) -> list[Segment]:
        blank = self._style("", marked)
        parts = [Segment(" ", blank)]
        first = True
        widths = self._widths(width)
        for column, size, cell in zip(self._columns, widths, row.cells, strict=False):
            if size <= 0:
                continue
            if not first:
                parts.append(Segment(" ", blank))
            first = False
            parts.append(
                Segment(fit(cell.text, size, column.right), self._style(cell.tone, marked))
            )
        return parts

    def render_line(self, y: int) -> Strip:
        """One line of the list at screen line y of the widget."""
        width = self.scrollable_content_region.width
        index, part = divmod(y + round(self.scroll_y), self._height)
        blank = self._style("", marked=False)
        if not self.rows:
            return self._empty_line(y, width)
        if index >= len(self.rows):
            return Strip.blank(width, blank)
        row, marked = self.rows[index], index == self.cursor
        if part:
            tone = self._style("muted", marked)
            return Strip([Segment(fit("   " + row.note, width), tone)], width)
        strip = Strip(self._row_segments(row, width, marked))
        return strip.adjust_cell_length(width, self._style("", marked))

    def _empty_line(self, y: int, width: int) -> Strip:
        size = max(1, width - 2)
        lines = [self.empty[i : i + size] for i in range(0, len(self.empty), size)]
        text = lines[y] if y < len(lines) else ""
        return Strip([Segment(fit(" " + text, width), self._style("muted", marked=False))], width)
