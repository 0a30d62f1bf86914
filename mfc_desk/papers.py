"""Papers: rendered from what was fixed at registration, queued, printed, printed again."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from forms.number import read as read_number
from forms.system_refusal import reason
from mfc_desk.errors import DeskError, UnknownNumber
from mfc_desk.receipt_content import receipt_of
from mfc_desk.registration import RECEIPT
from mfc_desk.roles import Action
from mfc_desk.settings import ROLLS
from mfc_desk.store import exchange, papers, print_queue, requests
from printing import receipt as receipt_paper
from printing.errors import NoNarrowLayout, PaperNotWritten
from printing.narrow_papers import receipt_lines
from printing.sheet import Marks
from printing.spool import sync_folder, write_durably
from sync.clock import iso

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.print_queue import PaperJob
    from mfc_desk.store.print_queue import StoredJob

TITLES = {RECEIPT: "Расписка"}
COPIES = {RECEIPT: 1}
"""One file holds both copies of a receipt: the applicant's and the case's."""
FILE = "file"
"""What the journal names as printer when a paper was saved to a file."""


class UnknownPaper(DeskError):  # noqa: N818 - says what happened
    """Такой бумаги у обращения нет. Есть: receipt (расписка)."""

    title = "Бумага"
    code = "paper-unknown"
    exit_code = 2


class Papers:
    """What papers say, as bytes, and which are wanted; `PrintQueue` brings them out."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def queue_in_act(self, request_id: str, paper: str, printer: str | None = None) -> int:
        """Queue a printing in the transaction of the act it belongs to; return its id."""
        db = self._desk.db
        request = requests.by_id(db, request_id)
        if request is None:
            raise UnknownNumber
        return print_queue.queue(
            db,
            request_id=request_id,
            subject=request.number,
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
        return self._desk.print_queue.job(job_id)

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
        copy = print_queue.copies_out(self._desk.db, request.number, paper) + 1
        data = self._render(request, paper, copy)
        _write(path, data)
        with self._desk.db.atomic():
            job_id = self.queue_in_act(request.id, paper, FILE)
            print_queue.count_as(self._desk.db, job_id, copy)
            self._desk.print_queue.came_out_in_act(job_id, sha256(data).hexdigest(), FILE)

    def render_job(self, job: StoredJob, copy: int) -> bytes:
        """Return the PDF of a printing as its `copy`. Raises UnknownPaper, PrintError."""
        request = requests.by_id(self._desk.db, job.request_id) if job.request_id else None
        if request is None:
            raise UnknownPaper
        return self._render(request, job.paper, copy)

    def narrow_job(self, job: StoredJob, copy: int) -> bytes:
        """Return a printing for the thermal printer of the settings, all its copies in a row.

        Raises UnknownPaper, NoNarrowLayout, PrintError.
        """
        from printing.escpos import Head, profiles, stream  # noqa: PLC0415  # slow to load, seldom wanted

        request = requests.by_id(self._desk.db, job.request_id) if job.request_id else None
        if request is None or job.paper != RECEIPT:
            raise NoNarrowLayout
        settings = self._desk.settings.load()
        roll, marks = ROLLS[settings.thermal_roll], self._marks(copy)
        receipt = self._receipt(request, job.paper)
        lines = [
            line
            for name in receipt_paper.COPIES
            for line in receipt_lines(receipt, roll, copy=name, marks=marks)
        ]
        model = settings.thermal_model if settings.thermal_model in profiles() else "simple"
        return stream(lines, Head(model, roll))

    def _marks(self, copy: int) -> Marks:
        return Marks(copy=copy, training=self._desk.training)

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

    def _render(self, request: requests.StoredRequest, paper: str, copy: int = 1) -> bytes:
        return receipt_paper.render(self._receipt(request, paper), marks=self._marks(copy))

    def _receipt(self, request: requests.StoredRequest, paper: str) -> receipt_paper.Receipt:
        status = exchange.status(self._desk.db, request.id)
        return receipt_of(
            self._content(request.id, paper),
            number=request.number,
            head=request.head,
            official_no=status.official_no if status else None,
        )


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
