"""`applicant` and `consents`: who the applicants are, and what they agreed to."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from mfc_desk.cli.frame import Call, Commands, command, group
from mfc_desk.errors import DONE, UnreadableDocument

if TYPE_CHECKING:
    from mfc_desk.applicants.applicants import ApplicantRow
    from mfc_desk.applicants.consents import Consent
    from mfc_desk.applicants.contacts import ContactChange

_STATES = {"given": "действует", "over": "кончилось", "withdrawn": "отозвано"}


def add(commands: Commands) -> None:
    """Add the groups."""
    applicant = group(commands, "applicant", help="заявители: контакты, двойные записи")
    of = command(applicant, "of", help="заявитель обращения и похожие на него", run=run_of)
    of.add_argument("number", metavar="NUMBER", help="номер обращения")
    merge = command(applicant, "merge", help="две записи — один заявитель", run=run_merge)
    merge.add_argument("survivor", metavar="ID", help="запись, под которой он останется")
    merge.add_argument("other", metavar="OTHER", help="запись, которая к ней присоединяется")
    part = command(applicant, "part", help="разделить объединённое", run=run_part)
    part.add_argument("other", metavar="OTHER", help="присоединённая запись")
    shown = command(applicant, "contacts", help="контакты заявителя обращения", run=run_contacts)
    shown.add_argument("number", metavar="NUMBER", help="номер обращения")
    correct = command(applicant, "correct", help="исправить контакты", run=run_correct)
    correct.add_argument("number", metavar="NUMBER", help="номер обращения")
    correct.add_argument(
        "file",
        metavar="FILE",
        help="JSON, - для ввода: {phone, email, address, fact_address}; null убирает",
    )
    undo = command(applicant, "undo", help="вернуть контакты до исправления", run=run_undo)
    undo.add_argument("number", metavar="NUMBER", help="номер обращения")
    consents = group(commands, "consents", help="согласия заявителей")
    listed = command(consents, "list", help="согласия заявителя обращения", run=run_list)
    listed.add_argument("number", metavar="NUMBER", help="номер обращения")
    signed = command(consents, "signed", help="согласие из бумаг подписано", run=run_signed)
    signed.add_argument("number", metavar="NUMBER", help="номер обращения")
    withdraw = command(consents, "withdraw", help="согласие отозвано", run=run_withdraw)
    withdraw.add_argument("id", metavar="ID", help="согласие из consents list")


def run_of(call: Call, arguments: argparse.Namespace) -> int:
    """Print the applicant of a request, what was joined to it, who is alike; a look, journalled."""
    with call.open_desk() as desk:
        card = desk.applicants.card(desk.applicants.of_number(arguments.number))
    told = {
        "id": card.id,
        "name": card.name,
        "merged": [_row(one) for one in card.merged],
        "alike": [_row(one) for one in card.alike],
    }
    lines = [f"{card.id}  {card.name}"]
    lines += [f"{one.id}  {one.name} (объединено)" for one in card.merged]
    lines += [f"{one.id}  {one.name} (похож)" for one in card.alike]
    call.answer(told, "\n".join(lines))
    return DONE


def run_merge(call: Call, arguments: argparse.Namespace) -> int:
    """Journal that two records are one applicant. Raises UnknownApplicant, CannotMerge."""
    with call.open_desk() as desk:
        desk.applicants.merge(arguments.survivor, arguments.other)
    told = {"survivor": arguments.survivor, "other": arguments.other}
    call.answer(told, "Объединено. Разделить: mfc-desk applicant part " + arguments.other)
    return DONE


def run_part(call: Call, arguments: argparse.Namespace) -> int:
    """Journal that a joined record stands for itself again. Raises CannotMerge."""
    with call.open_desk() as desk:
        desk.applicants.split(arguments.other)
    call.answer({"other": arguments.other}, "Разделено: это снова отдельный заявитель.")
    return DONE


def run_contacts(call: Call, arguments: argparse.Namespace) -> int:
    """Print the contacts in force and their corrections; a look at the card, journalled."""
    with call.open_desk() as desk:
        person = desk.applicants.of_number(arguments.number)
        card = desk.applicants.card(person)
        now = desk.contacts.now(person)
    told = {
        "contacts": now,
        "before": [{"label": label, "value": value} for label, value in card.contacts_before],
        "changes": [_change(one) for one in card.changes],
    }
    lines = [f"{label}: {value}" for label, value in card.contacts]
    lines += [f"{label}, раньше: {value}" for label, value in card.contacts_before]
    lines += [f"исправлено {one.at:%d.%m.%Y %H:%M}: {one.what}" for one in card.changes]
    call.answer(told, "\n".join(lines) or "Контактов нет.")
    return DONE


def run_correct(call: Call, arguments: argparse.Namespace) -> int:
    """Journal corrected contacts. Raises UnknownNumber, NothingToRecord, UnreadableDocument."""
    from mfc_desk.cli.intake import documents, opened

    with call.open_desk() as desk, opened(arguments.file) as file:
        typed = next(documents(file), None)
        if not typed or not all(isinstance(one, str | None) for one in typed.values()):
            raise UnreadableDocument("Контакты пишут так: {phone, email, address, fact_address}.")
        person = desk.applicants.of_number(arguments.number)
        change = desk.contacts.correct(person, typed)
    words = f"Исправлено: {change.what}. Вернуть: mfc-desk applicant undo {arguments.number}"
    told = "\n".join([words, *(f"Проверьте ещё раз: {one}." for one in change.doubts)])
    call.answer(_change(change) | {"doubts": list(change.doubts)}, told)
    return DONE


def run_undo(call: Call, arguments: argparse.Namespace) -> int:
    """Journal that the latest correction is taken back. Raises NothingToRecord."""
    with call.open_desk() as desk:
        change = desk.contacts.undo(desk.applicants.of_number(arguments.number))
    call.answer(_change(change), f"Возвращено, как было: {change.what}.")
    return DONE


def _change(one: ContactChange) -> dict[str, Any]:
    return {
        "id": one.id,
        "at": one.at.isoformat(),
        "operator": one.operator,
        "changes": [
            {"label": label, "before": before, "after": after}
            for label, before, after in one.changes
        ],
    }


def run_list(call: Call, arguments: argparse.Namespace) -> int:
    """Print the consents of the applicant of a request, newest first."""
    with call.open_desk() as desk:
        found = desk.consents.of(desk.applicants.of_number(arguments.number))
    call.answer([_told(one) for one in found], "\n".join(map(_line, found)) or "Согласий нет.")
    return DONE


def run_signed(call: Call, arguments: argparse.Namespace) -> int:
    """Journal that the consent printed for a request was signed."""
    with call.open_desk() as desk:
        given = desk.consents.signed(arguments.number)
    call.answer(_told(given), _line(given))
    return DONE


def run_withdraw(call: Call, arguments: argparse.Namespace) -> int:
    """Journal that a consent is withdrawn. Raises NothingToRecord."""
    with call.open_desk() as desk:
        desk.consents.withdraw(arguments.id)
    call.answer({"id": arguments.id, "state": "withdrawn"}, "Согласие отозвано.")
    return DONE


def _row(one: ApplicantRow) -> dict[str, Any]:
    born = one.birth_date.isoformat() if one.birth_date else None
    return {"id": one.id, "name": one.name, "birth_date": born}


def _told(one: Consent) -> dict[str, Any]:
    return {
        "id": one.id,
        "purpose": one.purpose,
        "purpose_title": one.purpose_title,
        "given_at": one.given_at.isoformat(),
        "until": one.until.isoformat(),
        "state": one.state,
        "operator": one.operator,
    }


def _line(one: Consent) -> str:
    state = _STATES[one.state]
    return f"{one.id}  {one.purpose_title}, до {one.until:%d.%m.%Y}: {state}"
