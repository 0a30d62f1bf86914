"""One paper in detail: original or copy, how many, sheets, returned or kept."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from forms.check import PlacedField
from forms.kinds import kind_of
from forms.papers import DEFECTS
from forms.spec import Choice, Field, Section
from mfc_desk.screens.dialogs.opens_choices import OpensChoices
from mfc_desk.widgets.field_row import FieldRow
from mfc_desk.widgets.form_section import FormSection

FORM = (Choice("original", "подлинник"), Choice("copy", "копия"))
DEFECT = tuple(Choice(code, words) for code, words in DEFECTS.items())
FIELDS = (
    Field("form", "Вид", "select_one", required=True, choices=FORM),
    Field("copies", "Экземпляров", "integer", required=True),
    Field("sheets", "Листов", "integer", required=True),
    Field("returned", "Возвращён заявителю", "bool"),
    Field("details", "Реквизиты", "text", max_length=250),
    Field("promised", "Донесёт до", "date"),
    Field("defect", "Недостаток", "select_one", choices=DEFECT),
)
Entry = dict[str, Any]


class PaperDetailsScreen(ModalScreen[Entry | None], OpensChoices[Entry | None]):
    """Answers with the changed entry, None on Esc."""

    FIELDS: tuple[Field, ...] = FIELDS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Отмена", key_display="Esc", id="cancel"),
        Binding("enter", "app.focus_next", show=False),
        Binding("f12,ctrl+s,ctrl+ы", "save", "Сохранить", key_display="Ctrl+S", id="save"),
    ]

    def __init__(self, title: str, entry: Entry) -> None:
        """`entry` is not changed; the answer is a new one."""
        super().__init__()
        self._title = title
        self._entry = dict(entry)

    def compose(self) -> ComposeResult:
        """Seven fields in a frame."""
        with Vertical(classes="dialog details") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = "Ctrl+S сохранить · Esc отмена"
            yield FormSection()

    @property
    def fields(self) -> tuple[Field, ...]:
        """What is asked."""
        return self.FIELDS

    async def on_mount(self) -> None:
        """Fields of this paper."""
        section = Section("paper", self._title, self.fields)
        placed = [PlacedField(section, field.name, field) for field in self.fields]
        form = self.query_one(FormSection)
        await form.open_section(placed, lambda p: self._entry.get(p.path))
        self.opened(form)

    def opened(self, form: FormSection) -> None:
        """Stand at the first field."""
        self.set_focus(form.rows[0].editor)

    @on(FieldRow.Edited)
    def _edited(self, event: FieldRow.Edited) -> None:
        self._entry[event.row.path] = event.typed

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        rows = self.query_one(FormSection).rows
        at = next(i for i, row in enumerate(rows) if row.editor is event.input)
        if at + 1 < len(rows):
            self.set_focus(rows[at + 1].editor)
        else:
            self.action_save()

    def action_save(self) -> None:
        """Numbers become numbers; what does not read stays as typed and is named by the check."""
        entry: Entry = {}
        for field in self.fields:
            typed = self._entry.get(field.name)
            if typed in ("", None):
                continue
            try:
                kind = kind_of(field)
                entry[field.name] = kind.store(kind.read(typed))
            except ValueError:
                entry[field.name] = typed
        self.dismiss_with(entry)

    def dismiss_with(self, entry: Entry) -> None:
        """Answer with what was typed."""
        self.dismiss(entry)

    def action_cancel(self) -> None:
        """Nothing changes."""
        self.dismiss(None)
