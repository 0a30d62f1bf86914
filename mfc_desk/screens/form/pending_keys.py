"""A key that leaves a field waits for the keys that were typed into the field before it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from textual.widget import Widget

KEYS_WAIT_S = 0.5


async def keys_done(editor: Widget | None) -> None:
    """Let an editor read the keys it was given before this one."""
    if editor is not None:
        done = asyncio.Event()
        editor.call_later(done.set)
        with suppress(TimeoutError):  # an editor that went away has no keys left
            await asyncio.wait_for(done.wait(), KEYS_WAIT_S)
