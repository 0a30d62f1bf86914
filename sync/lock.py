"""A lock file one process holds: the screens' `desk.lock`, the exchange's `exchange.lock`."""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import IO, Protocol, Self

from forms.system_refusal import reason
from sync.errors import DiskFull, StoreFailure

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class Lock(Protocol):
    """What keeps a second one out."""

    def take(self) -> bool:
        """Take it without waiting; False when someone holds it."""
        ...

    def release(self) -> None:
        """Give it back."""
        ...


class LockFile:
    """Held from `take` to `release` or the end of the process, however it ends.

    The file stays; being there means nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def take(self) -> bool:
        """Take the lock without waiting; False when someone else, or this object, holds it.

        Raises StoreFailure, DiskFull where no file can be written there.
        """
        if self._file is not None:
            return False
        try:
            file = self._path.open("ab")
        except OSError as error:
            if error.errno in NO_ROOM:
                raise DiskFull from error
            raise StoreFailure(
                f"Папка программы не записывается: {reason(error)}. Проверьте диск и права."
            ) from error
        try:
            _take(file)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.release()


def _take(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
