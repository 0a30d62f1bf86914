"""Walking through the form of a draft: sections, fields, other steps; saving on the way out."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.form.draft_document import OpenSection
from mfc_desk.screens.form.draft_keeper import DraftKeeper
from mfc_desk.screens.form.open_form import OpenForm
from mfc_desk.screens.form.pending_keys import keys_done
from mfc_desk.screens.form.undo import FieldUndo
from mfc_desk.screens.intake.steps import Postponed, StepWanted, step_text
from mfc_desk.screens.listing import end_of
from mfc_desk.widgets.choice_editor import ChoiceEditor
from mfc_desk.widgets.field_row import FieldRow
from mfc_desk.widgets.form_section import FormSection
from mfc_desk.widgets.rows_editor import RowsEditor
from mfc_desk.widgets.section_rail import SectionRail
from mfc_desk.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.intake.drafts import Draft


class FormWalk(DeskScreen[None]):
    """A form with one section open; what is done to its answers stands in the form screen."""

    AUTO_FOCUS = ""  # on_mount knows the field

    def __init__(self, desk: Desk, draft: Draft, field: str | None = None) -> None:
        """Opens `draft` at `field`, or where it was left."""
        super().__init__(desk)
        today = desk.centre_now().astimezone(self.tz).date()
        catalogue = desk.intake.catalogue_of(draft)
        service = catalogue.services[draft.service]
        marks = desk.handling.marks(draft)
        accepted_on = desk.intake.accepted_on(draft)
        self.form = OpenForm(service, catalogue, draft, today, marks, accepted_on)
        self.keeper = DraftKeeper(self, desk.intake, draft, self._head)
        self._start = field or draft.field
        number = desk.handling.number(draft)
        self._amends = f"Исправление {end_of(number)} · " if number else ""
        self.undo = FieldUndo()
        self._kept_at: datetime | None = None

    def body(self) -> ComposeResult:
        """Title, rail, fields, hint; open where the specialist stood."""
        form, draft = self.form, self.form.draft
        section = form.section_of(self._start) or (
            form.here if draft.section else form.first_to_fill()
        )
        form.open(section)
        start = form.start_of(section, self._start)
        yield TitleLine()
        yield SectionRail()
        fields = FormSection().begin(section.fields, self.form.value, start)
        fields.border_title = section.label
        yield fields
        yield Static(id="hint")

    def on_mount(self) -> None:
        """Stand where the specialist stood."""
        self.draw()
        self._stand_at(self._start)

    def _head(self, saved: datetime | None = None) -> None:
        self._kept_at = saved or self._kept_at
        kept = f" · сохранено {self._kept_at:%H:%M:%S}" if self._kept_at else ""
        title = self.query_one(TitleLine)
        title.left = self._amends + self.form.title
        title.right = step_text(self.form.draft.step) + kept

    async def open_section(self, section: OpenSection, path: str | None = None) -> None:
        """Show a section and stand at a field of it, the first one by default."""
        self.take_typed()
        left = self.focused_row()
        if left is not None:
            self.settle(left)
        self.form.open(section)
        fields = self.query_one(FormSection)
        await fields.open_section(section.fields, self.form.value)
        fields.border_title = section.label
        self.draw()
        self._stand_at(path)

    def _stand_at(self, path: str | None) -> None:
        """Focus a field of the open section, the first one to fill by default."""
        row = self.query_one(FormSection).row(self.form.start_of(self.form.here, path))
        if row is not None:
            self.set_focus(row.editor)

    def draw(self) -> None:
        """Problems, rail and title as they stand now."""
        self.query_one(FormSection).show_problems(self.form.problems, self.form.kept)
        self.query_one(SectionRail).stops = self.form.stops()
        self._head()

    def focused_row(self) -> FieldRow | None:
        """The row the focus is in."""
        row = self.focused.parent if self.focused else None
        return row if isinstance(row, FieldRow) else None

    async def action_field(self, step: int) -> None:
        """The next or previous field; over the edge of a section the one that stands there."""
        await self.keys_done()
        section, here = self.query_one(FormSection), self.focused_row()
        await section.stand()
        rows = section.rows
        at = rows.index(here) + step if here in rows else 0
        target = self.form.neighbour(step)
        if 0 <= at < len(rows):
            self.set_focus(rows[at].editor)
        elif target is not None:
            await self.open_section(target, target.fields[0 if step > 0 else -1].path)
        else:
            await self.action_section(step)

    async def action_enter(self) -> None:
        """Enter opens a list and goes on from any other field."""
        if isinstance(self.focused, ChoiceEditor | RowsEditor):
            self.focused.action_open()
        else:
            await self.action_field(1)

    async def keys_done(self) -> None:
        """Let the focused editor read the keys it was given before this one."""
        await keys_done(self.focused)

    async def action_section(self, step: int) -> None:
        """The next or previous section; after the last one the documents."""
        await self.keys_done()
        target = self.form.neighbour(step)
        if target is not None:
            await self.open_section(target)
        elif step > 0:
            self.leave("documents")

    @on(SectionRail.Clicked)
    async def _clicked(self, event: SectionRail.Clicked) -> None:
        found = [s for s in self.form.sections if s.key == event.name]
        if found:
            await self.open_section(found[0])
        else:
            self.leave(event.name)

    async def go_to(self, path: str) -> None:
        """Stand at the field of a path, in whatever section it is."""
        section = self.form.section_of(path)
        if section is not None:
            await self.open_section(section, path)
        elif path.startswith("documents"):
            self.leave("documents", path)
        else:
            problem = self.form.problems.get(path)
            if problem is not None:
                self.notify(problem.sentence, title="Замечание", severity="warning", timeout=10)

    def settle(self, row: FieldRow) -> None:
        """A field was left: take its answer, make it undoable, say what is wrong with it."""
        self.take(row)
        self.undo.left(row.path, row.typed)
        row.problem = self.form.look(row.placed)

    def take(self, row: FieldRow) -> None:
        """Read an editor: its last key may be on the way still."""
        if row.typed != row.taken:
            row.taken = row.typed
            self.form.put(row.path, row.typed)
            self.keeper.dirty = True

    def take_typed(self) -> None:
        """Read every open field."""
        for row in self.query_one(FormSection).rows:
            self.take(row)

    def leave(self, step: str, field: str | None = None) -> None:
        """Another step of the same request."""
        self.leaving()
        self.post_message(StepWanted(self.form.draft, step, field))

    def leaving(self) -> None:
        """Save before the screen goes away."""
        self.take_typed()
        self.keeper.save()

    def action_back(self) -> None:
        """Put the request aside; the draft stays."""
        self.leaving()
        self.post_message(Postponed(self.form.draft))
