"""Referrals and the waiting list: what is given to an applicant whose request cannot be taken now.

A referral sends the applicant to another office; a waiting entry is a reminder of this desk to
come back to the applicant when the link does. Both are journalled and numbered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from forms.doubt import doubt
from forms.names import full_name
from forms.number import RequestNumber, compose
from forms.number import read as read_number
from forms.spec import Service
from mfc_desk.access.roles import Action
from mfc_desk.errors import NothingToRecord, UnknownDraft, UnknownService, UnknownTurning
from mfc_desk.store import drafts, numbers, turned_away
from mfc_desk.store.search import expression
from mfc_desk.store.turned_away import REFERRAL, REFUSAL, WAITING, WAITING_CLOSED, StoredTurning
from sync.clock import from_iso

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from mfc_desk.desk import Desk

SALTS = 100
LONGEST = 500
DONE, CANCELLED, REFUSED = "done", "cancelled", "refused"
"""How a waiting entry ends: the request was taken, the applicant needs it no more, or the request
that was begun from it was refused."""
KIND_WORDS = {REFUSAL: "отказ в приёме", REFERRAL: "направление", WAITING: "лист ожидания"}
ENDED_WORDS = {DONE: "обращение принято", CANCELLED: "снято", REFUSED: "отказано в приёме"}
BY_HAND = (DONE, CANCELLED)


@dataclass(frozen=True)
class Turning:
    """A refusal, referral or waiting entry; `kind` is refusal | referral | waiting.

    `at` is in the office's zone. `closed_why`: what ended a waiting entry, «R03, № …». `body` is
    the snapshot its paper is printed from: the members of the journal entry, texts as they were on
    that day.
    """

    id: str
    kind: str
    number: str
    service: str
    service_title: str
    applicant: str
    at: datetime
    operator: str
    remind_on: date | None
    closed: str | None
    closed_why: str
    body: dict[str, Any] = field(repr=False)

    @property
    def text(self) -> str:
        """What it is, in a line: «отказ в приёме: R03», «лист ожидания до 24.11.2026»."""
        words = KIND_WORDS[_ENTRY_KINDS[self.kind]]
        if self.kind == "refusal":
            codes = dict.fromkeys(str(one["code"]) for one in self.body["defects"])
            return f"{words}: {', '.join(codes)}"
        if self.kind == "referral":
            return f"{words}: {self.body['to']}"
        if self.closed:
            ended = ENDED_WORDS.get(self.closed, self.closed)
            return f"{words}: {ended}" + (f", {self.closed_why}" if self.closed_why else "")
        return f"{words}, напомнить {self.remind_on:%d.%m.%Y}"


_ENTRY_KINDS = {"refusal": REFUSAL, "referral": REFERRAL, "waiting": WAITING}
_NAMES = {entry_kind: name for name, entry_kind in _ENTRY_KINDS.items()}


class Referrals:
    """Sending applicants to where their service is provided."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def give(
        self,
        slug: str,
        *,
        to: str,
        why: str,
        applicant: Mapping[str, Any] | None = None,
    ) -> Turning:
        """Journal a referral of `applicant` (None: not named) and return it with its number.

        `to` names the office or authority, `why` says why it cannot be taken here; both are
        printed. Raises UnknownService, NothingToRecord when one of them is empty.
        """
        self._desk.may(Action.INTAKE)
        body = opening(self._desk, slug, applicant)
        service = self._desk.catalogue.services[slug]
        body |= {
            "to": words(to, "куда направлен заявитель"),
            "why": words(why, "почему услугу нельзя принять здесь"),
            "limits": service.limits,
            "bring": [
                one.title + doubt(one.verify) for one in service.documents if one.by == "applicant"
            ],
        }
        return record(self._desk, REFERRAL, body)


class WaitingList:
    """Applicants this desk comes back to when the link does."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def put(
        self,
        slug: str,
        *,
        applicant: Mapping[str, Any],
        why: str,
        remind_on: date,
        note: str = "",
    ) -> Turning:
        """Journal an entry that «Требуют внимания» shows from `remind_on` until it is closed.

        `applicant` is at least a name and a phone. Raises UnknownService, NothingToRecord.
        """
        self._desk.may(Action.INTAKE)
        body = opening(self._desk, slug, applicant)
        if not full_name(body["applicant"]) or not applicant.get("phone"):
            raise NothingToRecord("Для листа ожидания нужны имя заявителя и телефон: впишите их.")
        if remind_on < today(self._desk):
            raise NothingToRecord("День напоминания уже прошёл. Укажите сегодня или позже.")
        body |= {
            "phone": str(applicant["phone"]),
            "why": words(why, "чего ждёт заявитель"),
            "note": " ".join(note.split())[:LONGEST],
            "remind_on": remind_on.isoformat(),
        }
        return record(self._desk, WAITING, body)

    def waiting(self, limit: int = 50) -> tuple[Turning, ...]:
        """Return what waits, the reminder due first in front."""
        self._desk.may(Action.FIND)
        found = turned_away.waiting(self._desk.db, limit)
        return tuple(turning_of(self._desk, one) for one in found)

    def due(self, limit: int = 20) -> tuple[Turning, ...]:
        """Return what should be remembered today."""
        self._desk.may(Action.FIND)
        day = today(self._desk).isoformat()
        found = turned_away.due(self._desk.db, day, limit)
        return tuple(turning_of(self._desk, one) for one in found)

    def close(self, turning_id: str, how: str) -> None:
        """Journal that an entry ended: DONE or CANCELLED. Raises UnknownTurning."""
        desk = self._desk
        desk.may(Action.INTAKE)
        if how not in BY_HAND:
            raise NothingToRecord("Запись снимают с итогом: обращение принято или снято.")

        def act() -> None:
            with desk.db.atomic():
                if not self.end_in_act(turning_id, how):
                    raise UnknownTurning("Этой записи в листе ожидания уже нет. Откройте заново.")

        desk.with_ballast(act)

    def end_in_act(self, turning_id: str, how: str, why: str = "") -> bool:
        """End an entry in the transaction of the act that ends it; False when it waits no more."""
        desk = self._desk
        at = desk.centre_now().astimezone(desk.zone).isoformat(timespec="seconds")
        if not turned_away.close(desk.db, turning_id, how, at, why):
            return False
        body = {"id": turning_id, "how": how, "at": at} | ({"why": why} if why else {})
        desk.record(WAITING_CLOSED, body)
        return True


def found(desk: Desk, text: str, limit: int = 20) -> tuple[Turning, ...]:
    """Return refusals, referrals and waiting entries by name, number, phone; newest first."""
    desk.may(Action.FIND)
    match = expression(text)
    if match is None:
        return ()
    return tuple(turning_of(desk, one) for one in turned_away.matching(desk.db, match, limit))


def get(desk: Desk, id_or_number: str) -> Turning:
    """Return a refusal, referral or waiting entry, for its card and paper; the look is journalled.

    Raises UnknownTurning.
    """
    desk.may(Action.VIEW)
    with suppress(ValueError):  # an id, or nothing that is here
        id_or_number = read_number(id_or_number).text
    stored = turned_away.get(desk.db, id_or_number)
    if stored is None:
        raise UnknownTurning
    with desk.db.atomic():
        desk.record("access", {"what": stored.kind, "turning": stored.id})
    return turning_of(desk, stored)


def today(desk: Desk) -> date:
    """The day of the office now."""
    return desk.centre_now().astimezone(desk.zone).date()


def opening(
    desk: Desk,
    slug: str,
    applicant: Mapping[str, Any] | None,
    catalogue: Catalogue | None = None,
) -> dict[str, Any]:
    """The members every such entry begins with. Raises UnknownService."""
    catalogue = catalogue or desk.catalogue
    service: Service | None = catalogue.services.get(slug)
    if service is None:
        raise UnknownService
    return {
        "id": desk.ids.next(),
        "number": "",
        "service": service.slug,
        "service_version": service.version,
        "service_title": service.title,
        "authority": service.authority,
        "catalogue": catalogue.digest,
        "applicant": deepcopy(dict(applicant)) if applicant else {},
        "at": desk.centre_now().astimezone(desk.zone).isoformat(timespec="seconds"),
        "operator": desk.operator.login,
    }


def words(text: str, what: str) -> str:
    """The text on one line. Raises NothingToRecord naming `what` when it is empty or too long."""
    told = " ".join(text.split())
    if not told:
        raise NothingToRecord(f"Не указано: {what}. Впишите.")
    if len(told) > LONGEST:
        raise NothingToRecord(f"Слишком длинно: {what}. Не больше {LONGEST} знаков.")
    return told


def record(desk: Desk, kind: str, body: dict[str, Any], *, draft_id: str | None = None) -> Turning:
    """Number and journal an entry of `turned_away.KINDS`, in one transaction; a draft goes.

    Raises UnknownDraft when there is no such draft any more.
    """
    salt = desk.random.below(SALTS)

    def act() -> RequestNumber:
        with desk.db.atomic():
            number = compose(desk.desk_no, numbers.take_counter(desk.db, desk.desk_no), salt)
            body["number"] = number.text
            entry_id, _ = desk.record(kind, body)
            turned_away.add(desk.db, kind, body, entry_id=entry_id)
            draft = drafts.get(desk.db, draft_id) if draft_id is not None else None
            if draft_id is not None and not drafts.remove(desk.db, draft_id):
                raise UnknownDraft  # refused or registered a moment ago: not twice
            if kind == REFUSAL and draft and draft.waiting:
                codes = dict.fromkeys(str(one["code"]) for one in body["defects"])
                why = f"{', '.join(codes)}, № {number.text}"
                desk.waiting.end_in_act(draft.waiting, REFUSED, why)
        return number

    desk.with_ballast(act)
    return _turning(desk, kind, body, None, None, "")


def turning_of(desk: Desk, stored: StoredTurning) -> Turning:
    """What a stored row says."""
    body = json.loads(stored.body)
    return _turning(desk, stored.kind, body, stored.closed, stored.applicant, stored.closed_why)


def _turning(
    desk: Desk,
    kind: str,
    body: dict[str, Any],
    closed: str | None,
    applicant: str | None,
    closed_why: str,
) -> Turning:
    remind_on = body.get("remind_on")
    return Turning(
        id=body["id"],
        kind=_NAMES[kind],
        number=body["number"],
        service=body["service"],
        service_title=body["service_title"],
        applicant=applicant if applicant is not None else full_name(body["applicant"]),
        at=from_iso(body["at"]).astimezone(desk.zone),
        operator=body["operator"],
        remind_on=date.fromisoformat(remind_on) if remind_on else None,
        closed=closed,
        closed_why=closed_why,
        body=body,
    )
