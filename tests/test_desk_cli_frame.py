"""The frame of the command line: options, sentences, exit codes, bugs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mfc_desk.__main__ import CRASHED, crash_hook
from mfc_desk.cli.frame import Call, read_arguments
from mfc_desk.cli.words import russian_usage_error
from mfc_desk.errors import USAGE, DeskError, HomeLocked, UsageError, WrongPassword
from mfc_desk.log import crash_record, record_crash
from mfc_desk.paths import Home

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def mfc_desk(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "mfc_desk", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
        cwd=Path(__file__).parent.parent,
    )


def every_error(root: type[DeskError] = DeskError) -> list[type[DeskError]]:
    """The whole tree below DeskError."""
    return [root, *(error for child in root.__subclasses__() for error in every_error(child))]


def test_every_error_has_a_russian_sentence_and_an_exit_code() -> None:
    """Each failure carries a Russian sentence, a stable code of its own and a known exit code."""
    errors = every_error()

    assert len({error.code for error in errors}) == len(errors)
    for error in errors:
        sentence = (error.__doc__ or "").partition("\n")[0]
        assert any("а" <= letter <= "я" for letter in sentence.lower()), error
        assert sentence.endswith("."), error
        assert error.exit_code in {1, 2, 4, 5}


def test_wrong_password_says_how_long_to_wait() -> None:
    """The sentence names the seconds, and says nothing of them when there are none."""
    assert "через 8 с" in str(WrongPassword(8))
    assert "через" not in str(WrongPassword(0))


def test_terminal_without_the_letters_gets_question_marks() -> None:
    """An encoding that has no Cyrillic or no «·» does not break a command."""
    done = mfc_desk("--help", PYTHONIOENCODING="ascii")

    assert done.returncode == 0
    assert "--home" in done.stdout
    assert "?" in done.stdout


def test_reader_that_leaves_early_is_no_bug() -> None:
    """`mfc-desk --help | head -0` ends in silence."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "mfc_desk", "--help"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=240,
        cwd=Path(__file__).parent.parent,
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (0, "")


def test_unknown_command_is_a_usage_error_in_russian() -> None:
    """A command that does not exist exits 2 and names those that do."""
    done = mfc_desk("приём")

    assert done.returncode == USAGE
    assert done.stdout == ""
    assert "нет такого" in done.stderr
    assert "Справка: mfc-desk" in done.stderr


def test_help_is_russian() -> None:
    """Help has Russian headings."""
    done = mfc_desk("--help")

    assert done.returncode == 0
    assert "Вызов: mfc-desk" in done.stdout
    assert "options" not in done.stdout
    assert "общие ключи" in done.stdout


def test_version_names_the_program() -> None:
    """--version prints the version of the program and exits 0."""
    done = mfc_desk("--version")

    assert done.returncode == 0
    assert done.stdout.startswith("mfc-desk ")


def test_options_without_a_command_are_refused() -> None:
    """--json belongs to a command: the screens do not print."""
    done = mfc_desk("--json")

    assert done.returncode == USAGE
    assert "нужна команда" in done.stderr


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("the following arguments are required: FILE", "Не хватает: FILE."),
        ("argument --home: expected one argument", "После --home нужно значение."),
        ("argument N: invalid int value: 'x'", "N: не подходит значение 'x'."),
        ("something new", "something new"),
    ],
)
def test_argparse_messages_are_translated(message: str, sentence: str) -> None:
    """What argparse says is said in Russian, and a new message is not lost."""
    assert russian_usage_error(message) == sentence


def test_unexpected_words_are_not_repeated() -> None:
    """Surplus words may be somebody's name: the sentence does not repeat them."""
    assert "Образцова" not in russian_usage_error("unrecognized arguments: Образцова")


def test_failure_goes_to_stderr_with_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A known failure is one sentence on stderr; stdout stays empty for the reader of results."""
    call = Call(Home(tmp_path), None, None, as_json=True)

    assert call.fail(HomeLocked()) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert err == str(HomeLocked()) + "\n"


def test_password_comes_from_the_file_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--password-file wins over the environment; only its first line counts."""
    monkeypatch.setenv("MFC_DESK_PASSWORD", "из окружения")
    secret = tmp_path / "password.txt"
    secret.write_text("длинный пароль\r\nлишнее\n", "utf-8")

    assert Call(Home(tmp_path), None, secret, as_json=False).password() == "длинный пароль"
    assert Call(Home(tmp_path), None, None, as_json=False).password() == "из окружения"


def test_missing_password_file_is_a_usage_error(tmp_path: Path) -> None:
    """A password file that is not there is named."""
    call = Call(Home(tmp_path), None, tmp_path / "none.txt", as_json=False)

    with pytest.raises(UsageError, match="none"):
        call.password()


def test_global_options_stand_anywhere() -> None:
    """--home may stand before the command."""
    arguments = read_arguments(["--home", "/srv/desk"])

    assert Call.of(arguments).home.root == Path("/srv/desk")


def test_crash_log_holds_types_and_places_only(tmp_path: Path) -> None:
    """A crash record names types and lines; texts of errors and values of locals stay out."""
    canary = "Канарейкина Мария 900-100-200 93"

    def stumble(surname: str) -> None:
        try:
            dict[str, str]()[surname]
        except KeyError as error:
            raise ValueError(surname) from error

    with pytest.raises(ValueError, match="Канарейкина") as caught:
        stumble(canary)
    log = tmp_path / "crash.log"

    assert record_crash(log, caught.value, AT)
    text = log.read_text("utf-8")
    assert "Канарейкина" not in text
    assert "Мария" not in json.dumps(json.loads(text), ensure_ascii=False)
    record = json.loads(text)
    assert [link["type"] for link in record["errors"]] == [
        "builtins.ValueError",
        "builtins.KeyError",
    ]
    assert any("stumble" in place for place in record["errors"][0]["stack"])


def test_crash_record_of_a_loop_of_causes_ends() -> None:
    """A cause that points back does not hang the log."""
    error = ValueError()
    error.__cause__ = KeyError()
    error.__cause__.__cause__ = error

    assert len(crash_record(error, AT)["errors"]) == 8  # type: ignore[arg-type]


def test_crash_log_stays_small(tmp_path: Path) -> None:
    """The log is turned over once it is large."""
    log = tmp_path / "crash.log"
    log.write_text("x" * 300_000, "utf-8")

    assert record_crash(log, ValueError(), AT)
    assert log.stat().st_size < 1000
    assert (tmp_path / "crash.old").exists()


def test_bug_leaves_with_its_own_code_and_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bug is a sentence without the error's text, a log line, and exit code 70."""
    error = ValueError("Канарейкина")

    with pytest.raises(SystemExit) as left:
        crash_hook(Home(tmp_path))(ValueError, error, None)

    assert left.value.code == CRASHED
    shown = capsys.readouterr().err
    assert "Ошибка в программе" in shown
    assert "Канарейкина" not in shown
    assert (tmp_path / "crash.log").exists()


def test_the_screens_start_without_the_commands() -> None:
    """A value of an option is no command: the first screen does not wait for what it needs not."""
    loaded = (
        "import sys; from mfc_desk.cli.frame import read_arguments; "
        "read_arguments(sys.argv[1:]); print('mfc_desk.cli.intake' in sys.modules)"
    )
    told = {
        words: subprocess.run(
            [sys.executable, "-c", loaded, *words],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parent.parent,
        ).stdout.strip()
        for words in (("--home", "x"), ("--home", "x", "status"), ("status",))
    }

    assert list(told.values()) == ["False", "True", "True"]
