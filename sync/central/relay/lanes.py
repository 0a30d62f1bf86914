"""Who is put off at the centre and until when: what troubles one desk holds up no other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from sync.advance import RETRY_AFTER_LIMIT
from sync.clock import Clock
from sync.errors import Refused, Unreachable
from sync.ids import Random
from sync.refusals import DAMAGED_IN_TRANSIT, PASSING, SERVER_FULL_PAUSE

PAUSE_FIRST, PAUSE_LIMIT = 0.5, 30.0
GATEWAY = frozenset({502, 503, 504})
"""Answered where nothing stands behind an address; of two things in a row: the centre is down."""

BATCHES, QUESTIONS, SCANS = "batches", "questions", "scans"
"""Lanes: of a device, of a scan. What is put off in one does not hold up the others."""

log = logging.getLogger("sync.relay")


@dataclass(frozen=True)
class PutOff:
    """Until when (seconds of the clock that only goes on), and how often in a row by now."""

    until: float
    times: int


class Lanes:
    """What the centre put off, by lane and key (of a device; of a scan its hash)."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self._clock = clock
        self._random = random
        self._put_off: dict[tuple[str, str], PutOff] = {}
        self._nobody: set[tuple[str, str]] = set()
        """What was answered for the centre by something else, since anything went through."""

    @property
    def doubted(self) -> bool:
        """Whether the last answer was a gateway's, or made no sense."""
        return bool(self._nobody)

    def waiting(self, lane: str) -> set[str]:
        """Return the keys that are put off in a lane."""
        now = self._clock.monotonic()
        return {key for (of, key), one in self._put_off.items() if of == lane and one.until > now}

    def soonest(self) -> float | None:
        """Return the seconds until the first of them is to be tried again."""
        now = self._clock.monotonic()
        return min(
            (one.until - now for one in self._put_off.values() if one.until > now), default=None
        )

    def went(self, lane: str, key: str) -> None:
        """Note that the centre took something."""
        self._put_off.pop((lane, key), None)
        self._nobody.clear()

    def garbled(self, lane: str, key: str) -> None:
        """Put off what was answered with bytes that make no sense, as nothing the centre says.

        Raises Unreachable where another one was answered so just before: that is the link.
        """
        self._put(lane, key, 0.0)
        log.warning("answer makes no sense", extra={"lane": lane, "key": key})
        self._doubt(lane, key, lambda: Unreachable("garbage"))

    def passes(self, lane: str, key: str, error: Refused) -> bool:
        """Whether a refusal passes by itself: this lane is put off then, the others go on.

        Raises Unreachable where it is the centre that is in trouble, not this one thing.
        """
        after = error.problem.get("retry_after")
        asked = min(after, RETRY_AFTER_LIMIT) if isinstance(after, float) else 0.0
        if error.status == HTTPStatus.INSUFFICIENT_STORAGE:
            raise Unreachable("server-full", retry_after=max(asked, SERVER_FULL_PAUSE)) from error
        if error.status not in PASSING and error.problem.get("code") != DAMAGED_IN_TRANSIT:
            self._put_off.pop((lane, key), None)
            return False
        self._put(lane, key, asked)
        log.warning("put off", extra={"lane": lane, "key": key, "status": error.status})
        if error.status in GATEWAY:
            self._doubt(lane, key, lambda: Unreachable("server-error"))
        return True

    def jittered(self, times: int) -> float:
        """Return half a second doubling to half a minute, in seconds."""
        most = min(PAUSE_LIMIT, PAUSE_FIRST * 2.0 ** min(times, 10))
        return most / 2 + self._random.below(int(most * 500) + 1) / 1000

    def _put(self, lane: str, key: str, asked: float) -> None:
        before = self._put_off.get((lane, key))
        times = before.times if before else 0
        wait = max(asked, self.jittered(times))
        self._put_off[lane, key] = PutOff(self._clock.monotonic() + wait, times + 1)

    def _doubt(self, lane: str, key: str, failure: Callable[[], Unreachable]) -> None:
        self._nobody.add((lane, key))
        if len(self._nobody) > 1:
            self._nobody.clear()
            raise failure()
