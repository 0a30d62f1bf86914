"""A power cut: what was not synced may be lost, kept or garbled by the sector; acts told are kept.

The kernel's promise is played on copies: the files as they were when the last act had returned
(synced), and as they were later (not synced yet). Of every sector that differs the disk keeps the
old one, the new one, zeros or noise.
"""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.paths import Home
from tests.desk_home import DeskHome, set_up_home
from tests.taking_requests import register

SECTOR = 512
ACTS = 14
CHECKPOINT_AFTER = 9
CUTS = 40
IN_ORDER = 0.3
"""How often the disk simply wrote what it wrote, up to some byte."""


@dataclass(frozen=True)
class Disk:
    """Both files of the store at one moment, and the numbers told until then."""

    file: bytes
    wal: bytes
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, home: Home, numbers: list[str]) -> Disk:
        """Read them."""
        wal = home.database.with_name("desk.db-wal")
        return cls(home.database.read_bytes(), wal.read_bytes(), tuple(numbers))


def torn(synced: bytes, later: bytes, chance: random.Random) -> bytes:
    """What a disk may hold of a file whose later writes were not synced.

    Bytes before the first one that was written in a sector are safe: SQLite relies on that.
    """
    kept = bytearray()
    end = len(later)
    if end > len(synced):
        end = chance.randrange(len(synced), end + 1)
    if chance.random() < IN_ORDER:
        return later[:end]
    for at in range(0, end, SECTOR):
        new = later[at : min(at + SECTOR, end)]
        old = synced[at : at + len(new)].ljust(len(new), b"\0")
        safe = next((n for n in range(len(new)) if old[n] != new[n]), len(new))
        size = len(new) - safe
        tail = (old[safe:], new[safe:], new[safe:], bytes(size), chance.randbytes(size))
        kept += new[:safe] + chance.choice(tail)
    return bytes(kept)


def worked(made: DeskHome) -> tuple[list[Disk], Disk, Disk]:
    """Registrations with a checkpoint among them: the disk after each, and around it."""
    numbers: list[str] = []
    disks: list[Disk] = []
    with made.login() as desk:
        for n in range(ACTS):
            numbers += [one.number.text for one in register(desk, 1, seed=n)]
            disks.append(Disk.of(made.home, numbers))
            if n == CHECKPOINT_AFTER:
                before = disks[-1]
                assert desk.db.checkpoint()
                after = Disk.of(made.home, numbers)
    return disks, before, after


def opened(made: DeskHome, folder: Path, file: bytes, wal: bytes) -> DeskHome:
    """The same desk after the power came back, with these two files."""
    home = Home(folder)
    folder.mkdir()
    shutil.copy(made.home.keyslots, home.keyslots)
    home.database.write_bytes(file)
    home.database.with_name("desk.db-wal").write_bytes(wal)
    return DeskHome(home, made.clock, made.random)


def hold_told(desk: Desk, told: tuple[str, ...]) -> int:
    """Everything told is there, nothing is half there; how many more there are."""
    there = [row.number for row in desk.find.recent(1000)][::-1]
    assert tuple(there[: len(told)]) == told
    assert check_desk(desk).faults == ()
    return len(there) - len(told)


@pytest.mark.slow
def test_power_cut_between_two_syncs_keeps_every_told_act(tmp_path: Path) -> None:
    """Forty cuts in the middle of a registration, before and after the WAL began anew."""
    made = set_up_home(tmp_path / "desk")
    disks, _, _ = worked(made)
    chance = random.Random(20261121)
    more = 0
    for n in range(CUTS):
        at = chance.randrange(ACTS - 1)
        synced, later = disks[at], disks[min(at + chance.randrange(1, 4), ACTS - 1)]
        # the checkpoint lies between these two: it syncs both files itself
        if at <= CHECKPOINT_AFTER < disks.index(later):
            later = disks[CHECKPOINT_AFTER]
        cut = opened(made, tmp_path / f"cut-{n}", synced.file, torn(synced.wal, later.wal, chance))
        with cut.login() as desk:
            more += hold_told(desk, synced.numbers)
        shutil.rmtree(cut.home.root)
    assert more


@pytest.mark.slow
def test_power_cut_in_a_checkpoint_keeps_every_told_act(tmp_path: Path) -> None:
    """Twenty cuts while pages move from the WAL into the file: the WAL still has them all."""
    made = set_up_home(tmp_path / "desk")
    _, before, after = worked(made)
    chance = random.Random(11)
    assert before.file != after.file
    for n in range(CUTS // 2):
        file = torn(before.file, after.file, chance)
        cut = opened(made, tmp_path / f"cut-{n}", file, before.wal)
        with cut.login() as desk:
            assert hold_told(desk, before.numbers) == 0
        shutil.rmtree(cut.home.root)
