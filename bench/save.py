"""What registering one request costs, against appending 8 KB to a file and syncing it.

Desks of three sizes and the bare file take turns; the sizes give the exponent of the growth.
"""

from __future__ import annotations

import gc
import math
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median, quantiles
from typing import Any

from bench.ground.desk import GrownDesk, cached
from bench.ground.documents import documents
from bench.ground.sync_calls import sync_calls
from bench.report import Row, goal, in_turn, ratio, rounded, row
from mfc_desk.desk import Desk

SIZES = {"S": 150, "M": 10_000, "L": 45_000}
ROUNDS = 400
WARM_UP = 5
TRACED = 50
MOVE_EVERY = 100  # the WAL goes into the file between acts, as the idle program does it
BLOCK = os.urandom(8192)


def run(sizes: dict[str, int] = SIZES, rounds: int = ROUNDS) -> Row:
    """Return milliseconds of a registration and of its transaction by size of the desk."""
    grown = {name: cached(size) for name, size in sizes.items()}
    with ExitStack() as stack:
        copies = {name: stack.enter_context(desk.copied()) for name, desk in grown.items()}
        windows = {
            name: Window(stack.enter_context(copy.login()), rounds + WARM_UP)
            for name, copy in copies.items()
        }
        file = os.open(copies["L"].home.root / "raw.bin", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        stack.callback(os.close, file)

        def append() -> None:
            os.write(file, BLOCK)
            os.fdatasync(file)

        gc.collect()
        gc.freeze()
        stack.callback(gc.unfreeze)
        taken = in_turn(
            {"append": append, **{name: window.register for name, window in windows.items()}},
            rounds,
            warm_up=WARM_UP,
        )
    return _told(taken, windows, sizes, _calls(grown["S"]))


class Window:
    """A desk where one request after another is registered; its transactions are timed inside."""

    def __init__(self, desk: Desk, count: int) -> None:
        self._desk = desk
        self._brought = iter(documents(desk, count))
        self.transactions: list[float] = []
        self.busy: list[float] = []
        # the one call `register` makes around its transaction and nothing else
        desk.__dict__["with_ballast"] = self._timed(desk.with_ballast)

    def _timed(self, real: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def with_ballast(act: Any) -> Any:
            start, busy = time.perf_counter(), time.thread_time()
            done = real(act)
            self.transactions.append(time.perf_counter() - start)
            self.busy.append(time.thread_time() - busy)
            return done

        return with_ballast

    def register(self) -> None:
        """Register the next document, as `mfc-desk intake` does."""
        if len(self.transactions) % MOVE_EVERY == 0:
            self._desk.db.checkpoint()
        self._desk.intake.register_document(next(self._brought))


def _calls(desk: GrownDesk) -> float | None:
    with desk.copied() as copy:
        return sync_calls(copy, TRACED)


def _told(
    taken: dict[str, list[float]],
    windows: dict[str, Window],
    sizes: dict[str, int],
    calls: float | None,
) -> Row:
    transactions = {name: window.transactions[WARM_UP:] for name, window in windows.items()}
    raw, saved, busy = taken["append"], transactions["L"], windows["L"].busy[WARM_UP:]
    own = 1000 * (median(saved) - median(raw))
    p99 = {"append": _p99(raw), "transaction": _p99(saved), "register": _p99(taken["L"])}
    goals = [
        goal("p50 of the transaction ≤ 1 fsync + 1 ms of own work", own, 1.0),
        goal(
            "p99 of the transaction ≤ 2 × fsync p99 + 1 ms",
            p99["transaction"],
            rounded(2 * p99["append"] + 1),
        ),
    ]
    if calls is not None:
        goals.append(goal("exactly 1 fsync an act between checkpoints", calls, 1.0))
    return {
        "question": "registering a request: check, receipt, then one transaction (tables, search, "
        "journal, number, print queue); SQLCipher, WAL, FULL; against 8 KB append + fdatasync",
        "sizes": sizes,
        "rows": [
            row("append 8 KB + fdatasync", _ms(raw), "ms"),
            *(row(f"transaction {name}", _ms(s), "ms") for name, s in transactions.items()),
            row("transaction L, processor time", _ms(busy), "ms"),
            *(row(f"register {name}", _ms(taken[name]), "ms") for name in transactions),
        ],
        "p99": p99,
        "ratio": {
            "transaction/append": ratio(saved, raw),
            "register/append": ratio(taken["L"], raw),
        },
        "exponent": {
            "transaction": _exponent(sizes, transactions),
            "register": _exponent(sizes, {name: taken[name] for name in sizes}),
        },
        "fsyncs of an act": "no strace here" if calls is None else calls,
        "goals": goals,
    }


def _ms(samples: list[float]) -> list[float]:
    return [1000 * seconds for seconds in samples]


def _p99(samples: list[float]) -> float:
    return rounded(1000 * quantiles(samples, n=100, method="inclusive")[98])


def _exponent(sizes: dict[str, int], samples: dict[str, list[float]]) -> float:
    """The power of the size the cost grows with: least squares over logarithms; 0 is constant."""
    points = [(math.log(sizes[name]), math.log(median(samples[name]))) for name in sizes]
    x, y = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    spread = sum((at - x) ** 2 for at, _ in points)
    return rounded(sum((at - x) * (cost - y) for at, cost in points) / spread) if spread else 0.0
