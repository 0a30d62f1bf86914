"""The command `mfc-central copy`."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from sync.central.cli.commands import DONE, answer, opened
from sync.central.copies import copy_centre, open_copy
from sync.central.errors import UsageError
from sync.central.home import CentreHome
from sync.errors import BadFormat
from sync.keys import check_recipient

RECOVERY = "recovery"
"""Says: to whoever holds the centre's `recovery-key.txt`."""


def copy(arguments: Namespace) -> int:
    """Copy the centre into its second place, and tell desks what is safe now."""
    with opened(arguments) as centre:
        copied = copy_centre(
            centre,
            CentreHome(arguments.home),
            arguments.folder,
            kept=arguments.keep,
            elsewhere=arguments.elsewhere,
            recipient=_recipient(arguments.seal_to, centre.secrets.recovery_recipient),
        )
    told = {
        "file": str(copied.file),
        "scans": copied.scans,
        "removed": copied.removed,
        "streams": copied.streams,
        "entries": copied.entries,
    }
    words = (
        f"Копия записана и прочитана: {copied.file}. Новых вложений {copied.scans}, "
        f"прежних копий удалено {copied.removed}. "
        f"Рабочим местам сообщено о записях, которые теперь и в копии: {copied.entries}."
    )
    answer(arguments, told, words)
    return DONE


def open_sealed(arguments: Namespace) -> int:
    """Open a sealed copy with the key it was sealed to; needs no centre."""
    open_copy(arguments.file, _identity(arguments.key), arguments.out)
    words = (
        f"Открыто: {arguments.out}. В ней персональные данные всех обращений. Поставьте её на "
        "место (docs/operations.md) и выполните mfc-central restored."
    )
    answer(arguments, {"file": str(arguments.out)}, words)
    return DONE


def _recipient(named: str | None, recovery: str) -> str:
    """To whom the copy is sealed; empty: to nobody."""
    if named is None or named == RECOVERY:
        return recovery if named else ""
    try:
        check_recipient(named)
    except BadFormat as error:
        raise UsageError(f"--seal-to: {error}") from error
    return named


def _identity(file: Path) -> str:
    """The secret line of a file of keys, `recovery-key.txt` or one of age-keygen."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Ключ не читается: {file}. Проверьте путь.") from error
    for line in lines:
        if line.strip().startswith("AGE-SECRET-KEY-"):
            return line.strip()
    raise UsageError(f"В файле нет ключа: {file}. Нужен recovery-key.txt или файл age-keygen.")
