"""Reconciliation with the centre: day by day, entry by entry where a day differs; the act of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING

from mfc_desk.access.roles import Action
from mfc_desk.errors import ComparisonRefused, TrainingDesk
from mfc_desk.exchange.centre_keys import ticket_in_use
from mfc_desk.exchange.reconciliation_views import (
    ACTIONS,
    CAUSES,
    CHANGED,
    MISSING,
    SURPLUS,
    UNSENT,
    WHAT,
    ComparedDay,
    Comparison,
    Difference,
    ServiceCount,
)
from mfc_desk.papers.day_papers import beginning
from mfc_desk.papers.paper_head import paper_head
from mfc_desk.papers.papers import RECONCILIATION
from mfc_desk.store import papers, reconciliations, requests
from printing.kept import keep, kept
from printing.reconciliation_act import Discrepancy, ReconciledService, ReconciliationAct
from sync.clock import iso
from sync.comparison import (
    LEAF_DIGITS,
    PATH,
    Compared,
    Listed,
    Question,
    There,
    Totals,
    asked_hash,
    open_answer,
    read_question,
)
from sync.entries import Entry, decode
from sync.errors import (
    KEPT,
    NOT_COMPARED,
    BadFormat,
    BadSignature,
    EntryInvalid,
    ExchangeRunning,
    Refused,
    Unreachable,
)
from sync.lock import LockFile
from sync.refusals import PASSING

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from sync.http import CentreClient
    from sync.ticket import Ticket

REGISTER = "request.register"
MOST_LISTED = 31
"""Days that differ and are looked into entry by entry, the newest ones."""
BY_HAND = "____"
MOST_QUESTIONS = 8
"""Carriers that may be on their way at a time: the answer to an older one says nothing here."""
_PAGE = 500

Step = Callable[[str], object]
"""Told what is being compared: «журнал», a day."""


@dataclass
class _Day:
    """One day of this desk's journal."""

    totals: Totals = field(default_factory=Totals)
    requests: Counter[str] = field(default_factory=Counter)
    entries: dict[int, Listed] = field(default_factory=dict)
    about: dict[int, str] = field(default_factory=dict)
    """Ids of the requests entries are about, where they bear no number."""


class Reconciliation:
    """The use cases of comparing with the centre. `compare` belongs in a worker."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def latest(self) -> Comparison | None:
        """Return the last comparison."""
        found = reconciliations.newest(self._desk.db, 1)
        return kept(Comparison, found[0]) if found else None

    def compare(self, day: date | None = None, step: Step = lambda _what: None) -> Comparison:
        """Compare a day of the office, or all days, with the centre; keep it and its act.

        Raises NotAllowed, TrainingDesk, ExchangeRunning, Unreachable, ComparisonRefused.
        """
        from sync.http import CentreClient  # noqa: PLC0415 - requests costs 180 ms, only here

        desk = self._desk
        desk.may(Action.EXCHANGE)
        ticket = ticket_in_use(desk)
        if ticket is None:
            raise TrainingDesk
        with LockFile(desk.home.exchange_lock) as lock:  # nothing is sent while it is compared
            if not lock.take():
                raise ExchangeRunning
            relay = desk.exchange.relay()  # passes the question on; the answer is signed
            client = CentreClient(
                ticket,
                desk.device.keys,
                desk.clock,
                urls=(*ticket.urls, relay.url) if relay else (),
                clock_behind=desk.exchange.clock_behind(),
            )
            try:
                return self._compare(day, _Talk(desk, ticket, client), step)
            finally:
                client.close()

    def _compare(self, day: date | None, talk: _Talk, step: Step) -> Comparison:
        only = day.isoformat() if day else None
        step("журнал")
        end = self._desk.journal.position().seq
        days = self._days(end)
        if only:
            days = {only: days.get(only, _Day())}
        found = talk.ask(days, only)
        listed = [one.day for one in found.differ][-MOST_LISTED:]
        differences: list[Difference] = []
        for one in listed:
            step(one)
            here = days.get(one, _Day())
            there = found if only else talk.ask({one: here}, one)
            differences += self._differences(one, here, there)
        unlisted = len(found.differ) - len(listed)
        return self._keep(days, only, end, found, differences, unlisted)

    def question(self) -> bytes:
        """Return what the centre is asked on a carrier: every day so far; kept for its answer.

        Raises TrainingDesk.
        """
        desk = self._desk
        ticket = ticket_in_use(desk)
        if ticket is None:
            raise TrainingDesk
        end = desk.journal.position().seq
        asked = Question(
            epoch=ticket.epoch,
            zone=desk.office.tz,
            nonce=desk.random.bytes(16).hex(),
            days={day: found.totals for day, found in self._days(end).items()},
            to=end,
            listed=MOST_LISTED,
        ).to_bytes()
        with desk.db.atomic():
            name = sha256(asked).hexdigest()
            reconciliations.keep_question(desk.db, name, ticket.epoch, asked, MOST_QUESTIONS)
        return asked

    def answered(self, answer: bytes) -> Comparison | None:
        """Keep the comparison a carrier brought, and its act; None for one that says nothing new.

        Such is the answer to a question of another disk or epoch, and one that was heard before.
        Raises BadFormat, BadSignature.
        """
        desk, ticket = self._desk, ticket_in_use(self._desk)
        name = asked_hash(answer)
        kept_one = reconciliations.question(desk.db, name, ticket.epoch) if ticket else None
        if ticket is None or kept_one is None:
            return None
        body, heard = kept_one
        found = open_answer(answer, body, ticket.publics, [desk.device.keys.identity])
        end = read_question(body).to
        if desk.journal.position().seq < end or (heard and iso(found.at) <= heard):
            return None
        days = self._days(end)
        listed = found.differ[-MOST_LISTED:]
        differences = [
            difference
            for one in listed
            for difference in self._differences(one.day, days.get(one.day, _Day()), found)
        ]
        unlisted = len(found.differ) - len(listed)
        return self._keep(days, None, end, found, differences, unlisted, asked=name)

    def _days(self, end: int) -> dict[str, _Day]:
        """Every day of this epoch as the journal's bytes say it, up to entry `end`."""
        desk = self._desk
        days: defaultdict[str, _Day] = defaultdict(_Day)
        after = 0
        while rows := desk.journal.entries(after, min(_PAGE, end - after)):
            for row in rows:
                if row.data is None:
                    continue
                entry = _read(row.data)
                if entry is None:
                    continue
                found = days[entry.stamp.wall.astimezone(desk.zone).date().isoformat()]
                found.totals = found.totals.with_entry(len(row.data), row.leaf)
                number = entry.body.get("number")
                if entry.kind == REGISTER:
                    found.requests[str(entry.body.get("service"))] += 1
                elif entry.request_id is not None:
                    found.about[row.seq] = entry.request_id
                found.entries[row.seq] = Listed(
                    row.seq,
                    row.leaf.hex()[:LEAF_DIGITS],
                    entry.kind,
                    number if isinstance(number, str) else None,
                )
            after = rows[-1].seq
        return dict(days)

    def _differences(self, day: str, here: _Day, found: Compared) -> Iterator[Difference]:
        """The entries of a day that are not alike on both sides, in the order of the journal."""
        there = {one.seq: one for part in found.differ if part.day == day for one in part.entries}
        for seq in sorted(here.entries.keys() | there.keys()):
            ours, theirs = here.entries.get(seq), there.get(seq)
            if ours is None and theirs is not None:
                yield Difference(day, seq, SURPLUS, theirs.kind, theirs.number)
            elif ours is not None and (theirs is None or theirs.leaf != ours.leaf):
                lacking = UNSENT if seq > found.have else MISSING
                what = CHANGED if theirs else lacking
                number = ours.number or self._number(here.about.get(seq))
                yield Difference(day, seq, what, ours.kind, number)

    def _number(self, request_id: str | None) -> str | None:
        """The printed number of the request an entry is about."""
        request = requests.by_id(self._desk.db, request_id) if request_id else None
        return request.number if request else None

    def _keep(
        self,
        days: dict[str, _Day],
        only: str | None,
        end: int,
        found: Compared,
        differences: list[Difference],
        unlisted: int,
        asked: str | None = None,
    ) -> Comparison:
        """Keep what came of it, the act, under today's next number; `asked`: of which carrier."""
        desk = self._desk
        ours = desk.journal.head_at(found.have)
        differing = {one.day: one for one in found.differ}
        today = desk.centre_now().astimezone(desk.zone).date()
        start = beginning(desk, today)
        made = Comparison(
            number=f"{start}{self._made(start) + 1:02d}",
            at=iso(found.at),
            only=only,
            have=found.have,
            end=end,
            heads_equal=ours == found.head,
            days=tuple(_compared(days, differing)),
            services=tuple(_services(days.values(), found)),
            differences=tuple(differences),
            damaged=len(found.damaged),
            unlisted=unlisted,
        )
        act = self._act(made, today)
        with desk.db.atomic():
            reconciliations.add(desk.db, made.number, made.at, keep(made))
            papers.keep(desk.db, made.number, RECONCILIATION, keep(act))
            if asked is not None:
                reconciliations.note_answered(desk.db, asked, made.at)
        return made

    def _made(self, start: str) -> int:
        """How many comparisons have a number that begins so; acts outlive a lost disk."""
        acts = papers.kept_beginning(self._desk.db, start, RECONCILIATION)
        last = max((int(number.removeprefix(start)) for number, _ in acts), default=0)
        return max(last, reconciliations.count_beginning(self._desk.db, start))

    def _act(self, made: Comparison, today: date) -> ReconciliationAct:
        """The paper of a comparison; what only people can count is left to be written by hand."""
        desk = self._desk
        due = desk.office.end_of_next_working_day(desk.centre_now()).date()
        causes = dict.fromkeys(one.what for one in made.differences if one.what != CHANGED)
        reason = ", ".join(CAUSES[what] for what in causes)
        taken = sum(one.here for one in made.services)
        return ReconciliationAct(
            **paper_head(desk),
            number=made.number,
            period=_period(made, today),
            services=tuple(
                ReconciledService(
                    self._service(one.service),
                    one.here,
                    one.there,
                    reason if one.here != one.there else "",
                )
                for one in made.services
            ),
            discrepancies=tuple(
                Discrepancy(
                    one.name, WHAT[one.what], CAUSES[one.what], ACTIONS[one.what], f"{due:%d.%m.%Y}"
                )
                for one in made.differences
            ),
            paper=f"{BY_HAND} / {taken}",
            duty=" / ".join([BY_HAND] * 3),
            forms=BY_HAND,
            office_signs=desk.operator.name,
        )

    def _service(self, slug: str) -> str:
        known = self._desk.catalogue.services.get(slug)
        return known.short if known else slug


class _Talk:
    """Questions to the centre over one connection."""

    def __init__(self, desk: Desk, ticket: Ticket, client: CentreClient) -> None:
        self._desk = desk
        self._ticket = ticket
        self._client = client

    def ask(self, days: dict[str, _Day], only: str | None) -> Compared:
        """One question and its answer; raises Unreachable, ComparisonRefused."""
        desk = self._desk
        first = min((seq for day in days.values() for seq in day.entries), default=1)
        question = Question(
            epoch=self._ticket.epoch,
            zone=desk.office.tz,
            nonce=desk.random.bytes(16).hex(),
            days={day: found.totals for day, found in days.items()},
            after=first - 1 if only else 0,
            only=only,
        ).to_bytes()
        headers = {"Content-Type": "application/json"}
        try:
            answer = self._client.signed("POST", PATH, headers, question)
            publics = self._ticket.publics
            return open_answer(answer.body, question, publics, [desk.device.keys.identity])
        except (BadFormat, BadSignature) as error:
            raise _not_compared("garbage") from error
        except Unreachable as error:
            raise _not_compared(error.kind, str(error)) from error
        except Refused as error:
            raise _refused(error) from error


def _not_compared(kind: str, sentence: str | None = None) -> Unreachable:
    told = sentence or str(Unreachable(kind))
    return Unreachable(kind, told.replace(KEPT, NOT_COMPARED))


def _refused(error: Refused) -> Exception:
    """A centre in trouble is asked again later; one that says no needs a person."""
    if error.status in PASSING:
        return _not_compared("server-error")
    if error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
        return ComparisonRefused(
            "Центр не знает этого журнала или сверять ещё не умеет. Обменяйтесь с центром"
            " и повторите; не поможет — обратитесь к оператору центра."
        )
    return ComparisonRefused(f"Центр не сверяет: {error} Обратитесь к оператору центра.")


def _compared(days: dict[str, _Day], differing: dict[str, There]) -> Iterator[ComparedDay]:
    for day in sorted(days.keys() | differing.keys()):
        here = days.get(day, _Day()).totals.n
        there = differing[day].have.n if day in differing else here
        yield ComparedDay(day, here, there, day not in differing)


def _services(days: Iterable[_Day], found: Compared) -> Iterator[ServiceCount]:
    here = sum((day.requests for day in days), Counter[str]())
    there: Counter[str] = Counter()
    for counts in found.requests.values():
        there.update(counts)
    for slug in sorted(here.keys() | there.keys()):
        yield ServiceCount(slug, here[slug], there[slug])


def _period(made: Comparison, today: date) -> str:
    days = [date.fromisoformat(one.day) for one in made.days] or [today]
    first, last = f"{min(days):%d.%m.%Y}", f"{max(days):%d.%m.%Y}"
    return first if first == last else f"{first} – {last}"


def _read(data: bytes) -> Entry | None:
    try:
        return decode(data)
    except EntryInvalid:
        return None
