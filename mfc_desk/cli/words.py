"""What argparse says, in Russian."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from typing import Any

_ERRORS = (
    (r"the following arguments are required: (.*)", r"Не хватает: \1."),
    (r"unrecognized arguments: (.*)", "Лишнее в команде. Персональные данные в ней не пишут."),
    (r"argument (.+?): expected one argument", r"После \1 нужно значение."),
    (r"argument (.+?): expected at least one argument", r"После \1 нужно хотя бы одно значение."),
    (
        r"argument (.+?): invalid choice: (.+?) \(choose from (.*)\)",
        r"\1: нет такого: \2. Есть: \3.",
    ),
    (r"argument (.+?): invalid (?:\w+) value: (.*)", r"\1: не подходит значение \2."),
    (r"argument (.+?): not allowed with argument (.*)", r"\1 и \2 вместе не пишут."),
    (r"one of the arguments (.*) is required", r"Нужно одно из: \1."),
)


def russian_usage_error(message: str) -> str:
    """The sentence for an argparse error; what argparse says itself when it is a new one."""
    for pattern, sentence in _ERRORS:
        match = re.fullmatch(pattern, message, re.DOTALL)
        if match:
            return match.expand(sentence)
    return message


class RussianHelp(argparse.HelpFormatter):
    """Help with Russian headings."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        """Start with «Вызов»."""
        super().add_usage(usage, actions, groups, "Вызов: " if prefix is None else prefix)

    def start_section(self, heading: str | None) -> None:
        """Name the sections argparse makes by itself."""
        known = {"positional arguments": "что указать", "options": "ключи"}
        super().start_section(known.get(heading or "", heading))
