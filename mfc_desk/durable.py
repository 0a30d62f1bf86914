"""Small files that are either the old one or the new one, whatever happens in between."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from forms.system_refusal import reason
from sync.errors import DiskFull, StoreFailure

_OWNER_ONLY = 0o600
_NO_ROOM = {28, 122, 27}  # ENOSPC, EDQUOT, EFBIG


def write_durably(path: Path, data: bytes) -> None:
    """Write beside, fsync, rename over `path`, fsync the folder; raises DiskFull, StoreFailure."""
    part = path.with_name(path.name + ".part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):  # a disk that refuses to write refuses this too
            part.unlink()
        raise store_failure(error) from error


def sync_file(path: Path) -> None:
    """Make what was written to `path` durable."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable, where the system can (Windows does it by itself)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def store_failure(error: OSError) -> StoreFailure:
    """What the system refused, as the sentence of the store."""
    if error.errno in _NO_ROOM:
        return DiskFull()
    return StoreFailure(f"Файл или папка не записываются: {reason(error)}. Проверьте путь и диск.")
