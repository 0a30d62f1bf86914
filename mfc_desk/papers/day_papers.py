"""The papers of a day: registers by authority, the closing act, the journal of results, labels.

A register is formed once: what it says is kept under its number, and a case stands in one only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from mfc_desk.access.roles import Action
from mfc_desk.papers import request_papers
from mfc_desk.papers.issued_results import issued_on
from mfc_desk.papers.paper_head import paper_head
from mfc_desk.papers.papers import DAY_CLOSE, ISSUE_JOURNAL, REGISTER
from mfc_desk.papers.payees import is_paid
from mfc_desk.store import acts, bundles, drafts, exchange, follow_ups, papers, requests, search
from printing.day_close import DayCheck, DayClose
from printing.issue_journal import IssueJournal
from printing.kept import keep, kept
from printing.transfer_register import TransferCase, TransferRegister
from sync.clock import from_iso

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.papers.request_papers import Taken
    from mfc_desk.store.requests import StoredRequest

YES, NO = "да", "нет"
CLOSED = "day.close"
_EMPTY_LINES, _FEWEST_EMPTY = 12, 3
_MOST = 10_000
_LATELY = timedelta(days=14)


@dataclass(frozen=True)
class Register:
    """A register of a day: its number, the authority it goes to, how many cases stand in it."""

    number: str
    authority: str
    cases: int


@dataclass(frozen=True)
class Forwarding:
    """Cases of a complex request that are not handed over, and the last day to do it."""

    numbers: tuple[str, ...]
    by: date


class DayPapers:
    """The use cases of the papers of a day; `day` is a day of the office's calendar."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def registers(self, day: date) -> tuple[Register, ...]:
        """Return the registers formed for a day."""
        self._desk.may(Action.PRINT)
        return tuple(
            Register(one.number, one.authority, len(one.cases)) for one in self._formed(day)
        )

    def form(self, day: date) -> tuple[Register, ...]:
        """Form registers of the day's cases that stand in none yet; return the new ones.

        One authority gets one register. Nothing is formed when no case is left.
        """
        desk = self._desk
        desk.may(Action.PRINT)
        while True:  # another process of the desk may form them first
            formed = self._formed(day)
            made = self._unformed(day, formed)
            with desk.db.atomic():
                if len(self._formed(day)) != len(formed):
                    continue
                for register in made:
                    desk.papers.fix_in_act(register.number, REGISTER, keep(register))
            return tuple(Register(one.number, one.authority, len(one.cases)) for one in made)

    def _unformed(self, day: date, formed: list[TransferRegister]) -> list[TransferRegister]:
        """Return registers of the cases that stand in none of `formed`, numbered after them."""
        known = {case.case for one in formed for case in one.cases}
        left = [one for one in self._taken(day) if one.number not in known]
        left.sort(key=lambda one: (one.service.authority, one.number))
        made: list[TransferRegister] = []
        for authority, cases in groupby(left, key=lambda one: one.service.authority):
            number = f"{beginning(self._desk, day)}{len(formed) + len(made) + 1:02d}"
            made.append(self._register(number, authority, list(cases)))
        return made

    def to_forward(self) -> tuple[Forwarding, ...]:
        """Return complex requests of the last days with a case that stands in no register yet.

        They are handed over within one working day (210-ФЗ, ст. 15.1).
        """
        desk = self._desk
        desk.may(Action.FIND)
        today = desk.centre_now().astimezone(desk.zone).date()
        left: dict[str, list[tuple[str, date]]] = {}
        listed: dict[date, set[str]] = {}
        for whole, number, taken_on in bundles.parts_taken(desk.db, (today - _LATELY).isoformat()):
            day = date.fromisoformat(taken_on)
            if day not in listed:
                listed[day] = {case.case for one in self._formed(day) for case in one.cases}
            if number not in listed[day]:
                left.setdefault(whole, []).append((number, day))
        found = []
        for ones in left.values():
            by = desk.calendar.add_working(ones[0][1], 1)
            found.append(Forwarding(tuple(number for number, _ in ones), by))
        return tuple(found)

    def closing_number(self, day: date) -> str:
        """Return the number of the act that closes a day, formed or not."""
        return f"{beginning(self._desk, day)}00"

    def form_closing(self, day: date) -> str:
        """Fix the act that closes a day, as far as the desk knows; return its number.

        The first one of a day stays, journalled with what the journal has of that day then; what
        a person checks is left to be written by hand.
        """
        desk = self._desk
        desk.may(Action.PRINT)
        number = self.closing_number(day)
        act = DayClose(
            **paper_head(desk),
            date=f"{day:%d.%m.%Y}",
            checks=tuple(self._checks(day)),
            senior_signs=desk.operator.name,
        )
        with desk.db.atomic():
            if not papers.is_journalled(desk.db, number, DAY_CLOSE):
                desk.papers.fix_in_act(number, DAY_CLOSE, keep(act))
                desk.record(CLOSED, self._closed(number, day))
        return number

    def _closed(self, number: str, day: date) -> dict[str, object]:
        """The body of `day.close`: the day's entries, as in a reconciliation, and the chain."""
        end = self._desk.journal.position()
        total = acts.day_total(self._desk.db, day.isoformat(), end.epoch)
        return {
            "number": number,
            "day": total.day,
            "n": total.n,
            "bytes": total.sum_size,
            "xor_leaf": total.xor_leaf.hex(),
            "to": end.seq,
            "head": end.head.hex(),
        }

    def form_journal(self, day: date) -> str:
        """Fix a sheet of the issue journal with the day's results that stand on none yet.

        What this desk has recorded of each is filled, the rest and the lines after them are left
        to the hand. Return the number of the last sheet: the one before, when nothing is new.
        """
        desk = self._desk
        desk.may(Action.PRINT)
        start = beginning(desk, day)
        while True:  # another process of the desk may take the number first
            sheets = papers.kept_beginning(desk.db, start, ISSUE_JOURNAL)
            listed = {row.case for _, one in sheets for row in kept(IssueJournal, one).results}
            rows = tuple(row for row in issued_on(desk, day) if row.case not in listed)
            if sheets and not rows:
                return sheets[-1][0]
            number = f"{start}{len(sheets):02d}"
            empty = max(_FEWEST_EMPTY, _EMPTY_LINES - 2 * len(rows))  # so that few fill one page
            sheet = IssueJournal(
                **paper_head(desk), period=f"{day:%d.%m.%Y}", results=rows, empty=empty
            )
            with desk.db.atomic():
                if papers.kept(desk.db, number, ISSUE_JOURNAL) is None:
                    desk.papers.fix_in_act(number, ISSUE_JOURNAL, keep(sheet))
                    return number

    def _formed(self, day: date) -> list[TransferRegister]:
        found = papers.kept_beginning(self._desk.db, beginning(self._desk, day), REGISTER)
        return [kept(TransferRegister, content) for _, content in found]

    def _taken(self, day: date) -> Iterator[Taken]:
        for stored in self._stored(day):
            one = request_papers.taken(self._desk, stored)
            if one is not None:
                yield one

    def _stored(self, day: date) -> Iterator[StoredRequest]:
        for line in search.of_day(self._desk.db, day.isoformat(), limit=_MOST):
            stored = requests.by_id(self._desk.db, line.id)
            if stored is not None:
                yield stored

    def _register(self, number: str, authority: str, cases: list[Taken]) -> TransferRegister:
        desk = self._desk
        now = desk.centre_now().astimezone(desk.zone)
        return TransferRegister(
            **paper_head(desk),
            number=number,
            formed=f"{now:%d.%m.%Y %H:%M}",
            authority=authority,
            cases=tuple(self._case(one) for one in sorted(cases, key=attrgetter("number"))),
            worker_signs=desk.operator.name,
        )

    def _case(self, one: Taken) -> TransferCase:
        status = exchange.status(self._desk.db, one.request_id)
        given = [
            paper
            for paper in one.record["documents"]
            if not paper.get("promised") and not paper.get("returned")
        ]
        return TransferCase(
            case=one.number,
            ais=(status.official_no if status else None) or "",
            fio=request_papers.label_of(one).surname_initials,
            service=one.service.short,
            accepted=f"{one.accepted_at:%d.%m.%Y}",
            docs=len(given),
            sheets=sum(paper["sheets"] for paper in given),
        )

    def _checks(self, day: date) -> Iterator[DayCheck]:
        desk = self._desk
        stored = list(self._stored(day))
        old = sum(
            from_iso(draft.saved_at).astimezone(desk.zone).date() < day
            for draft in drafts.newest(desk.db, _MOST)
        )
        listed = {case.case for one in self._formed(day) for case in one.cases}
        without = sum(one.number not in listed for one in stored)
        late = sum(
            exchange.status(desk.db, one.id) is None
            and from_iso(one.register_by) < desk.centre_now()
            for one in stored
        )
        yield DayCheck("")
        yield DayCheck(str(old), _said(old == 0))
        yield DayCheck(f"данные: {len(stored)}, бумага: ____")
        yield DayCheck(f"реестров {len(self._formed(day))}, дел вне реестров {without}")
        yield DayCheck("")
        yield DayCheck("")
        yield DayCheck("")
        returned = len(exchange.returned(desk.db, _MOST))
        yield DayCheck(f"возвращено и на разборе: {returned}", _said(returned == 0))
        yield DayCheck(f"регистрация в центре: {late}", _said(late == 0))
        yield DayCheck("")
        taken = [one for one in self._taken(day) if is_paid(one)]
        noted = sum(bool(follow_ups.payments_of(desk.db, one.request_id)) for one in taken)
        yield DayCheck(f"требовалось {len(taken)}, отмечено {noted}", _said(noted == len(taken)))


def _said(well: bool) -> str:
    return YES if well else NO


def beginning(desk: Desk, day: date) -> str:
    """Return how the numbers of a day's papers begin."""
    return f"{desk.desk_no:05d}-{day:%Y%m%d}-"
