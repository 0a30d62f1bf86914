"""Hands papers to a printer, or to a folder; the queue itself is a table of the desk.

A spool never repeats by itself. What it cannot know it says: after `SpoolState.UNKNOWN` a person
looks (`lookup`, and at the tray) and decides.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from forms.system_refusal import reason
from printing.errors import (
    PaperNotWritten,
    PrinterMissing,
    PrinterUnreachable,
    PrintingNotInstalled,
    PrintRefused,
)
from printing.ipp import Destination, Job, JobState, Scheduler

_TITLE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")


class SpoolState(StrEnum):
    """How far a paper got, as far as the spool knows."""

    WAITING = "waiting"
    PRINTING = "printing"
    PRINTED = "printed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SpoolAnswer:
    """What a spool says of a job: its own id of it, when it gave one, and the state.

    `begun`: whether its printer ever took it up, so that a part of a cancelled one may be out.
    """

    job_id: str | None
    state: SpoolState
    begun: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Printer:
    """A place papers can go to; `text` is for people, `trouble` says why it will not print now.

    `trays` are the names its trays are asked for by, `duplex` whether it prints on two sides.
    """

    name: str
    text: str
    default: bool = False
    trouble: str = ""
    trays: tuple[str, ...] = ()
    duplex: bool = False


@dataclass(frozen=True, slots=True)
class PrintOptions:
    """How a paper is printed: `tray` "" is the printer's own choice."""

    copies: int = 1
    tray: str = ""
    duplex: bool = False


ONCE = PrintOptions()


class Spool(Protocol):
    """Where papers go.

    `title` is the desk's id of one attempt to print: ASCII letters, digits, `.`, `_`, `-`; no name.
    """

    def printers(self) -> tuple[Printer, ...]:
        """Return what can be chosen; raises PrinterUnreachable when nothing can be asked."""
        ...

    def submit(
        self, pdf: bytes, title: str, printer: str, options: PrintOptions = ONCE
    ) -> SpoolAnswer:
        """Hand `pdf` over once; a PrintError says that nothing was handed over."""
        ...

    def lookup(self, title: str) -> SpoolAnswer | None:
        """Return the newest job of that title, None when the spool remembers none."""
        ...

    def cancel(self, title: str) -> bool:
        """Take the newest job of that title back; False when it cannot be any more."""
        ...


def _checked(title: str) -> str:
    """Refuse a title that could be a person's name or a path: a mistake of the caller."""
    if not _TITLE.fullmatch(title):
        raise ValueError("a print job's title is an id")
    return title


class FolderSpool:
    """A folder instead of a printer: one file a job, whole or not there at all."""

    NAME = "folder"

    def __init__(self, folder: Path) -> None:
        """Print into `folder`, which is made when the first paper comes."""
        self._folder = folder

    def printers(self) -> tuple[Printer, ...]:
        """Return the folder as the only printer."""
        return (Printer(self.NAME, f"Папка {self._folder}", default=True),)

    def submit(
        self, pdf: bytes, title: str, printer: str = NAME, options: PrintOptions = ONCE
    ) -> SpoolAnswer:
        """Write `<title>.pdf` durably; a second job of one title replaces the file.

        `printer` and `options` mean nothing to a folder.

        Raises:
            PaperNotWritten: the folder refused; no half file is left.
        """
        del printer, options
        path = self.path(title)
        draft = path.with_name(f".{path.name}.tmp")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_durably(draft, pdf)
            draft.replace(path)
            sync_folder(self._folder)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            raise PaperNotWritten(reason(error)) from error
        return SpoolAnswer(title, SpoolState.PRINTED)

    def lookup(self, title: str) -> SpoolAnswer | None:
        """Return PRINTED when the file is there."""
        there = self.path(title).is_file()
        return SpoolAnswer(title, SpoolState.PRINTED) if there else None

    def cancel(self, title: str) -> bool:
        """Return False: a file is there at once."""
        _checked(title)
        return False

    def path(self, title: str) -> Path:
        """Return the file of the job."""
        return self._folder / f"{_checked(title)}.pdf"


def write_durably(path: Path, data: bytes) -> None:
    """Write a file only its owner reads, down to the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make a new name in `folder` survive a power cut; Windows has no such call and needs none."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_DONE = {
    JobState.PENDING: SpoolState.WAITING,
    JobState.HELD: SpoolState.WAITING,
    JobState.PROCESSING: SpoolState.PRINTING,
    JobState.STOPPED: SpoolState.WAITING,
    JobState.CANCELED: SpoolState.FAILED,
    JobState.ABORTED: SpoolState.FAILED,
    JobState.COMPLETED: SpoolState.PRINTED,
}


class CupsSpool:
    """CUPS: papers go through `lp` by its standard input, questions to the scheduler itself.

    The arguments hold a printer, a number of copies and our id, nothing of the paper; jobs belong
    to `user` and not to the operator's login. The scheduler keeps a copy of its own while it
    prints, and as long afterwards as its `PreserveJobFiles` says: an office sets that to `No`, and
    `DirtyCleanInterval` to 0, or a crash within 30 s makes the scheduler forget a job it took.
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str] | None = None,
        user: str = "mfc-desk",
        timeout_s: float = 30.0,
    ) -> None:
        """Use the scheduler that `environment` (None: this process's) leads the CUPS programs to.

        After `timeout_s` a hand-over counts as unknown.
        """
        known = os.environ if environment is None else environment
        self._environment = {**known, "LC_ALL": "C.UTF-8"}
        self._user = user
        self._timeout_s = timeout_s

    def printers(self) -> tuple[Printer, ...]:
        """Return the scheduler's printers.

        Raises:
            PrinterUnreachable: no scheduler answers, or CUPS is not installed.
        """
        scheduler = self._scheduler()
        default = scheduler.default()
        return tuple(
            Printer(
                found.name,
                found.text or found.name,
                default=found.name == default,
                trouble=_trouble(found),
                trays=found.trays,
                duplex=found.duplex,
            )
            for found in scheduler.destinations()
        )

    def submit(
        self, pdf: bytes, title: str, printer: str, options: PrintOptions = ONCE
    ) -> SpoolAnswer:
        """Hand the paper over once, on A4.

        Raises:
            PrinterUnreachable, PrinterMissing, PrintRefused: nothing was handed over.
        """
        _checked(title)
        self._must_take(printer)
        command = ["lp", "-U", self._user, "-d", printer, "-n", str(options.copies), "-t", title]
        media = ",".join(word for word in ("A4", options.tray) if word)
        sides = "two-sided-long-edge" if options.duplex else "one-sided"
        command += ["-o", f"media={media}", "-o", f"sides={sides}", "-"]
        try:
            done = self._run(command, pdf)
        except subprocess.TimeoutExpired:
            return self._after_doubt(title)
        if done.returncode == 0:
            return SpoolAnswer(_job_id(done.stdout), SpoolState.WAITING)
        answer = self._after_doubt(title)
        if answer.job_id is None and self._answers():
            self._must_take(printer)
            raise PrintRefused(printer)
        return answer

    def lookup(self, title: str) -> SpoolAnswer | None:
        """Return the newest job of that title.

        Raises:
            PrinterUnreachable: the scheduler cannot be asked.
        """
        newest = self._newest(title)
        if newest is None:
            return None
        job_id = f"{newest.printer}-{newest.number}"
        return SpoolAnswer(job_id, _DONE[newest.state], newest.begun)

    def cancel(self, title: str) -> bool:
        """Take the newest job of that title from the scheduler.

        Raises:
            PrinterUnreachable: the scheduler cannot be asked.
        """
        newest = self._newest(title)
        if newest is None or _DONE[newest.state] not in {SpoolState.WAITING, SpoolState.PRINTING}:
            return False
        return self._scheduler().cancel(newest.number)

    def _newest(self, title: str) -> Job | None:
        jobs = [job for job in self._scheduler().jobs() if job.title == _checked(title)]
        return max(jobs, key=lambda job: job.number, default=None)

    def _must_take(self, printer: str) -> None:
        for found in self._scheduler().destinations():
            if found.name == printer:
                if not found.accepting:
                    raise PrintRefused(printer)
                return
        raise PrinterMissing(printer)

    def _after_doubt(self, title: str) -> SpoolAnswer:
        """Return UNKNOWN, with the job's id when there is one: only a person may repeat it."""
        try:
            found = self.lookup(title)
        except PrinterUnreachable:
            found = None
        return SpoolAnswer(found.job_id if found else None, SpoolState.UNKNOWN)

    def _answers(self) -> bool:
        try:
            self._scheduler().default()
        except PrinterUnreachable:
            return False
        return True

    def _scheduler(self) -> Scheduler:
        try:
            address = self._run(["lpstat", "-H"], b"").stdout.decode().strip()
        except subprocess.TimeoutExpired as error:
            raise PrinterUnreachable from error
        return Scheduler(address, self._user, self._timeout_s)

    def _run(self, command: list[str], data: bytes) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(  # noqa: S603  the programs are CUPS's own, the words are ours
                command,
                input=data,
                capture_output=True,
                env=self._environment,
                timeout=self._timeout_s,
                check=False,
            )
        except FileNotFoundError as error:
            raise PrintingNotInstalled from error


def _trouble(found: Destination) -> str:
    if not found.accepting:
        return "не принимает задания"
    return "остановлен" if found.stopped else ""


def _job_id(said: bytes) -> str | None:
    """Return `desk-17` of «request id is desk-17 (0 file(s))»."""
    found = re.search(rb"request id is (\S+)", said)
    return found[1].decode() if found else None


class WindowsSpool:
    """The shell verb «printto» of whatever program opens PDF files on this Windows.

    Not run in the project's tests: there is no Windows there. The shell takes a file, so the paper
    lies in `folder` (kept to the user by its own rights) until `clear`; it answers nothing, so
    every hand-over is UNKNOWN and a person looks at the tray.
    """

    def __init__(self, folder: Path) -> None:
        """Put papers for the shell into `folder`."""
        self._files = FolderSpool(folder)
        self._folder = folder

    def printers(self) -> tuple[Printer, ...]:
        """Return the one name that means the printer Windows has as default."""
        return (Printer("", "Принтер Windows по умолчанию", default=True),)

    def submit(
        self, pdf: bytes, title: str, printer: str, options: PrintOptions = ONCE
    ) -> SpoolAnswer:
        """Hand the paper to the shell once a copy; the shell knows no tray and no sides.

        Raises:
            PaperNotWritten: the file for the shell was not written.
            PrintingNotInstalled: no program prints PDF files here.
        """
        self._files.submit(pdf, title)
        if sys.platform != "win32":
            raise PrintingNotInstalled
        verb, words = ("printto", f'"{printer}"') if printer else ("print", "")
        try:
            for _ in range(options.copies):
                os.startfile(self._files.path(title), verb, words)  # noqa: S606  the shell is the point
        except OSError as error:
            raise PrintingNotInstalled from error
        return SpoolAnswer(None, SpoolState.UNKNOWN)

    def lookup(self, title: str) -> SpoolAnswer | None:
        """Return UNKNOWN for a paper that was handed over: the shell remembers no jobs."""
        return SpoolAnswer(None, SpoolState.UNKNOWN) if self._files.lookup(title) else None

    def cancel(self, title: str) -> bool:
        """Return False: the shell takes nothing back."""
        return self._files.cancel(title)

    def clear(self) -> None:
        """Remove the papers left for the shell; call it at the start and at the end of a day."""
        for path in self._folder.glob("*.pdf"):
            path.unlink(missing_ok=True)
