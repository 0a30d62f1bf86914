"""Papers: rendered from what was fixed at registration, queued, printed, printed again."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from forms.number import read as read_number
from mfc_desk.access.roles import Action
from mfc_desk.errors import DeskError, UnknownNumber
from mfc_desk.intake.receipt_content import receipt_anew, receipt_of
from mfc_desk.intake.registration import RECEIPT
from mfc_desk.intake.turned_away import turning_of
from mfc_desk.papers import payees, request_papers, turned_papers
from mfc_desk.papers.paper_files import write_paper
from mfc_desk.settings import ROLLS
from mfc_desk.store import exchange, papers, print_queue, requests, turned_away
from printing import receipt as receipt_paper
from printing import visit_act
from printing.errors import NoNarrowLayout
from printing.kept import keep, kept
from printing.narrow_papers import receipt_lines, visit_act_lines
from printing.sheet import Marks
from sync.clock import iso

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.papers.paper_job import PaperJob
    from mfc_desk.store.print_queue import StoredJob

APPLICATION, CONSENT, LABEL, MEMO = "application", "consent", "case_label", "memo"
SLIP = "duty_slip"
OF_REQUEST = (RECEIPT, APPLICATION, CONSENT, SLIP, LABEL, MEMO)
"""The papers a registered request may have, in the order they are needed."""
REFUSAL, REFERRAL = "refusal", "referral"
VISIT, ROUTE = "visit_act", "route_sheet"
CERTIFIED, ELECTRONIC = "certify_stamp", "edoc_certify"
OF_DOCUMENT = (VISIT, ROUTE, CERTIFIED, ELECTRONIC)
"""Papers made from a document, which bear numbers of their own."""
REGISTER, DAY_CLOSE, ISSUE_JOURNAL = "transfer_register", "day_close", "issue_journal"
RECONCILIATION = "reconciliation_act"
LABELS = "case_labels"
"""Labels of many cases, ten on a sheet."""
OF_DAY = (REGISTER, DAY_CLOSE, ISSUE_JOURNAL, LABELS, RECONCILIATION)
"""The papers of a day, which bear numbers of their own."""
TITLES = {
    RECEIPT: "Расписка",
    APPLICATION: "Заявление",
    CONSENT: "Согласие на обработку данных",
    SLIP: "Квитанция",
    LABEL: "Ярлык дела",
    MEMO: "Памятка «что донести»",
    REFUSAL: "Уведомление об отказе",
    REFERRAL: "Направление",
    REGISTER: "Реестр передачи дел",
    DAY_CLOSE: "Акт закрытия дня",
    ISSUE_JOURNAL: "Журнал выдачи",
    LABELS: "Ярлыки дел",
    VISIT: "Акт выезда",
    ROUTE: "Маршрутный лист",
    CERTIFIED: "Отметка «Верно»",
    ELECTRONIC: "Заверительная надпись",
    RECONCILIATION: "Акт сверки",
}
COPIES = dict.fromkeys(TITLES, 1)
"""One file holds all copies of a paper: the applicant's, the case's, the authority's."""
FILE = "file"
"""What the journal names as printer when a paper was saved to a file."""
_NOT_LARGE = (
    "Крупным шрифтом на узкой ленте не печатается. Выберите для этой бумаги другой принтер в "
    "настройках и повторите печать."
)


class UnknownPaper(DeskError):  # noqa: N818 - says what happened
    """Такой бумаги под этим номером нет. Какие есть, показывает карточка обращения."""

    title = "Бумага"
    code = "paper-unknown"
    exit_code = 2


class Papers:
    """What papers say, as bytes, and which are wanted; `PrintQueue` brings them out."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def queue_in_act(self, request_id: str, paper: str, printer: str | None = None) -> int:
        """Queue a printing in the transaction of the act it belongs to; return its id."""
        request = requests.by_id(self._desk.db, request_id)
        if request is None:
            raise UnknownNumber
        return self._queue(request, request.number, paper, printer)

    def _queue(
        self,
        request: requests.StoredRequest | None,
        subject: str,
        paper: str,
        printer: str | None,
        *,
        large: bool = False,
    ) -> int:
        return print_queue.queue(
            self._desk.db,
            request_id=request.id if request else None,
            subject=subject,
            paper=paper,
            copies=COPIES[paper],
            printer=printer,
            at=iso(self._desk.clock.now()),
            large=large,
        )

    def of_number(self, number: str) -> tuple[str, ...]:
        """Return the codes of the papers that can be printed under a number.

        Raises UnknownNumber.
        """
        self._desk.may(Action.PRINT)
        request, subject = self._bearer(number)
        if request is None:
            turning = turned_away.get(self._desk.db, subject)
            if turning:
                return (_TURNED[turning.kind],) if turning.kind in _TURNED else ()
            return tuple(one for one in _OWN if papers.kept(self._desk.db, subject, one))
        one = request_papers.taken(self._desk, request)
        held = [RECEIPT]
        if one is not None:
            held += [APPLICATION, LABEL]
            held += [CONSENT] * (request_papers.consent_of(one) is not None)
            held += [SLIP] * payees.is_paid(one)
            held += [MEMO] * (request_papers.memo_of(one) is not None)
        return tuple(sorted(held, key=OF_REQUEST.index))

    def enqueue(
        self,
        number: str,
        paper: str = RECEIPT,
        printer: str | None = None,
        *,
        large: bool = False,
    ) -> PaperJob:
        """Queue a further printing of a paper. Raises UnknownNumber, UnknownPaper.

        `number` is a request's, a refusal's, a referral's or a register's; `large` is the variant
        of 16 pt for those who read badly.
        """
        self._desk.may(Action.PRINT)
        request, subject = self._bearer(number)
        content = self._content(request, subject, paper)
        with self._desk.db.atomic():
            self._keep_in_act(self._kept_as(request, subject, paper), paper, content)
            job_id = self._queue(request, subject, paper, printer, large=large)
        return self._desk.print_queue.job(job_id)

    def render(self, number: str, paper: str = RECEIPT, *, large: bool = False) -> bytes:
        """Return the PDF of a paper, `large` at 16 pt: the same bytes until the centre's number.

        Raises UnknownNumber, UnknownPaper, PrintError.
        """
        self._desk.may(Action.PRINT)
        request, subject = self._bearer(number)
        return self._render(request, paper, self._content(request, subject, paper), 1, large=large)

    def save(
        self, number: str, paper: str, path: Path, *, large: bool = False, replace: bool = False
    ) -> None:
        """Write a paper to a file: this is a printing too.

        A file that is there is written over with `replace` only. Raises as `render`,
        PaperNotWritten, PaperFileThere.
        """
        self._desk.may(Action.PRINT)
        request, subject = self._bearer(number)
        bearer = request.id if request else None
        copy = print_queue.copies_out(self._desk.db, bearer, subject, paper) + 1
        content = self._content(request, subject, paper)
        data = self._render(request, paper, content, copy, large=large)
        write_paper(path, data, replace=replace)
        with self._desk.db.atomic():
            self._keep_in_act(self._kept_as(request, subject, paper), paper, content)
            job_id = self._queue(request, subject, paper, FILE, large=large)
            print_queue.count_as(self._desk.db, job_id, copy)
            self._desk.print_queue.came_out_in_act(job_id, sha256(data).hexdigest(), FILE)

    def save_draft(
        self, draft_id: str, path: Path, *, large: bool = False, replace: bool = False
    ) -> None:
        """Write the application a draft would make, marked «ЧЕРНОВИК»: no printing, no number.

        Raises UnknownDraft, CatalogueChanged, PaperNotWritten, PaperFileThere.
        """
        from printing.application import render  # noqa: PLC0415  # not at the start

        self._desk.may(Action.PRINT)
        draft = self._desk.intake.open(draft_id)
        said = request_papers.application_of(request_papers.drafted(self._desk, draft))
        marks = Marks(training=self._desk.training, draft=True)
        write_paper(path, render(said, large=large, marks=marks), replace=replace)

    def fix_job(self, job: StoredJob) -> None:
        """Fix what a printing that is about to come out says, when nothing has fixed it yet.

        So it is where requisites, or the request, became others while it waited. Raises
        UnknownPaper and what making it raises.
        """
        request = requests.by_id(self._desk.db, job.request_id) if job.request_id else None
        name = self._kept_as(request, job.subject, job.paper)
        if job.paper == RECEIPT or papers.kept(self._desk.db, name, job.paper) is not None:
            return
        content = self._content(request, job.subject, job.paper)
        with self._desk.db.atomic():
            self._keep_in_act(name, job.paper, content)

    def render_job(self, job: StoredJob, copy: int) -> bytes:
        """Return the PDF of a printing as its `copy`. Raises UnknownPaper, PrintError."""
        request = requests.by_id(self._desk.db, job.request_id) if job.request_id else None
        content = self._content(request, job.subject, job.paper)
        return self._render(request, job.paper, content, copy, large=bool(job.large))

    def narrow_job(self, job: StoredJob, copy: int) -> bytes:
        """Return a printing for the thermal printer of the settings, all its copies in a row.

        Raises UnknownPaper, NoNarrowLayout, PrintError.
        """
        from printing.escpos import Head, profiles, stream  # noqa: PLC0415  # slow to load, seldom wanted

        request = requests.by_id(self._desk.db, job.request_id) if job.request_id else None
        if job.paper not in {RECEIPT, VISIT}:
            raise NoNarrowLayout
        if job.large:
            raise NoNarrowLayout(_NOT_LARGE)
        settings = self._desk.settings.load()
        roll, marks = ROLLS[settings.thermal_roll], self._marks(copy)
        content = self._content(request, job.subject, job.paper)
        if request is not None:
            receipt = self._receipt(request, content)
            copies = [
                receipt_lines(receipt, roll, copy=name, marks=marks)
                for name in receipt_paper.COPIES
            ]
        else:
            act = kept(visit_act.VisitAct, content)
            copies = [
                visit_act_lines(act, roll, copy=name, marks=marks) for name in visit_act.COPIES
            ]
        lines = [line for one in copies for line in one]
        model = settings.thermal_model if settings.thermal_model in profiles() else "simple"
        return stream(lines, Head(model, roll))

    def _marks(self, copy: int) -> Marks:
        return Marks(copy=copy, training=self._desk.training)

    def _bearer(self, number: str) -> tuple[requests.StoredRequest | None, str]:
        """Return the request of a number and the number as papers bear it. Raises UnknownNumber."""
        db, typed = self._desk.db, number.strip()
        if any(papers.kept(db, typed, paper) for paper in _OWN):
            return None, typed
        try:
            text = read_number(typed).text
        except ValueError as error:
            raise UnknownNumber(f"Номер не читается: {error}.") from error
        request = requests.by_number(db, text)
        if request is None and turned_away.get(db, text) is None:
            raise UnknownNumber
        return request, text

    def _content(self, request: requests.StoredRequest | None, subject: str, paper: str) -> str:
        """Return what a paper says: as it was fixed, else as it would be fixed now."""
        db = self._desk.db
        if request is not None and paper == RECEIPT:
            fixed = papers.content(db, request.id, paper) or receipt_anew(self._desk, request)
        else:
            fixed = papers.kept(db, self._kept_as(request, subject, paper), paper)
        content = fixed or self._fresh(request, subject, paper)
        if content is None:
            raise UnknownPaper
        return content

    def _fresh(
        self, request: requests.StoredRequest | None, subject: str, paper: str
    ) -> str | None:
        desk = self._desk
        if request is None:
            turning = turned_away.get(desk.db, subject)
            if turning is None or _TURNED.get(turning.kind) != paper:
                return None
            told = turning_of(desk, turning)
            made = turned_papers.refusal_of if paper == REFUSAL else turned_papers.referral_of
            return keep(made(desk, told))
        make = _OF_REQUEST.get(paper)
        one = request_papers.taken(desk, request) if make else None
        said = make(one) if make and one else None
        return keep(said) if said is not None else None

    def _kept_as(self, request: requests.StoredRequest | None, subject: str, paper: str) -> str:
        """Return under which name a paper is kept.

        An amended request has papers of its own, and so have other requisites or another УИН:
        nobody is to pay by what was corrected.
        """
        if request is None:
            return subject
        name = subject if request.version == 1 else f"{subject}/{request.version}"
        if paper != SLIP:
            return name
        edition = self._desk.catalogues.edition(request.service, request.catalogue_digest)
        if edition is None:
            return name
        return f"{name}@{self._desk.payees.basis_of(edition.service, request.id)}"

    def _keep_in_act(self, subject: str, paper: str, content: str) -> None:
        """Fix what a paper says with its first printing; a receipt was with its registration."""
        if paper != RECEIPT:
            self.fix_in_act(subject, paper, content)

    def fix_in_act(self, subject: str, paper: str, content: str) -> None:
        """Fix and journal what a paper says; what was fixed before stays."""
        db = self._desk.db
        if papers.is_journalled(db, subject, paper):
            return
        content = papers.kept(db, subject, paper) or content
        for body in papers.parts(subject, paper, content):
            self._desk.record(papers.KEPT, body)
            papers.add_part(db, body)

    def _render(
        self,
        request: requests.StoredRequest | None,
        paper: str,
        content: str,
        copy: int,
        *,
        large: bool = False,
    ) -> bytes:
        from printing.case_label import CaseLabel, render_all  # noqa: PLC0415
        from printing.kinds import KINDS  # noqa: PLC0415  # all papers: not at the start

        if paper == LABELS:
            labels = [kept(CaseLabel, json.dumps(one)) for one in json.loads(content)]
            return render_all(labels, large=large, marks=self._marks(copy))
        kind = KINDS[paper]
        if request is not None and paper == RECEIPT:
            said: object = self._receipt(request, content)
        else:
            said = kept(kind.data, content)
        return kind.render(said, large=large, marks=self._marks(copy))

    def _receipt(self, request: requests.StoredRequest, content: str) -> receipt_paper.Receipt:
        status = exchange.status(self._desk.db, request.id)
        return receipt_of(
            content,
            number=request.number,
            head=request.head,
            official_no=status.official_no if status else None,
        )


_OWN = (*OF_DAY, *OF_DOCUMENT)
_OF_REQUEST: dict[str, Callable[[request_papers.Taken], object]] = {
    APPLICATION: request_papers.application_of,
    CONSENT: request_papers.consent_of,
    SLIP: payees.slip_of,
    LABEL: request_papers.label_of,
    MEMO: request_papers.memo_of,
}
_TURNED = {turned_away.REFUSAL: REFUSAL, turned_away.REFERRAL: REFERRAL}
