"""The commands of `mfc-central` about single requests: return, status, ready, message, choose."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sync.central.cli.commands import DONE, answer, opened, print_json, say
from sync.central.errors import UnknownOffice, UsageError
from sync.central.rulings import (
    READY,
    RETURNED,
    STATUS,
    KnownRequest,
    Rulings,
    read_reasons,
    read_text,
)
from sync.central.store import EntryRow
from sync.clock import utc_text

if TYPE_CHECKING:
    from sync.central.centre import Centre

STATES = {
    "effective": "действует",
    "refused": "возвращена",
    "past": "прежняя",
    "waiting": "ждёт выбора",
}
ACTS = {
    "request.amend": "исправление",
    "request.withdraw": "отзыв заявления",
    "result.issue": "выдача результата",
}
TOLD = {
    RETURNED: "возвращено на исправление",
    STATUS: "как идёт дело в ведомстве",
    READY: "результат готов",
    "entry.settled": "выбор из двух исправлений или новое решение об отложенном",
}


def send_back(arguments: Namespace) -> int:
    """Return a request to its desk; reasons are read from --file or stdin, never from arguments."""
    reasons = read_reasons(_lines(arguments))
    with opened(arguments) as centre:
        known = Rulings(centre).send_back(arguments.number, reasons)
    return _told(arguments, known, f"возвращено на место {known.tip.desk:05d}")


def status(arguments: Namespace) -> int:
    """Tell the desk how far the authority is."""
    text = read_text(" ".join(_lines(arguments)))
    with opened(arguments) as centre:
        known = Rulings(centre).say_status(arguments.number, text)
    return _told(arguments, known, "сообщено")


def ready(arguments: Namespace) -> int:
    """Tell the desk that the result may be issued."""
    with opened(arguments) as centre:
        known = Rulings(centre).say_ready(arguments.number, refused=arguments.refused)
    return _told(arguments, known, "результат готов, сообщено")


def message(arguments: Namespace) -> int:
    """Tell a text to one desk, to the desks of an office, or to all."""
    text = read_text(" ".join(_lines(arguments)))
    with opened(arguments) as centre:
        count = Rulings(centre).message(_desks(centre, arguments), text)
    answer(arguments, {"desks": count}, f"Сообщено рабочим местам: {count}.")
    return DONE


def _desks(centre: Centre, arguments: Namespace) -> Sequence[int]:
    if (arguments.desk is not None) + (arguments.office is not None) + arguments.all != 1:
        raise UsageError("Назовите что-то одно: номер места, --office КОД или --all.")
    if arguments.desk is not None:
        return (arguments.desk,)
    desks = centre.store.desks.desks()
    found = [one.desk for one in desks if arguments.all or one.office == arguments.office]
    if not found:
        raise UnknownOffice
    return found


def show(arguments: Namespace) -> int:
    """Show what the centre knows of a request: versions, acts, what was told. No personal data."""
    with opened(arguments) as centre:
        known = Rulings(centre).request(arguments.number)
        acts = centre.store.notices.acts(known.request_id)
        notices = centre.store.notices.notices(known.request_id)
    told: dict[str, Any] = {
        "number": known.tip.number,
        "request": known.request_id,
        "official_no": known.official_no,
        "versions": [
            {**_entry(one.entry), "version": one.entry.version or 1, "state": one.state}
            for one in known.versions
        ],
        "acts": [_entry(act) for act in acts],
        "told": [{"at": one.at, "kind": one.event.kind, "desk": one.desk} for one in notices],
    }
    words = [f"{told['number']}  № {told['official_no'] or '—'}"]
    words += [
        f"  редакция {one.entry.version or 1}  {STATES[one.state]}  место {one.entry.desk:05d}  "
        f"запись {one.entry.entry_id}"
        for one in known.versions
    ]
    words += [
        f"  {ACTS[str(act.kind)]}  {utc_text(act.applied_at)}"
        for act in acts
        if act.kind != "request.amend"
    ]
    words += [
        f"  сообщено: {TOLD.get(one.event.kind, one.event.kind)}  {utc_text(one.at)}"
        for one in notices
    ]
    answer(arguments, told, "\n".join(words))
    return DONE


def conflicts(arguments: Namespace) -> int:
    """List amendments of one version that wait for a choice; `--full` shows both, personal data."""
    with opened(arguments) as centre:
        rows = centre.store.notices.conflicts()
        for row in rows:
            _say_conflict(centre, row, arguments)
    if not rows and not arguments.json:
        say("Выбирать не из чего: двух исправлений одной редакции нет.")
    return DONE


def _say_conflict(centre: Centre, row: EntryRow, arguments: Namespace) -> None:
    versions = centre.store.notices.versions(str(row.request_id))
    rivals = [one.entry for one in versions if one.state in ("effective", "waiting")]
    if arguments.json:
        print_json(
            {
                "number": row.number,
                "entry": row.entry_id,
                "versions": [_entry(one, full=arguments.full) for one in rivals],
            }
        )
        return
    say(f"{row.number}  исправлено дважды; выбрать: mfc-central choose {row.number} ЗАПИСЬ")
    for one in rivals:
        mark = "ждёт" if one.outcome == "held" else "действует"
        say(f"  {one.entry_id}  {mark}  место {one.desk:05d}  {one.applied_at}")
        if arguments.full and one.record:
            say(f"    {one.record}")


def choose(arguments: Namespace) -> int:
    """Make one of two amendments the version that counts; the desks of both are told."""
    with opened(arguments) as centre:
        known = Rulings(centre).choose(arguments.number, arguments.entry)
    return _told(arguments, known, "редакция выбрана")


def _entry(row: EntryRow, *, full: bool = False) -> dict[str, Any]:
    line: dict[str, Any] = {
        "entry": row.entry_id,
        "kind": row.kind,
        "desk": row.desk,
        "epoch": row.epoch,
        "seq": row.seq,
        "outcome": row.outcome,
        "reason": row.reason,
        "at": row.applied_at,
    }
    if full:
        line["record"] = json.loads(row.record) if row.record else None
    return line


def _told(arguments: Namespace, known: KnownRequest, what: str) -> int:
    tip = known.tip
    told = {"number": tip.number, "request": known.request_id, "desk": tip.desk}
    answer(arguments, told, f"{tip.number}: {what}.")
    return DONE


def _lines(arguments: Namespace) -> list[str]:
    """What the operator says: it may name people, so it does not stand in the arguments."""
    if arguments.file is not None:
        try:
            return Path(arguments.file).read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"Файл не читается: {arguments.file}. Проверьте путь.") from error
    if sys.stdin.isatty():
        sys.stderr.write("Напишите текст; конец — Ctrl+D на пустой строке:\n")
    return sys.stdin.read().splitlines()
