"""Printing the day: registers by authority, labels of their cases, route sheets, as one batch.

A case stands in one register. What is printed is kept as data, so that a further printing says the
same and is marked as a copy. Route sheets taken for the day go along.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from mfc_desk.access.roles import Action
from mfc_desk.papers import request_papers
from mfc_desk.papers.day_papers import beginning
from mfc_desk.papers.papers import LABELS, REGISTER, ROUTE
from mfc_desk.papers.print_work import JobBusy
from mfc_desk.store import papers, print_queue, printed_papers, requests
from printing.kept import keep, kept
from printing.transfer_register import TransferRegister
from sync.clock import iso

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

_OPEN = (print_queue.WAITING, print_queue.HELD, print_queue.PRINTING)


@dataclass(frozen=True)
class DayBatch:
    """What one order printed: `id` names it in the queue, `papers` is how many it has."""

    id: str
    papers: int


@dataclass(frozen=True)
class BatchProgress:
    """How far a batch is: out of `papers`, `printed` came out, `trouble` need a person."""

    papers: int
    printed: int
    trouble: int
    cancelled: int

    @property
    def left(self) -> int:
        """Papers that are still on their way."""
        return self.papers - self.printed - self.trouble - self.cancelled


class PrintDay:
    """The use cases of printing a whole day."""

    def __init__(self, desk: Desk) -> None:
        """Work on `desk`."""
        self._desk = desk

    def order(self, day: date | None = None, *, again: bool = False) -> DayBatch:
        """Queue the registers and labels of a day's cases that stand in none yet, as one batch.

        `again` queues copies of what was printed for the day instead. Nothing to print gives a
        batch of no papers.
        """
        desk = self._desk
        desk.may(Action.PRINT)
        on = day or desk.centre_now().astimezone(desk.zone).date()
        if not again:
            self._form(on)
        batch = desk.ids.next()
        with desk.db.atomic():
            wanted = [
                (paper, subject)
                for paper in (REGISTER, LABELS, ROUTE)
                for subject, _ in papers.kept_beginning(desk.db, beginning(desk, on), paper)
                if again or not self._ordered(subject, paper)
            ]
            for paper, subject in wanted:
                self._queue(paper, subject, batch)
        return DayBatch(batch, len(wanted))

    def _ordered(self, subject: str, paper: str) -> bool:
        """Whether it is queued or came out, here or of a desk this one was made anew from.

        What was taken back before it went to a printer is still to be printed.
        """
        db = self._desk.db
        queued = print_queue.ordered(db, subject, paper)
        return queued or printed_papers.copies(db, subject, paper) > 0

    def _form(self, day: date) -> None:
        """Form the registers of cases that stand in none, and fix the labels never made.

        Those of a register somebody formed without them, or before a crash, are made here too.
        """
        desk = self._desk
        desk.day_papers.form(day)
        for number, content in papers.kept_beginning(desk.db, beginning(desk, day), REGISTER):
            if papers.kept(desk.db, number, LABELS) is not None:
                continue
            labels = [
                json.loads(keep(request_papers.label_of(one)))
                for case in kept(TransferRegister, content).cases
                if (stored := requests.by_number(desk.db, case.case))
                and (one := request_papers.taken(desk, stored))
            ]
            with desk.db.atomic():
                desk.papers.fix_in_act(number, LABELS, json.dumps(labels, ensure_ascii=False))

    def progress(self, batch: str) -> BatchProgress:
        """Return how far a batch is."""
        states = print_queue.batch_states(self._desk.db, batch)
        open_ = sum(states.get(state, 0) for state in _OPEN)
        printed, cancelled = states.get("printed", 0), states.get("cancelled", 0)
        papers = sum(states.values())
        return BatchProgress(papers, printed, papers - printed - cancelled - open_, cancelled)

    def cancel(self, batch: str) -> int:
        """Take what of a batch is not at a printer out of the queue; return how many papers."""
        self._desk.may(Action.PRINT)
        now = iso(self._desk.clock.now())
        with self._desk.db.atomic():
            return print_queue.cancel_batch(self._desk.db, batch, now)

    def run(
        self,
        batch: str,
        step: Callable[[BatchProgress], object],
        stop: Callable[[], bool] = lambda: False,
    ) -> BatchProgress:
        """Print a batch, telling `step` after each paper; what finds no printer now waits.

        `stop` is asked before each paper; what was not printed by then stays in the queue.
        """
        silent: set[str] = set()
        done = self.progress(batch)
        step(done)
        for job_id in print_queue.waiting_of(self._desk.db, batch):
            if stop():
                break
            with suppress(JobBusy):  # the screens print it at this moment
                self._desk.print_queue.print_job(job_id, silent)
            done = self.progress(batch)
            step(done)
        return done

    def _queue(self, paper: str, subject: str, batch: str) -> None:
        print_queue.queue(
            self._desk.db,
            request_id=None,
            subject=subject,
            paper=paper,
            copies=1,
            printer=None,
            at=iso(self._desk.clock.now()),
            batch=batch,
        )
