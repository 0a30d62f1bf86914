"""A clock that stands still and a desk that is set up: what tests of the desk begin with."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from mfc_desk.access.keyslots import Cost
from mfc_desk.access.roles import Role
from mfc_desk.desk import Desk
from mfc_desk.paths import Home
from mfc_desk.session import open_desk
from mfc_desk.setup.setup import FirstOperator, set_up
from sync.ids import SeededRandom
from sync.keys import CentreKeys
from sync.ticket import Ticket, write

CHEAP = Cost(memory_kib=8, passes=1, lanes=1)
PASSWORD = "correct horse"
NOON = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


class StandingClock:
    """Time that passes only when told to; `reboot` starts the uptime anew, `set` lies."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._up = 1000.0
        self._boot = 1

    def now(self) -> datetime:
        """Aware UTC."""
        return self._now

    def monotonic(self) -> float:
        """Seconds of this boot."""
        return self._up

    def boot_id(self) -> str:
        """The number of this boot."""
        return f"boot-{self._boot}"

    def pass_(self, seconds: float) -> None:
        """Both clocks go on."""
        self._now += timedelta(seconds=seconds)
        self._up += seconds

    def set(self, now: datetime) -> None:
        """Somebody sets the wall clock."""
        self._now = now

    def reboot(self) -> None:
        """The uptime starts anew."""
        self._boot += 1
        self._up = 1.0


OFFICE: dict[str, object] = {
    "code": "90-001",
    "title": "МФЦ г. Приморск",
    "org": "ГБУ «МФЦ», учебная область",
    "address": "г. Приморск, ул. Учебная, 1",
    "phone": "+7 900 000-00-00",
    "region": "90",
    "kind": "district",
    "tz": "Asia/Vladivostok",
    "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat"), "09:00-18:00"),
}
CENTRE = CentreKeys(
    bytes.fromhex("11" * 32),
    "AGE-SECRET-KEY-1VWPFDUR5WF27EDXGJLVD0EGRTW4PNME9NTP5SHZ09RQJ72SS3QLQMYNWJK",
)
"""A centre of tests; its age identity is also the recovery identity of its desks."""
DESK_NO = 317
EPOCH = 217_123_200
IVANOVA = FirstOperator("ivanova", "Иванова А. П.", Role.SUPERVISOR)


def ticket_file(**changes: object) -> bytes:
    """The ticket of desk 317 in a synthetic office, signed by CENTRE."""
    members: dict[str, object] = {
        "server_id": "s-test",
        "signing_keys": (CENTRE.public,),
        "age_recipients": (CENTRE.recipient,),
        "recovery_recipient": CENTRE.recipient,
        "ca_pem": None,
        "urls": ("http://127.0.0.1:8317",),
        "desk_no": DESK_NO,
        "epoch": EPOCH,
        "desk_title": "Окно 3",
        "window": "3",
        "office": OFFICE,
        "code": "ABCD-1234",
        "valid_until": NOON + timedelta(days=1),
        **changes,
    }
    return write(Ticket(**members), CENTRE)  # type: ignore[arg-type]  # members of a ticket


@dataclass
class DeskHome:
    """A set-up desk in a folder, its clock and its chance; `login` opens it."""

    home: Home
    clock: StandingClock
    random: SeededRandom

    def login(self, login: str = "ivanova", password: str = PASSWORD) -> Desk:
        """Open the desk; whoever opens it closes it."""
        return open_desk(self.home, login, password, self.clock, self.random, CHEAP)


def set_up_home(
    folder: Path, *, ticket: bytes | None = None, seed: int = 7, now: datetime = NOON
) -> DeskHome:
    """Set a desk up in `folder` for ivanova at `now`, by default with the ticket of desk 317.

    The usual desk is set up once a process and copied: a thousand tests begin with it.
    """
    if ticket is not None or folder.exists():
        return _set_up(folder, ticket or ticket_file(), seed, now)
    first = _first_home(seed, now)
    shutil.copytree(first.home.root, folder, copy_function=_link_ballast_or_copy)
    return DeskHome(Home(folder), deepcopy(first.clock), deepcopy(first.random))


def _set_up(folder: Path, ticket: bytes, seed: int, now: datetime) -> DeskHome:
    made = DeskHome(Home(folder), StandingClock(now), SeededRandom(seed))
    set_up(made.home, ticket, IVANOVA, PASSWORD, made.clock, made.random, CHEAP)
    return made


@cache
def _first_home(seed: int, now: datetime) -> DeskHome:
    folder = tempfile.TemporaryDirectory(prefix="mfc-first-home-")
    _KEPT.append(folder)
    return _set_up(Path(folder.name) / "desk", ticket_file(), seed, now)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []
"""Folders that live as long as the process."""


def _link_ballast_or_copy(source: str, target: str) -> str:
    """16 MB that are only ever removed or replaced need no copy."""
    if Path(source).name == Home(Path(source).parent).ballast.name:
        with contextlib.suppress(OSError):  # another file system
            os.link(source, target)
            return target
    return shutil.copy2(source, target)
