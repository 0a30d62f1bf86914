"""A process that takes requests without a pause and tells what it was promised, until it is killed.

Run by `Taker`; it tells each number after `register` returned and each field after the draft it
stands in was saved, so that whatever was told must be on the disk.
"""

from __future__ import annotations

import random
import resource
import signal
import time
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from forms.example import example
from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import DeskError
from mfc_desk.intake.intake import Registered
from mfc_desk.paths import Home
from mfc_desk.session import open_desk
from sync.clock import SystemClock
from sync.entries import decode
from sync.errors import SyncError
from sync.ids import SystemRandom
from tests.desk_home import PASSWORD
from tests.forked import PROCESSES

SERVICES = ("soc-card", "payments-ref", "phone-lgota", "egrn-info", "reg-residence", "passport-rf")
FIELDS = 12


def document_of(desk: Desk, slug: str, seed: int) -> dict[str, Any]:
    """A synthetic intake document that this desk's check passes today."""
    today = desk.centre_now().astimezone(desk.zone).date()
    return example(desk.catalogue.service(slug), desk.catalogue, today, seed)


def register(desk: Desk, count: int, seed: int = 1) -> list[Registered]:
    """Register so many synthetic requests of all services in turn."""
    return [
        desk.intake.register_document(document_of(desk, SERVICES[n % len(SERVICES)], seed + n))
        for n in range(count)
    ]


def take_requests(root: Path, seed: int, told: Connection) -> None:
    """Register an example, type a draft field by field, move the WAL now and then; for ever."""
    desk = open_desk(Home(root), "ivanova", PASSWORD, SystemClock(), SystemRandom())
    turn = 0
    while True:
        service = SERVICES[(seed + turn) % len(SERVICES)]
        document = document_of(desk, service, seed * 1000 + turn)
        told.send(("registering", "", turn))
        number = desk.intake.register_document(document).number
        told.send(("number", number.text, turn))
        draft = desk.intake.begin(service)
        for n in range(1, FIELDS + 1):
            draft.document["answers"][f"typed_{n}"] = f"{seed}-{turn}-{n}"
            desk.intake.save(draft)
            told.send(("draft", draft.id, n))
        turn += 1
        if turn % 7 == 0:
            desk.db.checkpoint()


def fill_the_disk(root: Path, room: int, told: Connection) -> None:
    """Register until the kernel lets no file grow beyond the WAL's size and `room` bytes more."""
    desk = open_desk(Home(root), "ivanova", PASSWORD, SystemClock(), SystemRandom())
    register(desk, 1, seed=room)
    wal = root / "desk.db-wal"
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limit = wal.stat().st_size + room
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    for turn in range(1000):
        document = document_of(desk, SERVICES[turn % len(SERVICES)], turn)
        told.send(("registering", "", turn))
        try:
            number = desk.intake.register_document(document).number
        except (SyncError, DeskError) as error:
            told.send(("failed", f"{type(error).__name__}: {error}", error.exit_code))
            return
        told.send(("number", number.text, turn))


@dataclass
class Told:
    """What a killed process had told: numbers, fields of each draft, requests it was at."""

    numbers: list[str] = field(default_factory=list)
    drafts: dict[str, int] = field(default_factory=dict)
    begun: int = 0
    failure: tuple[str, int] | None = None

    def hear(self, near: Connection, *, until: str = "") -> None:
        """Take in what was sent, up to the first message of a kind, else before the end."""
        while True:
            try:
                what, name, n = near.recv()
            except (EOFError, OSError):
                return
            if what == "number":
                self.numbers.append(name)
            elif what == "draft":
                self.drafts[name] = n
            elif what == "failed":
                self.failure = (name, n)
            else:
                self.begun += 1
            if what == until:
                return


def numbers_registered(desk: Desk, after: int) -> list[str]:
    """The numbers of the journal's registrations behind this entry, in its order."""
    rows = desk.journal.entries(after, 1_000_000)
    return [
        str(decode(row.data or b"").body["number"])
        for row in rows
        if row.kind == "request.register"
    ]


def hold_promises(desk: Desk, told: Told, after: int) -> None:
    """What a process had told before its end is all on the disk, and the desk is whole."""
    kept = numbers_registered(desk, after)
    # the last one may be on the disk without anybody having been told: that is the legal window
    assert kept[: len(told.numbers)] == told.numbers
    assert len(told.numbers) <= len(kept) <= told.begun
    for number in kept:
        assert desk.find.row(number).number == number
    for draft_id, fields in told.drafts.items():
        typed = desk.intake.open(draft_id).document["answers"]
        assert fields <= len(typed) <= fields + 1
        assert list(typed) == [f"typed_{n}" for n in range(1, len(typed) + 1)]
    assert check_desk(desk).faults == ()


def disk_filled(root: Path, room: int) -> Told:
    """Let a process register on a disk that takes `room` bytes more; what it told."""
    near, far = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=fill_the_disk, args=(root, room, far), daemon=True)
    process.start()
    far.close()
    told = Told()
    told.hear(near)
    process.join(30)
    near.close()
    return told


def killed_after(root: Path, seed: int, chance: random.Random, longest: timedelta) -> Told:
    """Let a process take requests in this home, SIGKILL it at a random instant; what it told.

    The instant is counted from its first number on: what comes before is mostly imports.
    """
    near, far = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=take_requests, args=(root, seed, far), daemon=True)
    process.start()
    far.close()
    told = Told()
    try:
        assert near.poll(60)
        told.hear(near, until="number")
        time.sleep(chance.random() * longest.total_seconds())
    finally:
        process.kill()
        process.join(30)
    told.hear(near)
    near.close()
    return told
