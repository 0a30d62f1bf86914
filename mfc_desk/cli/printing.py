"""`queue` and `printers`: what waits to be printed, and where each kind of paper goes."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Any

from mfc_desk.cli.frame import Call, Commands, Parser, command, group
from mfc_desk.cli.papers import PAPERS
from mfc_desk.errors import DONE, INTERRUPTED, REFUSED, SettingRefused, UsageError

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.papers.paper_job import PaperJob
    from mfc_desk.papers.print_day import BatchProgress

_STATES = {
    "waiting": "ждёт печати",
    "held": "придержано",
    "printing": "печатается",
    "printed": "напечатано",
    "failed": "не напечатано",
    "unknown": "возможно, напечатано",
    "cancelled": "отменено",
}
_ROUTED = {**PAPERS, "labels": "case_labels"}
"""Kinds of paper that have a printer, by their names on the command line."""
_NAMES = {code: name for name, code in _ROUTED.items()}
_ACTS = (
    ("retry", "напечатать ещё раз то, что не напечатано или сомнительно"),
    ("hold", "придержать ожидающее"),
    ("release", "пустить придержанное"),
    ("cancel", "отменить, на принтере тоже"),
    ("confirm", "сомнительная бумага нашлась в лотке"),
)


def add(commands: Commands) -> None:
    """Add both groups."""
    queue = group(commands, "queue", help="очередь печати")
    command(queue, "list", help="показать очередь", run=run_list)
    command(queue, "run", help="печатать ожидающее сейчас", run=run_queue)
    for name, words in _ACTS:
        act = command(queue, name, help=words, run=run_act)
        act.set_defaults(act=name)
        act.add_argument("job", metavar="ID", type=int, help="задание из queue list")
        if name == "retry":
            _looked(act)
    other = command(queue, "redirect", help="отправить на другой принтер", run=run_redirect)
    other.add_argument("job", metavar="ID", type=int, help="задание из queue list")
    other.add_argument(
        "--printer", metavar="NAME", default="", help="на какой; иначе туда, куда идёт эта бумага"
    )
    _looked(other)
    day = command(commands, "print-day", help="реестры, ярлыки и маршрутные листы дня", run=run_day)
    day.add_argument("--day", metavar="YYYY-MM-DD", help="за какой день, иначе сегодня")
    day.add_argument("--again", action="store_true", help="ещё раз то, что уже напечатано: копии")
    printers = group(commands, "printers", help="принтеры бумаг")
    command(printers, "list", help="показать принтеры и что куда печатается", run=run_printers)
    usual = command(
        printers, "default", help="куда идут бумаги без своего принтера", run=run_default
    )
    usual.add_argument("--printer", metavar="NAME", help='принтер; "" — не выбран')
    usual.add_argument("--folder", metavar="DIR", help='папка вместо принтера; "" — без неё')
    usual.add_argument(
        "--thermal", metavar="ADDRESS", help='чековый: net:АДРЕС, file:/dev/usb/lp0…; "" — без него'
    )
    usual.add_argument("--roll", metavar="MM", type=int, help="ширина чековой ленты: 58 или 80")
    usual.add_argument("--model", metavar="MODEL", help="модель чекового; simple — любой")
    route = command(printers, "set", help="выбрать принтер бумаги", run=run_set)
    route.add_argument("paper", metavar="PAPER", help="вид бумаги, например receipt")
    route.add_argument("--printer", metavar="NAME", help='принтер; "" — как у остальных бумаг')
    route.add_argument("--tray", metavar="TRAY", help='лоток; "" — выберет принтер')
    route.add_argument("--copies", metavar="N", type=int, help="экземпляров; 0 — как принято")
    sides = route.add_mutually_exclusive_group()
    sides.add_argument("--duplex", action="store_true", default=None, help="на двух сторонах")
    sides.add_argument("--one-sided", dest="duplex", action="store_false", help="на одной стороне")


def _looked(parser: Parser) -> None:
    parser.add_argument(
        "--not-in-tray", action="store_true", help="сомнительной бумаги в лотке нет: посмотрели"
    )


def _must_have_looked(job: PaperJob, arguments: argparse.Namespace) -> None:
    """Refuse to send a doubtful paper before somebody looked. Raises PaperWhereabouts."""
    from mfc_desk.papers.print_work import PaperWhereabouts  # noqa: PLC0415  # loads the printing

    if job.state == "unknown" and not arguments.not_in_tray:
        raise PaperWhereabouts(
            f"Возможно, эта бумага уже напечатана. Посмотрите в лоток: есть — queue confirm "
            f"{job.id}, нет — ещё раз эту команду с --not-in-tray."
        )


def _told(job: PaperJob) -> dict[str, Any]:
    return {**asdict(job), "at": job.at.isoformat(timespec="seconds")}


def _line(job: PaperJob) -> str:
    state = _STATES[job.state] + (f": {job.error}" if job.error else "")
    where = f", принтер {job.chosen}" if job.chosen else ""
    return f"{job.id:>5}  {job.title} {job.request_number}, экз. {job.copy}{where}: {state}"


def _answer(call: Call, jobs: tuple[PaperJob, ...], nothing: str) -> int:
    call.answer([_told(job) for job in jobs], "\n".join(map(_line, jobs)) or nothing)
    return DONE


def run_list(call: Call, _arguments: argparse.Namespace) -> int:
    """Print the queue."""
    with call.open_desk() as desk:
        return _answer(call, desk.print_queue.open(1000), "Очередь пуста.")


def run_queue(call: Call, _arguments: argparse.Namespace) -> int:
    """Print what waits."""
    with call.open_desk() as desk:
        return _answer(call, desk.print_queue.run(), "Печатать нечего.")


def run_act(call: Call, arguments: argparse.Namespace) -> int:
    """Do to one printing what was asked."""
    with call.open_desk() as desk:
        queue = desk.print_queue
        if arguments.act == "retry":
            _must_have_looked(queue.job(arguments.job), arguments)
        acts = {
            "retry": queue.retry,
            "hold": queue.hold,
            "release": queue.release,
            "cancel": queue.cancel,
            "confirm": queue.confirm,
        }
        job = acts[arguments.act](arguments.job)
    call.answer(_told(job), _line(job))
    return DONE


def run_redirect(call: Call, arguments: argparse.Namespace) -> int:
    """Send one printing to another printer, or to that of its kind."""
    with call.open_desk() as desk:
        _must_have_looked(desk.print_queue.job(arguments.job), arguments)
        job = desk.print_queue.redirect(arguments.job, arguments.printer)
        _note_unseen(call, desk, arguments.printer)
    call.answer(_told(job), _line(job))
    return DONE


def run_day(call: Call, arguments: argparse.Namespace) -> int:
    """Queue the papers of a day and print them, with progress; Ctrl+C takes the rest back."""
    with call.open_desk() as desk:
        batch = desk.print_day.order(_day(arguments.day), again=arguments.again)
        with _stopping() as stop, suppress(KeyboardInterrupt):
            desk.print_day.run(batch.id, _stepped, stop)
        taken = desk.print_day.cancel(batch.id) if stop() else 0
        done = desk.print_day.progress(batch.id)
        left = [job for job in desk.print_queue.of_batch(batch.id) if job.error]
    if batch.papers and sys.stderr.isatty():
        sys.stderr.write("\n")
    told = {"batch": batch.id, **asdict(done), "left": done.left}
    text = f"Напечатано бумаг: {done.printed} из {done.papers}."
    if not batch.papers:
        text = "За этот день печатать нечего: все дела уже в реестрах. Копии: --again."
    if taken:
        text = f"Остановлено. {text} Снято с печати: {taken}."
        if not arguments.again:
            text += " Их напечатает та же команда."
    if left:
        text += f" Остальное в очереди: {left[-1].error}"
    call.answer(told, text)
    if taken:
        return INTERRUPTED
    return REFUSED if left else DONE


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Ctrl+C asks to stop after the paper at hand, which would be doubtful; a second one breaks.

    Yields whether it was asked.
    """
    asked = Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _day(typed: str | None) -> date | None:
    if typed is None:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise UsageError(f"День «{typed}» не читается. Нужен вид 2026-11-21.") from error


def _stepped(progress: BatchProgress) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\rНапечатано {progress.printed} из {progress.papers} ")


def run_printers(call: Call, _arguments: argparse.Namespace) -> int:
    """Print the printers found and the routes."""
    with call.open_desk() as desk:
        found = desk.print_queue.printers()
        routes = desk.print_routes.all()
        default = desk.print_routes.default()
    lines = [
        f"{one.name}: {one.text}"
        + (f", лотки {', '.join(one.trays)}" if one.trays else "")
        + (", две стороны" if one.duplex else "")
        + (f" — {one.trouble}" if one.trouble else "")
        for one in found
    ]
    lines.append(f"Для всех бумаг: {default or 'не выбран'}")
    lines += [
        f"{_NAMES[paper]}: {route.printer or 'как для всех'}"
        + (f", лоток {route.tray}" if route.tray else "")
        + (", две стороны" if route.duplex else "")
        + (f", экземпляров {route.copies}" if route.copies else "")
        for paper, route in routes.items()
        if route != type(route)()
    ]
    told = {
        "printers": [asdict(one) for one in found],
        "default": default,
        "papers": {paper: asdict(route) for paper, route in routes.items()},
    }
    call.answer(told, "\n".join(lines))
    return DONE


def run_default(call: Call, arguments: argparse.Namespace) -> int:
    """Remember where papers go whose kind has no printer of its own; without keys, show it."""
    names = {
        "printer": "printer",
        "folder": "out_folder",
        "thermal": "thermal",
        "roll": "thermal_roll",
        "model": "thermal_model",
    }
    given = {
        setting: value
        for option, setting in names.items()
        if (value := getattr(arguments, option)) is not None
    }
    if given.get("out_folder"):
        given["out_folder"] = str(Path(given["out_folder"]).expanduser().absolute())
    _require_model(given.get("thermal_model"))
    with call.open_desk() as desk:
        settings = desk.settings.load()
        if given:
            settings = replace(settings, **given)
            desk.settings.save(settings)
        _note_unseen(call, desk, arguments.printer)
        default = desk.print_routes.default()
    told = {setting: getattr(settings, setting) for setting in names.values()}
    call.answer({**told, "default": default}, f"Для всех бумаг: {default or 'не выбран'}")
    return DONE


def _require_model(model: str | None) -> None:
    if model is None:
        return
    from printing.escpos import profiles  # noqa: PLC0415  # slow to load, seldom wanted

    if model not in profiles():
        raise UsageError(f"Модель чекового принтера: одна из {', '.join(profiles())}.")


def run_set(call: Call, arguments: argparse.Namespace) -> int:
    """Remember where a kind of paper goes."""
    given = {
        name: value
        for name in ("printer", "tray", "copies", "duplex")
        if (value := getattr(arguments, name)) is not None
    }
    with call.open_desk() as desk:
        paper = _ROUTED.get(arguments.paper, arguments.paper)
        before = desk.print_routes.all().get(paper)
        if before is None:
            raise SettingRefused(
                f"Бумаги «{arguments.paper}» нет. Какие есть: {', '.join(_ROUTED)}."
            )
        desk.print_routes.save(paper, replace(before, **given))
        _note_unseen(call, desk, arguments.printer)
        told = desk.print_routes.of(paper)
    call.answer(asdict(told), f"{_NAMES[paper]}: {told.printer or 'принтер не выбран'}.")
    return DONE


def _note_unseen(call: Call, desk: Desk, printer: str | None) -> None:
    """Say that a printer just named is not there now: it is off, or its name is mistyped."""
    if printer and printer not in {one.name for one in desk.print_queue.printers()}:
        call.note(f"Принтера «{printer}» сейчас нет. Какие есть: mfc-desk printers list.")
