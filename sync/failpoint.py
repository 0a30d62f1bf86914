"""Places where a test makes the process die: `MFC_DESK_FAIL=<point>:<n>` at the n-th passing."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping

VARIABLE = "MFC_DESK_FAIL"
EXIT_STATUS = 137  # what kill -9 shows


class Failpoints:
    """The place to die at, read once from an environment; none for a normal start."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._point, _, times = environ.get(VARIABLE, "").partition(":")
        self._times = int(times) if times.isdecimal() else 1
        self._passed: Counter[str] = Counter()

    def reach(self, point: str) -> None:
        """Pass a place; the process ends here, without any clean-up, when it is the one."""
        if point != self._point:
            return
        self._passed[point] += 1
        if self._passed[point] == self._times:
            os._exit(EXIT_STATUS)


_of_process = Failpoints(os.environ)
reach = _of_process.reach
