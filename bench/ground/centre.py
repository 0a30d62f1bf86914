"""A real centre process with one enrolled desk, started anew for each burst of batches."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.ground.postgres import BenchPostgres
from bench.ground.stores import named
from mfc_desk.demo.centre import CentreProcess
from mfc_desk.demo.office import OFFICE, OFFICE_CODE
from sync import batch
from sync.chain import first_head
from sync.clock import Clock, SystemClock
from sync.http import CentreClient
from sync.ids import SeededRandom
from sync.keys import DeviceKeys
from sync.ticket import Ticket, read

DESK_NO = 317
NANOSECONDS = 1e9


@dataclass(frozen=True)
class EnrolledDesk:
    """A desk a centre knows: what batches are sealed with and sent by."""

    ticket: Ticket
    keys: DeviceKeys

    def client(self) -> CentreClient:
        """A way to the centre on a connection of its own."""
        return CentreClient(self.ticket, self.keys, SystemClock())

    def seal(self, entries: Sequence[bytes], counts: Sequence[int]) -> list[bytes]:
        """Entries as batches of so many each, one after the other on the desk's chain."""
        ticket, sealed, start = self.ticket, [], 0
        head = first_head(ticket.server_id, ticket.desk_no, ticket.epoch, self.keys.public)
        for count in counts:
            lines = entries[start : start + count]
            sealed.append(
                batch.seal(
                    lines,
                    server=ticket.server_id,
                    desk=ticket.desk_no,
                    epoch=ticket.epoch,
                    from_seq=start + 1,
                    prev=head,
                    keys=self.keys,
                    recipients=list(ticket.age_recipients),
                    sealed=SystemClock().now(),
                    dictionary=batch.current_dictionary(),
                )
            )
            head = batch.heads(head, lines)[-1]
            start += count
        return sealed


class BenchCentre:
    """A centre's folder as it is right after its one desk was enrolled."""

    def __init__(
        self, folder: Path, clock: Clock | None = None, server: BenchPostgres | None = None
    ) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._server = server
        self._database = server.database() if server else None
        self._kept = folder / "enrolled"
        self._clock = clock or SystemClock()
        self._port = 0
        with named(self._database):
            self.desk = self._enrol()

    def _enrol(self) -> EnrolledDesk:
        office, file = self._folder / "office.toml", self._folder / "desk.mfct"
        office.write_text(OFFICE, "utf-8")
        centre = CentreProcess(self._kept)
        centre.ask("office", "add", str(office))
        with centre:
            self._port = centre.port
            url = f"http://127.0.0.1:{centre.port}"
            words = ("desk-code", OFFICE_CODE, str(DESK_NO), "--url", url, "--out", str(file))
            centre.ask(*words)
            desk = EnrolledDesk(read(file.read_bytes()), DeviceKeys.generate(SeededRandom(2)))
            client = desk.client()
            client.enrol()
            client.close()
        return desk

    @contextmanager
    def running(self) -> Iterator[int]:
        """Run it on a fresh copy of folder and database; its process id."""
        home = self._folder / "running"
        shutil.copytree(self._kept, home)
        centre = CentreProcess(home)
        centre.port = self._port
        database = self._server.database(self._database) if self._server else None
        try:
            with named(database), centre:
                yield centre.pid
        finally:
            shutil.rmtree(home)


def on_processor(pid: int) -> float:
    """Seconds all threads of a process have run so far, to the microsecond (Linux)."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text("ascii").split()[0])
    return total / NANOSECONDS
