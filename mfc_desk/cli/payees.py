"""`payees`: requisites of the authorities, by which payment slips are printed."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mfc_desk.cli.frame import Call, Commands, command, group
from mfc_desk.errors import DONE, UsageError

if TYPE_CHECKING:
    from forms.payment import Payee

_MOST_BYTES = 1_000_000


def add(commands: Commands) -> None:
    """Add the group."""
    payees = group(commands, "payees", help="реквизиты органов для квитанций")
    command(payees, "list", help="показать внесённые реквизиты", run=run_list)
    blank = command(payees, "blank", help="записать файл, который надо заполнить", run=run_blank)
    blank.add_argument("--out", metavar="FILE", type=Path, required=True, help="куда записать")
    install = command(payees, "install", help="внести реквизиты из файла", run=run_install)
    install.add_argument("file", metavar="FILE", type=Path, help="заполненный файл")


def run_list(call: Call, _arguments: argparse.Namespace) -> int:
    """Print a line an authority."""
    with call.open_desk() as desk:
        found = desk.payees.all()
    lines = [_line(authority, payee) for authority, payee in found.items()]
    nothing = "Реквизиты не внесены. Начните с `mfc-desk payees blank --out ФАЙЛ`."
    call.answer({one: _told(payee) for one, payee in found.items()}, "\n".join(lines) or nothing)
    return DONE


def run_blank(call: Call, arguments: argparse.Namespace) -> int:
    """Write the file to be filled; one that is there stays."""
    path = arguments.out.expanduser().absolute()
    with call.open_desk() as desk:
        text = desk.payees.blank()
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"Файл уже есть: {path}. Назовите другой.") from error
    except OSError as error:
        raise UsageError(f"Файл не записан: {path}. Проверьте папку.") from error
    call.answer({"file": str(path)}, f"Записано: {path}. Заполните и внесите: payees install.")
    return DONE


def run_install(call: Call, arguments: argparse.Namespace) -> int:
    """Take the file in the place of the requisites there were."""
    path = arguments.file.expanduser().absolute()
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Файл реквизитов не читается: {path}. Проверьте путь.") from error
    with call.open_desk() as desk:
        found = desk.payees.install(text)
    lines = [_line(authority, payee) for authority, payee in found.items()]
    call.answer({one: _told(payee) for one, payee in found.items()}, "\n".join(lines))
    return DONE


def _told(payee: Payee) -> dict[str, Any]:
    return asdict(payee) | {"as_of": payee.as_of.isoformat()}


def _line(authority: str, payee: Payee) -> str:
    if payee.verify:
        return f"{authority}: не проверены ({payee.verify})"
    known = sum(map(bool, payee.kbk.values()))  # the blank file has a line for each service
    codes = f"КБК услуг: {known} из {len(payee.kbk)}"
    return f"{authority}: {payee.title}, на {payee.as_of:%d.%m.%Y}, {codes}"
