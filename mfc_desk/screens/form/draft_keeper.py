"""Keeps a draft durable: when a field is left, and at most a second after the last key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from textual.screen import Screen
from textual.timer import Timer

from mfc_desk.errors import DeskError
from sync.errors import SyncError

if TYPE_CHECKING:
    from mfc_desk.intake.drafts import Draft
    from mfc_desk.intake.intake import Intake

WITHIN_S = 0.7
"""From the first key that is not yet on disk to its save; saving itself is milliseconds."""


class DraftKeeper:
    """Saves after the paint, never on the way of a key."""

    def __init__(
        self,
        screen: Screen[Any],
        intake: Intake,
        draft: Draft,
        saved: Callable[[datetime], None],
    ) -> None:
        """`saved` hears when the draft became durable."""
        self._screen = screen
        self._intake = intake
        self._draft = draft
        self._saved = saved
        self._timer: Timer | None = None
        self.dirty = False

    def touched(self) -> None:
        """A key changed the draft: save soon, also while typing goes on."""
        self.dirty = True
        if self._timer is None:
            self._timer = self._screen.set_timer(WITHIN_S, self.save)

    def left(self) -> None:
        """A field was left: save right after the screen is painted."""
        if self.dirty:
            self._screen.call_after_refresh(self.save)

    def save(self) -> None:
        """Make the draft durable now; a failure is said and tried again with the next key."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if not self.dirty:
            return
        try:
            at = self._intake.save(self._draft)
        except (DeskError, SyncError) as error:
            self._screen.notify(
                f"{error} Черновик пока только на экране.",
                title="Черновик не сохранён",
                severity="error",
            )
            return
        self.dirty = False
        self._saved(at)
