"""The fields of the one open section; rows come and go without moving the focus."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Callable, Mapping, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widget import AwaitMount, Widget

from forms.check import PlacedField, Problem
from mfc_desk.widgets.field_row import FieldRow
from mfc_desk.widgets.form_sketch import FormSketch

TypedAt = Callable[[PlacedField], object]
"""What the draft holds for a field."""


class FormSection(VerticalScroll, can_focus=False, inherit_bindings=False):
    """Field rows, one a visible field."""

    def __init__(
        self,
        id: str | None = None,  # noqa: A002  # Textual's word
    ) -> None:
        """Empty at first; `open_section` fills it."""
        super().__init__(id=id)
        self._rows: dict[str, FieldRow] = {}
        self._sketches: dict[FormSketch, tuple[FieldRow, ...]] = {}
        self._coming: list[AwaitMount] = []

    @property
    def rows(self) -> tuple[FieldRow, ...]:
        """The rows in their order."""
        return tuple(self._rows.values())

    def row(self, path: str) -> FieldRow | None:
        """The row of a path, when its section is open."""
        return self._rows.get(path)

    def begin(self, fields: Sequence[PlacedField], typed_at: TypedAt, at: str) -> FormSection:
        """The first section, before anything is on the screen: composed with it, laid out once.

        Only the row of `at` stands from the start, which has the keys; the others are sketched
        and come when the first picture is painted.
        """
        self._rows = {placed.path: FieldRow(placed, typed_at(placed)) for placed in fields}
        self._rows[at].editor.set_reactive(Widget.has_focus, True)  # styled once, with the keys
        before = list(self._rows).index(at)
        rows = self.rows
        parts = (rows[:before], rows[before + 1 :])
        self._sketches = {FormSketch(part): part for part in parts if part}
        return self

    def compose(self) -> ComposeResult:
        """The first section: the row that has the keys between its sketched neighbours."""
        sketched = {part[0]: sketch for sketch, part in self._sketches.items()}
        hidden = {row for part in self._sketches.values() for row in part}
        for row in self.rows:
            if row in sketched:
                yield sketched[row]
            elif row not in hidden:
                yield row

    @on(FormSketch.Drawn)
    async def stand(self) -> None:
        """Put the rows that are only sketched into their places, below the edge too."""
        if not self.is_attached:
            return
        with self.app.batch_update():
            self._replace_sketches()
            await gather(*self._coming)
        self._coming.clear()

    def _replace_sketches(self) -> None:
        for sketch, part in self._sketches.items():
            self._coming.append(self.mount(*part, after=sketch))
            sketch.display = False
            sketch.remove()
        self._sketches = {}

    async def open_section(self, fields: Sequence[PlacedField], typed_at: TypedAt) -> None:
        """Another section: every row anew."""
        with self.app.batch_update():
            self._sketches = {}
            await self.remove_children()
            self._rows = {placed.path: FieldRow(placed, typed_at(placed)) for placed in fields}
            await self.mount_all(self._rows.values())
            self.scroll_home(animate=False)

    def refit(self, fields: Sequence[PlacedField], typed_at: TypedAt) -> None:
        """The same section after an answer: rows that are still asked stay as they are."""
        wanted = {placed.path: placed for placed in fields}
        if [row.placed for row in self._rows.values()] == list(fields):
            return
        self._replace_sketches()
        rows: dict[str, FieldRow] = {}
        last: FieldRow | None = None
        for path, placed in wanted.items():
            row = self._rows.get(path)
            if (
                row is None
                or row.placed.field.type != placed.field.type
                or (row.placed.field.choices != placed.field.choices)
            ):
                if row is not None:
                    row.remove()
                row = FieldRow(placed, typed_at(placed))
                self.mount(row, after=last) if last else self.mount(row, before=0)
            elif row.placed != placed:
                row.placed = placed
                row.refresh(layout=True)
            rows[path] = last = row
        for path, row in self._rows.items():
            if path not in wanted:
                row.remove()
        self._rows = rows

    def show_problems(self, problems: Mapping[str, Problem], kept: Mapping[str, str]) -> None:
        """Stand each problem under its field; `kept`: path to the reason of an override."""
        before = [(row.problem, row.kept) for row in self.rows]
        for path, row in self._rows.items():
            row.kept = kept.get(path, "")
            row.problem = problems.get(path)
        if before != [(row.problem, row.kept) for row in self.rows]:
            for sketch in self._sketches:
                sketch.refresh(layout=True)
