"""Setting a desk up: from a ticket, by net, for training; cut anywhere, begun again."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mfc_desk.access.roles import Role
from mfc_desk.access.vault import Vault
from mfc_desk.errors import AlreadySetUp, DatabaseLost, LoginRefused, PasswordTooWeak
from mfc_desk.paths import Home
from mfc_desk.session import open_desk
from mfc_desk.setup.setup import FirstOperator, enrol, set_up
from sync.entries import decode
from sync.errors import TicketExpired, TicketInvalid, Unreachable
from sync.failpoint import EXIT_STATUS
from sync.ids import SeededRandom
from sync.keys import DeviceKeys
from sync.ticket import fingerprint
from tests.desk_home import (
    CENTRE,
    CHEAP,
    DESK_NO,
    EPOCH,
    IVANOVA,
    NOON,
    OFFICE,
    PASSWORD,
    DeskHome,
    StandingClock,
    set_up_home,
    ticket_file,
)
from tests.faults import status_killed_at

CENTRE_FINGERPRINT = fingerprint(CENTRE.public)


def names_in(home: Home) -> set[str]:
    """What lies in the home."""
    return {item.name for item in home.root.iterdir()} if home.root.exists() else set()


def test_desk_is_who_the_ticket_says(tmp_path: Path) -> None:
    """After set-up the operator logs in to the desk, window and office of the ticket."""
    made = set_up_home(tmp_path / "desk")

    with made.login() as desk:
        assert (desk.desk_no, desk.window, desk.training) == (DESK_NO, "3", False)
        assert desk.office.title == "МФЦ г. Приморск"
        assert (desk.operator.login, desk.operator.name) == ("ivanova", "Иванова А. П.")
        assert desk.operator.role is Role.SUPERVISOR
        assert desk.operator.title == "руководитель смены"
        assert desk.device.ticket is not None
        assert desk.device.enrolled_at is None


def test_journal_begins_with_epoch_and_operator(tmp_path: Path) -> None:
    """The first two entries say who the desk is and who set it up."""
    with set_up_home(tmp_path / "desk").login() as desk:
        first, second = (decode(row.data or b"") for row in desk.journal.entries(after=0, limit=10))

        assert first.kind == "epoch.open"
        assert first.body["desk"] == DESK_NO
        assert first.body["epoch"] == EPOCH == desk.journal.position().epoch
        assert first.body["office"] == "90-001"
        assert second.kind == "operator.add"
        assert second.body == {"login": "ivanova", "name": "Иванова А. П.", "role": "supervisor"}
        assert desk.journal.verify() == ()


def test_training_desk_has_number_zero_and_no_centre(tmp_path: Path) -> None:
    """Without a ticket the desk is for training: number 0, no ticket, no recovery slot."""
    home, clock = Home(tmp_path / "desk"), StandingClock()
    set_up(home, None, IVANOVA, PASSWORD, clock, SeededRandom(1), CHEAP)

    with open_desk(home, "ivanova", PASSWORD, clock, SeededRandom(1), CHEAP) as desk:
        assert desk.training
        assert desk.desk_no == 0
        assert desk.device.ticket is None
        assert "Учебн" in desk.office.title
    assert json.loads(home.keyslots.read_text("utf-8"))["recovery"]["sealed"] == ""


def test_recovery_key_of_the_ticket_opens_the_desk(tmp_path: Path) -> None:
    """The database key is sealed to the ticket's recovery recipient."""
    made = set_up_home(tmp_path / "desk")
    vault = Vault(made.home, made.clock, made.random, CHEAP)

    assert vault.recover(CENTRE.identity) == vault.unlock("ivanova", PASSWORD)


def test_folder_is_the_owners_only(tmp_path: Path) -> None:
    """Other users of the computer see neither the folder nor the keys."""
    home = set_up_home(tmp_path / "desk").home

    assert home.root.stat().st_mode & 0o077 == 0
    assert home.keyslots.stat().st_mode & 0o077 == 0


def test_keys_without_their_database_are_not_written_over(tmp_path: Path) -> None:
    """A database carried away for a while is not locked for good by a new set-up."""
    made = set_up_home(tmp_path / "desk")
    keys, kept = made.home.keyslots.read_bytes(), tmp_path / "kept.db"
    made.home.database.rename(kept)

    with pytest.raises(DatabaseLost):
        set_up_home(tmp_path / "desk")

    assert made.home.keyslots.read_bytes() == keys
    kept.rename(made.home.database)
    made.login().close()


def test_second_set_up_is_refused(tmp_path: Path) -> None:
    """A desk that is set up is not set up over."""
    made = set_up_home(tmp_path / "desk")
    before = made.home.keyslots.read_bytes()

    with pytest.raises(AlreadySetUp):
        set_up_home(tmp_path / "desk")
    assert made.home.keyslots.read_bytes() == before


@pytest.mark.parametrize(
    ("bytes_of_ticket", "error"),
    [
        (b"not a ticket", TicketInvalid),
        (ticket_file()[:-40], TicketInvalid),
        (ticket_file(valid_until=NOON - timedelta(minutes=1)), TicketExpired),
        (ticket_file(office={**OFFICE, "tz": "Mars/Olympus"}), TicketInvalid),
        (ticket_file(office={"code": ""}), TicketInvalid),
    ],
)
def test_bad_ticket_leaves_nothing_behind(
    tmp_path: Path, bytes_of_ticket: bytes, error: type[Exception]
) -> None:
    """A ticket that is no ticket, cut, out of date or without an office sets nothing up."""
    home = Home(tmp_path / "desk")

    with pytest.raises(error):
        set_up(home, bytes_of_ticket, IVANOVA, PASSWORD, StandingClock(), SeededRandom(1), CHEAP)
    assert names_in(home) == set()


@pytest.mark.parametrize(
    ("operator", "password", "error"),
    [
        (replace(IVANOVA, login="Иванова"), PASSWORD, LoginRefused),
        (replace(IVANOVA, name="  "), PASSWORD, LoginRefused),
        (IVANOVA, "short", PasswordTooWeak),
    ],
)
def test_bad_account_leaves_nothing_behind(
    tmp_path: Path, operator: FirstOperator, password: str, error: type[Exception]
) -> None:
    """A login, a name or a password that is not fit is refused before anything is made."""
    home = Home(tmp_path / "desk")

    with pytest.raises(error):
        set_up(home, ticket_file(), operator, password, StandingClock(), SeededRandom(1), CHEAP)
    assert names_in(home) == set()


@pytest.mark.parametrize(
    "point", ["setup.begun", "setup.fetched", "setup.filled", "setup.keys-placed"]
)
def test_set_up_killed_anywhere_is_begun_again(tmp_path: Path, point: str) -> None:
    """The process dies in the middle; the next set-up ends well and leaves no rest."""
    died = status_killed_at(point, lambda: set_up_home(tmp_path / "desk", ticket=ticket_file()))
    assert died == EXIT_STATUS
    assert not Home(tmp_path / "desk").is_set_up

    made = set_up_home(tmp_path / "desk")
    with made.login() as desk:
        assert desk.journal.position().seq == 2
    assert "setup.part" not in names_in(made.home)


def test_full_disk_at_set_up_leaves_nothing_behind(tmp_path: Path) -> None:
    """No room for the database: a failure of the store, no key, no part, and then it works."""
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from sync.errors import StoreFailure\n"
        "from tests.desk_home import set_up_home, ticket_file\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        "try: set_up_home(Path(sys.argv[1]), ticket=ticket_file())\n"
        "except StoreFailure as refused: print(refused.exit_code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "desk")],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
        check=True,
        timeout=240,
    )
    assert done.stdout == "4\n"
    assert names_in(Home(tmp_path / "desk")) <= {"vault.lock"}
    set_up_home(tmp_path / "desk").login().close()


class OneTimeCentre:
    """A centre that answers the first keys it sees, and those again, and no others."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.down = False

    def __call__(self, keys: DeviceKeys) -> bytes:
        """Answer an enrolment."""
        self.seen.append(keys.public)
        if self.down:
            raise Unreachable("no-network")
        assert set(self.seen) == {keys.public}, "the code was used by other keys"
        return ticket_file()


def test_enrolment_by_net_cut_after_the_answer_asks_with_the_same_keys(tmp_path: Path) -> None:
    """The answer was lost: the next try shows the same keys, so the one-time code still holds."""
    home, clock, centre = Home(tmp_path / "desk"), StandingClock(), OneTimeCentre()
    centre.down = True
    with pytest.raises(Unreachable):
        enrol(home, centre, CENTRE_FINGERPRINT, IVANOVA, PASSWORD, clock, SeededRandom(1), CHEAP)
    assert not home.is_set_up
    centre.down = False

    enrol(home, centre, CENTRE_FINGERPRINT, IVANOVA, PASSWORD, clock, SeededRandom(2), CHEAP)

    assert len(centre.seen) == 2
    assert len(set(centre.seen)) == 1
    with open_desk(home, "ivanova", PASSWORD, clock, SeededRandom(3), CHEAP) as desk:
        assert desk.device.keys.public == centre.seen[0]
        assert desk.device.enrolled_at == NOON
        assert desk.desk_no == DESK_NO


def test_ticket_of_another_centre_is_refused(tmp_path: Path) -> None:
    """A ticket signed by a key whose fingerprint nobody dictated sets nothing up."""
    home = Home(tmp_path / "desk")

    with pytest.raises(TicketInvalid, match="не тем центром"):
        enrol(
            home,
            OneTimeCentre(),
            "00000000",
            IVANOVA,
            PASSWORD,
            StandingClock(),
            SeededRandom(1),
            CHEAP,
        )
    assert not home.is_set_up


def test_half_done_enrolment_of_another_password_is_begun_anew(tmp_path: Path) -> None:
    """A half-done enrolment nobody can open is replaced: it holds nothing but unused keys."""
    home, clock, centre = Home(tmp_path / "desk"), StandingClock(), OneTimeCentre()
    centre.down = True
    with pytest.raises(Unreachable):
        enrol(
            home, centre, CENTRE_FINGERPRINT, IVANOVA, "another word", clock, SeededRandom(1), CHEAP
        )

    set_up(home, ticket_file(), IVANOVA, PASSWORD, clock, SeededRandom(2), CHEAP)

    with DeskHome(home, clock, SeededRandom(3)).login() as desk:
        assert desk.journal.position().seq == 2


def test_nothing_personal_lies_in_clear(tmp_path: Path) -> None:
    """After set-up and work no name, office or password stands in any file; logins do."""
    made = set_up_home(tmp_path / "desk")
    with made.login() as desk:
        desk.operators.add("petrov", "Канарейкин П. С.", Role.SPECIALIST, "пароль канарейки")
        everything = b"".join(
            file.read_bytes()
            for file in made.home.root.rglob("*")
            if file.is_file() and file != made.home.ballast
        )

    assert b"ivanova" in everything
    for text in ("Иванова", "Канарейкин", "Приморск", PASSWORD, "пароль канарейки"):
        for encoding in ("utf-8", "utf-16-le", "cp1251"):
            assert text.encode(encoding) not in everything
        assert json.dumps(text).strip('"').encode() not in everything
