"""`payment` and `promises`: what comes after a request was taken."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
from datetime import date
from typing import TYPE_CHECKING, Any

from mfc_desk.cli.frame import Call, Commands, command, group
from mfc_desk.errors import DONE, UnreadableDocument

if TYPE_CHECKING:
    from mfc_desk.handling.follow_ups import Payment, Promise

_MOST = 10_000


def add(commands: Commands) -> None:
    """Add the groups."""
    payment = group(commands, "payment", help="отметки об оплате пошлины")
    listed = command(payment, "list", help="показать отметки обращения", run=run_payments)
    listed.add_argument("number", metavar="NUMBER", help="номер обращения")
    note = command(payment, "note", help="отметить оплату или льготу", run=run_note)
    note.add_argument("number", metavar="NUMBER", help="номер обращения")
    note.add_argument(
        "file",
        metavar="FILE",
        help="JSON, - для ввода: {way, kopecks, paid_on, uin, document, replaces, reason}; way — "
        "window в окне, terminal через терминал, online онлайн, exempt льгота; replaces — отметка, "
        "которую эта исправляет; reason — почему оплата не равна пошлине",
    )
    charge = command(payment, "uin", help="УИН для квитанции; спросится, 0 — нет", run=run_uin)
    charge.add_argument("number", metavar="NUMBER", help="номер обращения")
    promises = group(commands, "promises", help="документы, которые заявители обещали донести")
    due = command(promises, "list", help="чего ждут к сегодняшнему дню", run=run_promises)
    due.add_argument("number", metavar="NUMBER", nargs="?", help="всё обещанное по обращению")
    brought = command(promises, "brought", help="записать, что донесён", run=run_brought)
    brought.add_argument("number", metavar="NUMBER", help="номер обращения")
    brought.add_argument("name", metavar="NAME", help="имя документа из promises list")


def run_payments(call: Call, arguments: argparse.Namespace) -> int:
    """Print the payments in force, oldest first."""
    with call.open_desk() as desk:
        found = desk.payments.of(arguments.number)
    call.answer(
        [_payment(one) for one in found],
        "\n".join(map(_payment_line, found)) or "Отметок об оплате нет.",
    )
    return DONE


def run_note(call: Call, arguments: argparse.Namespace) -> int:
    """Journal a payment.

    Raises UnknownNumber, NothingToRecord, UnreadableDocument, PaymentDiffers.
    """
    from mfc_desk.cli.intake import documents, opened
    from mfc_desk.errors import PaymentDiffers

    with call.open_desk() as desk, opened(arguments.file) as file:
        told = next(documents(file), None) or {}
        number = desk.find.row(arguments.number).number
        try:
            noted = desk.payments.note(number, **_noted(told))
        except PaymentDiffers:
            call.note("Причину, от 3 до 250 знаков, пишут в поле reason.")
            raise
    call.answer(_payment(noted), _payment_line(noted))
    return DONE


def run_uin(call: Call, arguments: argparse.Namespace) -> int:
    """Journal the УИН of a charge, typed or in the first line of stdin. Raises NothingToRecord."""
    with call.open_desk() as desk:
        number = desk.find.row(arguments.number).number
        desk.payments.charge(number, call.line("УИН, 20 или 25 знаков; 0 — не присвоен: "))
        uin = desk.payments.uin_of(number)
    call.answer({"number": number, "uin": uin}, f"УИН: {uin or 'не присвоен'}.")
    return DONE


def _noted(told: dict[str, Any]) -> dict[str, Any]:
    """The members of a note. Raises UnreadableDocument."""
    texts = {name: told.get(name, "") for name in ("way", "uin", "document", "reason")}
    kopecks, replaces = told.get("kopecks", 0), told.get("replaces")
    whole = isinstance(kopecks, int) and not isinstance(kopecks, bool)
    if not (
        whole
        and isinstance(replaces, str | None)
        and all(isinstance(one, str) for one in texts.values())
    ):
        raise UnreadableDocument("Отметка пишется так: {way, kopecks, paid_on, uin, document}.")
    try:
        paid_on = date.fromisoformat(told.get("paid_on", ""))
    except (TypeError, ValueError):
        raise UnreadableDocument("paid_on — день оплаты, ГГГГ-ММ-ДД.") from None
    return {**texts, "kopecks": kopecks, "paid_on": paid_on, "replaces": replaces}


def _payment(one: Payment) -> dict[str, Any]:
    return {
        "id": one.id,
        "way": one.way,
        "kopecks": one.kopecks,
        "paid_on": one.paid_on.isoformat(),
        "uin": one.uin,
        "document": one.document,
        "operator": one.operator,
        "difference": one.difference,
        "reason": one.reason,
    }


def _payment_line(one: Payment) -> str:
    from forms.money import rubles

    amount = rubles(one.kopecks) if one.kopecks else ""
    differs = f"! {one.difference} ({one.reason})" if one.difference else ""
    parts = (
        f"{one.paid_on:%d.%m.%Y}",
        one.way_title,
        amount,
        one.uin,
        one.document,
        one.id,
        differs,
    )
    return "  ".join(part for part in parts if part)


def run_promises(call: Call, arguments: argparse.Namespace) -> int:
    """Print what is due by today, or all of one request. Raises UnknownNumber."""
    with call.open_desk() as desk:
        promises = desk.promises
        found = promises.of(arguments.number) if arguments.number else promises.due(_MOST)
    call.answer(
        [_promise(one) for one in found],
        "\n".join(map(_promise_line, found)) or "Обещанных документов нет.",
    )
    return DONE


def run_brought(call: Call, arguments: argparse.Namespace) -> int:
    """Journal that a paper came. Raises UnknownNumber, NothingToRecord."""
    with call.open_desk() as desk:
        number = desk.find.row(arguments.number).number
        desk.promises.brought(number, arguments.name)
        found = next(one for one in desk.promises.of(number) if one.name == arguments.name)
    call.answer(_promise(found), _promise_line(found))
    return DONE


def _promise(one: Promise) -> dict[str, Any]:
    return {
        "number": one.number,
        "applicant": one.applicant,
        "service": one.service,
        "name": one.name,
        "title": one.title,
        "due": one.due.isoformat(),
        "brought_at": one.brought_at.isoformat() if one.brought_at else None,
    }


def _promise_line(one: Promise) -> str:
    came = f", принесён {one.brought_at:%d.%m.%Y}" if one.brought_at else ""
    return f"{one.number}  {one.applicant:<24} {one.name}: {one.title}, до {one.due:%d.%m.%Y}{came}"
