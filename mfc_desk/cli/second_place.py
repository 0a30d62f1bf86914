"""`second-place`: the folder off this disk where the unsent stands as well."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
from pathlib import Path

from mfc_desk.cli.frame import Call, Commands, command


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "second-place",
        help="второе место: папка на другом диске, где лежит и неотправленное",
        run=run_second_place,
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("folder", metavar="DIR", nargs="?", type=Path, help="выбрать папку")
    which.add_argument("--off", action="store_true", help="больше никуда не писать")
    which.add_argument(
        "--bring-back",
        action="store_true",
        help="вернуть черновики, настройки и очередь печати диска, вместо которого собрано место",
    )
    parser.add_argument(
        "--recovery-key", metavar="FILE", type=Path, help="ключ восстановления центра, для возврата"
    )
    parser.add_argument(
        "--from",
        dest="source",
        metavar="DIR",
        type=Path,
        help="папка второго места прежнего диска, если она другая",
    )


def run_second_place(call: Call, arguments: argparse.Namespace) -> int:
    """Choose the folder or none, write there what it lacks, say how it is."""
    from mfc_desk.cli.exchange import keep_second_place
    from mfc_desk.cli.status import status
    from mfc_desk.errors import DONE, REFUSED
    from mfc_desk.recovery.second_place import OFF, TROUBLE

    if arguments.bring_back:
        return _bring_back(call, arguments)
    with call.open_desk() as desk:
        if arguments.off:
            desk.second_place.choose("")
        elif arguments.folder is not None:
            desk.second_place.choose(str(arguments.folder.expanduser().absolute()))
        if desk.second_place.view().state != OFF:
            keep_second_place(call, desk)
        view, told = desk.second_place.view(), status(desk)["second_place"]
    where = f"{view.folder}: " if view.folder else ""
    call.answer(told, f"Второе место: {where}{view.text}")
    return REFUSED if view.state == TROUBLE else DONE


def _bring_back(call: Call, arguments: argparse.Namespace) -> int:
    """What is local comes back from the second place of a disk that died."""
    from mfc_desk.cli.backup import recovery_key
    from mfc_desk.errors import DONE, REFUSED, UsageError

    if arguments.recovery_key is None:
        raise UsageError("Нужен --recovery-key ФАЙЛ: ключ восстановления у оператора центра.")
    identity = recovery_key(arguments.recovery_key)
    with call.open_desk() as desk:
        folder = arguments.source or Path(desk.second_place.view().folder)
        brought = desk.restored.bring_local(folder.expanduser().absolute(), identity)
        view = desk.restored.view()
    words = view.text if brought and view else "В этой папке нет черновиков прежнего диска."
    call.answer({"brought": brought}, f"Второе место: {words}")
    return DONE if brought else REFUSED
