"""Handing papers to printers and following them there; what a person decides is `print_queue`.

A paper is never printed twice by itself. Where nobody can know whether it came out the printing is
`unknown`: the spool is asked again by its title, and only a person repeats it.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from mfc_desk.errors import DeskClosed, DeskError, NotAllowed, StoreError
from mfc_desk.store import print_queue as store
from mfc_desk.store import printed_papers
from mfc_desk.store.print_queue import StoredJob
from printing.errors import PrintError, PrinterUnreachable
from printing.spool import CupsSpool, FolderSpool, Spool, SpoolAnswer, SpoolState, WindowsSpool
from printing.thermal import ThermalSpool
from sync.clock import from_iso, iso

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.papers.print_routes import Route

ABANDONED = timedelta(minutes=5)
"""A printing begun this long ago and known to no spool was cut off by the end of its process."""
NO_PRINTER = "Принтер не выбран. Выберите принтер или папку в настройках."
MAYBE = "Неизвестно, напечатано ли. Проверьте лоток и повторите, если бумаги нет."
CANCELLED_THERE = "Задание отменено на принтере."
WAITS_THERE = "Ждёт на принтере: занят, остановлен или придержано там. Можно на другой."
STILL = timedelta(minutes=1)
"""A paper that waits at its printer longer than this is told about."""
NAMED = "Ждёт «{printer}», можно отправить на другой."
DOUBTFUL_THERE = (
    "Прежний принтер не отвечает, и неизвестно, вышла ли бумага. Посмотрите в лоток: есть — "
    "подтвердите, нет — отмените задание и напечатайте бумагу заново."
)
HALF_OUT = (
    "Снято с принтера во время печати, бумага могла выйти. Посмотрите в лоток: есть — подтвердите, "
    "нет — отправьте ещё раз."
)
PART_OUT = "Снято во время печати: возможно, напечатано. Посмотрите в лоток и уничтожьте лишнее."
KNOWN_THERE = "Служба печати уже знает это задание: второй раз не отправлено."


class JobBusy(DeskError):  # noqa: N818 - says what happened
    """Это задание уже печатается, напечатано или отменено. Обновите список."""

    title = "Печать"
    code = "job-busy"


class PaperWhereabouts(DeskError):  # noqa: N818 - says what happened
    """Прежний принтер не отвечает, и неизвестно, вышла ли бумага. Посмотрите в лоток."""

    title = "Печать"
    code = "paper-whereabouts"


class PrintWork:
    """One paper at a time to its printer, and what became of it there."""

    def __init__(self, desk: Desk) -> None:
        """Work on `desk`."""
        self._desk = desk

    def stored(self, job_id: int) -> StoredJob:
        """Return one printing. Raises JobBusy when it is gone."""
        stored = store.job(self._desk.db, job_id)
        if stored is None:
            raise JobBusy("Такого задания печати нет. Обновите список.")
        return stored

    def attempt(self, job: StoredJob, silent: set[str]) -> bool:
        """Hand a waiting paper to its printer once; False when nothing was done with it.

        `silent` are printers that did not answer just now: their papers wait, and one more that
        does not answer is added.
        """
        route = self._desk.print_routes.of(job.paper)
        printer = job.chosen or route.printer
        if printer in silent:
            if job.error is None and job.chosen:
                self._explain(job.id, NAMED.format(printer=job.chosen))
            return False
        if not printer:
            if job.error != NO_PRINTER:
                self._explain(job.id, NO_PRINTER)
            return False
        if job.title is not None and self._known_there(job, silent):
            return True
        copy = store.next_copy(self._desk.db, job.id)
        try:
            self._desk.papers.fix_job(job)
            data = self._made(job, copy, printer)
        except (StoreError, DeskClosed, NotAllowed):  # about the desk, not about this paper
            raise
        except (PrintError, DeskError) as error:  # one that cannot be made blocks no other
            self._take_back(job.id, store.FAILED, str(error))
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
        if not self._hand_over(job, data, title, printer, route):
            silent.add(printer)
        return True

    def _made(self, job: StoredJob, copy: int, printer: str) -> bytes:
        if printer == ThermalSpool.NAME:
            return self._desk.papers.narrow_job(job, copy)
        return self._desk.papers.render_job(job, copy)

    def _hand_over(
        self, job: StoredJob, data: bytes, title: str, printer: str, route: Route
    ) -> bool:
        """Give a claimed paper to its printer; False when that does not answer."""
        try:
            answer = self.spool(printer).submit(
                data, title, printer, route.options(printer, job.copies)
            )
        except PrinterUnreachable as error:
            named = NAMED.format(printer=job.chosen) if job.chosen else ""
            self._take_back(job.id, store.WAITING, f"{named} {error}".strip())
            return False
        except PrintError as error:
            self._take_back(job.id, store.FAILED, str(error))
        else:
            if answer.state is SpoolState.UNKNOWN:
                self._settle(job.id, store.UNKNOWN, error=MAYBE, spool_job=answer.job_id)
            else:
                self._follow(self.stored(job.id), answer)
        return True

    def _known_there(self, job: StoredJob, silent: set[str]) -> bool:
        """Whether a repeated paper is left alone: the spool knows the attempt there was.

        Where it cannot be asked the paper goes on waiting.
        """
        try:
            answer = self.spool(job.printer or "").lookup(job.title or "")
        except PrinterUnreachable as error:
            if job.error != str(error):
                self._explain(job.id, str(error))
            silent.add(job.printer or "")
            return True
        known = {SpoolState.WAITING, SpoolState.PRINTING, SpoolState.PRINTED}
        if answer is None or answer.state not in known:
            return False
        self._follow(job, answer, KNOWN_THERE)
        return True

    def look(self, job: StoredJob) -> bool:
        """Ask the spool what became of a paper; True when its state changed."""
        abandoned = from_iso(job.at) + ABANDONED < self._desk.clock.now()
        handing_over = job.state == store.PRINTING and job.spool_job is None
        if job.title is None or (handing_over and not abandoned):
            return False  # another process is handing it over at this moment
        try:
            answer = self.spool(job.printer or "").lookup(job.title)
        except PrinterUnreachable:
            return False
        if answer is None or answer.state is SpoolState.UNKNOWN:
            if job.state == store.UNKNOWN:
                return False
            self._settle(job.id, store.UNKNOWN, error=MAYBE)
            return True
        if job.error == HALF_OUT and answer.state is SpoolState.FAILED:
            return False  # that we took it back is no news, and a person has not looked yet
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
                return answer.state is SpoolState.WAITING and self._waits_there(job)
            self._settle(job.id, store.PRINTING, error=remark, spool_job=answer.job_id)
        return True

    def _waits_there(self, job: StoredJob) -> bool:
        """Say so when a paper waits at its printer for long; whether that is news."""
        if from_iso(job.at) + STILL > self._desk.clock.now():
            return False
        with self._desk.db.atomic():
            return store.remark(self._desk.db, job.id, WAITS_THERE)

    def end_attempt(self, job: StoredJob) -> None:
        """Make sure that the attempt of a printing, if there is one, will not come out any more.

        Raises JobBusy when it came out, is just being handed over, or was coming out: then it is
        taken back and doubtful. PaperWhereabouts when its printer cannot be asked: it is doubtful.
        """
        if job.title is None or job.state == store.FAILED:
            return
        if job.state == store.PRINTING and job.spool_job is None:
            raise JobBusy
        spool = self.spool(job.printer or "")
        try:
            answer = spool.lookup(job.title)
            if answer is None or answer.state in {SpoolState.UNKNOWN, SpoolState.FAILED}:
                if job.state == store.PRINTING:
                    raise JobBusy  # the queue has not heard of it yet: it will be doubtful
                return  # nothing is there; a person looked into the tray
            if answer.state is SpoolState.PRINTED or not spool.cancel(job.title):
                self._follow(job, spool.lookup(job.title) or answer)
                raise JobBusy
            after = spool.lookup(job.title)
        except PrinterUnreachable as error:
            self._lost_sight(job, error)
        # It may have begun between the question and the taking back: the spool knows afterwards.
        if answer.state is SpoolState.PRINTING or after is None or after.begun:
            self._settle(job.id, store.UNKNOWN, error=HALF_OUT)
            raise JobBusy(HALF_OUT)

    def take_from_printer(self, job: StoredJob) -> bool:
        """Take a paper that is at its printer back from there for good.

        Returns whether a part of it may be out. Raises JobBusy when it is not there any more,
        PaperWhereabouts as `end_attempt`.
        """
        if job.title is None:
            raise JobBusy
        spool = self.spool(job.printer or "")
        try:
            if not spool.cancel(job.title):
                raise JobBusy
            after = spool.lookup(job.title)
        except PrinterUnreachable as error:
            self._lost_sight(job, error)
        return after is None or after.begun

    def _lost_sight(self, job: StoredJob, error: PrinterUnreachable) -> NoReturn:
        """Leave what was at a printer that is silent to a person, who can look into the tray."""
        if job.state == store.PRINTING:
            self._settle(job.id, store.UNKNOWN, error=DOUBTFUL_THERE)
        raise PaperWhereabouts(DOUBTFUL_THERE) from error

    def _title(self, job: StoredJob, copy: int) -> str:
        """Return the name of this attempt at the spool: no person in it, no other has it."""
        name = f"{job.paper}-{job.subject}-{copy}"
        number = max(1, job.attempt)
        title = name if number == 1 else f"{name}.{number}"
        while store.title_taken(self._desk.db, title):
            number += 1
            title = f"{name}.{number}"
        return title

    def spool(self, printer: str) -> Spool:
        """Return the way to `printer`; "" is that of the system."""
        if printer == FolderSpool.NAME:
            return FolderSpool(Path(self._desk.settings.load().out_folder))
        if printer == ThermalSpool.NAME:
            return ThermalSpool(self._desk.settings.load().thermal)
        if sys.platform == "win32":
            return WindowsSpool(self._desk.home.root / "spool")
        return CupsSpool()

    def _now(self) -> str:
        return iso(self._desk.clock.now())

    def _take_back(self, job_id: int, state: str, why: str) -> None:
        with self._desk.db.atomic():
            store.take_back(self._desk.db, job_id, state, error=why, at=self._now())

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
        """Settle a printing and journal it, in the transaction of the act it belongs to.

        One that another process settled so before is left alone: it came out once.
        """
        job = self.stored(job_id)
        if job.state == store.PRINTED:
            return
        body: dict[str, Any] = {
            "request": job.request_id,
            "paper": job.paper,
            "copy": job.copy,
            "sha256": digest,
            "printer": printer,
        }
        if job.request_id is None:
            body["subject"] = job.subject
        if job.large:
            body["large"] = True
        self._desk.record(printed_papers.PRINTED, body, request_id=job.request_id)
        printed_papers.came_out(self._desk.db, body)
        store.settle(
            self._desk.db,
            job.id,
            store.PRINTED,
            at=self._now(),
            error=remark,
            spool_job=spool_job,
        )
