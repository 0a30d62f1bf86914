"""`intake`: register requests from JSON lines, one answer a line."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from forms.system_refusal import reason
from mfc_desk.cli.frame import Call, Commands, command
from mfc_desk.errors import (
    DONE,
    PROBLEMS,
    USAGE,
    IntakeRefused,
    UnknownService,
    UnreadableDocument,
    UsageError,
)

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from forms.check import Problem
    from mfc_desk.desk import Desk

STDIN = "-"


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "intake",
        help="зарегистрировать обращения, комплексные запросы тоже",
        run=run_intake,
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="документы приёма, JSON по строкам; - для ввода. "
        "Образцы: catalogue example, комплексного запроса — situations example",
    )


def run_intake(call: Call, arguments: argparse.Namespace) -> int:
    """Register every document; 5 when some have problems, 2 when one cannot be read.

    The lines before an unreadable one stay registered and are answered.
    """
    codes: set[int] = set()
    with call.open_desk() as desk, opened(arguments.file) as file:
        desk.catalogues.keep(desk.catalogue)  # the papers of these requests read it later
        for document in documents(file):
            answer, code = _register(desk, document)
            if "ref" in document:
                answer["ref"] = document["ref"]
            call.say(json.dumps(answer, ensure_ascii=False))
            sys.stdout.flush()
            codes.add(code)
    return PROBLEMS if PROBLEMS in codes else max(codes, default=DONE)


def opened(name: str) -> AbstractContextManager[BinaryIO]:
    """Open a file of JSON lines, or the input for «-». Raises UsageError."""
    if name == STDIN:
        return nullcontext(sys.stdin.buffer)
    try:
        return open(name, "rb")  # noqa: PTH123  # closed by the caller's with
    except OSError as error:
        raise UsageError(f"Файл не читается: {name} ({reason(error)}). Проверьте путь.") from error


def documents(file: BinaryIO) -> Iterator[dict[str, Any]]:
    """Yield the documents of JSON lines; a file that is one document over many lines is one too.

    Raises UnreadableDocument naming the line (never its text) when a line is reached that is no
    JSON object.
    """
    first = True
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            yield _document(line)
        except ValueError as error:
            whole = _whole(line + file.read()) if first else None
            if whole is None:
                raise UnreadableDocument(
                    f"Строка {number} не читается: нужен один объект JSON на строке "
                    f"({error}). Строки до неё приняты."
                ) from None
            yield whole
        first = False


def _whole(text: bytes) -> dict[str, Any] | None:
    try:
        return _document(text)
    except ValueError:
        return None


def _document(line: bytes) -> dict[str, Any]:
    """Read one object; raises ValueError with words that hold nothing of the text."""
    try:
        found = json.loads(
            line.decode("utf-8-sig"), parse_constant=_refuse, object_pairs_hook=_members
        )
    except UnicodeDecodeError as error:
        raise ValueError("не UTF-8") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"не JSON, знак {error.pos + 1}") from error
    except RecursionError as error:
        raise ValueError("слишком глубокая вложенность") from error
    if not isinstance(found, dict):
        raise ValueError("не объект")  # noqa: TRY004  # one error for a bad line
    return found


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("NaN и Infinity не числа JSON")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("имя в объекте повторяется")
    return members


def _register(desk: Desk, document: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Register one document: the answer to its line, and the exit code it asks for."""
    from forms.example import WHOLE
    from sync.errors import EntryInvalid

    try:
        if WHOLE in document:
            return _complex(desk, document), DONE
        taken = desk.intake.register_document(document)
    except IntakeRefused as refused:
        return {"problems": listed(refused.problems)}, PROBLEMS
    except UnknownService as error:
        return {"problems": [_problem("service", "Услуга", error.code, str(error))]}, USAGE
    except EntryInvalid as error:
        return {"problems": [_problem("", "Обращение", error.code, str(error))]}, PROBLEMS
    answer = {"number": taken.number.text, "id": taken.request_id}
    if why := desk.attachments.why_wanted(taken.number.text):
        answer["scan_wanted"] = why
    return answer, DONE


def _complex(desk: Desk, document: dict[str, Any]) -> dict[str, Any]:
    """Register a complex request: a number for each service, in the order they are done."""
    taken = desk.bundles.register_document(document)
    return {
        "complex": taken.id,
        "parts": [
            {
                "service": one.service.slug,
                "number": one.registered.number.text,
                "id": one.registered.request_id,
                "after": list(one.after),
                "office_on": one.office_on.isoformat(),
            }
            for one in taken.parts
        ],
        "forward_by": taken.forward_by.isoformat(),
        "limit_on": taken.limit_on.isoformat(),
    }


def listed(problems: Sequence[Problem]) -> list[dict[str, str]]:
    """Return problems as data with stable keys."""
    return [
        {
            "path": one.path,
            "code": one.code,
            "text": one.text,
            "label": one.label,
            "severity": one.severity,
        }
        for one in problems
    ]


def _problem(path: str, label: str, code: str, text: str) -> dict[str, str]:
    return {"path": path, "code": code, "text": text, "label": label, "severity": "error"}
