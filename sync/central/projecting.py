"""The projection in the background: slice after slice, giving way to batches that come in."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

from sync.central.centre import Centre
from sync.central.news import News
from sync.central.projection import Projector
from sync.errors import Busy, DiskFull

CHECKPOINT_SECONDS = 2.0
QUIET_SECONDS = 0.02
PATIENCE_SECONDS = 0.25
RETRY_SECONDS = 5.0
REVIEW_SECONDS = 3600.0

R = TypeVar("R")

log = logging.getLogger("sync.central")


class Traffic:
    """Tells when no batch is coming in: accepting goes before projecting, both need this core."""

    def __init__(self) -> None:
        self._now = 0
        self._last = 0.0

    def __enter__(self) -> None:
        self._now += 1

    def __exit__(self, *_exc: object) -> None:
        self._now -= 1
        self._last = time.monotonic()

    def busy(self) -> bool:
        """Tell whether a batch comes in, or has a moment ago; any thread may ask."""
        return bool(self._now) or time.monotonic() - self._last < QUIET_SECONDS

    async def quiet(self) -> None:
        """Return when nothing has come for a moment, or after a quarter of a second anyway."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if not self.busy():
                return
            await asyncio.sleep(QUIET_SECONDS / 2)


class Projecting:
    """Has the projection done in a thread of its own: at the start, when woken, after failures."""

    def __init__(
        self, centre: Centre, projector: Projector, news: News, stop: Callable[[], None]
    ) -> None:
        """Of `centre`; `news` is told of what was applied, `stop` called when it breaks."""
        self.traffic = Traffic()
        self._centre = centre
        self._projector = projector
        projector.gives_way = self.traffic.busy
        self._shared = centre.store.shared
        self._news = news
        self._stop = stop
        self._thread = ThreadPoolExecutor(1, "centre-projection")
        self._work = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._next_review = 0.0
        self._rules: tuple[object, ...] = ()
        self._scanned: SimpleQueue[int] = SimpleQueue()

    def start(self) -> None:
        """Begin, with what was left undone."""
        self._loop = asyncio.get_running_loop()
        self._work.set()
        self._task = asyncio.create_task(self._project())
        self._task.add_done_callback(self._ended)

    async def end(self) -> None:
        """Begin no slice any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def close(self) -> None:
        """Let go of the thread and of what the projection holds."""
        self._thread.shutdown()
        self._loop = None
        self._projector.close()

    def wake(self) -> None:
        """There is something to apply."""
        self._work.set()

    def scan_arrived(self, desk: int) -> None:
        """A scan of a desk is whole; called from any thread."""
        self._scanned.put(desk)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._work.set)

    async def _project(self) -> None:
        """Apply what comes in; fold the log when there is nothing to do; wait out a full disk."""
        changed = True
        while True:
            self._work.clear()
            try:
                changed |= await self._review()
                changed |= await self._apply_pending()
                changed |= await self._apply_scanned()
                if not await self._woken(changed):
                    await self._run(self._centre.store.checkpoint)
                    changed = False
                    if self._shared:  # what another process left undone
                        self._work.set()
            except (DiskFull, Busy) as error:
                log.error("projection waits", extra={"code": error.code})  # noqa: TRY400
                await asyncio.sleep(RETRY_SECONDS)
                self._work.set()

    async def _woken(self, changed: bool) -> bool:
        """Wait for work; False when there was none for so long that the log is to be folded."""
        patience = CHECKPOINT_SECONDS if changed or self._shared else REVIEW_SECONDS
        try:
            await asyncio.wait_for(self._work.wait(), patience)
        except TimeoutError:
            return False
        return True

    async def _review(self) -> bool:
        """Try again what was refused: at the start, every hour, and when what decides changed.

        So the exchange after a catalogue was mended or a key put back applies what was rejected.
        Says whether it was time.
        """
        rules = await self._run(self._centre.rules)
        if rules == self._rules and time.monotonic() < self._next_review:
            return False
        self._rules, self._next_review = rules, time.monotonic() + REVIEW_SECONDS
        await self._run(self._centre.acceptance.review)
        after: int | None = 0
        while after is not None:
            await self.traffic.quiet()
            after = await self._run(partial(self._projector.review, after))
        self._news.tell()
        return True

    async def _apply_pending(self) -> bool:
        """Apply slice after slice, letting batches go first; return whether there was any."""
        await self.traffic.quiet()
        found = False
        while await self._run(self._projector.run_slice):
            found = True
            self._news.tell()
            await self.traffic.quiet()
        return found

    async def _apply_scanned(self) -> bool:
        """Apply what waited for scans that have come; return whether any came."""
        found = False
        while not self._scanned.empty():
            found = True
            await self._run(partial(self._projector.run_scans, self._scanned.get()))
            self._news.tell()
        return found

    async def _run(self, method: Callable[[], R]) -> R:
        """Run something in the thread of the projection."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, method)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Stop the whole centre when the projection broke: whoever supervises it starts it anew."""
        if not task.cancelled():
            log.critical("projection broke", exc_info=task.exception())
            self._stop()
