"""Who has logged in."""

from __future__ import annotations

from dataclasses import dataclass

from mfc_desk.access.roles import Role


@dataclass(frozen=True)
class Operator:
    """Who has logged in; `title` is the role as the office calls it."""

    login: str
    name: str
    role: Role

    @property
    def title(self) -> str:
        """The role in Russian."""
        return self.role.caption
