"""`referral` and `waiting`: applicants whose request cannot be taken now."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

from mfc_desk.cli.find import turning_row
from mfc_desk.cli.frame import Call, Commands, command, group
from mfc_desk.cli.intake import documents, opened
from mfc_desk.errors import (
    DONE,
    PROBLEMS,
    USAGE,
    NothingToRecord,
    UnknownService,
    UnreadableDocument,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from mfc_desk.desk import Desk
    from mfc_desk.intake.turned_away import Turning

_MOST = 10_000
_REFERRAL = ("service", "to", "why")
_WAITING = ("service", "why", "remind_on")


def add(commands: Commands) -> None:
    """Add the command and the group."""
    referral = command(commands, "referral", help="дать направление", run=run_referral)
    referral.add_argument(
        "file",
        metavar="FILE",
        help="JSON по строкам, - для ввода: {service, to, why, applicant}",
    )
    waiting = group(commands, "waiting", help="лист ожидания")
    command(waiting, "list", help="кто ждёт, ближайшее напоминание первым", run=run_list)
    put = command(waiting, "put", help="внести в лист ожидания", run=run_put)
    put.add_argument(
        "file",
        metavar="FILE",
        help="JSON по строкам, - для ввода: {service, applicant, why, remind_on, note}; "
        "applicant — имя и phone, remind_on — ГГГГ-ММ-ДД",
    )
    end = command(waiting, "end", help="снять с ожидания", run=run_end)
    end.add_argument("number", metavar="NUMBER", help="номер записи")
    end.add_argument("--taken", action="store_true", help="обращение принято; иначе — снято")


def run_referral(call: Call, arguments: argparse.Namespace) -> int:
    """Give a referral a line; 2 when one cannot be read or its service is not known."""

    def give(desk: Desk, line: dict[str, Any]) -> Turning:
        told = _told(line, _REFERRAL)
        return desk.referrals.give(
            told["service"], to=told["to"], why=told["why"], applicant=_applicant(line)
        )

    return _each(call, arguments.file, give)


def run_put(call: Call, arguments: argparse.Namespace) -> int:
    """Make an entry a line; 2 when one cannot be read or its service is not known."""

    def put(desk: Desk, line: dict[str, Any]) -> Turning:
        told = _told(line, _WAITING)
        note = line.get("note", "")
        try:
            day = date.fromisoformat(told["remind_on"])
        except ValueError:
            raise UnreadableDocument("remind_on — день напоминания, ГГГГ-ММ-ДД.") from None
        if not isinstance(note, str):
            raise UnreadableDocument("note — заметка, строка.")
        return desk.waiting.put(
            told["service"],
            applicant=_applicant(line) or {},
            why=told["why"],
            remind_on=day,
            note=note,
        )

    return _each(call, arguments.file, put)


def _each(call: Call, name: str, act: Callable[[Desk, dict[str, Any]], Turning]) -> int:
    """Do `act` for every line, answered at once: the lines before a bad one stay done."""
    from sync.errors import EntryInvalid

    codes: set[int] = set()
    with call.open_desk() as desk, opened(name) as file:
        for line in documents(file):
            try:
                given = act(desk, line)
                answer, code = {"number": given.number, "id": given.id}, DONE
            except UnknownService as error:
                answer, code = {"code": error.code, "text": str(error)}, USAGE
            except (NothingToRecord, EntryInvalid) as error:
                answer, code = {"code": error.code, "text": str(error)}, PROBLEMS
            if "ref" in line:
                answer["ref"] = line["ref"]
            call.say(json.dumps(answer, ensure_ascii=False))
            sys.stdout.flush()
            codes.add(code)
    return PROBLEMS if PROBLEMS in codes else max(codes, default=DONE)


def _told(line: dict[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    if not all(isinstance(line.get(name), str) for name in names):
        raise UnreadableDocument(f"В строке нужен объект со строками {', '.join(names)}.")
    return {name: line[name] for name in names}


def _applicant(line: dict[str, Any]) -> dict[str, Any] | None:
    applicant = line.get("applicant")
    if not isinstance(applicant, dict | None):
        raise UnreadableDocument("applicant — объект, как в документе приёма.")
    return applicant


def run_list(call: Call, _arguments: argparse.Namespace) -> int:
    """Print who waits; phones are on the card (`show NUMBER`)."""
    with call.open_desk() as desk:
        found = desk.waiting.waiting(_MOST)
    told = [
        {**turning_row(one), "remind_on": one.remind_on.isoformat() if one.remind_on else None}
        for one in found
    ]
    lines = [f"{one.number}  {one.applicant:<24} {one.service:<28} {one.text}" for one in found]
    call.answer(told, "\n".join(lines) or "Никто не ждёт.")
    return DONE


def run_end(call: Call, arguments: argparse.Namespace) -> int:
    """Take an entry off the list. Raises UnknownTurning."""
    from mfc_desk.intake import turned_away

    with call.open_desk() as desk:
        entry = turned_away.get(desk, arguments.number)
        how = turned_away.DONE if arguments.taken else turned_away.CANCELLED
        desk.waiting.close(entry.id, how)
    call.answer(
        {"number": entry.number, "how": how}, f"{entry.number}: {turned_away.ENDED_WORDS[how]}."
    )
    return DONE
