"""The crash log: what kind of bug and where, never whose data it met."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from types import TracebackType

_KEPT_BYTES = 256 * 1024
_ROOT = Path(__file__).parent.parent


def crash_record(error: BaseException, at: datetime) -> dict[str, object]:
    """The type, the place and the causes of `error`, without its text and without any value."""
    chain: list[dict[str, object]] = []
    link: BaseException | None = error
    while link is not None and len(chain) < 8:  # noqa: PLR2004  # a chain longer than this is a loop
        kind = type(link)
        chain.append(
            {"type": f"{kind.__module__}.{kind.__qualname__}", "stack": _stack(link.__traceback__)}
        )
        link = link.__cause__ or link.__context__
    return {"at": at.isoformat(timespec="seconds"), "errors": chain}


def record_crash(file: Path, error: BaseException, at: datetime) -> bool:
    """Append one line to `file`, keeping it small. False when the disk would not take it."""
    line = json.dumps(crash_record(error, at), ensure_ascii=False) + "\n"
    try:
        if file.exists() and file.stat().st_size > _KEPT_BYTES:
            file.replace(file.with_suffix(".old"))
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as log:
            log.write(line)
    except OSError:
        return False
    return True


def _stack(traceback: TracebackType | None) -> list[str]:
    places: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{_place(code.co_filename)}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return places


def _place(filename: str) -> str:
    """The path inside the program; elsewhere its last two parts: a home folder names a person."""
    path = Path(filename)
    if path.is_relative_to(_ROOT):
        return path.relative_to(_ROOT).as_posix()
    return "/".join(path.parts[-2:])
