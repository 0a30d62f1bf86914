"""A copy in one file, and a desk made from it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from forms.example import example
from mfc_desk.access.locks import holding
from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import BackupBehind, BackupRefused, HomeLocked, WrongPassword
from mfc_desk.paths import Home
from mfc_desk.recovery.backup import restore, write_backup
from sync.entries import decode
from sync.errors import TooNew
from sync.failpoint import EXIT_STATUS
from tests.command_line import mfc_desk
from tests.desk_home import PASSWORD, DeskHome, set_up_home

ROOT = Path(__file__).parent.parent


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk with one request."""
    desk_home = set_up_home(tmp_path / "desk")
    with desk_home.login() as desk:
        register(desk)
    return desk_home


def register(desk: Desk, seed: int = 0) -> str:
    """Register one synthetic request; its number."""
    service = desk.catalogue.service("soc-card")
    document = example(service, desk.catalogue, desk.centre_now().date(), seed=seed)
    return desk.intake.register_document(document).number.text


def back_up(made: DeskHome, file: Path) -> None:
    """Write a backup."""
    with made.login() as desk:
        write_backup(desk, file)


def restore_to(home: Home, made: DeskHome, file: Path, *, replace: bool = False) -> None:
    """Restore into `home` with ivanova's password."""
    restore(home, file, "ivanova", PASSWORD, made.clock, made.random, replace=replace)


def test_desk_comes_back_on_another_computer(made: DeskHome, tmp_path: Path) -> None:
    """From the one file a whole desk appears, clean, with its request and its keys."""
    file = tmp_path / "copy.mfck"
    with made.login() as desk:
        manifest = write_backup(desk, file)
        keys = desk.device.keys
    other = DeskHome(Home(tmp_path / "other"), made.clock, made.random)
    restore_to(other.home, made, file)

    with other.login() as desk:
        assert desk.journal.position().seq == manifest.seq
        assert desk.device.keys == keys
        audit = check_desk(desk)
        assert audit.faults == ()
        assert audit.requests == 1
    assert {item.name for item in tmp_path.iterdir()} == {"copy.mfck", "desk", "other"}
    assert not (other.home.root / "restore.part").exists()


def test_copy_is_as_secret_as_the_desk(made: DeskHome, tmp_path: Path) -> None:
    """Nothing personal stands in the file; the manifest has counts and hashes."""
    file = tmp_path / "copy.mfck"
    back_up(made, file)
    data = file.read_bytes()

    for text in ("Образц", "Иванова", "Приморск", "soc-card", PASSWORD):
        assert text.encode() not in data
    with zipfile.ZipFile(file) as pack:
        assert pack.testzip() is None
        assert pack.namelist() == ["desk.db", "keys.json", "manifest.json"]


def test_scans_are_in_the_copy_as_they_lie(made: DeskHome, tmp_path: Path) -> None:
    """Sealed as they are; a desk made from the copy has them, and one changed is refused."""
    file, page = tmp_path / "copy.mfck", tmp_path / "page.png"
    page.write_bytes(b"\x89PNG\r\n\x1a\n" + b"a scan" * 50)
    with made.login() as desk:
        scan = desk.attachments.add(desk.find.recent(1)[0].number, page)
        assert write_backup(desk, file).scans == 1
    data = file.read_bytes()
    assert b"a scan" not in data
    other = DeskHome(Home(tmp_path / "other"), made.clock, made.random)
    restore_to(other.home, made, file)
    with other.login() as desk:
        assert desk.attachments.content(scan.sha256) == page.read_bytes()
        assert check_desk(desk).faults == ()

    sealed = made.home.blob(scan.sha256).read_bytes()
    file.write_bytes(data.replace(sealed, bytes([sealed[0] ^ 1]) + sealed[1:]))
    with pytest.raises(BackupRefused):
        restore_to(Home(tmp_path / "third"), made, file)


def test_a_scan_this_disk_has_spoilt_stops_no_copy(made: DeskHome, tmp_path: Path) -> None:
    """It is left out and named; the desk made from the copy has all the rest.

    A whole one in the copy takes the place of the spoilt one where that still lies.
    """
    before, file, page = tmp_path / "before.mfck", tmp_path / "copy.mfck", tmp_path / "page.png"
    page.write_bytes(b"\x89PNG\r\n\x1a\n" + b"a scan" * 50)
    with made.login() as desk:
        number = desk.find.recent(1)[0].number
        scan = desk.attachments.add(number, page)
        assert write_backup(desk, before).scans == 1
        place = made.home.blob(scan.sha256)
        sealed = place.read_bytes()
        place.write_bytes(bytes([sealed[0] ^ 1]) + sealed[1:])

        assert write_backup(desk, file).scans == 0
        assert [one for one, _ in desk.attachments.damaged(9)] == [number]

    restore_to(made.home, made, before, replace=True)
    assert place.read_bytes() == sealed


@pytest.mark.parametrize("point", ["restore.moved", "restore.keys-placed", "restore.placed"])
def test_killed_while_restoring(made: DeskHome, tmp_path: Path, point: str) -> None:
    """Dead between any two renames: the same command again ends with a whole desk."""
    file = tmp_path / "copy.mfck"
    back_up(made, file)
    words = ("restore", str(file), "--operator", "ivanova")
    mfc_desk(made.home.root, *words, code=EXIT_STATUS, fail=f"{point}:1")
    mfc_desk(made.home.root, *words)

    with made.login() as desk:
        assert desk.find.recent(9)
        assert check_desk(desk).faults == ()


def test_older_copy_does_not_replace_newer_entries(made: DeskHome, tmp_path: Path) -> None:
    """Entries the copy lacks are counted and kept; --replace moves them aside, whole."""
    file = tmp_path / "copy.mfck"
    back_up(made, file)
    with made.login() as desk:
        number = register(desk, seed=1)
        before = desk.journal.position().seq

    with pytest.raises(BackupBehind) as refused:
        restore_to(made.home, made, file)
    assert refused.value.entries == 1
    with made.login() as desk:
        assert desk.journal.position().seq == before

    restore_to(made.home, made, file, replace=True)
    with made.login() as desk:
        assert desk.journal.position().seq == before - 1
    (aside,) = made.home.root.glob("before-restore-*")
    with DeskHome(Home(aside), made.clock, made.random).login() as desk:
        assert desk.find.card(number).row.number == number


def test_restoring_the_same_state_is_harmless(made: DeskHome, tmp_path: Path) -> None:
    """A copy that lacks nothing needs no --replace."""
    file = tmp_path / "copy.mfck"
    back_up(made, file)
    restore_to(made.home, made, file)

    with made.login() as desk:
        assert check_desk(desk).faults == ()


def test_damaged_desk_is_restored_over(made: DeskHome, tmp_path: Path) -> None:
    """A database that cannot be read any more is moved aside without asking."""
    file = tmp_path / "copy.mfck"
    back_up(made, file)
    made.home.database.write_bytes(b"\x00" * 20000)
    restore_to(made.home, made, file)

    with made.login() as desk:
        assert check_desk(desk).faults == ()


@pytest.mark.parametrize("damage", ["cut", "flip", "foreign", "absent", "manifest"])
def test_damaged_copy_touches_nothing(made: DeskHome, tmp_path: Path, damage: str) -> None:
    """A copy that is cut, changed, foreign or not there is refused; the desk stays as it was."""
    file = tmp_path / "copy.mfck"
    back_up(made, file)
    data = bytearray(file.read_bytes())
    if damage == "cut":
        file.write_bytes(bytes(data[: len(data) // 2]))
    elif damage == "flip":
        data[len(data) // 2] ^= 0x01
        file.write_bytes(bytes(data))
    elif damage == "foreign":
        with zipfile.ZipFile(file, "w") as pack:
            pack.writestr("letter.txt", "not ours")
    elif damage == "absent":
        file.unlink()
    else:
        with zipfile.ZipFile(file) as pack:
            members = {name: pack.read(name) for name in pack.namelist()}
        members["manifest.json"] = members["manifest.json"].replace(b'"seq": 4', b'"seq": 3')
        with zipfile.ZipFile(file, "w") as pack:
            for name, content in members.items():
                pack.writestr(name, content)
    before = made.home.keyslots.read_bytes()

    with pytest.raises(BackupRefused):
        restore_to(made.home, made, file)
    assert made.home.keyslots.read_bytes() == before
    made.login().close()


def test_wrong_password_restores_nothing(made: DeskHome, tmp_path: Path) -> None:
    """The copy is opened before anything is moved."""
    file = tmp_path / "copy.mfck"
    back_up(made, file)

    with pytest.raises(WrongPassword):
        restore(made.home, file, "ivanova", "wrong password", made.clock, made.random)
    made.login().close()


def test_copy_of_a_newer_program_is_refused(made: DeskHome, tmp_path: Path) -> None:
    """A schema this program does not know is not put in place."""
    file = tmp_path / "copy.mfck"
    with made.login() as desk:
        with desk.db.atomic():
            desk.db.execute(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
                " VALUES ('desk.requests', 'm999_future', '2027-01-01')"
            )
        with pytest.raises(TooNew):
            write_backup(desk, file)
    assert not file.exists()


@pytest.mark.parametrize("lock", ["desk_lock", "exchange_lock"])
def test_restore_waits_for_nobody(made: DeskHome, tmp_path: Path, lock: str) -> None:
    """While a screen program or an exchange runs, restore is refused."""
    file = tmp_path / "copy.mfck"
    back_up(made, file)

    with holding(getattr(made.home, lock)), pytest.raises(HomeLocked):
        restore_to(made.home, made, file)


def test_making_a_copy_is_journalled(made: DeskHome, tmp_path: Path) -> None:
    """Who took a copy away stands in the journal, and in the copy."""
    with made.login() as desk:
        before = desk.journal.position().seq
        manifest = write_backup(desk, tmp_path / "copy.mfck")
        (row,) = desk.journal.entries(before, 10)

    entry = decode(row.data or b"")
    assert (entry.kind, entry.operator, entry.body) == ("access", "ivanova", {"what": "backup"})
    assert manifest.seq == row.seq


def test_full_disk_leaves_no_half_of_a_copy(made: DeskHome, tmp_path: Path) -> None:
    """The target's disk is full: DiskFull or Damaged, no file, no rest, the desk goes on."""
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from tests.desk_home import DeskHome, StandingClock\n"
        "from mfc_desk.recovery.backup import write_backup\n"
        "from mfc_desk.paths import Home; from sync.ids import SeededRandom\n"
        "from sync.errors import StoreFailure\n"
        "made = DeskHome(Home(Path(sys.argv[1])), StandingClock(), SeededRandom(5))\n"
        "desk = made.login()\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: write_backup(desk, Path(sys.argv[2]))\n"
        "except StoreFailure as refused: print(type(refused).__name__)\n"
        "import os; sys.stdout.flush(); os._exit(0)\n"
    )
    out = tmp_path / "out"
    out.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", program, str(made.home.root), str(out / "copy")],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=240,
    )
    assert done.stdout.strip() in {"DiskFull", "Damaged"}
    assert list(out.iterdir()) == []
    with made.login() as desk:
        assert check_desk(desk).faults == ()
