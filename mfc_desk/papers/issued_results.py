"""The rows of the issue journal that this desk knows: results it recorded as given out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from forms.names import full_name, short_name
from mfc_desk.handling.handling import REPRESENTATIVE
from mfc_desk.papers import request_papers
from mfc_desk.store import exchange, operators, request_acts, requests
from printing.issue_journal import IssuedResult

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.store.request_acts import Act

_OUTCOMES = {exchange.GRANTED: "положительный", exchange.REFUSED: "отказ"}
_TO_WRITE = "№ _______\n_____ л."


def issued_on(desk: Desk, day: date) -> Iterator[IssuedResult]:
    """Yield a row a result given out on a day of the office, in order.

    Number and sheets of the result, how the identity was proven, the way and the signature are
    empty: nothing records them, a person writes them.
    """
    for act in request_acts.on_day(desk.db, day.isoformat(), request_acts.ISSUE):
        row = _row(desk, act)
        if row is not None:
            yield row


def _row(desk: Desk, act: Act) -> IssuedResult | None:
    stored = requests.by_id(desk.db, act.request_id)
    if stored is None:
        return None
    one = request_papers.taken(desk, stored)
    status = exchange.status(desk.db, stored.id)
    worker = operators.get(desk.db, act.operator)
    return IssuedResult(
        dt=f"{datetime.fromisoformat(act.at):%d.%m.%Y %H:%M}",
        case=stored.number,
        fio=stored.applicant,
        service=one.service.short if one else "",
        result=f"{one.service.result}\n{_TO_WRITE}" if one else _TO_WRITE,
        outcome=_OUTCOMES.get(status.result or "", "") if status else "",
        to=_receiver(one, act) if one else "",
        id_ok="",
        way="",
        worker=worker.name if worker else act.operator,
    )


def _receiver(one: request_papers.Taken, act: Act) -> str:
    person = one.record.get("representative")
    if act.note != REPRESENTATIVE or not person:
        return "лично"
    name = short_name(person) or full_name(person)
    return f"представитель {name}, {request_papers.power_of(one)}"
