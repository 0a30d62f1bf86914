"""`find` and `show`: requests by number or by words, and the card of one."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any

from mfc_desk.cli.frame import Call, Commands, command
from mfc_desk.errors import DONE, UnknownNumber, UnknownTurning, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from mfc_desk.desk import Desk
    from mfc_desk.handling.find import Card, RequestRow
    from mfc_desk.intake.powers import ShownPower
    from mfc_desk.intake.turned_away import Turning

_NUMBER = re.compile(r"[\d\s\-‐‑‒–—−.…№/]+")
_MOST = 1000
SCAN_WANTED = "Приложите скан (mfc-desk attach НОМЕР ФАЙЛ), без него центр не зарегистрирует"


def add(commands: Commands) -> None:
    """Add the commands."""
    finding = command(commands, "find", help="найти обращения", run=run_find)
    finding.add_argument(
        "number",
        metavar="NUMBER",
        nargs="?",
        help="номер или его последние цифры; остальное спросят или прочтут с ввода",
    )
    finding.add_argument("--limit", metavar="N", type=int, default=50, help="сколько показать")
    showing = command(commands, "show", help="показать обращение", run=run_show)
    showing.add_argument("number", metavar="NUMBER", help="номер обращения")


def run_find(call: Call, arguments: argparse.Namespace) -> int:
    """Print the newest requests that match; a number that matches none is a usage error."""
    if not 1 <= arguments.limit <= _MOST:
        raise UsageError(f"--limit: от 1 до {_MOST}.")
    number = arguments.number
    if number is not None and not _NUMBER.fullmatch(number):
        raise UsageError(
            "В команде пишут только номер. Имя и телефон наберите в ответ на вопрос: "
            "команды видят другие пользователи компьютера."
        )
    from mfc_desk.intake import turned_away

    with call.open_desk() as desk:
        text = number if number is not None else call.line("Что искать: ")
        found = desk.find.page(text, limit=arguments.limit)
        turned = turned_away.found(desk, text, arguments.limit)
    if number is not None and not found.rows and not turned:
        raise UnknownNumber
    lines = [*map(_row_text, found.rows), *map(_turning_text, turned)]
    call.answer(
        [*map(row_data, found.rows), *map(turning_row, turned)],
        "\n".join(lines) or "Ничего не найдено.",
    )
    return DONE


def row_data(row: RequestRow) -> dict[str, Any]:
    """Return a line of a list as data with stable keys."""
    return {
        "number": row.number,
        "official_no": row.official_no,
        "applicant": row.applicant_short,
        "service": row.service_short,
        "state": row.state,
        "state_text": row.state_text,
        "accepted_at": _moment(row.accepted_at),
    }


def _row_text(row: RequestRow) -> str:
    return (
        f"{row.accepted_at:%d.%m.%Y %H:%M}  {row.number}  {row.applicant_short:<24} "
        f"{row.service_short:<28} {row.state_text}"
    )


def turning_row(turning: Turning) -> dict[str, Any]:
    """Return a refusal, referral or waiting entry as data with the keys of a request's line."""
    return {
        "number": turning.number,
        "official_no": None,
        "applicant": turning.applicant,
        "service": turning.service,
        "state": turning.kind,
        "state_text": turning.text,
        "accepted_at": None,
        "at": _moment(turning.at),
    }


def _turning_text(turning: Turning) -> str:
    return (
        f"{turning.at:%d.%m.%Y %H:%M}  {turning.number}  {turning.applicant:<24} "
        f"{turning.service:<28} {turning.text}"
    )


def run_show(call: Call, arguments: argparse.Namespace) -> int:
    """Print the card of a request, or a refusal, referral or waiting entry; looks are journalled.

    Raises UnknownNumber.
    """
    from mfc_desk.intake import turned_away

    with call.open_desk() as desk:
        try:
            card = desk.find.card(arguments.number)
        except UnknownNumber as unknown:
            try:
                turning = turned_away.get(desk, arguments.number)
            except UnknownTurning:
                raise unknown from None
            call.answer({**turning_row(turning), **turning.body}, _turning_card(turning))
            return DONE
        beside = desk.bundles.beside(card.request_id)
        call.answer({**card_data(card), "complex": list(beside)}, _card_text(desk, card, beside))
    return DONE


def card_data(card: Card) -> dict[str, Any]:
    """Return a card as data with stable keys."""
    return {
        **row_data(card.row),
        "id": card.request_id,
        "service": card.service,
        "service_title": card.service_title,
        "operator": card.operator,
        "register_by": _moment(card.register_by),
        "deadlines": card.deadlines,
        "duty": card.duty,
        "power": _power_data(card.power) if card.power else None,
        "version": card.version,
        "progress": card.progress,
        "reason": card.reason,
        "stands_in": card.stands_in,
        "scan_wanted": card.scan_wanted,
        "problems": [
            {"path": one.path, "label": one.label, "text": one.text} for one in card.problems
        ],
        "history": [
            {"at": _moment(one.at), "text": one.text, "by": one.by} for one in card.history
        ],
        "papers": [
            {"paper": job.paper, "copy": job.copy, "state": job.state, "error": job.error}
            for job in card.papers
        ],
        "record": card.record,
    }


def _power_data(power: ShownPower) -> dict[str, Any]:
    return {
        "last": power.power.last.isoformat() if power.power.last else None,
        "named": power.power.named,
        "state": power.state,
        "text": power.text,
        "receives": power.receives,
    }


def _card_text(desk: Desk, card: Card, beside: Sequence[str]) -> str:
    from forms.duty import duty_text, of_snapshot
    from mfc_desk.handling.record_text import shown_values

    lines = [
        f"{card.row.number} · {card.service_title}",
        f"Состояние: {card.row.state_text}" + (f" ({card.reason})" if card.reason else ""),
        f"Принято: {card.row.accepted_at:%d.%m.%Y %H:%M}, {card.operator}",
        f"Зарегистрировать до: {card.register_by:%d.%m.%Y %H:%M}",
        f"Срок: {card.deadlines['text']}",
        f"Пошлина: {duty_text(of_snapshot(card.duty))}",
    ]
    if beside:
        place = f"{beside.index(card.row.number) + 1} из {len(beside)}"
        lines.append(f"Комплексный запрос, услуга {place}: {', '.join(beside)}")
    if card.power:
        mark = "! " if card.power.state != "good" else ""
        lines.append(f"{mark}Полномочия представителя: {card.power.text}")
    if card.stands_in:
        lines.append(f"! {card.stands_in}")
    if card.scan_wanted:
        lines.append(f"! {SCAN_WANTED}: {card.scan_wanted}")
    lines += [f"! {one.label or one.path}: {one.text}" for one in card.problems]
    edition = desk.catalogues.edition(card.service, card.catalogue_digest)
    section = None
    for value in shown_values(edition.service, edition.catalogue, card.record) if edition else ():
        if value.section != section:
            section = value.section
            lines.append(f"{section}:")
        lines.append(f"  {value.label}: {value.text}")
    lines.append("Ход:")
    lines += [f"  {one.at:%d.%m.%Y %H:%M}  {one.text} ({one.by})" for one in card.history]
    return "\n".join(lines)


def _turning_card(turning: Turning) -> str:
    body = turning.body
    lines = [
        f"{turning.number} · {turning.service_title}",
        f"{turning.text}; {turning.at:%d.%m.%Y %H:%M}, {turning.operator}",
        f"Заявитель: {turning.applicant or 'не назван'}",
    ]
    for one in body.get("defects", ()):
        label = f"{one['label']}: " if one["label"] else ""
        lines += [f"✗ {one['code']} {one['title']}", f"  {label}{one['text']}", f"  → {one['fix']}"]
    return "\n".join(lines)


def _moment(at: date | datetime) -> str:
    return at.isoformat()
