"""The commands about the desk itself, each as a process: answers, sentences, exit codes."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from mfc_desk.access.roles import Role
from mfc_desk.paths import Home
from sync.central.home import RECOVERY_TEXT
from tests import forked
from tests.desk_home import CENTRE, PASSWORD, DeskHome, set_up_home, ticket_file

NAME = "Иванова А. П.\n"
"""What a person types when the name of an employee is asked."""


class Office:
    """A home to run commands on."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def run(
        self, *words: str, password: str | None = PASSWORD, stdin: str = ""
    ) -> CompletedProcess[str]:
        """Run `mfc-desk` with these words on this home."""
        environment = {key: value for key, value in os.environ.items() if "MFC_DESK" not in key}
        if password is not None:
            environment["MFC_DESK_PASSWORD"] = password
        home = ("--home", str(self.home))
        done = forked.run("mfc_desk", (*home, *words), environ=environment, stdin=stdin.encode())
        said = (done.stdout.decode(), done.stderr.decode())
        return CompletedProcess(done.args, done.returncode, *said)


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


@pytest.fixture
def office(made: DeskHome) -> Office:
    """Commands on that desk."""
    return Office(made.home.root)


def a_ticket(folder: Path, **changes: object) -> Path:
    """A ticket file that is valid by the clock of this computer."""
    file = folder / "desk.mfct"
    file.write_bytes(
        ticket_file(**{"valid_until": datetime.now(UTC) + timedelta(days=1), **changes})
    )
    return file


def test_setup_makes_a_desk_that_status_describes(tmp_path: Path) -> None:
    """From a ticket file to a status, without a screen."""
    office = Office(tmp_path / "desk")
    ticket = a_ticket(tmp_path)

    done = office.run("setup", "--ticket", str(ticket), "--operator", "ivanova", stdin=NAME)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Рабочее место настроено" in done.stdout

    status = office.run("status", "--json")
    assert status.returncode == 0
    told = json.loads(status.stdout)
    assert told["desk"] == 317
    assert told["journal"]["seq"] == 2
    assert len(told["journal"]["head"]) == 64
    assert {"unsent", "confirmed", "attention", "link", "clock", "disk"} <= told.keys()
    assert "Журнал" in office.run("status").stdout
    assert {path.stat().st_mode & 0o077 for path in office.home.iterdir()} == {0}


def test_status_says_that_a_damaged_catalogue_is_not_used(office: Office) -> None:
    """The desk works by the one before; how many mistakes, and the command that lists them."""
    published = Home(office.home).catalogue
    published.mkdir()
    (published / "catalogue.toml").write_text("version = ", "utf-8")

    told = json.loads(office.run("status", "--json").stdout)["catalogue"]
    text = office.run("status").stdout

    assert told["mistakes"] >= 1
    assert told["version"] in text
    assert "работает прежний" in text
    assert office.run("catalogue", "check").returncode == 5


def test_setup_refuses_and_says_why(tmp_path: Path, office: Office) -> None:
    """Each reason not to set up has its sentence and code, and leaves the folder empty."""
    empty = Office(tmp_path / "empty")
    ticket, person = a_ticket(tmp_path), ("--operator", "ivanova")
    training = ("setup", "--training", *person)

    for run, code, words in (
        (empty.run("setup", "--ticket", str(ticket)), 2, "--operator"),
        (empty.run("setup", *person), 2, "Нужно одно из"),
        (empty.run("setup", "--ticket", str(tmp_path / "none"), *person), 2, "не читается"),
        (empty.run(*training), 2, "Фамилия и инициалы не указаны"),
        (empty.run(*training, "--name", "И"), 2, "Персональные данные"),
        (empty.run(*training, password="short", stdin=NAME), 1, "не меньше 8"),
        (empty.run(*training, password=None, stdin=NAME), 2, "нет терминала"),
        (office.run(*training), 1, "уже настроено"),
    ):
        assert run.returncode == code, run.stderr
        assert words in run.stderr
        assert run.stdout == ""
    ticket.write_bytes(b"not a ticket")
    assert empty.run("setup", "--ticket", str(ticket), *person, stdin=NAME).returncode == 1
    a_ticket(tmp_path, valid_until=datetime.now(UTC) - timedelta(days=1))
    late = empty.run("setup", "--ticket", str(ticket), *person, stdin=NAME)
    assert (late.returncode, "истёк" in late.stderr) == (1, True)
    assert not Home(empty.home).is_set_up


def test_enrol_without_a_centre_is_exit_three(tmp_path: Path) -> None:
    """No centre at the address: 3, nothing set up; a code typed wrong: 1."""
    office = Office(tmp_path / "desk")
    nowhere, person = "http://127.0.0.1:9", ("--operator", "ivanova")

    unreachable = office.run("enrol", nowhere, "00000000-ABCD-1234", *person, stdin=NAME)
    assert unreachable.returncode == 3
    assert "повторите с тем же кодом" in unreachable.stderr
    assert "отправка" not in unreachable.stderr
    assert not Home(office.home).is_set_up
    assert office.run("enrol", nowhere, "12-34", *person, stdin=NAME).returncode == 1


def test_empty_home_is_not_set_up(tmp_path: Path) -> None:
    """A command on an empty folder says how to set the desk up, and makes nothing."""
    office = Office(tmp_path / "none")
    done = office.run("status")

    assert done.returncode == 1
    assert "setup" in done.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
def test_wrong_password_is_exit_one_and_slows_down(office: Office) -> None:
    """Wrong passwords are counted over processes; from the fourth on the wait doubles."""
    for pause, said in ((0, ""), (0, ""), (0, ""), (0, "через 2 с"), (2, "4 с"), (4, "8 с")):
        # the whole wait and a little: what comes earlier is refused without being counted
        time.sleep(pause * 1.1)
        began = time.monotonic()
        wrong = office.run("status", password="wrong password")
        assert wrong.returncode == 1
        assert said in wrong.stderr

    delayed = office.run("status")
    if time.monotonic() - began < 8:  # a loaded machine may have slept the wait through
        assert delayed.returncode == 1
        assert "Слишком много" in delayed.stderr


def test_password_never_comes_from_the_arguments(office: Office) -> None:
    """There is no option for a password; without terminal and file it is a usage error."""
    assert office.run("status", "--password", PASSWORD).returncode == 2
    assert office.run("status", password=None).returncode == 2


def test_store_failures_are_exit_four(made: DeskHome, office: Office) -> None:
    """Damaged keys, a foreign file, a newer schema, keys missing: 4, each with its sentence."""
    keys, database = made.home.keyslots.read_bytes(), made.home.database.read_bytes()
    made.home.keyslots.write_bytes(keys[:100])
    damaged_keys = office.run("status")
    made.home.keyslots.unlink()
    no_keys = office.run("status")
    made.home.keyslots.write_bytes(keys)
    made.home.database.write_bytes(b"%PDF-1.7\n" + bytes(9000))
    foreign = office.run("status")
    made.home.database.write_bytes(database)
    with made.login() as desk, desk.db.atomic():
        desk.db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('desk.requests', 'm999_future', '2027-01-01')"
        )
    newer = office.run("status")

    for run, words in (
        (damaged_keys, "keys.json"),
        (no_keys, "keys.json"),
        (foreign, "другой программы"),
        (newer, "более новой"),
    ):
        assert run.returncode == 4, run.stderr
        assert words in run.stderr
        assert "Traceback" not in run.stderr


def test_check_is_zero_when_clean_and_four_when_not(made: DeskHome, office: Office) -> None:
    """`check` names what is wrong and where, for people and as JSON."""
    clean = office.run("check")
    assert (clean.returncode, clean.stderr) == (0, "")
    assert "Нарушений нет" in clean.stdout
    with made.login() as desk, desk.db.atomic():
        desk.db.execute("UPDATE operator SET role = 'administrator'")

    found = office.run("check", "--json")
    assert found.returncode == 4
    told = json.loads(found.stdout)
    assert told["clean"] is False
    assert told["faults"][0]["where"] == "сотрудник ivanova"
    assert "сотрудник ivanova" in office.run("check").stdout


@pytest.mark.slow
def test_users_are_listed_added_locked_and_reset(
    made: DeskHome, office: Office, tmp_path: Path
) -> None:
    """Accounts without a screen; passwords from files, never from the arguments."""
    words = tmp_path / "words.txt"
    words.write_text("petrov's words\n", "utf-8")
    added = office.run(
        "users",
        "add",
        "petrov",
        "--role",
        "field",
        "--new-password-file",
        str(words),
        stdin="Петров П. С.\n",
    )
    assert added.returncode == 0, added.stderr
    ambiguous = office.run("users", "list")
    assert (ambiguous.returncode, "--operator" in ambiguous.stderr) == (2, True)
    listed = office.run("--operator", "ivanova", "users", "list", "--json")
    assert [one["login"] for one in json.loads(listed.stdout)] == ["ivanova", "petrov"]
    refused = office.run(
        "--operator", "petrov", "users", "lock", "ivanova", password="petrov's words"
    )
    assert (refused.returncode, "прав" in refused.stderr) == (1, True)

    words.write_text("second words\n", "utf-8")
    changed = office.run(
        "users",
        "change-password",
        "--operator",
        "petrov",
        "--new-password-file",
        str(words),
        password="petrov's words",
    )
    assert changed.returncode == 0
    assert office.run("users", "lock", "petrov", "--operator", "ivanova").returncode == 0
    locked = office.run("status", "--operator", "petrov", password="second words")
    assert locked.returncode == 1


@pytest.mark.slow
def test_recovery_key_gives_a_new_password(made: DeskHome, office: Office, tmp_path: Path) -> None:
    """A forgotten password is not a lost desk; a wrong recovery key opens nothing."""
    words, key = tmp_path / "words.txt", tmp_path / "recovery.txt"
    words.write_text("new words here\n", "utf-8")
    key.write_text("AGE-SECRET-KEY-1NOTAKEY\n", "utf-8")
    reset = (
        "users",
        "reset",
        "ivanova",
        "--recovery-key",
        str(key),
        "--new-password-file",
        str(words),
    )
    wrong = office.run(*reset)
    assert wrong.returncode == 4
    text = RECOVERY_TEXT.format(
        server="s-test", recipient=CENTRE.recipient, identity=CENTRE.identity
    )
    key.write_text(text, "utf-8")  # as the centre writes it

    done = office.run(*reset, password=None)
    assert done.returncode == 0, done.stderr
    assert office.run("status", password="new words here").returncode == 0
    assert office.run("status").returncode == 1
    assert office.run("check", password="new words here").returncode == 0


@pytest.mark.slow
def test_backup_and_restore(made: DeskHome, office: Office, tmp_path: Path) -> None:
    """A copy is made and put back on another home; a copy that is none is exit 4."""
    file = tmp_path / "copy.mfck"
    done = office.run("backup", str(file))
    assert done.returncode == 0, done.stderr

    other = Office(tmp_path / "other")
    assert other.run("restore", str(file)).returncode == 2
    restored = other.run("restore", str(file), "--operator", "ivanova", "--json")
    assert restored.returncode == 0, restored.stderr
    assert json.loads(restored.stdout) == {"epoch": 217123200, "seq": 3, "moved_to": None}
    assert other.run("check").returncode == 0

    with made.login() as desk:
        desk.operators.add("petrov", "Петров П. С.", Role.SPECIALIST, "petrov's words")
    behind = office.run("restore", str(file), "--operator", "ivanova")
    assert (behind.returncode, "--replace" in behind.stderr) == (4, True)
    file.write_bytes(b"not a copy")
    assert office.run("restore", str(file), "--operator", "ivanova").returncode == 4


def test_bug_leaves_exit_seventy_and_no_values(made: DeskHome, office: Office) -> None:
    """Something nobody foresaw: a sentence, a crash log with places only, code 70."""
    with made.login() as desk, desk.db.atomic():
        desk.db.execute("UPDATE operator SET role = 'canary-role'")

    done = office.run("status")

    assert done.returncode == 70
    assert "Ошибка в программе" in done.stderr
    assert "canary-role" not in done.stderr + done.stdout
    log = made.home.log.read_text("utf-8")
    assert "canary-role" not in log
    assert json.loads(log)["errors"][0]["type"] == "builtins.ValueError"
