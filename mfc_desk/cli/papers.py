"""`print`, `day-papers`: papers of a request or of a day, to a file or to a printer."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from mfc_desk.cli.frame import Call, Commands, Parser, command
from mfc_desk.errors import DONE, REFUSED

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

PAPERS = {
    "receipt": "receipt",
    "application": "application",
    "consent": "consent",
    "payment": "duty_slip",
    "label": "case_label",
    "memo": "memo",
    "refusal": "refusal",
    "referral": "referral",
    "register": "transfer_register",
    "closing": "day_close",
    "journal": "issue_journal",
    "act": "reconciliation_act",
    "visit-act": "visit_act",
    "route-sheet": "route_sheet",
    "certify": "certify_stamp",
    "edoc": "edoc_certify",
}
"""Papers by their names on the command line."""
_MOST_BYTES = 1_000_000
_OF_DOCUMENT = ("visit-act", "route-sheet", "certify", "edoc")
_NO_NUMBER = "Чей номер печатать? Назовите NUMBER или документ: --from FILE."
_BOTH = "Нужен либо NUMBER, либо --from FILE с бумагой: " + ", ".join(_OF_DOCUMENT) + "."
_SAID = {
    "printed": "Напечатано.",
    "printing": "Передано на принтер.",
    "waiting": "Осталось в очереди печати: {error}",
    "failed": "Не напечатано, осталось в очереди: {error}",
    "unknown": "Возможно, напечатано: {error}",
}


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(commands, "print", help="напечатать бумагу обращения", run=run_print)
    parser.add_argument(
        "number", metavar="NUMBER", nargs="?", help="номер обращения, отказа, реестра, акта"
    )
    parser.add_argument(
        "--from",
        dest="document",
        metavar="FILE",
        type=Path,
        help="JSON с полями бумаги: " + ", ".join(_OF_DOCUMENT),
    )
    parser.add_argument(
        "--draft",
        metavar="ID",
        help="заявление по черновику с пометкой «ЧЕРНОВИК»; last — последний сохранённый",
    )
    parser.add_argument("--paper", choices=tuple(PAPERS), default="receipt", help="какую бумагу")
    parser.add_argument(
        "--large", action="store_true", help="крупным шрифтом, 16 пунктов: для слабовидящих"
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", metavar="FILE", type=Path, help="записать PDF в файл")
    where.add_argument("--printer", metavar="NAME", help="напечатать на этом принтере")
    _replace(parser)
    day = command(
        commands, "day-papers", help="реестры передачи, акт и журнал за день", run=run_day
    )
    day.add_argument("--out", metavar="DIR", type=Path, required=True, help="в какую папку")
    day.add_argument("--date", metavar="ГГГГ-ММ-ДД", type=_day, help="за какой день; иначе сегодня")
    _replace(day)


def _replace(parser: Parser) -> None:
    parser.add_argument("--replace", action="store_true", help="записать поверх файлов, что есть")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("день пишется так: 2026-11-21") from None


def run_day(call: Call, arguments: argparse.Namespace) -> int:
    """Form what is not formed yet and write the day's papers; each file is a printing."""
    folder = arguments.out.expanduser().absolute()
    written = []
    _make(folder)
    with call.open_desk() as desk:
        day = arguments.date or desk.centre_now().astimezone(desk.zone).date()
        if not arguments.replace:  # known before anything is formed
            _refuse_file(folder / f"closing-{desk.day_papers.closing_number(day)}.pdf")
        desk.day_papers.form(day)
        named = [(one.number, "register") for one in desk.day_papers.registers(day)]
        named.append((desk.day_papers.form_closing(day), "closing"))
        named.append((desk.day_papers.form_journal(day), "journal"))
        files = [(folder / f"{name}-{number}.pdf", number, name) for number, name in named]
        if not arguments.replace:  # all of them before the first: nothing is half done
            _refuse_file(*(path for path, _, _ in files))
        for path, number, name in files:
            desk.papers.save(number, PAPERS[name], path, replace=arguments.replace)
            written.append({"number": number, "paper": PAPERS[name], "file": str(path)})
    said = "".join(f"{one['file']}\n" for one in written)
    call.answer({"day": day.isoformat(), "papers": written}, said)
    return DONE


def _refuse_file(*paths: Path) -> None:
    """Refuse before anything is done. Raises PaperFileThere for the first that is a file."""
    from mfc_desk.papers.paper_files import PaperFileThere  # noqa: PLC0415  # loads the printing

    for path in paths:
        if path.is_file():
            raise PaperFileThere(path)


def _make(folder: Path) -> None:
    """Make a folder where there is none. Raises PaperNotWritten."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        from forms.system_refusal import reason  # noqa: PLC0415  # only a refusal says why
        from printing.errors import PaperNotWritten  # noqa: PLC0415

        raise PaperNotWritten(reason(error)) from error


def run_print(call: Call, arguments: argparse.Namespace) -> int:
    """Write the PDF, or hand it to the printer and say what became of it."""
    if arguments.draft is not None:
        return _draft(call, arguments)
    paper = PAPERS[arguments.paper]
    document = _document(arguments)
    out = None if arguments.out is None else arguments.out.expanduser().absolute()
    if out is not None and not arguments.replace:
        _refuse_file(out)
    with call.open_desk() as desk:
        number = arguments.number or desk.office_papers.take(paper, document)
        if stands_in := desk.find.stands_in(number):
            call.note(stands_in)
        if paper == PAPERS["payment"]:
            _charge(call, desk, number)
        if out is not None:
            over = arguments.replace
            desk.papers.save(number, paper, out, large=arguments.large, replace=over)
            saved = {"file": str(out), "number": number, "state": "printed"}
            call.answer(saved, f"Записано: {out}")
            return DONE
        waiting = desk.papers.enqueue(number, paper, arguments.printer, large=arguments.large)
        job = desk.print_queue.print_job(waiting.id)
    told = {"number": number, "job": job.id, "printer": job.printer}
    told |= {"state": job.state, "error": job.error}
    call.answer(told, _SAID[job.state].format(error=job.error))
    return DONE if job.state in {"printed", "printing"} else REFUSED


def _charge(call: Call, desk: Desk, number: str) -> None:
    """Ask whoever is at the terminal for the УИН of the slip, as the screen does.

    A script is not asked: its input may be somebody else's. Raises UnknownNumber, NothingToRecord.
    """
    number = desk.find.row(number).number
    known = desk.payments.uin_of(number)
    if sys.stdin.isatty():
        typed = call.line(f"УИН, 20 или 25 знаков; 0 — не присвоен [{known or 0}]: ")
        if typed:
            desk.payments.charge(number, typed)
    elif not known:
        call.note("УИН не присвоен, в квитанции стоит 0. Присвоен — mfc-desk payment uin НОМЕР.")


def _document(arguments: argparse.Namespace) -> object:
    """Return the document a paper without a number is made from. Raises UsageError."""
    import json  # noqa: PLC0415  # seldom wanted

    from mfc_desk.errors import UsageError  # noqa: PLC0415

    path: Path | None = arguments.document
    if arguments.number is not None or arguments.paper not in _OF_DOCUMENT:
        if path is not None:
            raise UsageError(_BOTH)
        if arguments.number is None:
            raise UsageError(_NO_NUMBER)
        return {}
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            return json.loads(file.read(_MOST_BYTES).decode())
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"Документ не читается как JSON: {path}. Проверьте файл.") from error


def _draft(call: Call, arguments: argparse.Namespace) -> int:
    """Write the application of a draft; it is no paper of the office and goes to no queue."""
    from mfc_desk.errors import UnknownDraft, UsageError  # noqa: PLC0415

    if arguments.out is None or arguments.number is not None or arguments.document is not None:
        raise UsageError("Черновик пишется в файл: print --draft ID --out FILE.")
    path = arguments.out.expanduser().absolute()
    with call.open_desk() as desk:
        draft_id: str = arguments.draft
        if draft_id == "last":
            newest = desk.intake.drafts(1)
            if not newest:
                raise UnknownDraft("Черновиков нет.")
            draft_id = newest[0].id
        over = arguments.replace
        desk.papers.save_draft(draft_id, path, large=arguments.large, replace=over)
    call.answer({"file": str(path), "draft": draft_id}, f"Записано: {path}")
    return DONE
