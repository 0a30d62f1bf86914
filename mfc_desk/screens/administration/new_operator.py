"""A new account of the desk: login, name, role, password twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from mfc_desk.access.roles import Role
from mfc_desk.errors import DeskError
from mfc_desk.screens.dialogs.opens_choices import OpensChoices
from mfc_desk.widgets.choice_editor import ChoiceEditor
from mfc_desk.widgets.line_editor import LineEditor
from sync.errors import SyncError

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

ROLES = [(role.value, role.caption) for role in Role]
LINES = ("login", "name", "password", "again")


class NewOperatorScreen(ModalScreen[bool], OpensChoices[bool]):
    """Answers True when the account was made."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Отмена", key_display="Esc", id="cancel"),
        Binding("ctrl+s,ctrl+ы", "save", "Добавить", key_display="Ctrl+S", id="save"),
    ]

    def __init__(self, desk: Desk) -> None:
        """The desk to add to."""
        super().__init__()
        self.desk = desk

    def compose(self) -> ComposeResult:
        """Five questions."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Новый сотрудник"
            dialog.border_subtitle = "Ctrl+S добавить · Esc отмена"
            yield Label("Имя для входа, латиницей")
            yield LineEditor(id="login", max_length=32)
            yield Label("Фамилия и инициалы")
            yield LineEditor(id="name", max_length=80)
            yield Label("Кем работает")
            yield ChoiceEditor(ROLES, (Role.SPECIALIST.value,), title="Кем работает", id="role")
            yield Label("Пароль, не меньше 8 знаков")
            yield LineEditor(id="password", password=True)
            yield Label("Пароль ещё раз")
            yield LineEditor(id="again", password=True)
            yield Label("", id="said", classes="bad")

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        if event.input.id == "again":
            self.action_save()
        else:
            self.focus_next()

    def action_save(self) -> None:
        """Make the account; what is wrong is said below."""
        login, name, password, again = (
            self.query_one(f"#{line}", LineEditor).value for line in LINES
        )
        said = self.query_one("#said", Label)
        if password != again:
            said.update("Пароли не совпали. Введите оба ещё раз.")
            return
        role = Role(self.query_one(ChoiceEditor).chosen[0])
        try:
            self.desk.operators.add(login.strip(), name.strip(), role, password)
        except (DeskError, SyncError) as error:
            said.update(str(error))
        else:
            self.dismiss(True)

    def action_cancel(self) -> None:
        """Nobody new."""
        self.dismiss(False)
