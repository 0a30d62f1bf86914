"""Locks between programs on one desk; the system frees them when a program dies."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mfc_desk.durable import store_failure
from mfc_desk.errors import HomeLocked

_STEP_S = 0.02

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def holding(file: Path, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the lock `file` inside the block; raises HomeLocked when another has it for `wait_s`."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise store_failure(error) from error
    try:
        _wait(descriptor, wait_s)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, wait_s: float) -> None:
    until = time.monotonic() + wait_s
    while True:
        try:
            _take(descriptor)
        except (BlockingIOError, PermissionError) as error:
            if time.monotonic() >= until:
                raise HomeLocked from error
            time.sleep(_STEP_S)
        else:
            return
