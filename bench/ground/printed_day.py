"""The papers of an office's day, printed by a real desk into a folder, one after another."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import NamedTuple

from bench.ground.desk import GrownDesk
from mfc_desk.desk import Desk
from mfc_desk.intake.registration import RECEIPT
from mfc_desk.papers.papers import APPLICATION, LABELS, REGISTER

_KINDS = (RECEIPT, APPLICATION, REGISTER, LABELS)


class PrintedDay(NamedTuple):
    """How many files of each kind came out and their bytes; the time is in seconds.

    `busy` is the processor's, `steps` one paper each: a person sees the progress move that often.
    """

    papers: dict[str, int]
    size: int
    seconds: float
    busy: float
    steps: list[float]


def print_day(grown: GrownDesk) -> PrintedDay:
    """Print receipt and application of every request, then registers and labels of their days.

    Each paper is queued, rendered, written durably, counted and journalled, as at the window.
    """
    with grown.copied() as copy, copy.login() as desk, tempfile.TemporaryDirectory() as out:
        desk.settings.save(replace(desk.settings.load(), out_folder=out, printer=""))
        rows = desk.find.recent(limit=grown.count)
        for job in desk.print_queue.open(limit=grown.count):
            desk.print_queue.cancel(job.id)  # the receipts of the ground are not of this day
        start, busy = time.perf_counter(), time.process_time()
        for row in reversed(rows):
            desk.papers.enqueue(row.number, RECEIPT)
            desk.papers.enqueue(row.number, APPLICATION)
        for day in sorted({row.accepted_at.date() for row in rows}):
            desk.print_day.order(day)
        steps = list(_printing(desk, len(desk.print_queue.open(limit=10 * grown.count))))
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
        files = list(Path(out).iterdir())
        papers = {kind: sum(path.name.startswith(f"{kind}-") for path in files) for kind in _KINDS}
        return PrintedDay(papers, sum(path.stat().st_size for path in files), seconds, busy, steps)


def _printing(desk: Desk, wanted: int) -> Iterator[float]:
    """Print what waits, telling how far it is; yield the seconds of each paper."""
    last = time.perf_counter()
    for done in count(1):
        if desk.print_queue.print_next() is None:
            sys.stderr.write("\n")
            return
        now = time.perf_counter()
        yield now - last
        last = now
        sys.stderr.write(f"\rbench: {done} of {wanted} papers printed")
