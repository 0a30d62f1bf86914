"""Accepted batches become rows of requests, exactly once: examined and written, and written alone.

The centre examines each request by the whole catalogue, as the desk did; that is nearly all of the
time. What the databases are compared by elsewhere is the writing alone.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from bench.ground.centre import DESK_NO, EnrolledDesk
from bench.ground.stores import POSTGRESQL, STORES, servers
from bench.report import Row, goal, row
from bench.wire import register_entries
from mfc_desk.demo.office import OFFICE, OFFICE_CODE
from sync.central.centre import Centre
from sync.central.desks import read_office
from sync.central.examine import read_entry
from sync.central.home import CentreHome
from sync.central.projection import SLICE
from sync.central.store import Numbering
from sync.clock import SystemClock
from sync.ids import SeededRandom, SystemRandom
from sync.keys import DeviceKeys

EACH = 28  # requests of a service: about two thousand
BATCH = 500
ROUNDS = 3
CORE_GOAL = 30_000.0

WARM_UP = 2
"""Short slices: each service's form is found out at its first request, once in a centre's life."""

PREPARED = 6
"""Slices of a few entries written beforehand: PostgreSQL's statements are prepared by then."""
FEW = 5

Work = Callable[[], int]
"""Applies what there is; returns how many entries."""


def run(each: int = EACH, rounds: int = ROUNDS, stores: Sequence[str] = STORES) -> Row:
    """Return requests a second of the clock and of the centre's processor, by store."""
    entries = [one for one in register_entries(each) if b'"request.register"' in one]
    taken: dict[str, list[tuple[float, float]]] = {}
    with servers(stores) as server, tempfile.TemporaryDirectory(prefix="mfc-bench-") as folder:
        for number in range(rounds):
            for store in stores:
                for what, act in (("examined and written", _whole), ("written", _written)):
                    url = server.database() if server and store == POSTGRESQL else None
                    home = Path(folder) / f"{store}-{number}-{act.__name__}"
                    pace = _one(home, url, entries, act)
                    taken.setdefault(f"{store}, {what}", []).append(pace)
    return {
        "question": "accepted batches to rows of requests, exactly once; requests a second",
        "requests": len(entries),
        "rows": [
            one
            for name, pace in taken.items()
            for one in (
                row(name, [wall for wall, _ in pace], "1/s"),
                row(f"{name}, by the centre's processor time", [core for _, core in pace], "1/s"),
            )
        ],
        "goals": [
            goal(
                f"{name}: ≥ 30 000 requests/s a core",
                median(core for _, core in pace),
                CORE_GOAL,
                at_most=False,
            )
            for name, pace in taken.items()
        ],
    }


def _one(
    home: Path,
    url: str | None,
    entries: list[bytes],
    act: Callable[[Centre, list[bytes]], tuple[int, Work]],
) -> tuple[float, float]:
    """Accept all, then measure the act; requests a second of the clock and of the processor.

    The act says how many entries it has applied beforehand, to warm up.
    """
    centre = Centre.open(CentreHome(home), SystemClock(), SystemRandom(), url)
    try:
        desk = enrolled(centre, DESK_NO)
        for data in desk.seal(entries, counts(len(entries))):
            centre.acceptance.accept(data)
        warm, work = act(centre, entries)
        start, busy = time.perf_counter(), time.process_time()
        done = work()
        took, busy = time.perf_counter() - start, time.process_time() - busy
        if warm + done != len(entries):
            raise RuntimeError("not all was applied")
        return done / took, done / busy
    finally:
        centre.close()


def counts(entries: int) -> list[int]:
    """Sizes of the batches of so many entries."""
    return [min(BATCH, entries - start) for start in range(0, entries, BATCH)]


def enrolled(centre: Centre, number: int, urls: tuple[str, ...] = ("http://x",)) -> EnrolledDesk:
    """Enrol a desk of the office at an open centre."""
    if centre.store.desks.office(OFFICE_CODE) is None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "office.toml"
            file.write_text(OFFICE, "utf-8")
            centre.store.desks.put_office(read_office(file))
    ticket, _ = centre.enrolment.issue(OFFICE_CODE, number, window="1", urls=urls)
    keys = DeviceKeys.generate(SeededRandom(number))
    asked = {
        "code": ticket.code,
        "signing_public": keys.public.hex(),
        "age_recipient": keys.recipient,
    }
    centre.enrolment.enrol(asked)
    return EnrolledDesk(ticket, keys)


def _whole(centre: Centre, _entries: list[bytes]) -> tuple[int, Work]:
    """As the running centre does; its catalogue is loaded and met beforehand."""
    projector = centre.projector()
    always, projector.gives_way = projector.gives_way, lambda: True
    warm = sum(projector.run_slice() for _ in range(WARM_UP))
    projector.gives_way = always

    def work() -> int:
        try:
            return projector.run_all()
        finally:
            projector.close()

    return warm, work


def _written(centre: Centre, entries: list[bytes]) -> tuple[int, Work]:
    """Rows, official numbers, feed and watermark of each slice; entries are read beforehand."""
    register = centre.store.register
    readings = [read_entry(seq, raw) for seq, raw in enumerate(entries, 1)]
    at, numbering = SystemClock().now(), Numbering("90", 2026)

    def write(start: int, size: int) -> int:
        (stream,) = register.behind()
        return register.apply(stream, readings[start : start + size], numbering, at) or 0

    warm = sum(
        write(start, FEW) for start in range(0, min(PREPARED * FEW, len(readings) // 2), FEW)
    )

    def work() -> int:
        return sum(write(start, SLICE) for start in range(warm, len(readings), SLICE))

    return warm, work
