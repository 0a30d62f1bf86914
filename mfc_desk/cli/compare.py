"""`compare`: reconcile the desk with its centre, day by day."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

from mfc_desk.cli.frame import Call, Commands, command
from mfc_desk.errors import DONE, PROBLEMS

if TYPE_CHECKING:
    from mfc_desk.exchange.reconciliation_views import Comparison

_SHOWN = 50


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(commands, "compare", help="сверить журнал с центром", run=run_compare)
    parser.add_argument(
        "--day", metavar="ГГГГ-ММ-ДД", type=_day, help="только этот день; иначе все дни"
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("день пишется так: 2026-11-21") from None


def run_compare(call: Call, arguments: argparse.Namespace) -> int:
    """Compare; 0 when both sides are the same, 5 where they differ, 3 without a centre."""
    with call.open_desk() as desk:
        made = desk.reconciliation.compare(arguments.day, _stepped)
    told = asdict(made) | {
        "equal": made.equal,
        "total": made.total,
        "confirmed": made.confirmed,
        "text": made.text,
    }
    call.answer(told, _text(made))
    return DONE if made.equal else PROBLEMS


def _stepped(what: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"Сверяется: {what}…\n")


def _text(made: Comparison) -> str:
    lines = [f"{made.text.capitalize()}."]
    lines += [
        f"{day.day}: в офисе {day.here}, в центре {day.there}" for day in made.days if not day.equal
    ]
    lines += [f"{one.name}: {one.text}" for one in made.differences[:_SHOWN]]
    if len(made.differences) > _SHOWN:
        lines.append(f"…и ещё {len(made.differences) - _SHOWN}: все стоят в акте.")
    lines.append(f"Акт сверки: mfc-desk print {made.number} --paper act --out ФАЙЛ")
    return "\n".join(lines)
