"""The centre's command line: what it prints, writes and answers with."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync import ticket
from sync.central.__main__ import main
from sync.lock import LockFile
from tests.centre_process import OFFICE
from tests.centre_world import LocalCentre

if sys.platform == "win32":
    FOLDER_MODE = FILE_MODE = None
else:
    FOLDER_MODE, FILE_MODE = 0o700, 0o600


class Commands:
    """Runs commands of one centre's folder in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.home = folder / "centre"
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        try:
            code = main([*words, "--home", str(self.home)])
        except SystemExit as end:
            code = int(str(end.code))
        out, err = self._capsys.readouterr()
        return code, out, err

    def json(self, *words: str) -> dict[str, Any]:
        """The one JSON line of a command that must succeed."""
        code, out, err = self(*words, "--json")
        assert code == 0, err
        line: dict[str, Any] = json.loads(out)
        return line

    def office(self, text: str = OFFICE, database: str | None = None) -> tuple[int, str, str]:
        """Add an office."""
        file = self.folder / "office.toml"
        file.write_text(text, "utf-8")
        return self("office", "add", str(file), *(("--database", database) if database else ()))


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Commands]:
    """The commands of a new centre; the umask they set is taken back."""
    umask = os.umask(0o022)
    yield Commands(tmp_path, capsys)
    os.umask(umask)


def test_a_ticket_goes_into_a_file_for_its_owner(run: Commands) -> None:
    """`desk-code --out` writes a ticket the desk can read, office included; no code is printed."""
    run.office()
    file = run.folder / "desk.mfct"

    code, out, _ = run(
        *("desk-code", "0101", "317", "--window", "4", "--url", "https://centre.test"),
        *("--out", str(file)),
    )

    got = ticket.read(file.read_bytes())
    assert code == 0
    assert (got.desk_no, got.window, got.urls) == (317, "4", ("https://centre.test",))
    assert got.office["title"] == "МФЦ «Образцовый»"
    assert got.code not in out
    if FILE_MODE is not None:
        assert stat.S_IMODE(file.stat().st_mode) == FILE_MODE


def test_a_code_is_printed_with_the_address(run: Commands) -> None:
    """Without --out the address and a code with the centre's fingerprint are printed."""
    run.office()

    told = run.json("desk-code", "0101", "1", "--url", "https://centre.test")
    _, words, _ = run("desk-code", "0101", "1", "--url", "https://centre.test")

    fingerprint, _ = ticket.split_code(told["code"])
    assert fingerprint in words
    assert "https://centre.test" in words


def test_what_is_taken_from_quarantine_is_applied_at_once(run: Commands) -> None:
    """`quarantine N --take` leaves nothing to be applied by a centre nobody wakes."""
    local = LocalCentre(run.folder)
    try:
        desk = local.desk()
        desk.register(1)
        local.centre.store.desks.revoke(desk.desk, local.clock.now())
        assert local.accept(desk.seal(1, 1)).status == 403
    finally:
        local.close()

    assert " UTC\n" in run("quarantine")[1]
    words = (*("-m", "sync.central", "quarantine", "1", "--take", "--json"), "--home")
    done = subprocess.run(
        [sys.executable, *words, str(run.home)], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["became"] == "stored"
    assert done.stderr == ""  # What the log of `serve` says is no answer to a person.

    told = run.json("desks")
    assert (told["have"], told["applied_to"]) == (1, 1)


def test_a_second_ticket_keeps_the_window(run: Commands) -> None:
    """Who replaces a computer need not know the window: the papers go on naming the same one."""
    run.office()
    windows = [
        run.json("desk-code", "0101", "1", "--url", "http://x", *more)["window"]
        for more in ((), ("--window", "4"), ("--restore",), ("--window", "5"), ())
    ]

    assert windows == ["1", "4", "4", "5", "5"]


def test_each_ticket_is_of_a_new_epoch(run: Commands) -> None:
    """Two tickets of one desk issued in the same second have growing epochs."""
    run.office()
    first = run.json("desk-code", "0101", "1", "--url", "http://x")
    second = run.json("desk-code", "0101", "1", "--url", "http://x")

    assert second["epoch"] > first["epoch"]
    assert second["code"] != first["code"]


def test_the_folder_is_for_its_owner_alone(run: Commands) -> None:
    """Folder 0700, every file 0600; the recovery key is written once, with what to do about it."""
    run.office()
    recovery = run.home / "recovery-key.txt"
    text = recovery.read_text("utf-8")
    recovery.unlink()
    run("desks")

    assert "AGE-SECRET-KEY-" in text
    assert "сейф" in text
    assert not recovery.exists()
    if FOLDER_MODE is not None:
        assert stat.S_IMODE(run.home.stat().st_mode) == FOLDER_MODE
        for path in run.home.rglob("*"):
            own = FOLDER_MODE if path.is_dir() else FILE_MODE
            assert stat.S_IMODE(path.stat().st_mode) == own, path


def test_an_office_may_be_described_anew(run: Commands) -> None:
    """Adding an office again replaces its description."""
    run.office()
    run.office(OFFICE.replace("Образцовый»", "Примерный»"))

    _, out, _ = run("desks")

    assert "Примерный" in out
    assert out.count("0101") == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("code = ", "TOML"),
        ('title = "Без кода"', "code"),
        ('code = "1"\ntitle = "x"\ntz = "Mars/Olympus"', "Mars/Olympus"),
        ('code = "1"\ntitle = "x"\n[hours]\nmon = "вечером"', "hours.mon"),
        ('code = 1\ntitle = "x"', "code"),
    ],
)
def test_a_bad_office_file_is_named_with_its_mistake(run: Commands, text: str, words: str) -> None:
    """Exit code 5, the file and the key at fault."""
    code, _, err = run.office(text)

    assert code == 5
    assert words in err
    assert "office.toml" in err


def test_two_changes_of_keys_at_once_are_one(run: Commands) -> None:
    """The second would put away a pair desks were told of: it waits, nothing is changed."""
    run.office()
    with LockFile(run.home / "keys.lock") as lock:
        assert lock.take()
        before = (run.home / "keys.json").read_bytes()
        code, _, err = run("keys", "rotate")
        assert (code, "Ключи меняет" in err) == (4, True)
        assert (run.home / "keys.json").read_bytes() == before
    assert run("keys", "rotate")[0] == 0


def test_refusals_say_what_is_wrong(run: Commands) -> None:
    """Unknown office and desk, a number out of range, another office's desk: code and sentence."""
    run.office()
    run.office(OFFICE.replace('"0101"', '"0202"'))
    run("desk-code", "0202", "7", "--url", "http://x")

    tries = {
        ("desk-code", "9999", "1", "--url", "http://x"): (2, "офиса"),
        ("desk-code", "0101", "0", "--url", "http://x"): (2, "99999"),
        ("desk-code", "0101", "100000", "--url", "http://x"): (2, "99999"),
        ("desk-code", "0101", "7", "--url", "http://x"): (1, "другим офисом"),
        ("desk-code", "0101", "1"): (2, "--url"),
        ("desk-code", "0101", "одно"): (2, "одно"),
        ("desk-code", "0101", "1", "--url", "http://x", "--ca", "/nowhere"): (2, "/nowhere"),
        ("desk-code", "0101", "1", "--url", "http://x", "--days", "9999999999"): (2, "9999999999"),
        ("desk-code", "0101", "1", "--url", "http://x", "--days", "-1"): (2, "-1"),
        ("revoke", "55"): (2, "места нет"),
        ("office", "add", "/nowhere/office.toml"): (5, "/nowhere/office.toml"),
        ("quarantine", "1"): (2, "--out"),
        ("serve", "--tls-cert", "x"): (2, "--tls-key"),
        ("desks", "--database", "mysql://x"): (2, "sqlite:///"),
        ("desks", "--database", "postgresql://127.0.0.1:9/x"): (4, "PostgreSQL не отвечает"),
        ("serve", "--port", "70000"): (2, "70000"),
        ("serve", "--host", "999.1.1.1", "--port", "0"): (1, "--host"),
        ("nothing",): (2, "nothing"),
        ("desks", "--nothing"): (2, "--nothing"),
    }
    for words, (code, part) in tries.items():
        got, out, err = run(*words)
        assert (got, out) == (code, ""), words
        assert part in err, words


def test_a_foreign_database_is_left_alone(run: Commands) -> None:
    """A file of another program is refused with code 4 and not touched."""
    run.home.mkdir()
    file = run.home / "centre.db"
    file.write_bytes(b"%PDF-1.7 not a database")

    code, _, err = run("desks")

    assert code == 4
    assert "другой программы" in err
    assert file.read_bytes() == b"%PDF-1.7 not a database"


def test_lost_keys_are_not_made_anew_in_silence(run: Commands) -> None:
    """Unreadable keys stop the centre: new ones would cut every desk off."""
    run.office()
    (run.home / "keys.json").write_text("{}", "utf-8")

    code, _, err = run("desks")

    assert code == 4
    assert "keys.json" in err


def test_desks_are_listed_with_their_state(run: Commands) -> None:
    """A desk waits for enrolment; revoked before it, its code is void."""
    run.office()
    run("desk-code", "0101", "317", "--window", "4", "--url", "http://x")
    (line,) = [json.loads(text) for text in run("desks", "--json")[1].splitlines()]
    code, out, _ = run("revoke", "317")

    assert (line["desk"], line["state"], line["have"]) == (317, "waiting", 0)
    assert code == 0
    assert "00317" in out


def test_an_empty_centre_is_in_order(run: Commands) -> None:
    """verify, export, quarantine and desks work before anything came."""
    run.office()

    assert run.json("verify")["faults"] == []
    assert run("export") == (0, "", "")
    assert run("quarantine")[0] == 0
    assert run("desks")[1].startswith("0101")


@pytest.mark.parametrize("words", ["desks", "verify", "export", "quarantine", "restored"])
def test_a_mistyped_folder_is_not_an_empty_centre(run: Commands, words: str) -> None:
    """What reads or changes a centre makes none: «0 requests» of a wrong folder would be a lie."""
    code, out, err = run(words)

    assert (code, out) == (2, "")
    assert "--home" in err
    assert not run.home.exists()


def test_database_may_stand_elsewhere(run: Commands) -> None:
    """--database sqlite:///FILE puts the database there; keys stay in the folder."""
    elsewhere = run.folder / "elsewhere.db"
    run.office(database=f"sqlite:///{elsewhere}")

    assert elsewhere.exists()
    assert not (run.home / "centre.db").exists()
    assert (run.home / "keys.json").exists()


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"], ["desk-code", "--help"]])
def test_help_is_russian(run: Commands, words: list[str]) -> None:
    """Help has no English headings, and says «Вызов» once."""
    with pytest.raises(SystemExit) as end:
        main(words)
    out, _ = run._capsys.readouterr()

    assert end.value.code == 0
    assert out.startswith("Вызов: mfc-central")
    assert out.count("Вызов") == 1
    assert "usage" not in out
    assert "options:" not in out
