"""`attach`: scans and photos of a request, from files."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mfc_desk.cli.frame import Call, Commands, command
from mfc_desk.errors import DONE, PROBLEMS, AttachmentRefused

if TYPE_CHECKING:
    from mfc_desk.intake.attachments import Attachment


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(commands, "attach", help="приложить сканы к обращению", run=run_attach)
    parser.add_argument("number", metavar="NUMBER", help="номер обращения")
    parser.add_argument(
        "files", metavar="FILE", nargs="*", type=Path, help="PDF, JPEG, PNG, TIFF; без них список"
    )
    parser.add_argument(
        "--save",
        metavar="SHA256",
        help="открыть приложенный скан (sha256 из --json) и записать в --out; из центра тоже",
    )
    parser.add_argument("--out", metavar="FILE", type=Path, help="куда, для --save")


def run_attach(call: Call, arguments: argparse.Namespace) -> int:
    """Attach the files, one act each, and list what the request has; 5 when some are refused.

    Answers name a file by its place in the command: what it is called may be a person's name.
    """
    if arguments.save is not None:
        return _save(call, arguments)
    refused: dict[int, str] = {}
    with call.open_desk() as desk:
        for place, file in enumerate(arguments.files, 1):
            try:
                desk.attachments.add(arguments.number, file)
            except AttachmentRefused as error:
                refused[place] = str(error)
        listed = desk.attachments.of_request(arguments.number)
    told: dict[str, Any] = {
        "attachments": [attachment_data(one) for one in listed],
        "refused": [{"file": place, "error": text} for place, text in refused.items()],
    }
    lines = [f"{one.name}  {one.size} байт  {STATES[one.state]}" for one in listed]
    call.answer(told, "\n".join(lines) or "Вложений нет.")
    for place, text in refused.items():
        call.note(f"Файл {place}: {text}")
    return PROBLEMS if refused else DONE


def _save(call: Call, arguments: argparse.Namespace) -> int:
    """One scan in the clear, for its owner alone; fetched from the centre where it is not here."""
    from mfc_desk.durable import write_durably
    from mfc_desk.errors import UsageError
    from mfc_desk.recovery.returned_scans import open_scan

    if arguments.out is None:
        raise UsageError("Куда записать скан? Добавьте --out ФАЙЛ.")
    with call.open_desk() as desk:
        listed = desk.attachments.of_request(arguments.number)
        one = next((one for one in listed if one.sha256 == arguments.save), None)
        if one is None:
            raise AttachmentRefused("У этого обращения такого вложения нет: mfc-desk attach НОМЕР.")
        data = open_scan(desk, one.sha256)
    try:
        write_durably(arguments.out, data)
    except OSError as error:
        raise UsageError(f"Файл не записать: {arguments.out}. Проверьте путь.") from error
    call.answer({"sha256": one.sha256, "size": len(data)}, f"Скан записан: {arguments.out}.")
    return DONE


STATES = {
    "waiting": "ждёт отправки",
    "sending": "отправляется",
    "stored": "в центре",
    "damaged": "повреждено на этом диске, приложите снова",
}


def attachment_data(one: Attachment) -> dict[str, Any]:
    """Return a scan as data with stable keys."""
    return {
        "sha256": one.sha256,
        "name": one.name,
        "mime": one.mime,
        "size": one.size,
        "sent": one.sent,
        "state": one.state,
        "at": one.at.isoformat(),
        "by": one.by,
    }
