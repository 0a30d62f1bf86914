"""The print queue: what waits, what is at a printer, what came out; kept in the desk's store.

A paper is never printed twice by itself. Where nobody can know whether it came out the printing is
`unknown`: the spool is asked again by its title, and only a person repeats it.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mfc_desk.errors import DeskError
from mfc_desk.idle import checkpoint_when_idle
from mfc_desk.papers import TITLES, UnknownPaper
from mfc_desk.roles import Action
from mfc_desk.store import print_queue as store
from mfc_desk.store.print_queue import StoredJob
from printing.errors import PrintError, PrinterUnreachable
from printing.spool import (
    CupsSpool,
    FolderSpool,
    Printer,
    Spool,
    SpoolAnswer,
    SpoolState,
    WindowsSpool,
)
from printing.thermal import ThermalSpool
from sync.clock import from_iso, iso

if TYPE_CHECKING:
    from PIL.Image import Image

    from mfc_desk.desk import Desk
    from mfc_desk.print_routes import Route

PRINTED = "paper.printed"
ABANDONED = timedelta(minutes=5)
"""A printing begun this long ago and known to no spool was cut off by the end of its process."""
NO_PRINTER = "Принтер не выбран. Выберите принтер или папку в настройках."
MAYBE = "Неизвестно, напечатано ли. Проверьте лоток и повторите, если бумаги нет."
CANCELLED_THERE = "Задание отменено на принтере."
KNOWN_THERE = "Служба печати уже знает это задание: второй раз не отправлено."
OPEN_STATES = (store.WAITING, store.HELD, store.PRINTING, store.FAILED, store.UNKNOWN)
_PAGE = 100


@dataclass(frozen=True)
class PaperJob:
    """A printing: waiting | held | printing | printed | failed | unknown | cancelled.

    `request_number` is the number on the paper, `copy` 1 the first that came out; `at` is when the
    state was reached, in the office's zone; `error` says why it waits or failed.
    """

    id: int
    request_number: str
    paper: str
    title: str
    copies: int
    copy: int
    printer: str | None
    state: str
    error: str | None
    at: datetime


@dataclass(frozen=True)
class Preview:
    """A printing as it would come out now: its PDF, and the lines of each page as text."""

    job: PaperJob
    pdf: bytes
    pages: tuple[tuple[str, ...], ...]

    def picture(self, page: int, width: int) -> Image:
        """Return a page (from 0) as a picture `width` pixels wide."""
        from printing.preview import picture  # noqa: PLC0415  # loaded when a paper is looked at

        return picture(self.pdf, page, width)


class JobBusy(DeskError):  # noqa: N818 - says what happened
    """Это задание уже печатается или напечатано. Обновите список."""

    title = "Печать"
    code = "job-busy"


class PrintQueue:
    """The use cases of the queue. `run`, `cancel` and `printers` ask a printing system: a worker's.

    A worker has a desk of its own (`Desk.worker_copy`).
    """

    def __init__(self, desk: Desk) -> None:
        """Work on `desk`."""
        self._desk = desk

    def open(self, limit: int = _PAGE) -> tuple[PaperJob, ...]:
        """Return printings that are not done: waiting, held, printing, failed, doubtful."""
        self._desk.may(Action.PRINT)
        return self._jobs(store.in_states(self._desk.db, OPEN_STATES, limit))

    def of_request(self, request_id: str) -> tuple[PaperJob, ...]:
        """Return all printings of a request, oldest first."""
        return self._jobs(store.of_request(self._desk.db, request_id))

    def of_batch(self, batch: str) -> tuple[PaperJob, ...]:
        """Return the printings of a batch that are not done, oldest first."""
        open_ = store.in_states(self._desk.db, OPEN_STATES, 1_000_000)
        return self._jobs([job for job in open_ if job.batch == batch])

    def job(self, job_id: int) -> PaperJob:
        """Return one printing. Raises JobBusy when it is gone."""
        return self._jobs([self._stored(job_id)])[0]

    def _stored(self, job_id: int) -> StoredJob:
        stored = store.job(self._desk.db, job_id)
        if stored is None:
            raise JobBusy("Такого задания печати нет. Обновите список.")
        return stored

    def _jobs(self, stored: list[StoredJob]) -> tuple[PaperJob, ...]:
        return tuple(
            PaperJob(
                id=job.id,
                request_number=job.subject,
                paper=job.paper,
                title=TITLES[job.paper],
                copies=job.copies,
                copy=job.copy,
                printer=job.printer,
                state=job.state,
                error=job.error,
                at=from_iso(job.at).astimezone(self._desk.zone),
            )
            for job in stored
        )

    # what a person decides

    def retry(self, job_id: int, printer: str | None = None) -> PaperJob:
        """Put a failed or doubtful printing back into the queue. Raises JobBusy.

        Before it is sent again the spool is asked for the attempt there was.
        """
        self._desk.may(Action.PRINT)
        with self._desk.db.atomic():
            if not store.wait_again(self._desk.db, job_id, printer, self._now()):
                raise JobBusy
        return self.job(job_id)

    def hold(self, job_id: int) -> PaperJob:
        """Let a waiting printing wait until `release`. Raises JobBusy."""
        return self._move(job_id, (store.WAITING,), store.HELD)

    def release(self, job_id: int) -> PaperJob:
        """Let a held printing go on. Raises JobBusy."""
        return self._move(job_id, (store.HELD,), store.WAITING)

    def cancel(self, job_id: int) -> PaperJob:
        """Take a printing out of the queue, and from its printer when it is still there.

        Raises JobBusy when it came out or is just being handed over.
        """
        self._desk.may(Action.PRINT)
        job = self._stored(job_id)
        if job.state == store.PRINTING:
            if job.title is None or not self._spool(job.printer or "").cancel(job.title):
                raise JobBusy
            return self._move(job_id, (store.PRINTING,), store.CANCELLED)
        before = (store.WAITING, store.HELD, store.FAILED, store.UNKNOWN)
        return self._move(job_id, before, store.CANCELLED)

    def confirm(self, job_id: int) -> PaperJob:
        """A person found a doubtful paper in the tray: it is printed. Raises JobBusy."""
        self._desk.may(Action.PRINT)
        job = self._stored(job_id)
        if job.state != store.UNKNOWN or job.sha256 is None:
            raise JobBusy
        with self._desk.db.atomic():
            self.came_out_in_act(job.id, job.sha256, job.printer or "")
        return self.job(job_id)

    def preview(self, job_id: int) -> Preview:
        """Return a paper of the queue to look at. Raises JobBusy, UnknownPaper, PrintError."""
        from printing.preview import page_texts  # noqa: PLC0415  # loaded when one is looked at

        self._desk.may(Action.PRINT)
        stored = self._stored(job_id)
        came_out = stored.state in (store.PRINTED, store.PRINTING, store.UNKNOWN)
        copy = stored.copy if came_out else store.next_copy(self._desk.db, job_id)
        pdf = self._desk.papers.render_job(stored, copy)
        return Preview(self.job(job_id), pdf, page_texts(pdf))

    def _move(self, job_id: int, before: tuple[str, ...], state: str) -> PaperJob:
        self._desk.may(Action.PRINT)
        with self._desk.db.atomic():
            if not store.move(self._desk.db, job_id, before, state, self._now()):
                raise JobBusy
        return self.job(job_id)

    # what goes on behind

    def printers(self) -> tuple[Printer, ...]:
        """Return where papers can go: the folder of the settings and what the system has."""
        self._desk.may(Action.PRINT)
        found: list[Printer] = []
        if self._desk.settings.load().out_folder:
            found += self._spool(FolderSpool.NAME).printers()
        if self._desk.settings.load().thermal:
            found += self._spool(ThermalSpool.NAME).printers()
        with suppress(PrinterUnreachable):
            found += self._spool("").printers()
        return tuple(found)

    def print_next(self) -> PaperJob | None:
        """Print the oldest waiting paper; None when none can be printed now."""
        self._desk.may(Action.PRINT)
        for job in store.in_states(self._desk.db, (store.WAITING,), _PAGE):
            if self._attempt(job):
                return self.job(job.id)
        return None

    def run(self) -> tuple[PaperJob, ...]:
        """Look after what is at the printer, print what waits; return what changed.

        The worker that calls it now and then also puts the write-ahead log into the file.
        """
        self._desk.may(Action.PRINT)
        looked = store.in_states(self._desk.db, (store.PRINTING, store.UNKNOWN), _PAGE)
        changed = [job.id for job in looked if self._look(job)]
        after = 0
        while waiting := store.in_states(self._desk.db, (store.WAITING,), _PAGE, after):
            for job in waiting:
                if self._attempt(job):
                    changed.append(job.id)
                    if self._stored(job.id).state == store.WAITING:  # nothing answers: ask later
                        return tuple(self.job(job_id) for job_id in changed)
            after = waiting[-1].id
        checkpoint_when_idle(self._desk)
        return tuple(self.job(job_id) for job_id in changed)

    def print_job(self, job_id: int) -> PaperJob:
        """Print one waiting paper now. Raises JobBusy when it does not wait."""
        self._desk.may(Action.PRINT)
        job = self._stored(job_id)
        if job.state != store.WAITING:
            raise JobBusy
        self._attempt(job)
        return self.job(job_id)

    def _attempt(self, job: StoredJob) -> bool:
        """Hand a waiting paper to its printer once; False when nothing was done with it."""
        route = self._desk.print_routes.of(job.paper)
        printer = job.printer or route.printer
        if not printer:
            if job.error != NO_PRINTER:
                self._explain(job.id, NO_PRINTER)
            return False
        if job.title is not None and self._known_there(job):
            return True
        copy = store.next_copy(self._desk.db, job.id)
        try:
            data = self._made(job, copy, printer)
        except (PrintError, UnknownPaper) as error:  # one that cannot be made blocks no other
            self._take_back(job.id, store.FAILED, error)
            return True
        digest, title = sha256(data).hexdigest(), self._title(job, copy)
        with self._desk.db.atomic():
            claimed = store.claim(
                self._desk.db,
                job.id,
                copy=copy,
                title=title,
                printer=printer,
                sha256=digest,
                at=self._now(),
            )
        if not claimed:
            return False
        self._hand_over(job, data, title, printer, route)
        return True

    def _made(self, job: StoredJob, copy: int, printer: str) -> bytes:
        if printer == ThermalSpool.NAME:
            return self._desk.papers.narrow_job(job, copy)
        return self._desk.papers.render_job(job, copy)

    def _hand_over(
        self, job: StoredJob, data: bytes, title: str, printer: str, route: Route
    ) -> None:
        try:
            answer = self._spool(printer).submit(
                data, title, printer, route.options(printer, job.copies)
            )
        except PrinterUnreachable as error:
            self._take_back(job.id, store.WAITING, error)
        except PrintError as error:
            self._take_back(job.id, store.FAILED, error)
        else:
            if answer.state is SpoolState.UNKNOWN:
                self._settle(job.id, store.UNKNOWN, error=MAYBE, spool_job=answer.job_id)
            else:
                self._follow(self._stored(job.id), answer)

    def _known_there(self, job: StoredJob) -> bool:
        """Whether a repeated paper is left alone: the spool knows the attempt there was.

        Where it cannot be asked the paper goes on waiting.
        """
        try:
            answer = self._spool(job.printer or "").lookup(job.title or "")
        except PrinterUnreachable as error:
            if job.error != str(error):
                self._explain(job.id, str(error))
            return True
        known = {SpoolState.WAITING, SpoolState.PRINTING, SpoolState.PRINTED}
        if answer is None or answer.state not in known:
            return False
        self._follow(job, answer, KNOWN_THERE)
        return True

    def _look(self, job: StoredJob) -> bool:
        """Ask the spool what became of a paper; True when its state changed."""
        abandoned = from_iso(job.at) + ABANDONED < self._desk.clock.now()
        handing_over = job.state == store.PRINTING and job.spool_job is None
        if job.title is None or (handing_over and not abandoned):
            return False  # another process is handing it over at this moment
        try:
            answer = self._spool(job.printer or "").lookup(job.title)
        except PrinterUnreachable:
            return False
        if answer is None or answer.state is SpoolState.UNKNOWN:
            if job.state == store.UNKNOWN:
                return False
            self._settle(job.id, store.UNKNOWN, error=MAYBE)
            return True
        return self._follow(job, answer)

    def _follow(self, job: StoredJob, answer: SpoolAnswer, remark: str | None = None) -> bool:
        """Keep what a spool is sure of; True when that is news."""
        if answer.state is SpoolState.PRINTED:
            with self._desk.db.atomic():
                self.came_out_in_act(
                    job.id, job.sha256 or "", job.printer or "", answer.job_id, remark
                )
        elif answer.state is SpoolState.FAILED:
            self._settle(job.id, store.FAILED, error=CANCELLED_THERE)
        else:
            known = job.state == store.PRINTING and job.spool_job is not None
            if known:
                return False
            self._settle(job.id, store.PRINTING, error=remark, spool_job=answer.job_id)
        return True

    def _title(self, job: StoredJob, copy: int) -> str:
        """Return the name of this attempt at the spool: no person in it, no other has it."""
        name = f"{job.paper}-{job.subject}-{copy}"
        title, number = name, max(1, job.attempt)
        while store.title_taken(self._desk.db, title):
            number += 1
            title = f"{name}.{number}"
        return title

    def _spool(self, printer: str) -> Spool:
        if printer == FolderSpool.NAME:
            return FolderSpool(Path(self._desk.settings.load().out_folder))
        if printer == ThermalSpool.NAME:
            return ThermalSpool(self._desk.settings.load().thermal)
        if sys.platform == "win32":
            return WindowsSpool(self._desk.home.root / "spool")
        return CupsSpool()

    def _now(self) -> str:
        return iso(self._desk.clock.now())

    def _take_back(self, job_id: int, state: str, error: Exception) -> None:
        with self._desk.db.atomic():
            store.take_back(self._desk.db, job_id, state, error=str(error), at=self._now())

    def _explain(self, job_id: int, why: str) -> None:
        with self._desk.db.atomic():
            store.explain(self._desk.db, job_id, why)

    def _settle(
        self, job_id: int, state: str, *, error: str | None = None, spool_job: str | None = None
    ) -> None:
        with self._desk.db.atomic():
            store.settle(
                self._desk.db, job_id, state, at=self._now(), error=error, spool_job=spool_job
            )

    def came_out_in_act(
        self,
        job_id: int,
        digest: str,
        printer: str,
        spool_job: str | None = None,
        remark: str | None = None,
    ) -> None:
        """Settle a printing and journal it, in the transaction of the act it belongs to."""
        job = self._stored(job_id)
        body: dict[str, Any] = {
            "request": job.request_id,
            "paper": job.paper,
            "copy": job.copy,
            "sha256": digest,
            "printer": printer,
        }
        if job.request_id is None:
            body["subject"] = job.subject
        self._desk.record(PRINTED, body, request_id=job.request_id)
        store.settle(
            self._desk.db,
            job.id,
            store.PRINTED,
            at=self._now(),
            error=remark,
            spool_job=spool_job,
        )
