"""Failures the person can act on, said on the screen instead of ending the program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from textual.screen import Screen

from mfc_desk.errors import DeskError
from printing.errors import PrintError
from sync.errors import SyncError

KNOWN = (DeskError, SyncError, PrintError)
"""Everything that carries a sentence of its own; all else is a bug."""


@contextmanager
def said_on(screen: Screen[Any], *, beside: str = "") -> Iterator[None]:
    """Do the block; a known failure becomes a message, with `beside` after its sentence."""
    try:
        yield
    except KNOWN as error:
        words = f"{error} {beside}".strip()
        screen.notify(words, title=error.title, severity="error", timeout=12)
