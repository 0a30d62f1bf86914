"""What stands before the acts: the stamp on every answer, free disk, guessed codes."""

from __future__ import annotations

import logging
import re
import shutil
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.central.answers import Refusal
from sync.central.metrics import RequestCounts
from sync.clock import Clock, iso
from sync.ids import Random

FREE_SHARE = 0.10
FREE_BYTES = 2 << 30
GAUGE_SECONDS = 5.0
GUESSES = 10
GUESS_SECONDS = 60.0
MOST_INSIDE = 100
CROWD_SECONDS = 10.0
DESKS_A_SECOND = 25
LONGEST_ASKED = 300
MOST_COUNTED = DESKS_A_SECOND * LONGEST_ASKED

METHODS = frozenset({"GET", "HEAD", "POST", "PATCH"})
ADDRESS = re.compile(
    r"/v1/(?:health|metrics|openapi\.json|keys|batches|enrol|feed|reconcile"
    r"|blobs/(?:missing|[0-9a-f]{64})|streams/\d{1,5}/\d{1,12}(?:/(?:heads|entries))?)"
)
"""What a log line names: whatever else a stranger writes into an address may be anybody's data."""
OTHER = "other"

log = logging.getLogger("sync.central")


class Stamped:
    """Puts `Server-Time`, and headers `besides`, on every answer; writes one log line for it."""

    def __init__(
        self,
        app: ASGIApp,
        clock: Clock,
        metrics: RequestCounts,
        besides: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        self._app = app
        self._besides = besides
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def stamp(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                now = iso(self._clock.now()).encode()
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"server-time", now),
                    *self._besides,
                ]
            await send(message)

        try:
            await self._app(scope, receive, stamp)
        finally:
            seconds = time.perf_counter() - began
            self._metrics.answered(scope["method"], scope["path"], status, seconds)
            took = round(seconds * 1000, 1)
            log.info(
                "answered",
                extra={
                    "method": scope["method"] if scope["method"] in METHODS else OTHER,
                    "path": scope["path"] if ADDRESS.fullmatch(scope["path"]) else OTHER,
                    "status": status,
                    "ms": took,
                },
            )


class DiskGauge:
    """Whether the disk has room for more batches; looked at every few seconds."""

    def __init__(self, folder: Path, monotonic: Callable[[], float]) -> None:
        self._folder = folder
        self._monotonic = monotonic
        self._looked = -GAUGE_SECONDS
        self._full = False

    def nearly_full(self) -> bool:
        """Whether less than a tenth, and less than 2 GiB, is free."""
        if self._monotonic() - self._looked >= GAUGE_SECONDS:
            self._looked = self._monotonic()
            usage = shutil.disk_usage(self._folder)
            self._full = usage.free < min(usage.total * FREE_SHARE, FREE_BYTES)
        return self._full


class CodeGuesses:
    """Lets nobody try one-time codes faster than ten a minute."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._missed: deque[float] = deque(maxlen=GUESSES)

    def check(self) -> None:
        """Raise Refusal while there were too many wrong codes lately."""
        if len(self._missed) < GUESSES:
            return
        left = self._missed[0] + GUESS_SECONDS - self._monotonic()
        if left > 0:
            raise Refusal("too-many", retry_after=int(left) + 1)

    def missed(self) -> None:
        """Count a wrong code."""
        self._missed.append(self._monotonic())


class Crowd:
    """Sends away what cannot be answered soon, each to another moment: a queue nobody sees ends.

    After an outage every desk comes at once. Those who are let in are answered in time; the rest
    are told to come back spread over as long as the centre needs for them all.
    """

    def __init__(self, random: Random, monotonic: Callable[[], float]) -> None:
        self._random = random
        self._monotonic = monotonic
        self._inside = 0
        self._sent_away: deque[float] = deque(maxlen=MOST_COUNTED)

    def __enter__(self) -> None:
        self._inside += 1

    def __exit__(self, *_exc: object) -> None:
        self._inside -= 1

    def check(self) -> None:
        """Raise Refusal while there are more acts on their way than are done in a second or so."""
        if self._inside < MOST_INSIDE:
            return
        now = self._monotonic()
        self._sent_away.append(now)
        while self._sent_away and now - self._sent_away[0] > CROWD_SECONDS:
            self._sent_away.popleft()
        span = min(len(self._sent_away) // DESKS_A_SECOND + 2, LONGEST_ASKED)
        raise Refusal("busy", retry_after=1 + self._random.below(span))
