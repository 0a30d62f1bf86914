"""Papers: rendered from what was fixed at registration, queued, printed, printed again."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from forms.number import read as read_number
from forms.system_refusal import reason
from mfc_desk.errors import DeskError, UnknownNumber
from mfc_desk.idle import checkpoint_when_idle
from mfc_desk.receipt_content import receipt_of
from mfc_desk.registration import RECEIPT
from mfc_desk.roles import Action
from mfc_desk.store import exchange, papers, requests
from mfc_desk.store.papers import StoredJob
from printing import receipt as receipt_paper
from printing.errors import PaperNotWritten, PrintError, PrinterUnreachable
from printing.spool import (
    CupsSpool,
    FolderSpool,
    Printer,
    Spool,
    SpoolState,
    WindowsSpool,
    sync_folder,
    write_durably,
)
from sync.clock import from_iso, iso

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

TITLES = {RECEIPT: "Расписка"}
COPIES = {RECEIPT: 1}
"""One file holds both copies of a receipt: the applicant's and the case's."""
PRINTED = "paper.printed"
FILE = "file"
"""What the journal names as printer when a paper was saved to a file."""
ABANDONED = timedelta(minutes=5)
"""A printing begun this long ago and known to no spool was cut off by the end of its process."""
NO_PRINTER = "Принтер не выбран. Выберите принтер или папку в настройках."
MAYBE = "Неизвестно, напечатано ли. Проверьте лоток и повторите, если бумаги нет."
OPEN_STATES = (papers.WAITING, papers.PRINTING, papers.FAILED, papers.UNKNOWN)


@dataclass(frozen=True)
class PaperJob:
    """A printing: state is waiting | printing | printed | failed | unknown, `copy` 1 is the first.

    `at` is when the state was reached, in the office's zone; `error` says why it waits or failed.
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
class PrinterRow:
    """A place to print to: `default` is the system's choice, `trouble` why it prints nothing."""

    name: str
    text: str
    default: bool
    trouble: str


class UnknownPaper(DeskError):  # noqa: N818 - says what happened
    """Такой бумаги у обращения нет. Есть: receipt (расписка)."""

    title = "Бумага"
    code = "paper-unknown"
    exit_code = 2


class JobBusy(DeskError):  # noqa: N818 - says what happened
    """Это задание уже печатается или напечатано. Обновите список."""

    title = "Печать"
    code = "job-busy"


class Papers:
    """The use cases of papers. `run_queue` belongs in a worker, with a desk of its own."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def queue(self, limit: int = 100) -> tuple[PaperJob, ...]:
        """Return printings that are not done: waiting, printing, failed, doubtful; oldest first."""
        self._desk.may(Action.PRINT)
        return self._jobs(papers.in_states(self._desk.db, OPEN_STATES, limit))

    def of_request(self, request_id: str) -> tuple[PaperJob, ...]:
        """Return all printings of a request, oldest first."""
        return self._jobs(papers.of_request(self._desk.db, request_id))

    def job(self, job_id: int) -> PaperJob:
        """Return one printing. Raises JobBusy when it is gone."""
        stored = papers.job(self._desk.db, job_id)
        if stored is None:
            raise JobBusy
        return self._jobs([stored])[0]

    def _jobs(self, stored: list[StoredJob]) -> tuple[PaperJob, ...]:
        return tuple(
            PaperJob(
                id=job.id,
                request_number=job.number,
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

    def queue_in_act(self, request_id: str, paper: str, printer: str | None = None) -> int:
        """Queue a printing in the transaction of the act it belongs to; return its id."""
        return papers.queue(
            self._desk.db,
            request_id=request_id,
            paper=paper,
            copies=COPIES[paper],
            printer=printer,
            at=iso(self._desk.clock.now()),
        )

    def enqueue(self, number: str, paper: str = RECEIPT, printer: str | None = None) -> PaperJob:
        """Queue a further printing. Raises UnknownNumber, UnknownPaper."""
        self._desk.may(Action.PRINT)
        request = self._request(number)
        self._content(request.id, paper)
        with self._desk.db.atomic():
            job_id = self.queue_in_act(request.id, paper, printer)
        return self.job(job_id)

    def retry(self, job_id: int, printer: str | None = None) -> PaperJob:
        """Put a failed or doubtful printing back into the queue. Raises JobBusy."""
        self._desk.may(Action.PRINT)
        with self._desk.db.atomic():
            if not papers.wait_again(self._desk.db, job_id, printer, self._now()):
                raise JobBusy
        return self.job(job_id)

    def cancel(self, job_id: int) -> None:
        """Take a printing out of the queue; the paper can be queued again. Raises JobBusy."""
        self._desk.may(Action.PRINT)
        with self._desk.db.atomic():
            if not papers.remove(self._desk.db, job_id):
                raise JobBusy

    def confirm(self, job_id: int) -> PaperJob:
        """A person found a doubtful paper in the tray: it is printed. Raises JobBusy."""
        self._desk.may(Action.PRINT)
        job = papers.job(self._desk.db, job_id)
        if job is None or job.state != papers.UNKNOWN or job.sha256 is None:
            raise JobBusy
        self._printed(job, job.sha256, job.printer or "")
        return self.job(job_id)

    def render(self, number: str, paper: str = RECEIPT) -> bytes:
        """Return the PDF of a paper: the same bytes until the centre's number comes.

        Raises UnknownNumber, UnknownPaper, PrintError.
        """
        self._desk.may(Action.PRINT)
        return self._render(self._request(number), paper)

    def save(self, number: str, paper: str, path: Path) -> None:
        """Write a paper to a file: this is a printing too. Raises as `render`, PaperNotWritten."""
        self._desk.may(Action.PRINT)
        request = self._request(number)
        data = self._render(request, paper)
        _write(path, data)
        with self._desk.db.atomic():
            job_id = self.queue_in_act(request.id, paper, FILE)
            job = papers.job(self._desk.db, job_id)
            if job is not None:
                self._printed(job, sha256(data).hexdigest(), FILE)

    def printers(self) -> tuple[PrinterRow, ...]:
        """Return where papers can go: the folder of the settings and what the system has."""
        self._desk.may(Action.PRINT)
        found: list[Printer] = []
        if self._desk.settings.load().out_folder:
            found += self._spool(FolderSpool.NAME).printers()
        with suppress(PrinterUnreachable):
            found += self._spool("").printers()
        return tuple(PrinterRow(one.name, one.text, one.default, one.trouble) for one in found)

    def print_next(self) -> PaperJob | None:
        """Print the oldest waiting paper; None when none can be printed now."""
        self._desk.may(Action.PRINT)
        for job in papers.in_states(self._desk.db, (papers.WAITING,), 100):
            if self._attempt(job):
                return self.job(job.id)
        return None

    def run_queue(self) -> tuple[PaperJob, ...]:
        """Look after what is at the printer, print what waits; return what changed.

        The worker that calls it now and then also puts the write-ahead log into the file.
        """
        self._desk.may(Action.PRINT)
        changed = [job.id for job in self._at_the_printer() if self._look(job)]
        waiting = papers.in_states(self._desk.db, (papers.WAITING,), 100)
        changed += [job.id for job in waiting if self._attempt(job)]
        checkpoint_when_idle(self._desk)
        return tuple(self.job(job_id) for job_id in changed)

    def print_job(self, job_id: int) -> PaperJob:
        """Print one waiting paper now. Raises JobBusy when it does not wait."""
        self._desk.may(Action.PRINT)
        job = papers.job(self._desk.db, job_id)
        if job is None or job.state != papers.WAITING:
            raise JobBusy
        self._attempt(job)
        return self.job(job_id)

    def _attempt(self, job: StoredJob) -> bool:
        """Hand a waiting paper to its printer once; False when nothing was done with it."""
        printer = job.printer or self._chosen_printer()
        if printer is None:
            if job.error != NO_PRINTER:
                self._settle(job.id, papers.WAITING, error=NO_PRINTER)
            return False
        request = requests.by_id(self._desk.db, job.request_id)
        if request is None:
            return False
        data = self._render(request, job.paper)
        digest = sha256(data).hexdigest()
        with self._desk.db.atomic():
            if not papers.claim(self._desk.db, job.id, printer, digest, self._now()):
                return False
        try:
            answer = self._spool(printer).submit(data, _title(job), printer, job.copies)
        except PrintError as error:
            self._settle(job.id, papers.FAILED, error=str(error))
            return True
        if answer.state is SpoolState.PRINTED:
            self._printed(job, digest, printer, spool_job=answer.job_id)
        elif answer.state is SpoolState.UNKNOWN:
            self._settle(job.id, papers.UNKNOWN, error=MAYBE, spool_job=answer.job_id)
        else:
            self._settle(job.id, papers.PRINTING, spool_job=answer.job_id)
        return True

    def _at_the_printer(self) -> list[StoredJob]:
        return papers.in_states(self._desk.db, (papers.PRINTING,), 100)

    def _look(self, job: StoredJob) -> bool:
        """Ask the spool what became of a paper; True when its state changed."""
        abandoned = from_iso(job.at) + ABANDONED < self._desk.clock.now()
        if job.spool_job is None and not abandoned:
            return False  # another process is handing it over at this moment
        try:
            answer = self._spool(job.printer or "").lookup(_title(job))
        except PrinterUnreachable:
            return False
        if answer is None or answer.state is SpoolState.UNKNOWN:
            self._settle(job.id, papers.UNKNOWN, error=MAYBE)
        elif answer.state is SpoolState.PRINTED:
            self._printed(job, job.sha256 or "", job.printer or "", spool_job=answer.job_id)
        elif answer.state is SpoolState.FAILED:
            self._settle(job.id, papers.FAILED, error="Задание отменено на принтере.")
        else:
            return False
        return True

    def _chosen_printer(self) -> str | None:
        settings = self._desk.settings.load()
        if settings.printer:
            return settings.printer
        return FolderSpool.NAME if settings.out_folder else None

    def _spool(self, printer: str) -> Spool:
        if printer == FolderSpool.NAME:
            return FolderSpool(Path(self._desk.settings.load().out_folder))
        if sys.platform == "win32":
            return WindowsSpool(self._desk.home.root / "spool")
        return CupsSpool()

    def _now(self) -> str:
        return iso(self._desk.clock.now())

    def _settle(
        self, job_id: int, state: str, *, error: str | None = None, spool_job: str | None = None
    ) -> None:
        with self._desk.db.atomic():
            papers.settle(
                self._desk.db, job_id, state, at=self._now(), error=error, spool_job=spool_job
            )

    def _printed(
        self, job: StoredJob, digest: str, printer: str, *, spool_job: str | None = None
    ) -> None:
        """Settle a printing and journal it, in one transaction."""
        desk = self._desk
        body = {
            "request": job.request_id,
            "paper": job.paper,
            "copy": job.copy,
            "sha256": digest,
            "printer": printer,
        }
        with desk.db.atomic():
            desk.record(PRINTED, body, request_id=job.request_id)
            papers.settle(desk.db, job.id, papers.PRINTED, at=self._now(), spool_job=spool_job)

    def _request(self, number: str) -> requests.StoredRequest:
        try:
            text = read_number(number).text
        except ValueError as error:
            raise UnknownNumber(f"Номер не читается: {error}.") from error
        request = requests.by_number(self._desk.db, text)
        if request is None:
            raise UnknownNumber
        return request

    def _content(self, request_id: str, paper: str) -> str:
        content = papers.content(self._desk.db, request_id, paper)
        if content is None:
            raise UnknownPaper
        return content

    def _render(self, request: requests.StoredRequest, paper: str) -> bytes:
        content = self._content(request.id, paper)
        status = exchange.status(self._desk.db, request.id)
        return receipt_paper.render(
            receipt_of(
                content,
                number=request.number,
                head=request.head,
                official_no=status.official_no if status else None,
            )
        )


def _title(job: StoredJob) -> str:
    """Return the name a printing has at the spool: no person in it, the same after a restart."""
    return f"{job.paper}-{job.number}-{job.copy}"


def _write(path: Path, data: bytes) -> None:
    """Put a paper into a file whole or not at all. Raises PaperNotWritten."""
    if path.exists() and not path.is_file():
        raise PaperNotWritten("это папка или устройство, а нужно имя файла")
    part = path.with_name(f".{path.name}.part")
    try:
        write_durably(part, data)
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise PaperNotWritten(reason(error)) from error
