"""One question of a form: its label, its editor, and what is wrong with the answer under it."""

from __future__ import annotations

import textwrap
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult, RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input

from forms.check import PlacedField, Problem
from forms.doubt import UNSURE
from forms.facts import typed_rows
from forms.kinds import kind_of
from mfc_desk.widgets.check_editor import CheckEditor
from mfc_desk.widgets.choice_editor import ChoiceEditor
from mfc_desk.widgets.line_editor import LineEditor
from mfc_desk.widgets.rows_editor import RowsEditor

Typed = str | bool | list[str] | list[dict[str, Any]]
"""What stands in a draft for one field."""

Editor = LineEditor | ChoiceEditor | CheckEditor | RowsEditor

ROWS_WIDTH = 60
"""Columns of the editor of a repeat, which takes what there is."""
AFTER_EDITOR = 2
"""Columns after an editor, as the style sheet has them."""
MARKS = {"error": ("✗", "$error"), "warning": ("!", "$warning"), "kept": ("✓", "$muted")}


def shown_value(placed: PlacedField, typed: object) -> str:
    """A typed or stored value as it is edited: 1956-03-12 becomes 12.03.1956, else as it is."""
    if typed is None:
        return ""
    try:
        kind = kind_of(placed.field)
        return kind.show(kind.read(typed))
    except ValueError:
        return str(typed)


def editor_for(placed: PlacedField, typed: object) -> Editor:
    """The editor of a field, by its type."""
    field = placed.field
    if field.type == "repeat":
        return RowsEditor(field, [dict(row) for row in typed_rows(typed)])
    if field.type in ("select_one", "select_multiple"):
        chosen = tuple(typed) if isinstance(typed, list) else (str(typed),) if typed else ()
        choices = [(choice.code, choice.label) for choice in field.choices]
        several = field.type == "select_multiple"
        return ChoiceEditor(choices, chosen, title=field.label, several=several)
    if field.type == "bool":
        return CheckEditor(typed is True)
    kind = kind_of(field)
    masked = kind.mask.replace("0", "_")
    return LineEditor(
        shown_value(placed, typed),
        mask=kind.mask,
        placeholder="ДД.ММ.ГГГГ" if field.type == "date" else masked,
        max_length=field.max_length,
    )


class FieldRow(Widget):
    """Draws label, brackets and problem itself; its only child is the editor."""

    problem: reactive[Problem | None] = reactive(None, layout=True)
    kept: reactive[str] = reactive("", layout=True)
    """The reason a warning was overridden with."""

    @dataclass
    class Edited(Message):
        """The answer is another one now."""

        row: FieldRow
        typed: Typed

    @dataclass
    class Left(Message):
        """The focus left the field."""

        row: FieldRow

    def __init__(self, placed: PlacedField, typed: object) -> None:
        """`typed` as it stands in the draft, None when nothing does."""
        super().__init__()
        self.placed = placed
        self.path = placed.path
        self.editor = editor_for(placed, typed)
        self.taken: Typed = self.typed
        """What the draft holds of this editor."""
        repeat = placed.field.type == "repeat"
        width = ROWS_WIDTH if repeat else kind_of(placed.field).width
        self.editor.styles.width = self._wide = max(width + 3, 12)  # padding and the cursor

    def compose(self) -> ComposeResult:
        """The editor alone."""
        yield self.editor

    def _label(self, room: int) -> list[str]:
        star = " *" if self.placed.field.required else ""
        return textwrap.wrap(self.placed.field.label + star, room - 2) or [""]

    def _said(self, width: int, room: int) -> list[tuple[str, str]]:
        if self.problem is None:
            return []
        kept = self.problem.severity == "warning" and self.kept
        mark, tone = MARKS["kept" if kept else self.problem.severity]
        text = f"{self.problem.text} — оставлено: {self.kept}" if kept else self.problem.text
        lines = textwrap.wrap(text, max(12, width - room - 2) - 2) or [""]
        return [(f"{mark} {lines[0]}", tone)] + [(f"  {line}", tone) for line in lines[1:]]

    @property
    def label_width(self) -> int:
        """Columns of the label: the margin the style sheet gives the editor."""
        return self.editor.styles.margin.left

    def height(self, width: int, room: int) -> int:
        """As many lines as the label, in `room`, or the editor with its problem take."""
        return max(len(self._label(room)), 1 + len(self._said(width, room)))

    def get_content_height(
        self,
        container: Size,  # noqa: ARG002  # width alone decides
        viewport: Size,  # noqa: ARG002
        width: int,
    ) -> int:
        """What its lines take."""
        return self.height(width, self.label_width)

    def render(self) -> RenderResult:
        """The label at the left, the problem under the editor."""
        width, room = self.content_size.width, self.label_width
        blank = Content(" " * self._editor_width(width, room))
        lit = self.has_pseudo_class("focus-within")
        return Content("\n").join(self._lines(width, room, blank, lit=lit))

    def sketch(self, width: int, room: int) -> list[Content]:
        """The lines of a row that is not on the screen yet: what its editor will show."""
        size = self._editor_width(width, room)
        drawn = self.editor.drawn(size - 2)
        pad = Content(" " * max(0, size - 1 - drawn.cell_length))
        inside = Content.assemble(" ", drawn, pad).stylize("on $field")
        return self._lines(width, room, inside, lit=False)

    def _lines(self, width: int, room: int, inside: Content, *, lit: bool) -> list[Content]:
        label, said = self._label(room), self._said(width, room)
        tone = "bold $primary" if lit else "$foreground"
        edge = "bold $primary" if lit else "$muted"
        lines = []
        for i in range(max(len(label), 1 + len(said))):
            left = label[i] if i < len(label) else ""
            pad = " " * max(0, room - 1 - cell_len(left))
            line = Content.assemble((left, tone), pad)
            if i == 0:
                line = Content.assemble(line, ("[", edge), inside, ("]", edge))
            elif i <= len(said):
                text, colour = said[i - 1]
                line = Content.assemble(line, " ", (text, colour))
            lines.append(line)
        return lines

    def _editor_width(self, width: int, room: int) -> int:
        """Columns of the editor in a row of `width`: its own, or what is left for it."""
        return min(self._wide, width - room - AFTER_EDITOR)

    @property
    def hint(self) -> str:
        """What the catalogue doubts and says about the question, an example of an answer."""
        field = self.placed.field
        example = f"например: {field.example}" if field.example else ""
        unsure = f"{UNSURE}: {field.verify}" if field.verify else ""
        return " · ".join(part for part in (unsure, field.hint, example) if part) or " "

    @property
    def typed(self) -> Typed:
        """What stands in the editor."""
        editor = self.editor
        if isinstance(editor, ChoiceEditor):
            return list(editor.chosen) if editor.several else "".join(editor.chosen)
        if isinstance(editor, CheckEditor):
            return editor.checked
        if isinstance(editor, RowsEditor):
            return deepcopy(list(editor.rows))
        return editor.value

    def put(self, typed: Any) -> None:
        """Put another answer into the editor."""
        editor = self.editor
        if isinstance(editor, ChoiceEditor):
            editor.choose(tuple(typed) if isinstance(typed, list) else (typed,) if typed else ())
        elif isinstance(editor, CheckEditor):
            editor.checked = typed is True
            self._tell(self.Edited(self, self.typed))
        elif isinstance(editor, RowsEditor):
            editor.take([dict(row) for row in typed_rows(typed)])
        else:
            editor.value = shown_value(self.placed, typed)

    def tidy(self) -> None:
        """Show a readable answer the way it is printed."""
        if isinstance(self.editor, LineEditor) and self.editor.value.strip():
            shown = shown_value(self.placed, self.editor.value)
            if shown != self.editor.value:
                self.editor.value = shown

    @on(Input.Changed)
    @on(ChoiceEditor.Changed)
    @on(CheckEditor.Changed)
    @on(RowsEditor.Changed)
    def _edited(self, event: Message) -> None:
        event.stop()
        self._tell(self.Edited(self, self.typed))

    def _tell(self, message: Message) -> None:
        """Straight to the screen: a key does not climb through every container."""
        if self.is_attached:
            self.screen.post_message(message)

    def on_descendant_focus(self) -> None:
        """Draw the label as the current one."""
        self.refresh()

    def on_descendant_blur(self) -> None:
        """Say that the field was left."""
        self.refresh()
        self._tell(self.Left(self))
