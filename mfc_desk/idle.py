"""The write-ahead log goes into the file when nobody waits for a save (sync.md, 4)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

IDLE_S = 2.0
LARGEST_LOG = 16 * 1024 * 1024


def checkpoint_when_idle(desk: Desk) -> bool:
    """Checkpoint after 2 s without a write, or at 16 MB; whether all of it went into the file.

    For a worker, on its own connection: an act itself never pays for more than its one fsync.
    Raises the errors of sync.database.
    """
    try:
        log = Path(f"{desk.home.database}-wal").stat()
    except FileNotFoundError:
        return False
    quiet = desk.clock.now().timestamp() - log.st_mtime
    if log.st_size == 0 or (quiet < IDLE_S and log.st_size < LARGEST_LOG):
        return False
    return desk.db.checkpoint()
