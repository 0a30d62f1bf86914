"""What the kernel is really asked: a power cut at any write of it, and an fsync that fails.

`strace` records each write and each sync of a desk at work; the disk is then rebuilt as it may be
after a power cut at that moment. A small library laid before libc lets one sync return EIO.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from tests.desk_home import DeskHome, set_up_home
from tests.test_proof_power_cut import hold_told, opened, torn

ROOT = Path(__file__).parent.parent
FILES = ("desk.db", "desk.db-wal")
CUTS = 8
MANY_CUTS = 400
CALL = re.compile(r"^\d+ +(\w+)\((\d+)<([^>]*)>(?:, (.*))?\) = (-?\d+)")
WRITTEN = re.compile(r'^("(?:[^"\\]|\\.)*"), (\d+)(?:, (\d+))?$')
AT_WORK = """
import os, sys
from mfc_desk.session import open_desk
from mfc_desk.paths import Home
from mfc_desk.errors import DeskError
from sync.clock import SystemClock
from sync.errors import SyncError
from sync.ids import SystemRandom
from pathlib import Path
from tests.desk_home import PASSWORD
from tests.taking_requests import register
home, acts, flag = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
desk = open_desk(Home(home), "ivanova", PASSWORD, SystemClock(), SystemRandom())
for n in range(acts):
    if n == acts // 2:
        flag.touch()
    try:
        (taken,) = register(desk, 1, seed=n)
    except (SyncError, DeskError) as error:
        os.write(1, f"refused {type(error).__name__} {error.exit_code}\\n".encode())
        continue
    os.write(1, f"told {taken.number.text}\\n".encode())
    if n == 1:
        desk.db.checkpoint()
os._exit(0)
"""
SHIM = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
static int asked(int fd, long call) {
    const char *flag = getenv("FAIL_SYNC");
    if (flag && unlink(flag) == 0) {
        errno = EIO;
        return -1;
    }
    return syscall(call, fd);
}
int fsync(int fd) { return asked(fd, SYS_fsync); }
int fdatasync(int fd) { return asked(fd, SYS_fdatasync); }
"""


def tool(name: str) -> str:
    """A program of the machine; without it the test is skipped, on CI it fails."""
    found = shutil.which(name)
    if found is None:
        missing = pytest.fail if os.environ.get("MFC_DESK_NEED_TOOLS") else pytest.skip
        missing(f"{name} is not here")
    return str(found)


def at_work(
    made: DeskHome, acts: int, flag: Path, *, under: tuple[str, ...] = (), **environ: str
) -> list[str]:
    """Let a process register so many requests; what it told, line by line."""
    done = subprocess.run(
        [*under, sys.executable, "-c", AT_WORK, str(made.home.root), str(acts), str(flag)],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return done.stdout.decode().splitlines()


@dataclass(frozen=True)
class Call:
    """One call the kernel did: `write` at an offset, `cut` to a size, `sync`, or `told` a line."""

    what: str
    file: str
    data: bytes = b""
    at: int = 0


def calls(log: Path) -> Iterator[Call]:
    """What strace wrote down about the two files of the store, and what was told between."""
    for line in log.read_text("utf-8").splitlines():
        found = CALL.match(line)
        if found is None:
            continue
        name, descriptor, path, rest, result = found.groups()
        file = Path(unescaped(path).decode()).name
        if name == "write" and descriptor == "1":
            yield Call("told", "", literal(rest)[0])
        elif file not in FILES:
            continue
        elif name in {"fsync", "fdatasync"}:
            assert result == "0"
            yield Call("sync", file)
        elif name == "ftruncate":
            yield Call("cut", file, at=int(rest))
        elif name in {"write", "pwrite64"}:
            data, at = literal(rest)
            assert len(data) == int(result)
            yield Call("write", file, data, at)


def unescaped(text: str) -> bytes:
    """What strace wrote as \\x.. ."""
    return bytes.fromhex(text.replace("\\x", ""))


def literal(text: str) -> tuple[bytes, int]:
    """The bytes and the offset of a write, as strace prints them with -xx."""
    found = WRITTEN.match(text)
    assert found is not None, text[:80]
    return unescaped(found.group(1)[1:-1]), int(found.group(3) or 0)


def after(content: bytes, call: Call) -> bytes:
    """A file after a call."""
    if call.what == "cut":
        return content[: call.at].ljust(call.at, b"\0")
    if call.what == "write":
        end = call.at + len(call.data)
        return content[: call.at].ljust(call.at, b"\0") + call.data + content[end:]
    return content


@dataclass
class Disk:
    """Both files after some calls: as synced for the last time, and as the process sees them."""

    synced: dict[str, bytes]
    seen: dict[str, bytes]
    told: tuple[str, ...] = ()

    def after(self, call: Call) -> Disk:
        """One call later."""
        if call.what == "told":
            return Disk(self.synced, self.seen, (*self.told, call.data.decode().split()[1]))
        if call.what == "sync":
            return Disk({**self.synced, call.file: self.seen[call.file]}, self.seen, self.told)
        content = after(self.seen[call.file], call)
        return Disk(self.synced, {**self.seen, call.file: content}, self.told)


def recorded(made: DeskHome, folder: Path, acts: int) -> list[Disk]:
    """The disk before each call of a desk that registers so many requests."""
    strace = tool("strace")
    home, log = made.home.root, folder / "calls"
    begun = {name: (home / name).read_bytes() if (home / name).exists() else b"" for name in FILES}
    which = "trace=write,pwrite64,ftruncate,fsync,fdatasync"
    told = at_work(
        made,
        acts,
        folder / "flag",
        under=(strace, "-f", "-y", "-xx", "-s", "2000000", "-e", which, "-o", str(log)),
    )
    disks = [Disk(begun, begun)]
    for call in calls(log):
        disks.append(disks[-1].after(call))
    log.unlink()
    assert [f"told {number}" for number in disks[-1].told] == told
    assert len(told) == acts
    assert disks[-1].seen["desk.db"] == (home / "desk.db").read_bytes()
    return disks


def cut_anywhere(folder: Path, acts: int, cuts: int) -> int:
    """Cut the power at so many calls; how many of the cuts lost something not synced."""
    made = set_up_home(folder / "desk")
    with made.login() as desk:
        assert desk.db.checkpoint(truncate=True)
    disks = recorded(made, folder, acts)
    chance = random.Random(31)
    unsynced = 0
    for n in range(cuts):
        disk = chance.choice(disks[1:])
        unsynced += disk.synced != disk.seen
        left = [torn(disk.synced[name], disk.seen[name], chance) for name in FILES]
        cut = opened(made, folder / f"cut-{n}", left[0], left[1])
        with cut.login() as desk:
            assert hold_told(desk, disk.told) <= 1
        shutil.rmtree(cut.home.root)
    return unsynced


@pytest.mark.slow
def test_power_cut_at_a_recorded_write_keeps_every_told_act(tmp_path: Path) -> None:
    """Eight cuts among the writes and syncs of a desk at work, a checkpoint among them."""
    assert cut_anywhere(tmp_path, 5, CUTS)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_power_cut_at_any_recorded_write_keeps_every_told_act(tmp_path: Path) -> None:
    """The same for four hundred cuts over more acts."""
    assert cut_anywhere(tmp_path, 20, MANY_CUTS)


@pytest.mark.slow
def test_fsync_that_fails_is_not_asked_again(tmp_path: Path) -> None:
    """EIO once: the act is refused and the connection closed, for a second sync would lie.

    Acts told before stay; nothing is told after it although the disk says yes again.
    """
    made = set_up_home(tmp_path / "desk")
    shim, flag = tmp_path / "shim.so", tmp_path / "flag"
    source = tmp_path / "shim.c"
    source.write_text(SHIM, "ascii")
    command = [tool("gcc"), "-shared", "-fPIC", "-o", str(shim), str(source)]
    subprocess.run(command, check=True, capture_output=True)

    told = at_work(made, 6, flag, LD_PRELOAD=str(shim), FAIL_SYNC=str(flag))

    assert [line.split()[0] for line in told] == ["told"] * 3 + ["refused"] * 3
    assert {line.split()[2] for line in told[3:]} == {"4"}
    with made.login() as desk:
        hold_after_eio(desk, [line.split()[1] for line in told[:3]])


def hold_after_eio(desk: Desk, told: list[str]) -> None:
    """Everything told is there, at most the unknown act besides; the desk works on."""
    assert hold_told(desk, tuple(told)) <= 1
    assert check_desk(desk).faults == ()
