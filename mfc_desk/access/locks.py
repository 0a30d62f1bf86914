"""Locks between programs on one desk; the system frees them when a program dies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mfc_desk.durable import store_failure
from mfc_desk.errors import HomeLocked
from sync.lock import LockFile

_STEP_S = 0.02


@contextmanager
def holding(file: Path, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the lock `file` inside the block; raises HomeLocked when another has it for `wait_s`."""
    lock = LockFile(file)
    until = time.monotonic() + wait_s
    try:
        while not lock.take():
            if time.monotonic() >= until:
                raise HomeLocked
            time.sleep(_STEP_S)
    except OSError as error:
        raise store_failure(error) from error
    try:
        yield
    finally:
        lock.release()
