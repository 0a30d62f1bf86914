"""Wakes requests that wait for something to happen in the centre or the relay."""

from __future__ import annotations

import asyncio


class News:
    """Wakes those who wait for a feed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def next(self) -> asyncio.Event:
        """Return the event that the next `tell` sets."""
        return self._event

    def tell(self) -> None:
        """Wake everybody who waits."""
        told, self._event = self._event, asyncio.Event()
        told.set()
