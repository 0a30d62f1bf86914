"""A desk that exchanges with a real centre process through a link that counts its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import requests

from bench.ground.desk import LOGIN, PASSWORD, QUICK
from bench.ground.documents import documents
from mfc_desk.access.roles import Role
from mfc_desk.demo.centre import CentreProcess
from mfc_desk.demo.link import Link
from mfc_desk.demo.office import DESK_NO, OFFICE, OFFICE_CODE
from mfc_desk.desk import Desk
from mfc_desk.paths import Home
from mfc_desk.session import open_desk
from mfc_desk.setup.setup import FirstOperator, set_up
from sync.clock import SystemClock
from sync.ids import SystemRandom


@dataclass(frozen=True)
class Spent:
    """What one exchange cost: bytes through the link both ways with all headers, round trips.

    `batches` are the sealed files sent, in bytes; `entries` how many entries they held.
    """

    up: int
    down: int
    trips: int
    batches: int
    entries: int
    events: int

    @property
    def total(self) -> int:
        """Bytes both ways."""
        return self.up + self.down

    @property
    def overhead(self) -> int:
        """Bytes besides the batch files: headers, receipt, the feed with what became of it."""
        return self.total - self.batches


@dataclass
class LinkedDesk:
    """An open desk and its link."""

    desk: Desk
    link: Link

    def exchange(self, count: int, seed: int) -> Spent:
        """Register so many requests and exchange once."""
        for document in documents(self.desk, count, seed):
            self.desk.intake.register_document(document)
        before = {row.from_seq for row in self.desk.exchange.batches()}
        up, down, trips = self.link.passed.up, self.link.passed.down, 0
        send = requests.Session.send

        def counted(session: requests.Session, *request: Any, **how: Any) -> requests.Response:
            nonlocal trips
            trips += 1
            return send(session, *request, **how)

        with patch.object(requests.Session, "send", counted):
            result = self.desk.exchange.run_once()
        if result.error:
            raise RuntimeError(result.error)
        sent = [row for row in self.desk.exchange.batches() if row.from_seq not in before]
        return Spent(
            self.link.passed.up - up,
            self.link.passed.down - down,
            trips,
            sum(row.size for row in sent),
            result.sent,
            result.feed_events,
        )


@contextmanager
def linked_desk(folder: Path) -> Iterator[LinkedDesk]:
    """Set up a centre and a desk in `folder`; the desk has met its centre already."""
    office, ticket = folder / "office.toml", folder / "desk.mfct"
    office.write_text(OFFICE, "utf-8")
    clock, random, home = SystemClock(), SystemRandom(), Home(folder / "desk")
    centre = CentreProcess(folder / "centre")
    centre.ask("office", "add", str(office))
    with centre, Link(centre.port) as link:
        words = ("desk-code", OFFICE_CODE, str(DESK_NO), "--url", link.url, "--out", str(ticket))
        centre.ask(*words)
        person = FirstOperator(LOGIN, "Иванова А. П.", Role.SUPERVISOR)
        set_up(home, ticket.read_bytes(), person, PASSWORD, clock, random, QUICK)
        with open_desk(home, LOGIN, PASSWORD, clock, random, QUICK) as desk:
            linked = LinkedDesk(desk, link)
            linked.exchange(1, seed=1)
            yield linked
