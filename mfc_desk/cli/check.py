"""`check`: is everything on this desk what the journal says."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
from dataclasses import asdict

from mfc_desk.cli.frame import Call, Commands, command
from mfc_desk.errors import DONE, STORE


def add(commands: Commands) -> None:
    """Add the command."""
    command(commands, "check", help="проверить журнал, таблицы, файл и ключи", run=run_check)


def run_check(call: Call, _arguments: argparse.Namespace) -> int:
    """Check the desk; exit code 4 when anything is wrong, each fault on a line of its own."""
    from mfc_desk.audit import check_desk

    with call.open_desk() as desk:
        audit = check_desk(desk)
    looked = f"записей журнала {audit.entries}, обращений {audit.requests}"
    if audit.clean:
        text = f"Нарушений нет: {looked}."
    else:
        text = "\n".join(
            [
                *(f"{fault.where}: {fault.text}" for fault in audit.faults),
                f"Нарушений: {len(audit.faults)} ({looked}). Не работайте дальше, сообщите"
                " администратору; копию не выбрасывайте.",
            ]
        )
    call.answer(
        {
            "clean": audit.clean,
            "entries": audit.entries,
            "requests": audit.requests,
            "faults": [asdict(fault) for fault in audit.faults],
        },
        text,
    )
    return DONE if audit.clean else STORE
