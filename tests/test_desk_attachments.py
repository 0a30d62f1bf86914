"""Scans: sealed once, kept durably under their hash, sent after the data from where a cut left."""

from __future__ import annotations

import json
import os
import resource
import signal
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import AttachmentRefused, RequestClosed, ScannerFailed
from mfc_desk.intake.attachments import ORPHAN_SECONDS
from mfc_desk.recovery.second_place import SCANS
from sync.database import DiskFull
from sync.failpoint import EXIT_STATUS
from sync.keys import decrypt
from tests.centre_process import CentreProcess, shared_centre
from tests.command_line import answers, mfc_desk
from tests.desk_home import CENTRE, DeskHome, set_up_home
from tests.faults import status_killed_at
from tests.intake_world import register
from tests.linked_desk import LinkedDesk, linked_desk

__all__ = ["shared_centre"]
CANARY = "Канарейкин-паспорт"
DESK = 631
CUT = 200_000
HEADERS = 4096


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    return set_up_home(tmp_path / "desk")


@pytest.fixture
def desk(made: DeskHome) -> Iterator[Desk]:
    with made.login() as opened:
        yield opened


def scan(folder: Path, size: int = 3000, *, name: str = CANARY, seed: int = 1) -> Path:
    """A file that begins as a JPEG does, of bytes that do not compress."""
    file = folder / f"{name}-{seed}.jpg"
    random = b"".join(sha256(f"{seed}.{n}".encode()).digest() for n in range(size // 32 + 1))
    file.write_bytes(b"\xff\xd8\xff\xe0" + random[: size - 4])
    return file


def files(made: DeskHome) -> list[Path]:
    return [path for path in made.home.blobs.rglob("*") if path.is_file()]


def test_a_scan_is_sealed_to_desk_and_centre(desk: Desk, made: DeskHome, tmp_path: Path) -> None:
    """One file, named by its own hash, readable by either; no name, no content lies open."""
    number = register(desk).number.text
    file = scan(tmp_path)

    added = desk.attachments.add(number, file)

    (kept,) = files(made)
    sealed = kept.read_bytes()
    assert kept == made.home.blob(sha256(sealed).hexdigest())
    assert decrypt(sealed, [CENTRE.identity]) == file.read_bytes()
    assert desk.attachments.content(added.sha256) == file.read_bytes()
    assert (added.mime, added.state, added.name) == ("image/jpeg", "waiting", file.name)
    assert desk.exchange.view().scans.count == 1
    assert check_desk(desk).faults == ()
    everything = b"".join(path.read_bytes() for path in made.home.root.rglob("*") if path.is_file())
    for secret in (CANARY.encode(), file.read_bytes()[:64]):
        assert secret not in everything
    assert all(CANARY not in str(path) for path in made.home.root.rglob("*"))


def test_what_is_no_scan_is_refused(desk: Desk, made: DeskHome, tmp_path: Path) -> None:
    """Other kinds, twice the same, a missing file, a closed request; nothing is left behind."""
    number = register(desk).number.text
    text = tmp_path / "text.pdf"
    text.write_text("не PDF", "utf-8")
    for file in (text, tmp_path / "нет.jpg", tmp_path):
        with pytest.raises(AttachmentRefused):
            desk.attachments.add(number, file)
    assert files(made) == []
    desk.attachments.add(number, scan(tmp_path))
    with pytest.raises(AttachmentRefused):
        desk.attachments.add(number, scan(tmp_path))
    desk.handling.withdraw(number, "передумал")
    with pytest.raises(RequestClosed):
        desk.attachments.add(number, scan(tmp_path, seed=2))


def test_orphans_go_after_a_day(desk: Desk, made: DeskHome, tmp_path: Path) -> None:
    """A file nothing refers to is collected, one a request has is not, however old."""
    desk.attachments.add(register(desk).number.text, scan(tmp_path))
    (kept,) = files(made)
    orphan = made.home.blob("ab" * 32)
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"x")
    part = orphan.with_suffix(".part")
    part.write_bytes(b"y")
    assert desk.attachments.collect_orphans() == 0
    for path in (kept, orphan, part):
        old = path.stat().st_mtime - ORPHAN_SECONDS - 1
        os.utime(path, (old, old))

    assert desk.attachments.collect_orphans() == 2
    assert files(made) == [kept]


def test_the_check_sees_a_damaged_or_missing_file(
    desk: Desk, made: DeskHome, tmp_path: Path
) -> None:
    """A scan that is not what its name says, or is gone before it was sent, is named."""
    number = register(desk).number.text
    desk.attachments.add(number, scan(tmp_path))
    (kept,) = files(made)
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    assert [one.where for one in check_desk(desk).faults] == [f"вложение к обращению {number}"]
    kept.unlink()
    (fault,) = check_desk(desk).faults
    assert "файла вложения нет" in fault.text


@pytest.mark.parametrize(
    ("point", "attached"),
    [
        ("blob.written", 0),
        ("blob.renamed", 0),
        ("blob.synced", 0),
        ("blob.checked", 0),
        ("blob.uncommitted", 0),
        ("blob.committed", 1),
    ],
)
def test_killed_while_attaching(made: DeskHome, tmp_path: Path, point: str, attached: int) -> None:
    """At any step of T0 and of the act: no request refers to a file that is not there whole."""
    with made.login() as desk:
        number = register(desk).number.text
    file = scan(tmp_path)

    def attach() -> None:
        with made.login() as desk:
            desk.attachments.add(number, file)

    assert status_killed_at(point, attach) == EXIT_STATUS
    with made.login() as desk:
        assert len(desk.attachments.of_request(number)) == attached
        assert check_desk(desk).faults == ()
        for path in files(made):
            old = path.stat().st_mtime - ORPHAN_SECONDS - 1
            os.utime(path, (old, old))
        assert desk.attachments.collect_orphans() == 1 - attached
        if not attached:
            desk.attachments.add(number, file)
        assert check_desk(desk).faults == ()


def test_a_full_disk_takes_no_scan(made: DeskHome, tmp_path: Path) -> None:
    """The kernel refuses the bytes of the sealed file: refused in words, nothing left behind."""
    with made.login() as desk:
        number = register(desk).number.text
    file = scan(tmp_path, 3_000_000)

    def attach() -> None:
        with made.login() as desk:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
            with pytest.raises(DiskFull):
                desk.attachments.add(number, file)

    assert status_killed_at("", attach) == 0
    with made.login() as desk:
        assert files(made) == []
        assert list(desk.attachments.of_request(number)) == []
        assert check_desk(desk).faults == ()
        desk.attachments.add(number, file)


def test_attach_lists_without_naming_files_it_refused(made: DeskHome, tmp_path: Path) -> None:
    """Exit 5; a refused file is told by its place, never by its name."""
    with made.login() as desk:
        number = register(desk).number.text
    bad = tmp_path / f"{CANARY}.txt"
    bad.write_text("x", "utf-8")

    done = mfc_desk(
        made.home.root, "attach", number, str(scan(tmp_path)), str(bad), "--json", code=5
    )

    (told,) = answers(done)
    assert [one["state"] for one in told["attachments"]] == ["waiting"]
    assert [one["file"] for one in told["refused"]] == [2]
    assert CANARY not in done.stderr.decode()


def test_the_watched_folder_and_a_scanner_that_is_not_there(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Newest first, nothing but scans; without SANE it is said."""
    assert desk.attachments.scanned() == ()
    folder = tmp_path / "scanner"
    folder.mkdir()
    first, second = scan(folder, seed=1), scan(folder, seed=2)
    os.utime(first, (1, 1))
    (folder / "notes.txt").write_text("x", "utf-8")
    desk.settings.save(replace(desk.settings.load(), scan_folder=str(folder)))
    assert desk.attachments.scanned() == (second, first)
    number = register(desk).number.text
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(ScannerFailed):
        desk.attachments.scan(number)
    program = folder / "scanimage"
    program.write_text(f'#!/bin/sh\nexec /bin/cat "{second}"\n', "utf-8")
    program.chmod(0o700)
    assert desk.attachments.scan(number).mime == "image/jpeg"
    program.write_text("#!/bin/sh\nexit 7\n", "utf-8")
    with pytest.raises(ScannerFailed):
        desk.attachments.scan(number)


def whole_at_centre(linked: LinkedDesk, number: str) -> bool:
    scans = linked.desk.attachments.of_request(number)
    return bool(scans) and all(one.state == "stored" for one in scans)


def test_scans_go_on_where_the_link_was_cut(tmp_path: Path, shared_centre: CentreProcess) -> None:
    """The request is confirmed first; a megabyte over a link cut every 200 KB arrives once."""
    with linked_desk(tmp_path, shared_centre, DESK) as linked:
        desk = linked.desk
        number = register(desk).number.text
        small = desk.attachments.add(number, scan(tmp_path, 2000, seed=2))
        large = desk.attachments.add(number, scan(tmp_path, 1_000_000, seed=3))
        told: list[tuple[str, int, int]] = []
        linked.link.cut_after(up=CUT)
        before = linked.link.passed.up

        for _ in range(30):
            result = desk.exchange.run_once(
                progress=lambda one: told.append((one.lane, one.done, one.bytes_done))
            )
            assert desk.find.row(number).state == "confirmed"
            if whole_at_centre(linked, number):
                break
        assert result.error is None
        assert whole_at_centre(linked, number)

        spent = linked.link.passed.up - before
        cuts = linked.link.passed.cuts
        assert cuts >= large.size // CUT
        assert spent <= 1.02 * (small.size + large.size) + (cuts + 1) * 65_536 + 20 * HEADERS
        assert told[0][0] == "entries"
        assert told[-1][0] == "scans"
        stored = shared_centre.home / "blobs"
        for one in (small, large):
            (there,) = stored.rglob(one.sha256)
            assert there.read_bytes() == desk.home.blob(one.sha256).read_bytes()
        assert check_desk(desk).faults == ()
        assert desk.exchange.view().scans.count == 0


def test_damaged_scans_are_named_and_all_others_go_by_every_way(
    tmp_path: Path, shared_centre: CentreProcess
) -> None:
    """Cut short, changed by a byte, gone: named on the request and attached again; no one waits."""
    with linked_desk(tmp_path, shared_centre, DESK + 2) as linked:
        desk, made = linked.desk, linked.made
        (tmp_path / "card").mkdir()
        (tmp_path / "stick").mkdir()
        number = register(desk).number.text
        pages = [scan(tmp_path, 2000 + 1000 * n, seed=20 + n) for n in range(4)]
        added = [desk.attachments.add(number, page) for page in pages]
        short, changed, gone, whole = (made.home.blob(one.sha256) for one in added)
        short.write_bytes(short.read_bytes()[:-100])
        changed.write_bytes(changed.read_bytes()[:-1] + b"?")
        gone.unlink()

        desk.second_place.choose(str(tmp_path / "card"))
        desk.second_place.keep()
        assert [path.name for path in (tmp_path / "card" / SCANS).iterdir()] == [whole.name]
        assert states(desk, number) == ["damaged"] * 3 + ["waiting"]
        with desk.db.atomic():  # the next way finds it by itself
            desk.db.execute("UPDATE attachment_sent SET damaged = 0")
        assert states(desk, number) == ["waiting"] * 4
        out = mfc_desk(made.home.root, "carry", "out", str(tmp_path / "stick"), "--json", code=5)
        told = json.loads(out.stdout)
        assert (told["scans"], told["scans_damaged"], told["failure"]) == (1, 3, None)
        assert states(desk, number) == ["damaged"] * 3 + ["waiting"]
        with desk.db.atomic():
            desk.db.execute("UPDATE attachment_sent SET damaged = 0")

        result = linked.exchange()
        assert (result.kind, result.scans) == (None, 1)
        assert states(desk, number) == ["damaged"] * 3 + ["stored"]
        (row,) = [row for row in desk.board.attention() if row.kind == "scan"]
        assert row.number == number
        assert "приложите снова" in row.text
        faults = check_desk(desk).faults
        assert [one.where for one in faults] == [f"вложение к обращению {number}"] * 3
        assert all("приложите снова" in one.text for one in faults)

        for page in pages[:3]:
            desk.attachments.add(number, page)
        assert linked.exchange().kind is None
        assert states(desk, number) == ["stored"] * 4
        assert [row for row in desk.board.attention() if row.kind == "scan"] == []
        assert check_desk(desk).faults == ()
        with pytest.raises(AttachmentRefused):
            desk.attachments.add(number, pages[0])


def states(desk: Desk, number: str) -> list[str]:
    """Of the scans of a request, by size."""
    scans = desk.attachments.of_request(number)
    return [one.state for one in sorted(scans, key=lambda one: one.size)]


def test_a_request_taken_while_a_scan_goes_out_is_not_kept_waiting(
    tmp_path: Path, shared_centre: CentreProcess
) -> None:
    """Data before scans, also when it comes in the middle of one."""
    with linked_desk(tmp_path, shared_centre, DESK + 1) as linked:
        desk = linked.desk
        first = register(desk).number.text
        desk.attachments.add(first, scan(tmp_path, 1_500_000, seed=4))
        taken: list[str] = []

        def take(progress: object) -> None:
            if getattr(progress, "lane", "") == "scans" and not taken:
                with desk.worker_copy() as other:
                    taken.append(register(other, seed=5).number.text)

        lanes: list[str] = []

        def watch(progress: object) -> None:
            take(progress)
            lanes.append(getattr(progress, "lane", ""))

        assert desk.exchange.run_once(progress=watch).error is None
        assert desk.find.row(taken[0]).state == "confirmed"
        again = lanes.index("entries", lanes.index("scans"))
        assert "scans" in lanes[again:]
        assert whole_at_centre(linked, first)
