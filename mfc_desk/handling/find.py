"""Finding registered requests: as one types, by number, and the card of one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from forms.number import read as read_number
from mfc_desk.access.roles import Action
from mfc_desk.errors import UnknownNumber
from mfc_desk.handling.history import HistoryRow, history
from mfc_desk.handling.returned import labelled
from mfc_desk.intake.powers import ShownPower, shown_power
from mfc_desk.papers.paper_job import PaperJob
from mfc_desk.store import exchange, request_acts, requests, search
from mfc_desk.store.exchange import CentreProblem
from mfc_desk.store.search import RequestLine
from sync.clock import from_iso

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.exchange.desk_exchange import Place

SAME_LOOK_S = 300.0
"""Looking at the same card again within this is the same look, journalled once."""
UUID_CHARS = 36
BEGINNINGS_S = 2 / 3 * search.PATIENCE_S
WHOLE_WORDS_S = search.PATIENCE_S - BEGINNINGS_S


@dataclass(frozen=True)
class RequestRow:
    """A line of a list of requests; `rid` grows with time and is the cursor of a page.

    `state` is accepted | sent | confirmed | held | rejected | ready | withdrawn | issued,
    `accepted_at` in the office's zone.
    """

    rid: int
    number: str
    applicant_short: str
    service_short: str
    state: str
    state_text: str
    accepted_at: datetime
    official_no: str | None


@dataclass(frozen=True)
class Found:
    """A page of results; `complete` is False when the search was interrupted and more may exist."""

    rows: tuple[RequestRow, ...]
    complete: bool


@dataclass(frozen=True)
class Card:
    """Everything the desk knows of one request; `record` and `deadlines` as journalled."""

    row: RequestRow
    request_id: str
    service: str
    catalogue_digest: str
    service_title: str
    operator: str
    record: dict[str, Any] = field(repr=False)
    register_by: datetime
    authority_on: date | None
    office_on: date | None
    deadlines: dict[str, Any]
    duty: dict[str, Any] | None
    version: int
    closed: bool
    power: ShownPower | None
    progress: str | None
    reason: str | None
    problems: tuple[CentreProblem, ...]
    history: tuple[HistoryRow, ...]
    papers: tuple[PaperJob, ...]
    stands_in: str
    """That another catalogue stands for the one it was taken by, "" when that one is here."""
    scan_wanted: str
    """Why the centre will not register it before a scan is attached, "" when it would."""


class Find:
    """The use cases of finding."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._looked: dict[str, float] = {}

    def search(
        self, text: str, *, limit: int = 50, before: int | None = None
    ) -> tuple[RequestRow, ...]:
        """Return requests for a typed text, newest first; `before` is the rid a page ended with."""
        return self.page(text, limit=limit, before=before).rows

    def page(self, text: str, *, limit: int = 50, before: int | None = None) -> Found:
        """Like `search`, saying also whether everything was looked at.

        A query that takes too long is interrupted; when it found nothing by then, exact words are
        looked for in what is left of `search.PATIENCE_S`.
        """
        desk = self._desk
        desk.may(Action.FIND)
        if not text.strip():
            return Found(self._rows(search.newest(desk.db, limit=limit, before=before)), True)
        exact = self._by_number(text)
        if exact:
            return Found(self._rows(exact), True)
        match = search.expression(text)
        if match is None:
            return Found((), True)
        lines, complete = search.matching(
            desk.db, match, limit=limit, before=before, patience=BEGINNINGS_S
        )
        if not complete and not lines:
            words = search.expression(text, exact=True) or match
            lines, _ = search.matching(
                desk.db, words, limit=limit, before=before, patience=WHOLE_WORDS_S
            )
        begins = search.number_beginning(text)
        if begins:
            lines += search.by_number_beginning(desk.db, begins, limit=limit, before=before)
        newest_first = sorted(set(lines), key=lambda line: line.rid, reverse=True)
        return Found(self._rows(newest_first[:limit]), complete)

    def _by_number(self, text: str) -> list[RequestLine]:
        if "/" in text:
            return search.by_official_number(self._desk.db, text.strip())
        try:
            number = read_number(text)
        except ValueError:
            return []
        line = search.by_number(self._desk.db, number.text)
        return [line] if line else []

    def today(self, limit: int = 50) -> tuple[RequestRow, ...]:
        """Return the requests accepted today by the office's calendar, newest first."""
        desk = self._desk
        desk.may(Action.FIND)
        day = desk.centre_now().astimezone(desk.zone).date().isoformat()
        return self._rows(search.of_day(desk.db, day, limit=limit))

    def recent(self, limit: int = 50, before: int | None = None) -> tuple[RequestRow, ...]:
        """Return the newest requests, or those older than `before`."""
        self._desk.may(Action.FIND)
        return self._rows(search.newest(self._desk.db, limit=limit, before=before))

    def row(self, number: str) -> RequestRow:
        """Return the line of one request by its number in any spelling. Raises UnknownNumber."""
        self._desk.may(Action.FIND)
        return self._rows([self._line(number)])[0]

    def _line(self, number_or_id: str) -> RequestLine:
        if len(number_or_id) == UUID_CHARS:
            line = search.by_request_id(self._desk.db, number_or_id)
        else:
            try:
                number = read_number(number_or_id)
            except ValueError as error:
                raise UnknownNumber(f"Номер не читается: {error}.") from error
            line = search.by_number(self._desk.db, number.text)
        if line is None:
            raise UnknownNumber
        return line

    def rows_of(self, lines: Iterable[RequestLine]) -> tuple[RequestRow, ...]:
        """Return lines of the store as the lists show them."""
        self._desk.may(Action.FIND)
        return self._rows(lines)

    def _rows(self, lines: Iterable[RequestLine]) -> tuple[RequestRow, ...]:
        desk = self._desk
        place = desk.exchange.place()
        return tuple(_row(line, self._short(line), place, desk.zone) for line in lines)

    def _short(self, line: RequestLine) -> str:
        """The service as it is called now; one that left the catalogue, as it was called then."""
        service = self._desk.catalogue.services.get(line.service)
        if service is None and (stored := requests.by_id(self._desk.db, line.id)):
            digest = stored.catalogue_digest
            edition = self._desk.catalogues.edition(line.service, digest)
            service = edition.service if edition else None
        return service.short if service else line.service

    def card(self, number: str) -> Card:
        """Return the card of a request by its number in any spelling, or by its id.

        Who looked at whom is journalled. Raises UnknownNumber.
        """
        desk = self._desk
        desk.may(Action.VIEW)
        line = self._line(number)
        stored = requests.by_id(desk.db, line.id)
        if stored is None:
            raise UnknownNumber
        self._journal_look(line.id)
        status = exchange.status(desk.db, line.id)
        body = json.loads(stored.body)
        edition = desk.catalogues.edition(stored.service, stored.catalogue_digest)
        deadlines = body["deadlines"]
        papers = desk.print_queue.of_request(line.id)
        return Card(
            row=self._rows([line])[0],
            request_id=line.id,
            service=stored.service,
            catalogue_digest=stored.catalogue_digest,
            service_title=edition.service.title if edition else stored.service,
            operator=stored.operator,
            record=body["record"],
            register_by=from_iso(stored.register_by).astimezone(desk.zone),
            authority_on=_date(deadlines.get("authority_on")),
            office_on=_date(deadlines.get("office_on")),
            deadlines=deadlines,
            duty=body["duty"],
            version=stored.version,
            closed=line.closed is not None,
            power=shown_power(
                body["record"],
                desk.centre_now().astimezone(desk.zone).date(),
                None if line.closed else _date(deadlines.get("office_on")),
            ),
            progress=status.progress if status else None,
            reason=status.reason if status else None,
            problems=labelled(desk, stored, status.problems) if status else (),
            history=history(desk, stored, papers),
            papers=papers,
            stands_in=desk.catalogues.stands_in(stored.service, stored.catalogue_digest),
            scan_wanted=desk.attachments.why_wanted(stored.number),
        )

    def stands_in(self, number: str) -> str:
        """Say that a request is shown by another catalogue than its own, as its card does."""
        self._desk.may(Action.FIND)
        stored = requests.by_number(self._desk.db, number)
        if stored is None:
            return ""
        return self._desk.catalogues.stands_in(stored.service, stored.catalogue_digest)

    def _journal_look(self, request_id: str) -> None:
        desk = self._desk
        now = desk.clock.monotonic()
        last = self._looked.get(request_id)
        if last is not None and now - last < SAME_LOOK_S:
            return
        with desk.db.atomic():
            desk.record("access", {"what": "card", "request": request_id}, request_id=request_id)
        self._looked[request_id] = now


def state_of(line: RequestLine, place: Place) -> tuple[str, str]:
    """Return the state of a request and its words, from what the centre has proven so far."""
    if line.closed is not None:
        return _CLOSED[line.closed]
    if line.outcome in _ANSWERED:
        state, words = _ANSWERED[line.outcome]
        if line.outcome in exchange.CONFIRMED and line.result is not None:
            state, words = "ready", _READY[line.result]
        number = line.official_no if state in ("confirmed", "ready") else None
        return state, f"{words}, № {number}" if number else words
    if place.training:
        return "accepted", "учебное, не отправляется"
    amended = line.outcome == exchange.AMENDED
    if place.confirms(line.epoch, line.seq):
        return "sent", f"{'исправление ' if amended else ''}доставлено, центр обрабатывает"
    if place.lies_at_relay(line.epoch, line.seq):
        return "accepted", f"{'исправление ' if amended else ''}на ретрансляторе офиса"
    return "accepted", "исправлено, в очереди" if amended else "принято, в очереди"


_CLOSED = {
    request_acts.WITHDRAW: ("withdrawn", "отозвано заявителем"),
    request_acts.ISSUE: ("issued", "результат выдан"),
}
_ANSWERED = {
    exchange.APPLIED: ("confirmed", "центр подтвердил"),
    exchange.DUPLICATE: ("confirmed", "центр подтвердил"),
    exchange.SUPERSEDED: ("confirmed", "в центре другая редакция"),
    exchange.REJECTED: ("rejected", "возвращено центром"),
    exchange.HELD: ("held", "на разборе в центре"),
}
_READY = {exchange.GRANTED: "результат готов", exchange.REFUSED: "отказ готов"}


def _row(line: RequestLine, service_short: str, place: Place, zone: tzinfo) -> RequestRow:
    state, state_text = state_of(line, place)
    return RequestRow(
        rid=line.rid,
        number=line.number,
        applicant_short=line.applicant,
        service_short=service_short,
        state=state,
        state_text=state_text,
        accepted_at=from_iso(line.accepted_at).astimezone(zone),
        official_no=line.official_no,
    )


def _date(text: object) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) else None
