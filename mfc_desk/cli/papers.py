"""`print`: a paper of a request to a file or to a printer."""

from __future__ import annotations

import argparse
from pathlib import Path

from mfc_desk.cli.frame import Call, Commands, command
from mfc_desk.errors import DONE, REFUSED

PAPERS = ("receipt",)
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
    parser.add_argument("number", metavar="NUMBER", help="номер обращения")
    parser.add_argument("--paper", choices=PAPERS, default="receipt", help="какую бумагу")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", metavar="FILE", type=Path, help="записать PDF в файл")
    where.add_argument("--printer", metavar="NAME", help="напечатать на этом принтере")


def run_print(call: Call, arguments: argparse.Namespace) -> int:
    """Write the PDF, or hand it to the printer and say what became of it."""
    with call.open_desk() as desk:
        if arguments.out is not None:
            path = arguments.out.expanduser().absolute()
            desk.papers.save(arguments.number, arguments.paper, path)
            call.answer({"file": str(path), "state": "printed"}, f"Записано: {path}")
            return DONE
        waiting = desk.papers.enqueue(arguments.number, arguments.paper, arguments.printer)
        job = desk.print_queue.print_job(waiting.id)
    told = {"job": job.id, "printer": job.printer, "state": job.state, "error": job.error}
    call.answer(told, _SAID[job.state].format(error=job.error))
    return DONE if job.state in {"printed", "printing"} else REFUSED
