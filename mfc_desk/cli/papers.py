"""`print`, `day-papers`: papers of a request or of a day, to a file or to a printer."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from mfc_desk.cli.frame import Call, Commands, command
from mfc_desk.errors import DONE, REFUSED

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
}
"""Papers by their names on the command line."""
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
    parser.add_argument("number", metavar="NUMBER", help="номер обращения, отказа, реестра, акта")
    parser.add_argument("--paper", choices=tuple(PAPERS), default="receipt", help="какую бумагу")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", metavar="FILE", type=Path, help="записать PDF в файл")
    where.add_argument("--printer", metavar="NAME", help="напечатать на этом принтере")
    day = command(
        commands, "day-papers", help="реестры передачи, акт и журнал за день", run=run_day
    )
    day.add_argument("--out", metavar="DIR", type=Path, required=True, help="в какую папку")
    day.add_argument("--date", metavar="ГГГГ-ММ-ДД", type=_day, help="за какой день; иначе сегодня")


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
        desk.day_papers.form(day)
        named = [(one.number, "register") for one in desk.day_papers.registers(day)]
        named.append((desk.day_papers.form_closing(day), "closing"))
        named.append((desk.day_papers.form_journal(day), "journal"))
        for number, name in named:
            path = folder / f"{name}-{number}.pdf"
            desk.papers.save(number, PAPERS[name], path)
            written.append({"number": number, "paper": PAPERS[name], "file": str(path)})
    said = "".join(f"{one['file']}\n" for one in written)
    call.answer({"day": day.isoformat(), "papers": written}, said)
    return DONE


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
    paper = PAPERS[arguments.paper]
    with call.open_desk() as desk:
        if arguments.out is not None:
            path = arguments.out.expanduser().absolute()
            desk.papers.save(arguments.number, paper, path)
            call.answer({"file": str(path), "state": "printed"}, f"Записано: {path}")
            return DONE
        waiting = desk.papers.enqueue(arguments.number, paper, arguments.printer)
        job = desk.print_queue.print_job(waiting.id)
    told = {"job": job.id, "printer": job.printer, "state": job.state, "error": job.error}
    call.answer(told, _SAID[job.state].format(error=job.error))
    return DONE if job.state in {"printed", "printing"} else REFUSED
