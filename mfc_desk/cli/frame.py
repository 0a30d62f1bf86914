"""The frame every command stands in: global options, passwords, answers, exit codes.

A group of commands is a module of this package with `add(commands)`. It calls `command(commands,
"name", help=…, run=function)` for each and adds its own arguments to the returned parser;
`function(call, arguments) -> exit code`. Modules import what they need inside the functions:
the start of every command pays for the imports of all.
"""

from __future__ import annotations

import argparse
import getpass
import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import mfc_desk.cli
from mfc_desk.cli.words import RussianHelp, russian_usage_error
from mfc_desk.errors import STORE, USAGE, DeskError, NotSetUp, UsageError
from mfc_desk.paths import Home, default_home

PASSWORD_VARIABLE = "MFC_DESK_PASSWORD"  # noqa: S105  # the name of the variable, not a password

_WITH_VALUE = frozenset({"--home", "--operator", "--password-file"})

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from sync.clock import Clock
    from sync.ids import Random

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001  # named nowhere else
Run: TypeAlias = "Callable[[Call, argparse.Namespace], int]"


class Parser(argparse.ArgumentParser):
    """An argument parser that speaks Russian."""

    def __init__(self, **settings: Any) -> None:
        """Take the settings of ArgumentParser; `-h` is ours."""
        settings.setdefault("formatter_class", RussianHelp)
        super().__init__(**{**settings, "add_help": False, "allow_abbrev": False})

    def error(self, message: str) -> Any:
        """Say what is wrong with the command line and leave with the usage code."""
        self.exit(USAGE, f"{russian_usage_error(message)}\nСправка: {self.prog} --help\n")


def command(commands: Commands, name: str, *, help: str, run: Run) -> Parser:  # noqa: A002
    """Add the command `name` that runs `run`; global options work on both sides of its name."""
    parser = commands.add_parser(name, help=help, description=help, parents=[_global_options()])
    parser.set_defaults(run=run)
    return parser


def group(commands: Commands, name: str, *, help: str) -> Commands:  # noqa: A002
    """Add `name` as a group of commands (`users list`) and return the place to add them."""
    parser = commands.add_parser(name, help=help, description=help, parents=[_global_options()])
    return parser.add_subparsers(
        title="команды", metavar="КОМАНДА", required=True, parser_class=Parser
    )


def read_arguments(argv: list[str]) -> argparse.Namespace:
    """The parsed command line; leaves with exit code 2 and a sentence when it makes no sense."""
    parser = Parser(
        prog="mfc-desk",
        description="Рабочее место специалиста МФЦ. Без команды открывает экраны.",
        parents=[_global_options()],
    )
    parser.set_defaults(run=_open_screens)
    commands = parser.add_subparsers(title="команды", metavar="КОМАНДА", parser_class=Parser)
    if _names_command(argv) or {"-h", "--help"} & set(argv):
        for module in pkgutil.iter_modules(mfc_desk.cli.__path__):
            add = getattr(importlib.import_module(f"mfc_desk.cli.{module.name}"), "add", None)
            if add is not None:
                add(commands)
    return parser.parse_args(argv)


def _names_command(argv: list[str]) -> bool:
    """Whether a word is neither an option nor its value; without one the screens are opened."""
    words = iter(argv)
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return True
    return False


def _global_options() -> Parser:
    options = Parser(argument_default=argparse.SUPPRESS)
    shared = options.add_argument_group("общие ключи")
    shared.add_argument("-h", "--help", action="help", help="показать справку")
    shared.add_argument("--version", action=_Version, nargs=0, help="показать версии")
    shared.add_argument("--home", metavar="DIR", type=Path, help="папка рабочего места")
    shared.add_argument("--operator", metavar="LOGIN", help="имя сотрудника для входа")
    shared.add_argument(
        "--password-file",
        metavar="FILE",
        type=Path,
        help=f"пароль из первой строки файла; иначе переменная {PASSWORD_VARIABLE} или запрос",
    )
    shared.add_argument("--json", action="store_true", help="ответ одним документом JSON")
    return options


class _Version(argparse.Action):
    """`--version`: the versions of all that a report of a fault must name."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print and leave."""
        from mfc_desk.program import versions  # noqa: PLC0415  # loads the catalogue

        sys.stdout.write("".join(f"{name} {value}\n" for name, value in versions().items()))
        parser.exit()


def _open_screens(call: Call, arguments: argparse.Namespace) -> int:
    if hasattr(arguments, "operator") or call.as_json:
        raise UsageError("Этим ключам нужна команда. Справка: mfc-desk --help")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("Экраны открываются в терминале. Команды без экрана: mfc-desk --help")
    from mfc_desk.app import run  # noqa: PLC0415  # Textual is loaded for the screens alone

    run(call.home)
    return 0


def known_failures() -> tuple[type[Exception], ...]:
    """The bases of every failure that has a sentence of its own; all else is a bug.

    Looked up among the loaded modules: a failure of a package that was never imported is not met.
    """
    loaded = (
        getattr(sys.modules.get(module), base, None)
        for module, base in (
            ("sync.errors", "SyncError"),
            ("printing.errors", "PrintError"),
            ("forms.catalogue", "CatalogueError"),
            ("forms.xlsform", "NotAnXlsForm"),
        )
    )
    return (DeskError, *(base for base in loaded if base is not None))


@dataclass(frozen=True)
class Call:
    """One call of the program: where the desk is, who asks, and how answers are given."""

    home: Home
    login: str | None
    password_file: Path | None
    as_json: bool

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Call:
        """Read the global options."""
        home: Path | None = getattr(arguments, "home", None)
        return cls(
            home=Home(home.expanduser().absolute()) if home else default_home(),
            login=getattr(arguments, "operator", None),
            password_file=getattr(arguments, "password_file", None),
            as_json=getattr(arguments, "json", False),
        )

    def answer(self, data: object, text: str) -> None:
        """Give a result: `data` as one JSON document under --json, otherwise `text`."""
        self.say(json.dumps(data, ensure_ascii=False) if self.as_json else text)

    def say(self, text: str) -> None:
        """One line or more of the result."""
        sys.stdout.write(text.rstrip("\n") + "\n")

    def note(self, text: str) -> None:
        """A diagnostic for the person, beside the result."""
        sys.stderr.write(text.rstrip("\n") + "\n")

    def fail(self, failure: Exception) -> int:
        """Say what failed and return its exit code."""
        self.note(str(failure))
        code = getattr(failure, "exit_code", STORE)
        return int(code)

    @property
    def clock(self) -> Clock:
        """The clock of this computer."""
        from sync.clock import SystemClock  # noqa: PLC0415  # imported when a desk is opened

        return SystemClock()

    @property
    def random(self) -> Random:
        """The randomness of this computer."""
        from sync.ids import SystemRandom  # noqa: PLC0415  # imported when a desk is opened

        return SystemRandom()

    def open_desk(self) -> Desk:
        """Log in to the desk; raises NotSetUp, WrongPassword and what opening the store raises.

        Use it as `with call.open_desk() as desk:`.
        """
        from mfc_desk.session import open_desk  # noqa: PLC0415  # imported when a desk is opened

        if not self.home.is_set_up:
            raise NotSetUp
        login = self.operator_login()
        return open_desk(self.home, login, self.password(), self.clock, self.random)

    def operator_login(self) -> str:
        """Who asks: --operator, the only operator of this desk, or what the person types."""
        if self.login is not None:
            return self.login
        from mfc_desk.access.vault import Vault  # noqa: PLC0415  # imported when a desk is opened

        logins = Vault(self.home, self.clock, self.random).logins()
        if len(logins) == 1:
            return logins[0]
        if not sys.stdin.isatty():
            raise UsageError("Кто входит? Добавьте --operator LOGIN.")
        return self.line("Имя для входа: ")

    def password(self, prompt: str = "Пароль: ") -> str:
        """The operator's password: from --password-file, the environment or the terminal."""
        if self.password_file is not None:
            return _first_line(self.password_file)
        from_environment = os.environ.get(PASSWORD_VARIABLE)
        if from_environment is not None:
            return from_environment
        return _ask(prompt)

    def new_password(self) -> str:
        """The first password of a desk: like `password`, but a person types it twice."""
        if self.password_file is not None or PASSWORD_VARIABLE in os.environ:
            return self.password()
        return ask_new_password()

    def chosen_password(self, file: Path | None) -> str:
        """A password for a later login: from `file`, or typed twice."""
        return _first_line(file) if file is not None else ask_new_password()

    def line(self, prompt: str) -> str:
        """One line from the person; from stdin when there is no terminal."""
        if sys.stdin.isatty():
            sys.stderr.write(prompt)
            sys.stderr.flush()
        return sys.stdin.readline().strip()

    def person_name(self) -> str:
        """An employee's name, typed or in the first line of stdin: arguments are seen by all."""
        name = self.line("Фамилия и инициалы: ")
        if not name:
            raise UsageError(
                "Фамилия и инициалы не указаны. Наберите их, когда программа спросит, или подайте"
                " первой строкой ввода."
            )
        return name


def ask_new_password() -> str:
    """A new password from the terminal, typed twice."""
    first = _ask("Новый пароль (не меньше 8 знаков): ")
    if first != _ask("Ещё раз: "):
        raise UsageError("Пароли не совпали. Повторите команду.")
    return first


def _ask(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(
            "Пароль спросить негде: нет терминала."
            f" Задайте --password-file или {PASSWORD_VARIABLE}."
        )
    return getpass.getpass(prompt)


def _first_line(file: Path) -> str:
    try:
        return file.read_text("utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Файл с паролем не читается: {file}. Проверьте путь и права.") from error
