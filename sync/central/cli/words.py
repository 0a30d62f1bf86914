"""The command line in Russian: what argparse says, and how refusals are printed."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from typing import Any, NoReturn

USAGE = 2

ERRORS = (
    (r"the following arguments are required: (.*)", r"Не хватает: \1."),
    (r"unrecognized arguments: (.*)", r"Лишнее в команде: \1."),
    (r"argument (.+?): expected one argument", r"После \1 нужно значение."),
    (
        r"argument (.+?): invalid choice: (.+?) \(choose from (.*)\)",
        r"\1: нет такого: \2. Есть: \3.",
    ),
    (r"argument (.+?): invalid (?:\w+) value: (.*)", r"\1: не подходит значение \2."),
)
HEADINGS = {"positional arguments": "что указать", "options": "ключи"}


class Help(argparse.HelpFormatter):
    """Help with Russian headings."""

    def start_section(self, heading: str | None) -> None:
        """Name the sections argparse makes by itself."""
        super().start_section(HEADINGS.get(heading or "", heading))

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        """Start with «Вызов»."""
        super().add_usage(usage, actions, groups, "Вызов: " if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """An argument parser that speaks Russian."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            **{"formatter_class": Help, **settings, "add_help": False, "allow_abbrev": False}
        )
        self.add_argument("-h", "--help", action="help", help="показать справку")

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command and leave with the usage code."""
        for pattern, sentence in ERRORS:
            if match := re.fullmatch(pattern, message, re.DOTALL):
                message = match.expand(sentence)
                break
        self.exit(USAGE, f"{message}\nСправка: {self.prog} --help\n")
