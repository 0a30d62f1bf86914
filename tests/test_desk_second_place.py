"""The second place: what is only here also stands sealed in a folder off this disk."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import SettingRefused
from mfc_desk.recovery.reenrolment import enrol_again
from mfc_desk.recovery.second_place import BEHIND, FRESH, MERGED, OFF, SCANS, TROUBLE, WRITE_EVERY
from mfc_desk.store.requests import REGISTER
from sync import batch
from sync.carrier import OUTGOING, Carrier
from sync.entries import Entry, decode
from sync.errors import CarrierDamages, CarrierGone
from sync.failpoint import EXIT_STATUS
from tests.command_line import ROOT, mfc_desk
from tests.desk_home import CENTRE, DESK_NO, EPOCH, PASSWORD, DeskHome, set_up_home, ticket_file
from tests.intake_world import register

T = TypeVar("T")
SECONDS = WRITE_EVERY.total_seconds()
PNG = b"\x89PNG\r\n\x1a\n" + b"a scan" * 50


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk with a request and a folder beside it."""
    desk_home = set_up_home(tmp_path / "desk")
    (tmp_path / "card").mkdir()
    with desk_home.login() as desk:
        register(desk, seed=0, today=desk.centre_now().date())
    return desk_home


@pytest.fixture
def desk(made: DeskHome, tmp_path: Path) -> Iterator[Desk]:
    """The same, open, with the folder chosen."""
    with made.login() as desk:
        desk.second_place.choose(str(tmp_path / "card"))
        yield desk


def batches(folder: Path) -> list[Path]:
    """The batches in the folder, by name."""
    return sorted((folder / OUTGOING).glob("*.mfcb"))


def sealed(folder: Path) -> list[bytes]:
    """The entries the centre reads in the folder, in order, each once."""
    found: dict[int, bytes] = {}
    for file in batches(folder):
        data = file.read_bytes()
        header = batch.read_header(data).header
        assert header.desk == DESK_NO
        lines = batch.open_batch(data, [CENTRE.identity], batch.packaged_dictionaries())
        found |= dict(enumerate(lines, header.from_seq))
    return [found[seq] for seq in sorted(found)]


def journalled(desk: Desk) -> list[bytes]:
    return [row.data or b"" for row in desk.journal.entries(0, 10_000)]


@pytest.mark.parametrize("limit", [300, pytest.param(60, marks=pytest.mark.full)])
def test_running_desk_writes_the_folder_while_its_exchange_hangs(
    tmp_path: Path, limit: int
) -> None:
    """A real process in real time: a centre that never answers holds up no second place.

    A minute is the promise, held to by the full run; a loaded machine is given five.
    """
    card = tmp_path / "card"
    card.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ticket = ticket_file(urls=(f"http://127.0.0.1:{silent.getsockname()[1]}",))
        made = set_up_home(tmp_path / "desk", ticket=ticket)
        with made.login() as desk:
            desk.second_place.choose(str(card))
        home = made.home.root
        with subprocess.Popen(
            [sys.executable, "-m", "mfc_desk", "--home", str(home), "sync", "--watch"],
            env={**os.environ, "MFC_DESK_PASSWORD": PASSWORD},
            cwd=ROOT,
        ) as watcher:
            try:
                assert until(lambda: batches(card), limit)
                example = mfc_desk(home, "catalogue", "example", "egrn-info").stdout
                taken = mfc_desk(home, "intake", "-", "--json", stdin=example)
                number = json.loads(taken.stdout)["number"]
                there = until(lambda: said(card, number), limit)
                assert there is not None
                assert watcher.poll() is None
            finally:
                watcher.send_signal(signal.SIGINT)
                watcher.wait(timeout=limit)
        file, entry = there
        late = file.stat().st_mtime - entry.stamp.wall.timestamp()
        assert late < limit
        assert watcher.returncode == 0


def until(look: Callable[[], T | None], seconds: float) -> T | None:
    """What there is to be seen at last; None when it never comes."""
    end = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < end:
        time.sleep(0.2)
    return found


def said(folder: Path, number: str) -> tuple[Path, Entry] | None:
    """The file that holds the registration of a number, and its entry."""
    for file in batches(folder):
        for line in batch.open_batch(
            file.read_bytes(), [CENTRE.identity], batch.packaged_dictionaries()
        ):
            if number.encode() in line and decode(line).kind == REGISTER:
                return file, decode(line)
    return None


def test_entry_stands_sealed_within_a_minute(made: DeskHome, desk: Desk, tmp_path: Path) -> None:
    """No link and no centre: soon the folder has it, and only the centre reads it."""
    assert desk.second_place.due(desk.clock.now())
    assert desk.second_place.view().state == BEHIND
    assert desk.second_place.keep() == 1
    assert desk.second_place.view().state == FRESH

    register(desk, seed=1, today=desk.centre_now().date())
    assert desk.second_place.view().behind > 0
    made.clock.pass_(SECONDS)
    assert desk.second_place.due(desk.clock.now())
    desk.second_place.keep()

    assert SECONDS < 60
    assert sealed(tmp_path / "card") == journalled(desk)
    assert not desk.second_place.due(desk.clock.now())
    for file in (tmp_path / "card").rglob("*"):
        assert file.is_dir() or b"soc-card" not in file.read_bytes()
    assert check_desk(desk).faults == ()


def test_folder_that_is_not_there_stops_nobody(made: DeskHome, desk: Desk, tmp_path: Path) -> None:
    """It is said, with what to do; requests are taken; what it lacks goes there later."""
    (tmp_path / "card").rmdir()
    with pytest.raises(CarrierGone):
        desk.second_place.keep()
    register(desk, seed=1, today=desk.centre_now().date())

    view = desk.second_place.view()
    assert (view.state, view.behind) == (TROUBLE, desk.journal.position().seq)
    assert "подключите диск или сеть" in view.text
    (tmp_path / "card").mkdir()
    made.clock.pass_(40)
    assert desk.second_place.due(desk.clock.now())
    desk.second_place.keep()
    assert desk.second_place.view().state == FRESH
    assert sealed(tmp_path / "card") == journalled(desk)


def test_file_somebody_removed_is_written_again(desk: Desk, tmp_path: Path) -> None:
    """The folder is looked through, not believed."""
    desk.second_place.keep()
    (file,) = batches(tmp_path / "card")
    file.unlink()

    assert desk.second_place.keep() == 1
    assert sealed(tmp_path / "card") == journalled(desk)


def test_medium_that_lies_is_not_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not read back as written is trouble, not «written»."""
    monkeypatch.setattr("sync.carrier._holds", lambda *_: False)
    with pytest.raises(CarrierDamages):
        desk.second_place.keep()

    view = desk.second_place.view()
    assert (view.state, view.behind) == (TROUBLE, desk.journal.position().seq)


def test_many_small_files_become_one(desk: Desk, tmp_path: Path) -> None:
    """A year of minutes is no year of files; nothing falls out between."""
    for _ in range(MERGED + 1):
        with desk.db.atomic():
            desk.record("access", {"what": "search"})
        desk.second_place.keep()

    assert len(batches(tmp_path / "card")) <= 3
    assert sealed(tmp_path / "card") == journalled(desk)
    assert desk.second_place.view().state == FRESH


def test_what_is_safe_is_cleaned_and_only_that(desk: Desk, tmp_path: Path) -> None:
    """Files go when the centre has a second place of its own for them, by its receipt."""
    desk.second_place.keep()
    register(desk, seed=1, today=desk.centre_now().date())
    desk.second_place.keep()
    first, _second = batches(tmp_path / "card")
    end = batch.read_header(first.read_bytes()).header.to_seq
    with desk.db.atomic():
        desk.db.execute(
            "INSERT INTO sync_state (epoch, server, desk, acked, safe, size)"
            " VALUES (?, 's-test', ?, ?, ?, 500)",
            [EPOCH, DESK_NO, end + 1, end],
        )
    desk.second_place.keep()

    assert not first.exists()
    assert sealed(tmp_path / "card") == journalled(desk)[end:]
    assert desk.second_place.view().state == FRESH


def test_new_epoch_begins_anew_and_clears_the_old(
    made: DeskHome, desk: Desk, tmp_path: Path
) -> None:
    """All is journalled again under the new identity; only then the old files go."""
    desk.second_place.keep()
    file = ticket_file(epoch=EPOCH + 1000, code="EFGH-5678")
    enrol_again(desk, lambda _: file, None, by_net=False)
    with made.login() as again:
        assert again.second_place.view().state == BEHIND
        again.second_place.keep()
        names = [item.name for item in (tmp_path / "card" / OUTGOING).iterdir()]
        assert {name.split("-")[1].partition(".")[0] for name in names} == {str(EPOCH + 1000)}
        assert sealed(tmp_path / "card") == journalled(again)


def test_scans_stand_there_until_the_centre_has_them(desk: Desk, tmp_path: Path) -> None:
    """A sealed scan is copied as it is, under its hash."""
    number = desk.find.recent(1)[0].number
    page = tmp_path / "page.png"
    page.write_bytes(PNG)
    scan = desk.attachments.add(number, page)
    desk.second_place.keep()
    kept = tmp_path / "card" / SCANS / f"{scan.sha256}.age"
    assert kept.read_bytes() == desk.home.blob(scan.sha256).read_bytes()

    with desk.db.atomic():
        desk.db.execute("UPDATE attachment_sent SET whole_in = ''")
    desk.second_place.keep()
    assert not kept.exists()


def test_entries_made_while_a_scan_is_copied_slowly_go_before_its_next_step(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of many minutes: each step of it finds the entries of the one before written."""
    number = desk.find.recent(1)[0].number
    page = tmp_path / "page.png"
    for size in (300, 3 << 20):
        page.write_bytes(PNG + os.urandom(size))
        desk.attachments.add(number, page)
    card = tmp_path / "card"
    behind: list[int] = []
    real = os.fsync

    def slow(descriptor: int) -> None:
        real(descriptor)
        if str(Path(f"/proc/self/fd/{descriptor}").readlink()).endswith(".age.part"):
            behind.append(desk.second_place.view().behind)
            with desk.db.atomic():
                desk.record("access", {"what": "search"})

    monkeypatch.setattr(os, "fsync", slow)
    desk.second_place.keep()
    assert behind == [0] * 7  # one step and the end of it, four steps and the end
    assert len(list((card / SCANS).iterdir())) == 2
    assert sealed(card) == journalled(desk)


@pytest.mark.parametrize("point", ["second-place.put", "second-place.noted"])
def test_killed_while_writing(made: DeskHome, tmp_path: Path, point: str) -> None:
    """Dead at any moment: the next run ends it, the centre reads every entry."""
    folder = str(tmp_path / "card")
    mfc_desk(made.home.root, "second-place", folder, code=EXIT_STATUS, fail=f"{point}:1")
    done = mfc_desk(made.home.root, "second-place", folder, "--json")

    assert json.loads(done.stdout)["state"] == FRESH
    with made.login() as desk:
        assert sealed(tmp_path / "card") == journalled(desk)


def test_command_tells_and_turns_off(made: DeskHome, tmp_path: Path) -> None:
    """`second-place`, `status` and a folder that is not there, without a screen."""
    done = mfc_desk(made.home.root, "second-place", str(tmp_path / "none"), "--json", code=1)
    assert json.loads(done.stdout)["state"] == TROUBLE
    assert "подключите диск" in done.stderr.decode()
    told = json.loads(mfc_desk(made.home.root, "status", "--json").stdout)
    assert told["second_place"]["behind"] > 0
    off = json.loads(mfc_desk(made.home.root, "second-place", "--off", "--json").stdout)
    assert off["state"] == OFF


def test_folder_must_be_a_whole_path(desk: Desk) -> None:
    """The program may be started from anywhere."""
    with pytest.raises(SettingRefused):
        desk.second_place.choose("card")
    assert Carrier(Path(desk.settings.load().second_place)).root.is_dir()
