"""Desks of an office as processes of their own: each takes requests, scans, and exchanges."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.paths import Home
from mfc_desk.session import open_desk
from sync.clock import SystemClock
from sync.ids import SystemRandom
from tests.desk_home import PASSWORD
from tests.taking_requests import register


@dataclass(frozen=True)
class Work:
    """What one desk does: `scans` of `scan_bytes` go with its first requests."""

    root: Path
    requests: int
    scans: int
    scan_bytes: int
    seconds: float
    pause_s: float


@dataclass(frozen=True)
class Done:
    """What a desk says of itself at the end."""

    numbers: tuple[str, ...]
    confirmed: int
    scans_left: int
    faults: tuple[str, ...]
    head: tuple[int, int]


def work(task: Work, told: Connection) -> None:
    """Take what comes, in two halves with an exchange in between; then exchange until all is said.

    Sends Done, also when the time is over: then it says what is missing.
    """
    with open_desk(Home(task.root), "ivanova", PASSWORD, SystemClock(), SystemRandom()) as desk:
        until = time.monotonic() + task.seconds
        taken = register(desk, task.requests, seed=desk.desk_no)
        noise = random.Random(desk.desk_no)
        for n in range(task.scans):
            file = task.root.parent / f"scan-{desk.desk_no}-{n}.pdf"
            file.write_bytes(b"%PDF-1.7\n" + noise.randbytes(task.scan_bytes - 9))
            desk.attachments.add(taken[n % len(taken)].number.text, file)
            file.unlink()
        while not _finished(desk) and time.monotonic() < until:
            desk.exchange.run_once()
            time.sleep(task.pause_s)
        end = desk.journal.position()
        told.send(
            Done(
                tuple(sorted(one.number.text for one in taken)),
                desk.exchange.summary().confirmed,
                desk.exchange.view().scans.count,
                tuple(str(fault) for fault in check_desk(desk).faults),
                (end.epoch, end.seq),
            )
        )


def _finished(desk: Desk) -> bool:
    summary = desk.exchange.summary()
    confirmed = summary.confirmed == summary.requests and not summary.entries_unsent
    return confirmed and not desk.exchange.view().scans.count
