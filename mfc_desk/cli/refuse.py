"""`refuse`: refuse acceptance, one intake document a line, with every defect at once."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from mfc_desk.cli.frame import Call, Commands, command
from mfc_desk.cli.intake import documents, opened
from mfc_desk.errors import (
    DONE,
    PROBLEMS,
    USAGE,
    NothingToRecord,
    RefusalBeyondTold,
    UnknownService,
    UnreadableDocument,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forms.refusal import Defect
    from mfc_desk.desk import Desk


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands, "refuse", help="отказать в приёме, назвав все недостатки", run=run_refuse
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help=(
            "JSON по строкам, - для ввода: {document, defects, allowance}; document — документ "
            "приёма, defects — [{code, text}] сверх найденных проверкой"
        ),
    )


def run_refuse(call: Call, arguments: argparse.Namespace) -> int:
    """Refuse every document; 1 when a rule forbids one, 2 when one cannot be read."""
    codes: set[int] = set()
    with call.open_desk() as desk, opened(arguments.file) as file:
        for line in documents(file):
            answer, code = _refuse(desk, line)
            if "ref" in line:
                answer["ref"] = line["ref"]
            call.say(json.dumps(answer, ensure_ascii=False))
            sys.stdout.flush()
            codes.add(code)
    return PROBLEMS if PROBLEMS in codes else max(codes, default=DONE)


def _refuse(desk: Desk, line: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Refuse one document: the answer to its line, and the exit code it asks for."""
    from sync.errors import EntryInvalid

    document, allowance = line.get("document"), line.get("allowance")
    if not isinstance(document, dict) or not isinstance(allowance, str | None):
        raise UnreadableDocument("В строке нужен объект {document, defects, allowance}.")
    try:
        defects = (*desk.refusals.proposal(document), *_told_by_hand(line.get("defects") or []))
        given = desk.refusals.give(document, defects, allowance=allowance)
    except UnknownService as error:
        return {"code": error.code, "text": str(error)}, USAGE
    except RefusalBeyondTold as error:
        return {"code": error.code, "text": str(error), "new": listed(error.new)}, error.exit_code
    except (NothingToRecord, EntryInvalid) as error:
        return {"code": error.code, "text": str(error)}, PROBLEMS
    return {"number": given.number, "id": given.id, "defects": listed(defects)}, DONE


def _told_by_hand(defects: object) -> tuple[Defect, ...]:
    from forms.refusal import Defect

    if not isinstance(defects, list) or not all(
        isinstance(one, dict)
        and isinstance(one.get("code"), str)
        and isinstance(one.get("text"), str)
        for one in defects
    ):
        raise UnreadableDocument("Недостаток пишется так: {code, text}.")
    return tuple(Defect(one["code"], "", "", one["text"]) for one in defects)


def listed(defects: Iterable[Defect]) -> list[dict[str, str]]:
    """Return defects as data with stable keys."""
    return [
        {"code": one.code, "about": one.about, "label": one.label, "text": one.text}
        for one in defects
    ]
