"""`status`: where the journal ends, what waits for the centre, how the desk is."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mfc_desk.cli.frame import Call, Commands, command

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

_ATTENTION = 100
_MB = 1024 * 1024


def add(commands: Commands) -> None:
    """Add the command."""
    command(commands, "status", help="показать журнал, очередь, связь и диск", run=run_status)


def run_status(call: Call, _arguments: argparse.Namespace) -> int:
    """Print how the desk is; keys of the JSON answer are those of the command line's page."""
    with call.open_desk() as desk:
        told = status(desk)
        text = _text(told)
    call.answer(told, text)
    return 0


def status(desk: Desk) -> dict[str, Any]:
    """How the desk is, as data; times ISO, sizes in bytes, `head` in hex."""
    from mfc_desk.access.roles import Action, may
    from mfc_desk.catalogues.published import mistakes_of
    from mfc_desk.exchange.words import clock_notice
    from mfc_desk.program import program_version
    from mfc_desk.store import connection

    end, link, summary = desk.journal.position(), desk.exchange.view(), desk.exchange.summary()
    sees = may(desk.operator.role, Action.VIEW)
    free = connection.free_bytes(desk.home.root)
    return {
        "program": program_version(),
        "schema": connection.schema_version(),
        "desk": desk.desk_no,
        "window": desk.window,
        "office": desk.office.title,
        "training": desk.training,
        "journal": {"epoch": end.epoch, "seq": end.seq, "head": end.head.hex()},
        "requests": summary.requests,
        "unsent": summary.unsent,
        "relayed": summary.relayed,
        "confirmed": summary.confirmed,
        "returned": summary.returned,
        "summary": summary.text,
        "on_this_disk_only": link.on_this_disk_only,
        "attention": len(desk.board.attention(_ATTENTION)) if sees else None,
        "catalogue": {
            "version": desk.catalogue.version,
            "digest": desk.catalogue.digest,
            "mistakes": len(mistakes_of(desk.home)),
        },
        "link": {
            "online": link.online,
            "last_contact": _iso(link.last_contact),
            "next_try": _iso(link.next_try),
            "deadline": _iso(link.deadline),
            "frozen": link.frozen,
            "last_error": link.last_error,
            "by_relay": link.by_relay,
            "step": link.step,
        },
        "clock": {
            "now": _iso(desk.clock.now()),
            "skew_s": link.clock_skew_s,
            "notice": clock_notice(link.clock_skew_s),
        },
        "second_place": _second_place(desk),
        "disk": {"free": free, "ballast": desk.home.ballast.exists()},
    }


def _second_place(desk: Desk) -> dict[str, Any]:
    """The second place as `status` and its own command tell it."""
    place = desk.second_place.view()
    return {
        "state": place.state,
        "folder": place.folder,
        "behind": place.behind,
        "at": _iso(place.at),
        "text": place.text,
    }


def _text(told: dict[str, Any]) -> str:
    journal, link = told["journal"], told["link"]
    trouble = None if link["frozen"] else link["last_error"]
    online = {True: "есть", False: "нет", None: "ещё не проверялась"}[link["online"]]
    lines = [
        f"{told['office']} · окно {told['window']} · рабочее место {told['desk']:05d}"
        + (" · учебное" if told["training"] else ""),
        f"Журнал: эпоха {journal['epoch']}, записей {journal['seq']},"
        f" вершина {journal['head'][:8]}",
        f"Обращений: {told['requests']}, не отправлено: {told['unsent']}"
        + (f", до {_day_and_time(link['deadline'])}" if link["deadline"] else "")
        + (f", из них на ретрансляторе офиса: {told['relayed']}" if told["relayed"] else ""),
        f"Обмен: {told['summary']}",
        f"Связь: {online}"
        + (" · через ретранслятор офиса" if link["by_relay"] else "")
        + (f" · {trouble}" if trouble else ""),
        _catalogue_text(told["catalogue"]),
        f"Второе место: {told['second_place']['text']}",
        f"Диск: свободно {told['disk']['free'] // _MB} МБ",
    ]
    if told["attention"]:
        lines.insert(4, f"Требуют внимания: {told['attention']}")
    if link["frozen"]:
        lines.append(f"Отправка остановлена: {link['frozen']}")
    if link["step"]:
        lines.append(f"Что делать: {link['step']}")
    if told["clock"]["notice"]:
        lines.append(told["clock"]["notice"])
    return "\n".join(lines)


def _catalogue_text(catalogue: dict[str, Any]) -> str:
    """Name the catalogue in use, and say when a published one is too damaged to be used."""
    line = f"Каталог: версия {catalogue['version']}"
    if catalogue["mistakes"]:
        line += (
            f" · в опубликованном ошибок {catalogue['mistakes']}, работает прежний."
            " Список: mfc-desk catalogue check"
        )
    return line


def _day_and_time(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%d.%m.%Y %H:%M}"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
