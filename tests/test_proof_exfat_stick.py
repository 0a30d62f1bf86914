"""A day carried on a stick as shops sell them: exFAT, unplugged between every two programs.

A real file system in a file, by FUSE, whatever the kernel has of its own: no permissions, no
links, names without regard to case, times of two seconds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.errors import DONE, STORE
from tests import forked
from tests.centre_process import CentreProcess, centre
from tests.command_line import answers, mfc_desk
from tests.desk_home import PASSWORD
from tests.linked_desk import linked_desk
from tests.taking_requests import SERVICES, document_of

__all__ = ["centre"]
REQUESTS = 3
LOGIN = ("--operator", "ivanova", "--json")
MIB = 1 << 20
SCAN = 14 * MIB


class Stick:
    """Plugged in at `root`, or not."""

    def __init__(self, folder: Path) -> None:
        self.root, self._image = folder / "stick", folder / "stick.img"
        self.root.mkdir()
        with self._image.open("wb") as file:
            file.truncate(64 * MIB)
        subprocess.run(["mkfs.exfat", str(self._image)], capture_output=True, check=True)

    def plug_in(self) -> bool:
        """Mount it; False where this machine does not let us."""
        command = ["mount", "-t", "exfat-fuse", "-o", "loop", str(self._image), str(self.root)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def unplug(self) -> None:
        """Unmount it and look whether the file system is whole."""
        subprocess.run(["umount", str(self.root)], check=True)
        subprocess.run(["fsck.exfat", "-n", str(self._image)], capture_output=True, check=True)

    def pull_out(self) -> None:
        """Take it away under whoever writes: what the file system holds back is lost."""
        pattern = f"exfat-fuse .*{self.root}"
        subprocess.run(["pkill", "-KILL", "-f", pattern], check=True)

    def repair(self) -> None:
        """Plug it in once more, as a person does after the question «исправить носитель?»."""
        subprocess.run(["umount", "-l", str(self.root)], check=True)
        subprocess.run(["fsck.exfat", "-y", str(self._image)], capture_output=True, check=False)
        assert self.plug_in()

    def replug(self) -> None:
        """Carry it from one computer to the other."""
        self.unplug()
        assert self.plug_in()


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Stick]:
    """A new one, plugged in."""
    if os.geteuid() or not shutil.which("mkfs.exfat"):
        pytest.skip("needs exfatprogs, exfat-fuse and the right to mount")
    made = Stick(tmp_path)
    if not made.plug_in():
        pytest.skip("needs exfat-fuse, FUSE and a loop device")
    yield made
    if made.root.is_mount():
        made.unplug()


def test_a_day_goes_out_and_its_receipts_come_back_on_exfat(
    tmp_path: Path, centre: CentreProcess, stick: Stick
) -> None:
    """Out, to the centre, back, and all of it once more: each request once, the stick whole."""
    root = str(stick.root)
    with linked_desk(tmp_path, centre, 319) as linked:
        linked.link.take_down()
        desk, home = linked.desk, linked.made.home.root
        for number in range(REQUESTS):
            desk.intake.register_document(document_of(desk, SERVICES[number], number))
        scan = tmp_path / "scan.pdf"
        scan.write_bytes(b"%PDF-1.7\n" + os.urandom(300_000))
        number_of_one = desk.find.recent(1)[0].number
        desk.attachments.add(number_of_one, scan)

        (out,) = answers(mfc_desk(home, "carry", "out", root, *LOGIN))
        assert (out["batches"], out["scans"], out["failure"]) == (1, 1, None)
        stick.replug()
        (taken,) = linked.centre.lines("carry", "in", root)
        assert (taken["stored"], taken["scans"], taken["passed_over"]) == (1, 1, [])
        stick.replug()
        (back,) = answers(mfc_desk(home, "carry", "in", root, *LOGIN))
        assert (back["damaged"], back["frozen"]) == ([], None)
        assert back["summary"] == f"{REQUESTS} из {REQUESTS} подтверждено центром"
        assert [one.state for one in desk.attachments.of_request(number_of_one)] == ["stored"]

        stick.replug()
        (again,) = linked.centre.lines("carry", "in", root)
        assert (again["stored"], again["passed_over"]) == (0, [])
        assert check_desk(desk).clean
        assert linked.at_centre() == linked.on_desk()


def test_a_stick_pulled_out_while_it_is_written_loses_nothing(
    tmp_path: Path, centre: CentreProcess, stick: Stick
) -> None:
    """A sentence and exit code 4; after the stick is repaired all goes out and is confirmed."""
    root = str(stick.root)
    with linked_desk(tmp_path, centre, 320) as linked:
        linked.link.take_down()
        desk, home = linked.desk, linked.made.home.root
        desk.intake.register_document(document_of(desk, SERVICES[0], 0))
        number = desk.find.recent(1)[0].number
        scan = tmp_path / "scan.pdf"
        scan.write_bytes(b"%PDF-1.7\n" + os.urandom(SCAN))
        desk.attachments.add(number, scan)

        written = threading.Event()
        pulling = threading.Thread(target=_pull_out_while_written, args=[stick, written])
        pulling.start()
        told = forked.run(
            "mfc_desk",
            ("--home", str(home), "carry", "out", root, *LOGIN),
            environ={**os.environ, "MFC_DESK_PASSWORD": PASSWORD},
        )
        written.set()
        pulling.join()
        # a machine so busy that all was written before anybody looked has nothing to complain of
        assert told.returncode in {STORE, DONE}
        assert (told.returncode == STORE) == ("носител" in told.stderr.decode().lower())
        assert desk.exchange.view().unsent == 1

        stick.repair()
        answers(mfc_desk(home, "carry", "out", root, *LOGIN))
        stick.replug()
        (taken,) = linked.centre.lines("carry", "in", root)
        assert (taken["scans"], taken["passed_over"]) == (1, [])
        stick.replug()
        (back,) = answers(mfc_desk(home, "carry", "in", root, *LOGIN))
        assert back["summary"] == "1 из 1 подтверждено центром"
        assert check_desk(desk).clean
        assert linked.at_centre() == linked.on_desk()


def _pull_out_while_written(stick: Stick, written: threading.Event) -> None:
    """Wait until a part of the scan stands on it, or all is written."""
    while not written.is_set():
        with suppress(FileNotFoundError):  # it got its name this moment
            if any(part.stat().st_size > MIB for part in stick.root.rglob("*.part")):
                break
        time.sleep(0.001)
    stick.pull_out()
