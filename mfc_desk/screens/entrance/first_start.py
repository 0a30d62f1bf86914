"""The first start, without its screen: a ticket, a code by net, or a training office."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mfc_desk.errors import DeskError

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.paths import Home
    from sync.clock import Clock
    from sync.ids import Random

TICKET_SUFFIX = ".mfct"
LARGEST_TICKET = 1 << 20
STICKS = ("/media", "/run/media", "/mnt", "/Volumes")
DEPTH = 3


class TicketUnreadable(DeskError):  # noqa: N818  # named like the desk's other errors
    """Файл билета не читается. Проверьте путь и вставлена ли флешка."""

    title = "Билет"
    code = "ticket-unreadable"


@dataclass(frozen=True)
class Answers:
    """What the wizard asked: way training, ticket or net; the rest as typed."""

    way: str
    ticket: str
    url: str
    code: str
    login: str
    name: str
    password: str


def found_tickets() -> tuple[Path, ...]:
    """Tickets on the sticks that are in, newest first."""
    found: list[Path] = []
    for root in map(Path, STICKS):
        for depth in range(1, DEPTH + 1):
            found.extend(root.glob("/".join(["*"] * depth) + TICKET_SUFFIX))
    return tuple(sorted(found, key=lambda path: path.name, reverse=True)[:9])


def read_ticket(path: str) -> bytes:
    """The bytes of a ticket file; raises TicketUnreadable."""
    try:
        with Path(path).expanduser().open("rb") as file:
            return file.read(LARGEST_TICKET)
    except (OSError, RuntimeError) as error:
        raise TicketUnreadable from error


def set_up_and_open(answers: Answers, home: Home, clock: Clock, random: Random) -> Desk:
    """Set the desk up as answered and log in; runs in a thread. Raises DeskError, SyncError."""
    from mfc_desk.access.roles import Role  # noqa: PLC0415  # loaded behind the first frame
    from mfc_desk.session import open_desk  # noqa: PLC0415
    from mfc_desk.setup.setup import FirstOperator, set_up  # noqa: PLC0415

    person = FirstOperator(answers.login, answers.name, Role.SUPERVISOR)
    if answers.way == "net":
        from mfc_desk.setup.enrolment import enrol_by_net  # noqa: PLC0415

        enrol_by_net(home, answers.url, answers.code, person, answers.password, clock, random)
    else:
        ticket = read_ticket(answers.ticket) if answers.way == "ticket" else None
        set_up(home, ticket, person, answers.password, clock, random)
    return open_desk(home, answers.login, answers.password, clock, random)
