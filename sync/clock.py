"""The clock a program is given, and what is known of the centre's one.

Order never depends on a clock (sync.md, 10); deadlines and what the person is shown do.
"""

from __future__ import annotations

import sys
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from sync.errors import BadFormat

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
NOTICEABLE_SKEW = timedelta(minutes=2)


class Clock(Protocol):
    """Wall time, a monotonic one, and the name of the stretch the monotonic one is good for."""

    def now(self) -> datetime:
        """Aware UTC; may lie and jump."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow while `boot_id` stays."""
        ...

    def boot_id(self) -> str:
        """Changes whenever `monotonic` starts anew."""
        ...


class SystemClock:
    """The clock of this computer."""

    def __init__(self) -> None:
        try:
            self._boot = BOOT_ID.read_text("ascii").strip()
        except OSError:  # no such file but on Linux: the process is then the stretch
            self._boot = str(uuid.uuid4())

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some moment of this boot, those a laptop slept through included."""
        if sys.platform == "linux":
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()

    def boot_id(self) -> str:
        """The kernel's boot id, else one of this process."""
        return self._boot


@dataclass(frozen=True)
class CentreTime:
    """How far the centre's clock is ahead of ours: `offset` ± `uncertainty`, read at `measured`."""

    offset: timedelta
    uncertainty: timedelta
    measured: datetime

    def at(self, ours: datetime) -> datetime:
        """The centre's time when our clock shows `ours`."""
        return ours + self.offset

    @property
    def noticeable(self) -> bool:
        """Whether the person should be told that the clock is wrong (over two minutes)."""
        return abs(self.offset) - self.uncertainty > NOTICEABLE_SKEW


def measure(sent: datetime, received: datetime, centre: datetime) -> CentreTime:
    """Estimate the offset from one exchange: the answer was stamped between sent and received.

    `Server-Time` has millisecond steps, so half the round trip plus one millisecond is the error.
    """
    half = (received - sent) / 2
    return CentreTime(centre - (sent + half), abs(half) + timedelta(milliseconds=1), received)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: what entries, receipts and `Server-Time` carry."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def utc_text(at: datetime | str) -> str:
    """A moment (ISO 8601 as text) for an operator of the centre, who serves several zones."""
    moment = from_iso(at) if isinstance(at, str) else at.astimezone(UTC)
    return f"{moment:%d.%m.%Y %H:%M} UTC"


def from_iso(text: object) -> datetime:
    """Read an aware ISO 8601 moment, return it in UTC; raises BadFormat."""
    try:
        moment = datetime.fromisoformat(text if isinstance(text, str) else "")
        if moment.tzinfo is None:
            raise BadFormat
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadFormat from error
