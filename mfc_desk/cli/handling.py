"""`amend`, `withdraw`, `issue`: what is done to a registered request."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from mfc_desk.cli.frame import Call, Commands, command
from mfc_desk.errors import DONE, PROBLEMS, IntakeRefused, UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forms.check import Problem


def add(commands: Commands) -> None:
    """Add the commands."""
    amending = command(commands, "amend", help="исправить обращение", run=run_amend)
    amending.add_argument("number", metavar="NUMBER", help="номер обращения")
    amending.add_argument("file", metavar="FILE", help="документ приёма целиком, JSON; - для ввода")
    withdrawing = command(commands, "withdraw", help="отозвать обращение", run=run_withdraw)
    withdrawing.add_argument("number", metavar="NUMBER", help="номер обращения")
    issuing = command(commands, "issue", help="записать выдачу результата", run=run_issue)
    issuing.add_argument("number", metavar="NUMBER", help="номер обращения")
    issuing.add_argument(
        "--to",
        choices=("applicant", "representative"),
        default="applicant",
        help="кому выдан: applicant заявителю, representative представителю",
    )
    issuing.add_argument(
        "--arrived",
        action="store_true",
        help="результат пришёл в офис, хотя центр о нём не сообщал",
    )


def run_amend(call: Call, arguments: argparse.Namespace) -> int:
    """Give a request its next version; 5 when the document has problems."""
    from mfc_desk.cli.intake import documents, opened

    with call.open_desk() as desk, opened(arguments.file) as file:
        document = next(documents(file), None)
        if document is None:
            raise UnreadableDocument
        try:
            amended = desk.handling.amend_document(arguments.number, document)
        except IntakeRefused as refused:
            call.note(str(refused))
            return _refuse(call, refused.problems)
    told: dict[str, Any] = {
        "number": amended.number,
        "id": amended.request_id,
        "version": amended.version,
    }
    call.answer(told, f"{amended.number}: записана {amended.version}-я редакция.")
    return DONE


def _refuse(call: Call, problems: Sequence[Problem]) -> int:
    from mfc_desk.cli.intake import listed

    if call.as_json:
        call.say(json.dumps({"problems": listed(problems)}, ensure_ascii=False))
    else:
        call.say("\n".join(problem.sentence for problem in problems))
    return PROBLEMS


def run_withdraw(call: Call, arguments: argparse.Namespace) -> int:
    """Withdraw a request; the reason is asked for or read from stdin, never from the arguments."""
    with call.open_desk() as desk:
        row = desk.find.row(arguments.number)
        desk.handling.withdraw(row.number, call.line("Причина, со слов заявителя: "))
    call.answer({"number": row.number, "withdrawn": True}, f"{row.number}: отозвано.")
    return DONE


def run_issue(call: Call, arguments: argparse.Namespace) -> int:
    """Note that the result was handed over."""
    with call.open_desk() as desk:
        row = desk.find.row(arguments.number)
        desk.handling.issue(row.number, arguments.to, arrived=arguments.arrived)
    call.answer({"number": row.number, "issued": True}, f"{row.number}: результат выдан.")
    return DONE
