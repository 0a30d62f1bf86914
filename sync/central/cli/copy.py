"""The command `mfc-central copy`."""

from __future__ import annotations

from argparse import Namespace

from sync.central.cli.commands import DONE, answer, opened
from sync.central.copies import copy_centre
from sync.central.home import CentreHome


def copy(arguments: Namespace) -> int:
    """Copy the centre into its second place, and tell desks what is safe now."""
    with opened(arguments) as centre:
        copied = copy_centre(
            centre,
            CentreHome(arguments.home),
            arguments.folder,
            kept=arguments.keep,
            elsewhere=arguments.elsewhere,
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
