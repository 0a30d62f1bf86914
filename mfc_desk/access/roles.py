"""Who may do what: one table, asked by every use case."""

from __future__ import annotations

from enum import StrEnum

from mfc_desk.errors import NotAllowed


class Role(StrEnum):
    """What an operator of the desk is employed as."""

    SPECIALIST = "specialist"
    FIELD = "field"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"

    @property
    def caption(self) -> str:
        """The role as the office calls it."""
        return _TITLES[self]


class Action(StrEnum):
    """What can be done to the data of the desk."""

    INTAKE = "intake"
    FIND = "find"
    VIEW = "view"
    PRINT = "print"
    EXPORT = "export"
    AMEND = "amend"
    ISSUE = "issue"
    EXCHANGE = "exchange"
    SETTINGS = "settings"
    OPERATORS = "operators"
    OWN_PASSWORD = "own-password"  # noqa: S105  # the name of an act
    CHECK = "check"
    BACKUP = "backup"
    ENROL = "enrol"
    CATALOGUE = "catalogue"
    REQUISITES = "requisites"


_TITLES = {
    Role.SPECIALIST: "специалист",
    Role.FIELD: "выездной специалист",
    Role.SUPERVISOR: "руководитель смены",
    Role.ADMINISTRATOR: "администратор рабочего места",
}
_DESK_WORK = frozenset(
    {
        Action.INTAKE,
        Action.FIND,
        Action.VIEW,
        Action.PRINT,
        Action.AMEND,
        Action.ISSUE,
        Action.EXCHANGE,
        Action.SETTINGS,
        Action.OWN_PASSWORD,
        Action.CHECK,
        Action.BACKUP,
    }
)
# The administrator keeps the machine and the accounts and sees nobody's request.
_TABLE: dict[Role, frozenset[Action]] = {
    Role.SPECIALIST: _DESK_WORK,
    Role.FIELD: _DESK_WORK,
    Role.SUPERVISOR: _DESK_WORK
    | {
        Action.OPERATORS,
        Action.EXPORT,
        Action.ENROL,
        Action.CATALOGUE,
        Action.REQUISITES,
    },
    Role.ADMINISTRATOR: frozenset(
        {
            Action.EXCHANGE,
            Action.SETTINGS,
            Action.OPERATORS,
            Action.OWN_PASSWORD,
            Action.CHECK,
            Action.BACKUP,
            Action.ENROL,
            Action.CATALOGUE,
            Action.REQUISITES,
        }
    ),
}


def may(role: Role, action: Action) -> bool:
    """Whether `role` may do `action`."""
    return action in _TABLE[role]


def require(role: Role, action: Action) -> None:
    """Raise NotAllowed unless `role` may do `action`."""
    if not may(role, action):
        raise NotAllowed
