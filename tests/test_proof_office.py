"""Seven desks, their relay and the centre as processes, over a link that is narrow and cut."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.centre_process import CentreProcess, centre
from tests.forked import PROCESSES
from tests.office_desks import Done, Work, work
from tests.relay_process import RelayProcess
from tests.relay_world import born_behind
from tests.throttled_link import Arrived, ThrottledLink

__all__ = ["centre"]
DESKS = 7
BYTES_A_REQUEST = 520
"""All in, of a request among tens of one exchange (speed.md, `wire`)."""
SCAN_OVERHEAD = 1.02
ROUND_TRIPS = 4
"""Ways there and back before the first byte of use on a connection made anew."""
WINDOW = 16 * 1024
"""What may be under way when the link is cut, and comes again."""
ENROLMENT, SCAN = 2_000, 1_500
"""Bytes besides: a desk shows who it is, asks how far it is; a scan is asked about and begun."""


@dataclass(frozen=True)
class Office:
    """How bad the link is and how much the office hands in."""

    kbit_s: float
    latency_s: float
    cut_every_s: float
    requests: int
    scans: int
    scan_bytes: int
    seconds: float
    pause_s: float = 0.5
    link_seconds: float = 3000
    """How long the link may be busy: bytes by its rate, and the way back after each cut."""
    weighed: bool = False
    """Whether bytes are counted: on a loaded machine a desk asks more often till it is told."""


def day(office: Office, folder: Path, centre: CentreProcess) -> tuple[list[Done], Arrived]:
    """Seven desks take and hand in; what each says at the end, what the link carried."""
    with ExitStack() as stack:
        link = stack.enter_context(
            ThrottledLink(centre.port, office.kbit_s, office.latency_s, office.cut_every_s)
        )
        relay = RelayProcess.start(folder / "relay", link.url)
        stack.callback(relay.kill)  # in good order it would wait for the modem
        desks = []
        for n in range(DESKS):
            home = born_behind(folder, centre, relay.address, 711 + n)
            scans = office.scans // DESKS + (n < office.scans % DESKS)
            ours, theirs = PROCESSES.Pipe(duplex=False)
            task = Work(
                home.home.root,
                office.requests,
                scans,
                office.scan_bytes,
                office.seconds,
                office.pause_s,
            )
            process = PROCESSES.Process(target=work, args=(task, theirs))
            process.start()
            theirs.close()
            desks.append((process, ours))
        done = [ours.recv() for _, ours in desks if ours.poll(office.seconds + 60)]
        for process, ours in desks:
            process.join(120)
            ours.close()
        return done, link.arrived


def holds(office: Office, folder: Path, centre: CentreProcess) -> None:
    """Everything is at the centre once; weighed, the link carried no more than it should have."""
    done, arrived = day(office, folder, centre)

    assert len(done) == DESKS
    assert [one.confirmed for one in done] == [office.requests] * DESKS
    assert [one.scans_left for one in done] == [0] * DESKS
    assert [one.faults for one in done] == [()] * DESKS
    numbers = sorted(number for one in done for number in one.numbers)
    assert sorted(str(row["number"]) for row in centre.export()) == numbers
    found = centre.verify()
    assert found["faults"] == []
    sent = DESKS * (office.requests * BYTES_A_REQUEST + ENROLMENT)
    scans = office.scans * (office.scan_bytes * SCAN_OVERHEAD + SCAN)
    assert arrived.cuts
    assert not office.weighed or arrived.up + arrived.down <= sent + scans + arrived.cuts * WINDOW
    busy = 8 * (arrived.up + arrived.down) / (1000 * office.kbit_s)
    assert busy + arrived.cuts * ROUND_TRIPS * 2 * office.latency_s <= office.link_seconds


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_office_over_a_link_that_is_cut(tmp_path: Path, centre: CentreProcess) -> None:
    """Half a megabit, cut every five seconds: 210 requests and 20 scans arrive, once.

    The link is busy for three minutes at the very most, by what it carried: no clock of this
    machine is asked. All of it takes half a minute when it is quiet; the patience is for load.
    """
    office = Office(512, 0.02, 5, 30, 20, 20_000, 600, link_seconds=180)
    holds(office, tmp_path, centre)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_an_office_over_a_modem(tmp_path: Path, centre: CentreProcess) -> None:
    """64 kbit/s, 800 ms there and back, cut every 20 s: 1 050 requests, 10 MB of scans."""
    holds(Office(64, 0.4, 20, 150, 50, 200_000, 3000, pause_s=10, weighed=True), tmp_path, centre)
