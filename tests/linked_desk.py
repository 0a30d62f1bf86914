"""A desk enrolled at a real centre process, with a link between them that can be cut."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mfc_desk.demo.link import Link
from mfc_desk.desk import Desk
from mfc_desk.exchange.views import ExchangeResult
from sync.clock import SystemClock
from tests.centre_process import CentreProcess
from tests.desk_home import DeskHome, set_up_home


@dataclass
class LinkedDesk:
    """One desk of a centre; `desk` is open, `link` is up."""

    centre: CentreProcess
    link: Link
    made: DeskHome
    desk: Desk

    def exchange(self) -> ExchangeResult:
        """Exchange now, as the button does."""
        return self.desk.exchange.run_once()

    def at_centre(self) -> list[str]:
        """The numbers of this desk's requests as the centre exports them, sorted."""
        mine = f"{self.desk.desk_no:05d}-"
        numbers = (str(row["number"]) for row in self.centre.export())
        return sorted(number for number in numbers if number.startswith(mine))

    def on_desk(self) -> list[str]:
        """The numbers of all requests of the desk, sorted."""
        return sorted(row.number for row in self.desk.find.recent(100_000))


@contextlib.contextmanager
def linked_desk(
    folder: Path, centre: CentreProcess, desk_no: int, *, office: str = "0101"
) -> Iterator[LinkedDesk]:
    """Set up desk `desk_no` with a ticket that leads through a link; the desk is logged in.

    It lives today, as its centre and the commands beside it do.
    """
    with Link(centre.port) as link:
        file = folder / f"ticket-{desk_no}.mfct"
        code = ("desk-code", office, str(desk_no), "--url", link.url, "--out", str(file))
        centre.command(*code)
        made = set_up_home(
            folder / f"desk-{desk_no}",
            ticket=file.read_bytes(),
            seed=desk_no,
            now=SystemClock().now(),
        )
        file.unlink()
        with made.login() as desk:
            yield LinkedDesk(centre, link, made, desk)
