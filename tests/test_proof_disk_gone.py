"""The desk's own disk turns read-only, fails or is taken away under the running program.

A real disk: ext4 in a file, mounted where the machine lets us. It turns read-only as the kernel
turns one after an error, refuses every byte as a dead one does, or is unmounted.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import STORE
from sync.errors import StoreFailure, SyncError
from tests.command_line import mfc_desk
from tests.desk_home import DeskHome, set_up_home
from tests.screen_world import at_work, desk_of
from tests.taking_requests import document_of, register
from tests.test_screens_intake import begin, new_applicant, row_at, stand_at

SIZE = 400 << 20
"""New requests want 200 MB free. The file is sparse."""
SHUT_DOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
NO_FLUSH = struct.pack("I", 2)
SENTENCES = re.compile(r"[А-ЯЁ«].*\.")


class OwnDisk:
    """A disk for one folder."""

    def __init__(self, folder: Path) -> None:
        self.file, self.root = folder / "disk.ext4", folder / "disk"
        self.root.mkdir()
        with self.file.open("wb") as image:
            image.truncate(SIZE)
        _run("mkfs.ext4", "-q", "-F", str(self.file))

    def mount(self) -> None:
        """Put it in; raises CalledProcessError where this machine does not let us."""
        _run("mount", "-o", "loop,errors=remount-ro", str(self.file), str(self.root))

    def turn_read_only(self) -> None:
        """An error is found in the file system: the kernel writes nothing more to it."""
        _run("mount", "-o", "remount,abort", str(self.root))

    def fail(self) -> None:
        """Every byte is refused from now on, and what was not synced is lost."""
        folder = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, SHUT_DOWN, NO_FLUSH)
        finally:
            os.close(folder)

    def take_away(self) -> None:
        """Nothing is where it was; files that are open stay so."""
        _run("umount", "-l", str(self.root))

    def repair(self) -> None:
        """Take it out, check it and put it in again."""
        if self.root.is_mount():
            self.take_away()
        done = subprocess.run(
            ["e2fsck", "-fy", str(self.file)], capture_output=True, check=False, timeout=120
        )
        assert done.returncode in {0, 1}, done.stdout  # 1: mended
        self.mount()


def _run(*words: str) -> None:
    subprocess.run(words, capture_output=True, check=True, timeout=120)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[OwnDisk]:
    """A disk of its own, where this machine lets us mount one."""
    try:
        made = OwnDisk(tmp_path)
        made.mount()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs ext4 and the right to mount")
    yield made
    with contextlib.suppress(subprocess.CalledProcessError):
        made.take_away()


@pytest.fixture
def made(disk: OwnDisk) -> DeskHome:
    """A desk on that disk, all of it synced: the copy of a folder is no act of the program."""
    home = set_up_home(disk.root / "desk")
    os.sync()
    return home


WAYS: dict[str, Callable[[OwnDisk], None]] = {
    "read-only": OwnDisk.turn_read_only,
    "failed": OwnDisk.fail,
    "taken away": OwnDisk.take_away,
}


@pytest.mark.parametrize("way", WAYS)
def test_what_was_told_is_there_when_the_disk_is_back(
    disk: OwnDisk, made: DeskHome, way: str
) -> None:
    """Each act is refused by a sentence and exit code 4; told ones are whole after a repair."""
    desk = made.login()
    told = {str(number) for number in _numbers(desk, 2)}

    WAYS[way](disk)
    for _ in range(2):
        refused(lambda: register(desk, 1, seed=10))
    refused(desk.exchange.run_once)
    desk.close()
    disk.repair()

    with made.login() as again:
        assert {row.number for row in again.find.recent(100)} == told
        assert check_desk(again).faults == ()
        register(again, 1, seed=20)


def _numbers(desk: Desk, count: int) -> list[str]:
    register(desk, count)
    return [row.number for row in desk.find.recent(100)]


def refused(act: Callable[[], object]) -> None:
    """An act ends in a sentence of the store."""
    with pytest.raises(StoreFailure) as caught:
        act()
    assert SENTENCES.fullmatch(str(caught.value)), caught.value
    assert caught.value.exit_code == STORE
    assert isinstance(caught.value, SyncError)


@pytest.mark.parametrize(
    "way", ["read-only", *(pytest.param(way, marks=pytest.mark.full) for way in list(WAYS)[1:])]
)
async def test_screens_go_on_and_keep_what_was_typed(
    disk: OwnDisk, made: DeskHome, way: str
) -> None:
    """A draft that is not saved says so and stays on the screen; what was saved is there later."""
    async with at_work(made) as hands:
        await begin(hands)
        form = await new_applicant(hands)
        await stand_at(hands, form, "applicant.birth_place")
        await hands.write("Приморск")
        await hands.until(lambda: not form.keeper.dirty, "a save")
        draft = form.form.draft.id

        WAYS[way](disk)
        await hands.write(" 7")
        if way == "taken away":  # its open files still take what is typed
            await hands.until(lambda: not form.keeper.dirty, "a save")
        else:
            await hands.until(lambda: "только на экране" in hands.notices(), "a sentence")
        assert row_at(hands).typed == "Приморск 7"
        await hands.press("ctrl+t")
        await hands.pilot.pause()
        assert hands.app.return_code in {None, 0}
        desk_of(hands).close()
    disk.repair()

    with made.login() as again:
        place = again.intake.open(draft).document["applicant"]["birth_place"]
        assert place.startswith("Приморск")
        assert check_desk(again).faults == ()


def test_commands_on_a_disk_that_is_read_only_are_exit_four(disk: OwnDisk, made: DeskHome) -> None:
    """Nothing is taken in, the sentence names the disk; the same file is taken in afterwards."""
    with made.login() as desk:
        document = json.dumps(document_of(desk, "soc-card", 1)).encode()
    os.sync()

    disk.turn_read_only()
    words = ("--operator", "ivanova", "intake", "-")
    done = mfc_desk(made.home.root, *words, stdin=document, code=STORE)
    assert SENTENCES.search(done.stderr.decode())
    assert done.stdout == b""
    disk.repair()

    assert mfc_desk(made.home.root, *words, stdin=document).stdout
