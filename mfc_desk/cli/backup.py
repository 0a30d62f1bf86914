"""`backup` and `restore`: the desk as one file."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
from pathlib import Path

from mfc_desk.cli.frame import Call, Commands, command


def add(commands: Commands) -> None:
    """Add the two commands."""
    backup = command(commands, "backup", help="сохранить копию рабочего места", run=run_backup)
    backup.add_argument("file", metavar="FILE", type=Path, help="файл копии")
    restore = command(commands, "restore", help="вернуть рабочее место из копии", run=run_restore)
    restore.add_argument("file", metavar="FILE", type=Path, help="файл копии")
    restore.add_argument(
        "--replace",
        action="store_true",
        help="вернуться к копии, даже если на месте есть более новые записи (они отложатся рядом)",
    )


def run_backup(call: Call, arguments: argparse.Namespace) -> int:
    """Write a copy and read it back."""
    from mfc_desk.backup import write_backup

    with call.open_desk() as desk:
        manifest = write_backup(desk, arguments.file)
    call.answer(
        {
            "file": str(arguments.file),
            "epoch": manifest.epoch,
            "seq": manifest.seq,
            "head": manifest.head,
        },
        f"Копия записана и прочитана обратно: {arguments.file} (записей журнала {manifest.seq})."
        " Она открывается паролями сотрудников на сегодня.",
    )
    return 0


def run_restore(call: Call, arguments: argparse.Namespace) -> int:
    """Put a copy in place; what stood there is moved aside."""
    from mfc_desk.backup import restore
    from mfc_desk.errors import UsageError

    if call.login is None:
        raise UsageError("Кто входит? Добавьте --operator LOGIN: копию открывает пароль.")
    done = restore(
        call.home,
        arguments.file,
        call.login,
        call.password(),
        call.clock,
        call.random,
        replace=arguments.replace,
    )
    aside = f" Прежняя база отложена: {done.moved_to}." if done.moved_to else ""
    call.answer(
        {
            "epoch": done.manifest.epoch,
            "seq": done.manifest.seq,
            "moved_to": str(done.moved_to) if done.moved_to else None,
        },
        f"Рабочее место возвращено из копии, записей журнала {done.manifest.seq}.{aside}",
    )
    return 0
