"""Accounts of the desk: who works here, added, renamed, given a password, locked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mfc_desk.access.roles import Action, Role, may
from mfc_desk.access.vault import check_login, check_password
from mfc_desk.errors import (
    LastOperator,
    LoginRefused,
    NotAllowed,
    OperatorExists,
    UnknownOperator,
)
from mfc_desk.store import operators
from mfc_desk.store.operators import StoredOperator
from sync.entries import decode

if TYPE_CHECKING:
    from mfc_desk.desk import Desk


class Operators:
    """The accounts of an open desk.

    The row and its entry come first, the slot after: a row whose slot was not written any more
    opens nothing, and adding the operator again finishes it.
    """

    def __init__(self, desk: Desk) -> None:
        """Work on `desk`."""
        self._desk = desk

    def list(self) -> tuple[StoredOperator, ...]:
        """All operators by name, locked ones too."""
        return operators.every(self._desk.db)

    def add(self, login: str, name: str, role: Role, password: str) -> None:
        """Add an operator, or let one in again who was locked out.

        Raises NotAllowed, LoginRefused, PasswordTooWeak, OperatorExists.
        """
        desk = self._desk
        desk.may(Action.OPERATORS)
        check_login(login)
        check_password(password)
        if not name.strip():
            raise LoginRefused("Имя сотрудника пустое. Укажите фамилию и инициалы.")
        with desk.db.atomic():
            known = operators.get(desk.db, login)
            if known is not None and not known.locked and login in desk.vault.logins():
                raise OperatorExists
            kind = "operator.add" if known is None else "operator.change"
            self._record(kind, {"login": login, "name": name.strip(), "role": role.value})
        desk.vault.add_slot(desk.key, login, password)

    def change_role(self, login: str, role: Role) -> None:
        """Give an operator another role; raises NotAllowed, UnknownOperator, LastOperator."""
        desk = self._desk
        desk.may(Action.OPERATORS)
        with desk.db.atomic():
            known = self._known(login)
            if not may(role, Action.OPERATORS):
                self._keep_one_besides(known)
            self._record(
                "operator.change", {"login": login, "name": known.name, "role": role.value}
            )

    def change_password(self, old: str, new: str) -> None:
        """Change one's own password; raises WrongPassword, PasswordTooWeak."""
        self._desk.may(Action.OWN_PASSWORD)
        self._desk.vault.change_password(self._desk.operator.login, old, new)

    def set_password(self, login: str, new: str) -> None:
        """Give another operator a new password in place of a forgotten one.

        Raises NotAllowed, UnknownOperator, PasswordTooWeak.
        """
        desk = self._desk
        desk.may(Action.OPERATORS)
        check_password(new)
        known = self._known(login)
        with desk.db.atomic():
            self._record(
                "operator.change",
                {"login": login, "name": known.name, "role": known.role.value, "password": True},
            )
        desk.vault.add_slot(desk.key, login, new)

    def recover_password(self, new: str) -> None:
        """Give the operator of this desk a new password; the recovery key opened it.

        Raises PasswordTooWeak.
        """
        desk = self._desk
        check_password(new)
        person = desk.operator
        with desk.db.atomic():
            self._record(
                "operator.change",
                {
                    "login": person.login,
                    "name": person.name,
                    "role": person.role.value,
                    "password": True,
                    "recovery": True,
                },
            )
        desk.vault.add_slot(desk.key, person.login, new)

    def lock_out(self, login: str) -> None:
        """Close the desk to an operator: the slot goes, the row stays, entries name it.

        Raises NotAllowed, UnknownOperator, LastOperator; nobody locks themselves out.
        """
        desk = self._desk
        desk.may(Action.OPERATORS)
        if login == desk.operator.login:
            raise NotAllowed("Закрыть вход самому себе нельзя. Это сделает другой руководитель.")
        with desk.db.atomic():
            known = self._known(login)
            self._keep_one_besides(known)
            self._record("operator.lock", {"login": login})
        if login in desk.vault.logins():
            desk.vault.remove_slot(login)

    def _known(self, login: str) -> StoredOperator:
        known = operators.get(self._desk.db, login)
        if known is None or known.locked:
            raise UnknownOperator
        return known

    def _keep_one_besides(self, leaving: StoredOperator) -> None:
        """Raise LastOperator when nobody else could keep the accounts."""
        others = (one for one in self.list() if not one.locked and one.login != leaving.login)
        if not any(may(one.role, Action.OPERATORS) for one in others):
            raise LastOperator

    def _record(self, kind: str, body: dict[str, object]) -> None:
        """Append the entry and change the row as it says."""
        desk = self._desk
        entry_id, _place = desk.record(kind, body)
        row = desk.journal.find(entry_id)
        if row is None or row.data is None:
            raise AssertionError("the entry just appended")
        operators.apply_entry(desk.db, decode(row.data))
