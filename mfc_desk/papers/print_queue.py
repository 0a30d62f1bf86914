"""The print queue: what waits, what is at a printer, what came out; kept in the desk's store.

A paper is never printed twice by itself. Where nobody can know whether it came out the printing is
`unknown`: the spool is asked again by its title, and only a person repeats it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mfc_desk.access.roles import Action
from mfc_desk.idle import checkpoint_when_idle
from mfc_desk.papers.paper_job import PaperJob
from mfc_desk.papers.papers import TITLES
from mfc_desk.papers.print_work import PART_OUT, JobBusy, PrintWork
from mfc_desk.store import print_queue as store
from mfc_desk.store.print_queue import StoredJob
from printing.errors import PrinterUnreachable
from printing.spool import FolderSpool, Printer
from printing.thermal import ThermalSpool
from sync.clock import from_iso, iso

if TYPE_CHECKING:
    from PIL.Image import Image

    from mfc_desk.desk import Desk

OPEN_STATES = (store.WAITING, store.HELD, store.PRINTING, store.FAILED, store.UNKNOWN)
_PAGE = 100


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


class PrintQueue:
    """The use cases of the queue. `run`, `cancel` and `printers` ask a printing system: a worker's.

    A worker has a desk of its own (`Desk.worker_copy`).
    """

    def __init__(self, desk: Desk) -> None:
        """Work on `desk`."""
        self._desk = desk
        self._work = PrintWork(desk)

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
        return self._jobs([self._work.stored(job_id)])[0]

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
                large=bool(job.large),
                chosen=job.chosen,
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

    def redirect(self, job_id: int, printer: str | None = None) -> PaperJob:
        """Let a printing go to another printer; None is where papers of its kind go.

        An attempt at a printer is taken back there first, so that it never comes out on both; a
        doubtful one is sent because a person looked into the tray. Raises JobBusy,
        PaperWhereabouts; nothing is sent then, and what may have come out is doubtful.
        """
        self._desk.may(Action.PRINT)
        job = self._work.stored(job_id)
        if job.state not in OPEN_STATES:
            raise JobBusy
        self._work.end_attempt(job)
        with self._desk.db.atomic():
            if not store.redirect(self._desk.db, job, printer or None, self._now()):
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

        `error` of what is returned says when a part of it may be out.
        Raises JobBusy when it came out or is just being handed over, PaperWhereabouts when its
        printer cannot be asked: it is doubtful then.
        """
        self._desk.may(Action.PRINT)
        job = self._work.stored(job_id)
        if job.state == store.PRINTING:
            said = PART_OUT if self._work.take_from_printer(job) else None
            return self._move(job_id, (store.PRINTING,), store.CANCELLED, said)
        before = (store.WAITING, store.HELD, store.FAILED, store.UNKNOWN)
        return self._move(job_id, before, store.CANCELLED)

    def confirm(self, job_id: int) -> PaperJob:
        """A person found a doubtful paper in the tray: it is printed. Raises JobBusy."""
        self._desk.may(Action.PRINT)
        job = self._work.stored(job_id)
        if job.state != store.UNKNOWN or job.sha256 is None:
            raise JobBusy
        with self._desk.db.atomic():
            self.came_out_in_act(job.id, job.sha256, job.printer or "")
        return self.job(job_id)

    def preview(self, job_id: int) -> Preview:
        """Return a paper of the queue to look at. Raises JobBusy, UnknownPaper, PrintError."""
        from printing.preview import page_texts  # noqa: PLC0415  # loaded when one is looked at

        self._desk.may(Action.PRINT)
        stored = self._work.stored(job_id)
        came_out = stored.state in (store.PRINTED, store.PRINTING, store.UNKNOWN)
        copy = stored.copy if came_out else store.next_copy(self._desk.db, job_id)
        pdf = self._desk.papers.render_job(stored, copy)
        return Preview(self.job(job_id), pdf, page_texts(pdf))

    def _move(
        self, job_id: int, before: tuple[str, ...], state: str, said: str | None = None
    ) -> PaperJob:
        self._desk.may(Action.PRINT)
        with self._desk.db.atomic():
            if not store.move(self._desk.db, job_id, before, state, self._now(), said):
                raise JobBusy
        return self.job(job_id)

    # what goes on behind

    def printers(self) -> tuple[Printer, ...]:
        """Return where papers can go: the folder of the settings and what the system has.

        Whoever chooses printers may look, the administrator too, who prints nothing.
        """
        self._desk.may(Action.SETTINGS)
        found: list[Printer] = []
        if self._desk.settings.load().out_folder:
            found += self._work.spool(FolderSpool.NAME).printers()
        if self._desk.settings.load().thermal:
            found += self._work.spool(ThermalSpool.NAME).printers()
        with suppress(PrinterUnreachable):
            found += self._work.spool("").printers()
        return tuple(found)

    def print_next(self) -> PaperJob | None:
        """Print the oldest waiting paper; None when none can be printed now."""
        self._desk.may(Action.PRINT)
        silent: set[str] = set()
        for job in store.in_states(self._desk.db, (store.WAITING,), _PAGE):
            if self._work.attempt(job, silent):
                now = self.job(job.id)
                if now.state != store.WAITING:
                    return now
        return None

    def run(self) -> tuple[PaperJob, ...]:
        """Look after what is at the printer, print what waits; return what changed.

        A printer that does not answer is asked again the next time; the papers of others go on.
        The worker that calls it now and then also puts the write-ahead log into the file.
        """
        self._desk.may(Action.PRINT)
        looked = store.in_states(self._desk.db, (store.PRINTING, store.UNKNOWN), _PAGE)
        changed = [job.id for job in looked if self._work.look(job)]
        after, silent = 0, set[str]()
        while waiting := store.in_states(self._desk.db, (store.WAITING,), _PAGE, after):
            changed += [job.id for job in waiting if self._work.attempt(job, silent)]
            after = waiting[-1].id
        checkpoint_when_idle(self._desk)
        return tuple(self.job(job_id) for job_id in changed)

    def print_job(self, job_id: int, silent: set[str] | None = None) -> PaperJob:
        """Print one waiting paper now. Raises JobBusy when it does not wait.

        One of a printer in `silent` goes on waiting; a printer that does not answer is added.
        """
        self._desk.may(Action.PRINT)
        job = self._work.stored(job_id)
        if job.state != store.WAITING:
            raise JobBusy
        self._work.attempt(job, set() if silent is None else silent)
        return self.job(job_id)

    def _now(self) -> str:
        return iso(self._desk.clock.now())

    def came_out_in_act(self, job_id: int, digest: str, printer: str) -> None:
        """Settle a printing and journal it, in the transaction of the act it belongs to."""
        self._work.came_out_in_act(job_id, digest, printer)
