"""Failed logins and the delay they cost, kept beside the key slots and counted across restarts.

Logins nobody has on this desk share one count under "": what was typed there may be a password.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil, isfinite
from pathlib import Path
from typing import Any

from mfc_desk.durable import write_durably
from sync.clock import Clock

FREE_ATTEMPTS = 3
LONGEST_WAIT_S = 15 * 60
NOBODY = ""


def delay_after(failures: int) -> int:
    """Seconds to wait after so many failures in a row: 0, 0, 0, 2, 4, 8 … 900."""
    if failures <= FREE_ATTEMPTS:
        return 0
    return min(LONGEST_WAIT_S, 1 << min(failures - FREE_ATTEMPTS, 16))


@dataclass(frozen=True)
class Count:
    """Failures in a row, when the last one was by three clocks, and how many the journal lacks."""

    failures: int
    at: datetime
    boot: str
    up: float
    unreported: int


class Attempts:
    """The counts of one home; the caller holds its lock."""

    def __init__(self, file: Path, clock: Clock) -> None:
        """Read nothing yet."""
        self._file = file
        self._clock = clock

    def wait(self, login: str) -> int:
        """Whole seconds before `login` may be tried, 0 when at once.

        While the computer stays on, its uptime counts, which nobody can set. After a restart it
        is the wall clock; one set back starts the delay anew, and never makes it longer.
        """
        counts = self._read()
        count = counts.get(login)
        if count is None:
            return 0
        delay = delay_after(count.failures)
        if count.boot == self._clock.boot_id():
            passed = self._clock.monotonic() - count.up
        else:
            passed = (self._clock.now() - count.at).total_seconds()
        if passed < 0 and delay:
            self._write({**counts, login: self._stamped(count)})
            passed = 0
        return max(0, ceil(delay - passed))

    def failed(self, login: str) -> int:
        """Count one failure, durably; returns the seconds to wait from now."""
        counts = self._read()
        before = counts.get(login, self._none())
        count = self._stamped(
            replace(before, failures=before.failures + 1, unreported=before.unreported + 1)
        )
        self._write({**counts, login: count})
        return delay_after(count.failures)

    def succeeded(self, login: str) -> None:
        """Take back the failure counted before the attempt, and end the row of failures."""
        counts = self._read()
        count = counts.get(login, self._none())
        rest = replace(count, failures=0, unreported=max(0, count.unreported - 1))
        self._write({**counts, login: rest})

    def unreported(self) -> dict[str, int]:
        """Failures by login that no journal entry tells of yet."""
        return {
            login: count.unreported for login, count in self._read().items() if count.unreported
        }

    def reported(self, told: Mapping[str, int]) -> None:
        """The journal now tells of these."""
        counts = self._read()
        for login, number in told.items():
            if login in counts:
                left = max(0, counts[login].unreported - number)
                counts[login] = replace(counts[login], unreported=left)
        self._write(counts)

    def _none(self) -> Count:
        return self._stamped(Count(0, datetime.min.replace(tzinfo=UTC), "", 0.0, 0))

    def _stamped(self, count: Count) -> Count:
        clock = self._clock
        return replace(count, at=clock.now(), boot=clock.boot_id(), up=clock.monotonic())

    def _read(self) -> dict[str, Count]:
        """The counts; a file that cannot be read starts anew and is itself a failure to report."""
        try:
            raw = json.loads(self._file.read_text("utf-8"))
            return {str(login): _count(count) for login, count in raw.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
            return {NOBODY: replace(self._none(), unreported=1)}

    def _write(self, counts: Mapping[str, Count]) -> None:
        kept = {
            login: {
                "failures": count.failures,
                "at": count.at.isoformat(),
                "boot": count.boot,
                "up": count.up,
                "unreported": count.unreported,
            }
            for login, count in counts.items()
            if count.failures or count.unreported
        }
        write_durably(self._file, json.dumps(kept, ensure_ascii=False).encode())


def _count(raw: Mapping[str, Any]) -> Count:
    at = datetime.fromisoformat(raw["at"])
    up = float(raw["up"])
    if at.tzinfo is None or not isfinite(up):
        raise ValueError("at")
    return Count(
        max(0, int(raw["failures"])),
        at,
        str(raw["boot"]),
        up,
        max(0, int(raw["unreported"])),
    )
