"""A clock that stands still and a desk that is set up: what tests of the desk begin with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mfc_desk.keyslots import Cost

CHEAP = Cost(memory_kib=8, passes=1, lanes=1)
PASSWORD = "correct horse"
NOON = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


class StandingClock:
    """Time that passes only when told to; `reboot` starts the uptime anew, `set` lies."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._up = 1000.0
        self._boot = 1

    def now(self) -> datetime:
        """Aware UTC."""
        return self._now

    def monotonic(self) -> float:
        """Seconds of this boot."""
        return self._up

    def boot_id(self) -> str:
        """The number of this boot."""
        return f"boot-{self._boot}"

    def pass_(self, seconds: float) -> None:
        """Both clocks go on."""
        self._now += timedelta(seconds=seconds)
        self._up += seconds

    def set(self, now: datetime) -> None:
        """Somebody sets the wall clock."""
        self._now = now

    def reboot(self) -> None:
        """The uptime starts anew."""
        self._boot += 1
        self._up = 1.0
