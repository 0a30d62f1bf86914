"""`carry out`, `carry in`: the exchange by USB stick."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mfc_desk.cli.frame import Call, Commands, command, group
from mfc_desk.errors import DONE, PROBLEMS, REFUSED, UsageError

if TYPE_CHECKING:
    from sync.carried import Step

_MB = 1 << 20


def add(commands: Commands) -> None:
    """Add the commands."""
    ways = group(commands, "carry", help="обмен с центром на носителе")
    out = command(ways, "out", help="записать неподтверждённое на носитель", run=run_out)
    out.add_argument("folder", type=Path, metavar="DIR", help="папка носителя")
    out.add_argument(
        "--scans",
        type=int,
        metavar="MB",
        help="сколько мегабайт отдать сканам; 0: только записи; без ключа 2048",
    )
    back = command(ways, "in", help="принять ответы центра с носителя", run=run_in)
    back.add_argument("folder", type=Path, metavar="DIR", help="папка носителя")


def run_out(call: Call, arguments: argparse.Namespace) -> int:
    """Write to a stick; 4 when it is full, write-protected or gone, 5 for damaged scans here."""
    from mfc_desk.exchange.carrier_words import out_lines  # noqa: PLC0415  # imported when it runs
    from mfc_desk.exchange.carriers import SCAN_BYTES  # noqa: PLC0415  # imported when it runs

    if arguments.scans is not None and arguments.scans < 0:
        raise UsageError("--scans: число мегабайт, 0 или больше.")
    most = SCAN_BYTES if arguments.scans is None else arguments.scans * _MB
    with call.open_desk() as desk:
        out = desk.carriers.out(arguments.folder, scan_bytes=most, progress=_stepped)
    _step_ended()
    told: dict[str, Any] = {
        "entries": out.entries,
        "batches": out.batches,
        "written": out.written,
        "scans": out.scans,
        "scans_left": out.scans_left,
        "scans_damaged": len(out.damaged),
        "frozen": out.frozen,
        "failure": out.failure.code if out.failure else None,
    }
    lines = out_lines(out)
    if out.failure is None:
        call.answer(told, "\n".join(lines))
        return PROBLEMS if out.damaged else DONE
    call.answer(told, "\n".join(lines[:-1]) or "Ничего не записано.")
    call.note(lines[-1])
    return out.failure.exit_code


def _stepped(step: Step) -> None:
    """Say how far it is where somebody looks: a stick takes its time."""
    from mfc_desk.exchange.carrier_words import step_text  # noqa: PLC0415  # imported when it runs

    if sys.stderr.isatty():
        sys.stderr.write(f"\r{step_text(step)} \x1b[K")
        sys.stderr.flush()


def _step_ended() -> None:
    """Leave the line of the steps to the answer."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def run_in(call: Call, arguments: argparse.Namespace) -> int:
    """Take in from a stick; 5 when files were damaged, 1 when the centre stopped this desk
    or has entries it lacks."""
    from mfc_desk.exchange.carrier_words import in_lines  # noqa: PLC0415  # imported when it runs

    with call.open_desk() as desk:
        found = desk.carriers.take_in(arguments.folder, progress=_stepped)
        _step_ended()
        summary = desk.exchange.summary()
    told = {
        "confirmed": found.confirmed,
        "events": found.events,
        "scans": len(found.scans),
        "past": found.past,
        "missing": found.missing,
        "damaged": [{"file": one.name, "text": one.text} for one in found.damaged],
        "catalogue": found.catalogue,
        "reconciled": found.reconciled,
        "behind": found.behind,
        "frozen": found.frozen,
        "unsent": summary.unsent,
        "summary": summary.text,
    }
    call.answer(told, "\n".join([*in_lines(found), summary.text.capitalize() + "."]))
    if found.frozen or found.behind:
        return REFUSED
    return PROBLEMS if found.damaged else DONE
