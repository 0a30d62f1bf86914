"""After registration: papers the applicant brings later, and payments of the duty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from forms.identifiers.money import read_uin
from forms.payment import NO_UIN
from mfc_desk.access.roles import Action
from mfc_desk.errors import NothingToRecord, PaymentDiffers, UnknownNumber
from mfc_desk.handling.paid import difference
from mfc_desk.store import follow_ups, requests
from mfc_desk.store.follow_ups import StoredPayment
from sync.clock import from_iso

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

WAYS = {
    "window": "в окне",
    "terminal": "через терминал",
    "online": "онлайн",
    "exempt": "льгота, не платится",
}
"""How a duty was paid (domain.md, seed 24)."""
LONGEST_DOCUMENT = 250
SHORTEST_REASON, LONGEST_REASON = 3, 250


@dataclass(frozen=True)
class Promise:
    """A paper to come: its request, its title, the day; `brought_at` in the office's zone."""

    number: str
    applicant: str
    service: str
    name: str
    title: str
    due: date
    brought_at: datetime | None


@dataclass(frozen=True)
class Payment:
    """A payment as noted: `way` of WAYS, kopecks, УИН and document empty when not shown.

    `reason`: why it was noted though it does not fit the duty, as `difference` then said.
    """

    id: str
    way: str
    way_title: str
    kopecks: int
    paid_on: date
    uin: str
    document: str
    operator: str
    difference: str
    reason: str


class Promises:
    """Papers the applicant said to bring."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def due(self, limit: int = 20) -> tuple[Promise, ...]:
        """Return what should be here by today and is not."""
        desk = self._desk
        desk.may(Action.FIND)
        found = follow_ups.due(desk.db, _today(desk).isoformat(), limit)
        return tuple(self._promise(one) for one in found)

    def of(self, number: str) -> tuple[Promise, ...]:
        """Return what was promised for a request, brought or not. Raises UnknownNumber."""
        self._desk.may(Action.FIND)
        found = follow_ups.promised_of(self._desk.db, _request(self._desk, number).id)
        return tuple(self._promise(one) for one in found)

    def brought(self, number: str, name: str) -> None:
        """Journal that a promised paper came. Raises UnknownNumber, NothingToRecord."""
        desk = self._desk
        desk.may(Action.INTAKE)
        request_id = _request(desk, number).id
        at = _now(desk)

        def act() -> None:
            with desk.db.atomic():
                if not follow_ups.bring(desk.db, request_id, name, at):
                    raise NothingToRecord("Этот документ уже принесён или его не ждали.")
                body = {"request": request_id, "name": name, "at": at}
                desk.record(follow_ups.BROUGHT, body, request_id=request_id)

        desk.with_ballast(act)

    def _promise(self, stored: follow_ups.PromisedPaper) -> Promise:
        request = requests.by_number(self._desk.db, stored.number)
        digest = request.catalogue_digest if request else ""
        edition = self._desk.catalogues.edition(stored.service, digest)
        service = edition.service if edition else None
        titles = {one.name: one.title for one in service.documents} if service else {}
        return Promise(
            number=stored.number,
            applicant=stored.applicant,
            service=service.short if service else stored.service,
            name=stored.name,
            title=titles.get(stored.name, stored.name),
            due=date.fromisoformat(stored.due),
            brought_at=from_iso(stored.brought_at).astimezone(self._desk.zone)
            if stored.brought_at
            else None,
        )


class Payments:
    """What an applicant showed of having paid."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def of(self, number: str) -> tuple[Payment, ...]:
        """Return the payments of a request in force, oldest first. Raises UnknownNumber."""
        self._desk.may(Action.FIND)
        found = follow_ups.payments_of(self._desk.db, _request(self._desk, number).id)
        return tuple(_payment(one) for one in found)

    def uin_of(self, number: str) -> str:
        """Return the УИН a slip of the request bears, "" when none was told."""
        self._desk.may(Action.FIND)
        told = follow_ups.uin_of(self._desk.db, _request(self._desk, number).id)
        return "" if told == NO_UIN else told

    def charge(self, number: str, uin: str) -> None:
        """Journal the УИН an authority gave to what is to be paid; «0» takes it back.

        The one there is already changes nothing. Raises UnknownNumber, NothingToRecord.
        """
        desk = self._desk
        desk.may(Action.INTAKE)
        request_id = _request(desk, number).id
        told = _uin(uin.strip() or NO_UIN)
        if told == (follow_ups.uin_of(desk.db, request_id) or NO_UIN):
            return
        body = {
            "request": request_id,
            "uin": told,
            "at": _now(desk),
            "operator": desk.operator.login,
        }

        def act() -> None:
            with desk.db.atomic():
                desk.record(follow_ups.UIN, body, request_id=request_id)
                follow_ups.charge(desk.db, body)

        desk.with_ballast(act)

    def note(
        self,
        number: str,
        *,
        way: str,
        paid_on: date,
        kopecks: int = 0,
        uin: str = "",
        document: str = "",
        replaces: str | None = None,
        reason: str = "",
    ) -> Payment:
        """Journal a payment or an exemption; `replaces` is the id of a note it corrects.

        Raises UnknownNumber, NothingToRecord naming what does not fit, PaymentDiffers when it is
        not the duty of the request and no `reason` says why it is noted all the same.
        """
        desk = self._desk
        desk.may(Action.INTAKE)
        request = _request(desk, number)
        request_id = request.id
        in_force = {one.id: one for one in follow_ups.payments_of(desk.db, request_id)}
        if replaces is not None and replaces not in in_force:
            raise NothingToRecord("Отметки, которую исправляют, уже нет. Откройте карточку заново.")
        body: dict[str, Any] = {
            "id": desk.ids.next(),
            "request": request_id,
            "number": number,
            "way": way,
            "kopecks": kopecks,
            "paid_on": paid_on.isoformat(),
            "uin": uin.strip(),
            "document": " ".join(document.split()),
            "replaces": replaces,
            "at": _now(desk),
            "operator": desk.operator.login,
        }
        self._check(body, paid_on)
        in_force.pop(replaces or "", None)
        notes = [(one.way, one.kopecks) for one in in_force.values()]
        differs = difference(desk, request, [*notes, (way, kopecks)])
        why = " ".join(reason.split())
        if differs and not SHORTEST_REASON <= len(why) <= LONGEST_REASON:
            raise PaymentDiffers(differs)
        if differs:
            body |= {"difference": differs, "reason": why}

        def act() -> None:
            with desk.db.atomic():
                desk.record(follow_ups.PAYMENT, body, request_id=request_id)
                follow_ups.pay(desk.db, body)

        desk.with_ballast(act)
        return next(one for one in self.of(number) if one.id == body["id"])

    def _check(self, body: dict[str, Any], paid_on: date) -> None:
        if body["way"] not in WAYS:
            raise NothingToRecord(f"Способ оплаты — один из: {', '.join(WAYS.values())}.")
        if (body["kopecks"] > 0) is (body["way"] == "exempt"):
            raise NothingToRecord("Укажите сумму; при льготе суммы нет, есть документ о ней.")
        if body["way"] == "exempt" and not body["document"]:
            raise NothingToRecord("Назовите документ, по которому пошлина не платится.")
        if paid_on > _today(self._desk):
            raise NothingToRecord("День оплаты ещё не наступил. Проверьте дату на квитанции.")
        if len(body["document"]) > LONGEST_DOCUMENT:
            raise NothingToRecord(f"Документ об оплате: не больше {LONGEST_DOCUMENT} знаков.")
        if body["uin"]:
            body["uin"] = _uin(body["uin"])


def _uin(typed: str) -> str:
    """Return a УИН as it is written, its check digit proven. Raises NothingToRecord."""
    try:
        return read_uin(typed)
    except ValueError as error:
        raise NothingToRecord(f"УИН: {error}.") from error


def _payment(stored: StoredPayment) -> Payment:
    return Payment(
        id=stored.id,
        way=stored.way,
        way_title=WAYS.get(stored.way, stored.way),
        kopecks=stored.kopecks,
        paid_on=date.fromisoformat(stored.paid_on),
        uin=stored.uin,
        document=stored.document,
        operator=stored.operator,
        difference=stored.difference,
        reason=stored.reason,
    )


def _request(desk: Desk, number: str) -> requests.StoredRequest:
    stored = requests.by_number(desk.db, desk.find.row(number).number)
    if stored is None:
        raise UnknownNumber
    return stored


def _today(desk: Desk) -> date:
    return desk.centre_now().astimezone(desk.zone).date()


def _now(desk: Desk) -> str:
    return desk.centre_now().astimezone(desk.zone).isoformat(timespec="seconds")
