"""What the screens of one request say to the program: another step, another draft, the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message

from mfc_desk.screens.desk_screen import DeskScreen

if TYPE_CHECKING:
    from mfc_desk.intake.drafts import Draft
    from mfc_desk.intake.intake import Registered

STEP_TITLES = {
    "service": (1, "услуга"),
    "applicant": (2, "заявитель"),
    "form": (3, "форма"),
    "documents": (4, "документы"),
    "check": (5, "проверка"),
}
"""Step of a request to its number of five and its name."""


@dataclass
class StepWanted(Message):
    """Another step of this draft; `field` is the path to stand at."""

    draft: Draft
    step: str
    field: str | None = None


@dataclass
class ServiceChosen(Message):
    """A service for a new request, of `applicant` when it is known who.

    `given`: the document of an earlier request of this visit; people, delivery and papers go over.
    `agreed`: what the office may do about it was asked already. `waiting`: the waiting entry that
    ends when it is registered.
    """

    slug: str
    applicant: dict[str, Any] | None = None
    given: dict[str, Any] | None = None
    agreed: bool = False
    waiting: str | None = None


@dataclass
class Postponed(Message):
    """The specialist leaves the request; its draft stays."""

    draft: Draft


@dataclass
class Accepted(Message):
    """The request is registered."""

    draft: Draft
    registered: Registered


@dataclass
class TurnedAway(Message):
    """The request was refused; the refusal's id."""

    turning_id: str


@dataclass
class Amended(Message):
    """An amendment of the request of this number is written."""

    number: str


Step = DeskScreen.Go | ServiceChosen | StepWanted | Postponed | Accepted | TurnedAway | Amended
"""Where a screen asks to go."""


def step_text(step: str) -> str:
    """«шаг 3 из 5»."""
    return f"шаг {STEP_TITLES[step][0]} из {len(STEP_TITLES)}"
