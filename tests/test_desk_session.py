"""Logging in, locking, working copies, the one screen program, what is journalled at login."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from mfc_desk.access.roles import Role
from mfc_desk.errors import (
    DeskClosed,
    DiskAlmostFull,
    HomeLocked,
    KeySlotsDamaged,
    NotSetUp,
    OperatorLockedOut,
    WrongPassword,
)
from mfc_desk.session import hold_screen
from mfc_desk.store import connection
from sync.database import DiskFull
from sync.entries import Entry, decode
from sync.errors import Damaged, ForeignFile, TooNew
from tests.desk_home import NOON, PASSWORD, DeskHome, set_up_home

ROOT = Path(__file__).parent.parent


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


def last_entries(made: DeskHome, count: int) -> list[Entry]:
    """The last entries of the journal."""
    with made.login() as desk:
        end = desk.journal.position().seq
        return [decode(row.data or b"") for row in desk.journal.entries(end - count, count)]


def test_wrong_password_opens_nothing(made: DeskHome) -> None:
    """A wrong password is refused and the desk stays closed."""
    with pytest.raises(WrongPassword):
        made.login(password="wrong password")


def test_failed_logins_enter_the_journal_at_the_next_login(made: DeskHome) -> None:
    """Failures counted beside the closed database are told by its journal, once."""
    for _ in range(2):
        with pytest.raises(WrongPassword):
            made.login(password="wrong password")

    (entry,) = last_entries(made, 1)
    assert entry.kind == "operator.login-failed"
    assert entry.body == {"login": "ivanova", "count": 2}
    (again,) = last_entries(made, 1)
    assert again.entry_id == entry.entry_id


def test_clock_set_back_between_logins_is_journalled(made: DeskHome) -> None:
    """A login an hour before the last entry leaves a clock.jump, once."""
    made.clock.set(NOON - timedelta(hours=1))

    (entry,) = last_entries(made, 1)
    assert entry.kind == "clock.jump"
    assert entry.body == {"seconds": -3600}
    assert last_entries(made, 1)[0].entry_id == entry.entry_id


def test_clock_jump_while_working_is_journalled(made: DeskHome) -> None:
    """The wall clock against the uptime: a jump is one entry, time that passes is none."""
    with made.login() as desk:
        made.clock.pass_(3600)
        assert not desk.watch_clock()
        made.clock.set(made.clock.now() + timedelta(days=1))
        assert desk.watch_clock()
        assert not desk.watch_clock()
        assert desk.journal.entries(2, 10)[-1].kind == "clock.jump"
        made.clock.set(made.clock.now() - timedelta(days=2))
        with desk.db.atomic():
            desk.record("access", {"what": "test"})
    back, act = last_entries(made, 2)
    assert (back.kind, back.body) == ("clock.jump", {"seconds": -172800})
    assert act.kind == "access"


def test_ids_grow_over_a_clock_set_back(made: DeskHome) -> None:
    """Ids minted after a restart with a lying clock are still above all before."""
    with made.login() as desk:
        before = desk.ids.next()
        with desk.db.atomic():
            entry_id, _ = desk.record("access", {"what": "test"})
    made.clock.set(NOON - timedelta(days=400))
    with made.login() as desk:
        assert desk.ids.next() > entry_id > before


def test_locked_desk_forgets_key_and_connection(made: DeskHome) -> None:
    """After lock nothing can be read, and the WAL is empty."""
    desk = made.login()
    desk.lock()

    assert not desk.is_open
    with pytest.raises(DeskClosed):
        _ = desk.db
    with pytest.raises(DeskClosed):
        _ = desk.key
    with pytest.raises(DeskClosed):
        desk.worker_copy()
    desk.close()
    wal = made.home.database.with_name("desk.db-wal")
    assert not wal.exists() or wal.stat().st_size == 0


def test_worker_copy_works_in_a_thread(made: DeskHome) -> None:
    """A copy has its own connection; what it writes the desk reads."""
    with made.login() as desk:
        copies = []

        def work() -> None:
            with desk.worker_copy() as copy, copy.db.atomic():
                copies.append(copy.record("access", {"what": "test"})[0])

        worker = threading.Thread(target=work)
        worker.start()
        worker.join(timeout=240)

        assert desk.journal.find(copies[0]) is not None


def test_locked_out_operator_with_an_old_slot_is_refused(made: DeskHome) -> None:
    """Putting an old keys.json back does not let a locked-out operator in."""
    with made.login() as desk:
        desk.operators.add("petrov", "Петров П. С.", Role.SPECIALIST, "petrov's words")
        old = made.home.keyslots.read_bytes()
        desk.operators.lock_out("petrov")
    with pytest.raises(WrongPassword):
        made.login("petrov", "petrov's words")
    made.home.keyslots.write_bytes(old)

    with pytest.raises(OperatorLockedOut):
        made.login("petrov", "petrov's words")


def test_empty_home_is_not_set_up(tmp_path: Path, made: DeskHome) -> None:
    """Nothing there: the sentence says how to set the desk up."""
    made.home = type(made.home)(tmp_path / "none")
    with pytest.raises(NotSetUp):
        made.login()


def test_damaged_keys_are_told_from_a_wrong_password(made: DeskHome) -> None:
    """A keys file cut in the middle says so."""
    data = made.home.keyslots.read_bytes()
    made.home.keyslots.write_bytes(data[: len(data) // 2])

    with pytest.raises(KeySlotsDamaged):
        made.login()


def test_file_of_another_program_is_named(made: DeskHome) -> None:
    """A database that is not ours is refused and not touched."""
    made.home.database.write_bytes(b"%PDF-1.7\n" + b"x" * 8192)
    before = made.home.database.read_bytes()

    with pytest.raises(ForeignFile):
        made.login()
    assert made.home.database.read_bytes() == before


def test_newer_schema_is_refused(made: DeskHome) -> None:
    """A database a newer program has changed stays as it is."""
    with made.login() as desk, desk.db.atomic():
        desk.db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('desk.requests', 'm999_future', '2027-01-01')"
        )

    with pytest.raises(TooNew):
        made.login()


def test_damaged_database_is_named(made: DeskHome) -> None:
    """A page overwritten is damage, not a wrong password."""
    data = bytearray(made.home.database.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 + 100] ^= 0xFF
    made.home.database.write_bytes(bytes(data))

    with pytest.raises(Damaged):
        made.login()


def test_an_emptied_database_is_damage_and_no_new_store(made: DeskHome) -> None:
    """Nothing is built in the place of what was lost, and nobody is told that his login is shut."""
    made.home.database.write_bytes(b"")

    with pytest.raises(Damaged):
        made.login()
    assert made.home.database.read_bytes() == b""


@pytest.mark.parametrize("start", [0, 16, 100])
def test_a_right_password_is_not_blamed_for_a_damaged_first_page(
    made: DeskHome, start: int
) -> None:
    """The slot opened, so it is the file: damage, exit code 4, and the way back."""
    data = bytearray(made.home.database.read_bytes())
    data[start : start + 64] = bytes(byte ^ 0xFF for byte in data[start : start + 64])
    made.home.database.write_bytes(bytes(data))

    with pytest.raises(Damaged, match="restore") as caught:
        made.login()
    assert caught.value.exit_code == 4


def test_second_screen_program_is_refused(made: DeskHome) -> None:
    """While one screen program is open another one is told to use it; a command is not."""
    program = (
        "import sys; from pathlib import Path; from mfc_desk.paths import Home\n"
        "from mfc_desk.session import hold_screen; from mfc_desk.errors import HomeLocked\n"
        "try:\n"
        "    with hold_screen(Home(Path(sys.argv[1]))): print('opened')\n"
        "except HomeLocked as refused: print(refused)\n"
    )

    def another() -> str:
        done = subprocess.run(
            [sys.executable, "-c", program, str(made.home.root)],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            timeout=240,
        )
        return done.stdout

    with hold_screen(made.home):
        assert "уже открыта" in another()
        with pytest.raises(HomeLocked), hold_screen(made.home):
            pass
        with made.login() as desk:
            assert desk.is_open
    assert another() == "opened\n"


def test_new_capture_is_refused_before_typing(made: DeskHome) -> None:
    """Under 200 MB free a request is not begun; at 200 MB it is."""
    with pytest.raises(DiskAlmostFull):
        connection.require_room(made.home, lambda _: connection.CAPTURE_BYTES - 1)
    connection.require_room(made.home, lambda _: connection.CAPTURE_BYTES)


def test_ballast_lets_the_current_save_finish(made: DeskHome) -> None:
    """A full disk gives the ballast up and the act is done again; without it, it is an error."""
    tries = []

    def act() -> str:
        tries.append(made.home.ballast.exists())
        if tries[-1]:
            raise DiskFull
        return "saved"

    with made.login() as desk:
        assert desk.with_ballast(act) == "saved"
        assert tries == [True, False]
        tries.clear()
        made.home.ballast.unlink(missing_ok=True)

    def never() -> None:
        raise DiskFull

    with pytest.raises(DiskFull):
        connection.with_ballast(made.home, never)


def test_ballast_is_laid_aside_only_when_there_is_room(made: DeskHome) -> None:
    """A filling disk is not filled further; a roomy one gets the ballast back at the next login."""
    made.home.ballast.unlink()

    assert not connection.keep_ballast(made.home, lambda _: connection.CAPTURE_BYTES)
    assert not made.home.ballast.exists()
    made.login().close()
    assert made.home.ballast.stat().st_size == connection.BALLAST_BYTES


def test_full_disk_leaves_no_half_of_an_act(made: DeskHome) -> None:
    """The system refuses to write: DiskFull or Damaged, and the next login finds all or nothing."""
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from tests.desk_home import DeskHome, StandingClock\n"
        "from mfc_desk.paths import Home; from sync.ids import SeededRandom\n"
        "from sync.errors import StoreFailure\n"
        "made = DeskHome(Home(Path(sys.argv[1])), StandingClock(), SeededRandom(5))\n"
        "desk = made.login()\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "wal = made.home.database.with_name('desk.db-wal')\n"
        "room = wal.stat().st_size + 40_000\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))\n"
        "for n in range(200):\n"
        "    try:\n"
        "        with desk.db.atomic(): desk.record('access', {'what': 'x' * 500})\n"
        "    except StoreFailure as refused:\n"
        "        print(n, type(refused).__name__, flush=True)\n"
        "        break\n"
        "import os; os._exit(0)\n"
    )
    with made.login() as desk:
        before = desk.journal.position().seq
    done = subprocess.run(
        [sys.executable, "-c", program, str(made.home.root)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=240,
    )
    written, name = done.stdout.split()

    assert name in {"DiskFull", "Damaged"}
    with made.login() as desk:
        assert desk.journal.position().seq == before + int(written)
        assert desk.journal.verify() == ()
        assert desk.db.faults() == ()


def test_password_is_not_kept_by_the_desk(made: DeskHome) -> None:
    """Nothing the desk holds shows the password or the key by repr."""
    with made.login() as desk:
        shown = repr(vars(desk))
        assert PASSWORD not in shown
        assert repr(desk) == object.__repr__(desk)
