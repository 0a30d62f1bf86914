"""A desk with many registered requests: made by the desk's own functions, kept for the next run.

All but the last requests are written a thousand a transaction; entries, chain, search, applicants
and answers of the centre are as the program itself would have written them one by one.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.ground.documents import begun_here
from bench.ground.population import Population
from forms.calendar import Calendar
from forms.check import check
from forms.example import example
from forms.number import compose
from forms.term import deadlines
from mfc_desk.access.keyslots import Cost
from mfc_desk.access.roles import Role
from mfc_desk.demo.office import DayClock
from mfc_desk.desk import Desk
from mfc_desk.exchange.feed import RESULT, read_events
from mfc_desk.intake.intake import SALTS
from mfc_desk.intake.receipt_content import receipt_content
from mfc_desk.intake.registration import RECEIPT, Acceptance, register_body
from mfc_desk.paths import Home
from mfc_desk.session import open_desk
from mfc_desk.setup.setup import FirstOperator, set_up
from mfc_desk.store import acting_powers, applicants, numbers, papers, requests
from sync import receipt
from sync.clock import Clock, SystemClock
from sync.entries import decode
from sync.feed import FeedEvent, FeedPage
from sync.ids import Random, SeededRandom, SystemRandom
from sync.keys import CentreKeys
from sync.outbox import Outbox
from sync.ticket import Ticket, write

LOGIN, PASSWORD = "ivanova", "correct horse"
QUICK = Cost(memory_kib=8, passes=1, lanes=1)
DESK_NO, EPOCH = 317, 217_123_200
AT_ONCE = 1000  # requests a transaction
EACH = 4  # checked records of a service, the applicants of which are changed
LAST = 100  # the newest requests are registered one by one, as at the window
A_YEAR = 45_000
ROOT = Path(__file__).parent.parent.parent
MADE_BY = (
    "forms/names.py",
    "mfc_desk/store/acts.py",
    "mfc_desk/store/applicants.py",
    "mfc_desk/store/exchange.py",
    "mfc_desk/store/papers.py",
    "mfc_desk/store/requests.py",
    "mfc_desk/store/search.py",
    "sync/entries.py",
    "sync/journal.py",
    "sync/outbox.py",
    "bench/ground/desk.py",
    "bench/ground/population.py",
)
OFFICE: dict[str, object] = {
    "code": "90-001",
    "title": "МФЦ г. Приморска (учебный)",
    "org": "ГБУ «МФЦ», учебное учреждение",
    "address": "г. Приморск, ул. Учебная, д. 1",
    "phone": "+7 900 000-00-00",
    "region": "90",
    "kind": "district",
    "tz": "Europe/Moscow",
    "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat"), "09:00-18:00"),
}


@dataclass(frozen=True)
class GrownDesk:
    """A set-up desk that holds `count` requests; the centre has confirmed all but the last."""

    home: Home
    count: int

    def login(self, clock: Clock | None = None, random: Random | None = None) -> Desk:
        """Open it; whoever opens it closes it."""
        return open_desk(
            self.home, LOGIN, PASSWORD, clock or SystemClock(), random or SystemRandom(), QUICK
        )

    @contextmanager
    def copied(self) -> Iterator[GrownDesk]:
        """A copy to write to, on the same disk, gone afterwards."""
        with tempfile.TemporaryDirectory(dir=cache_folder(), prefix="copy-") as folder:
            shutil.copytree(self.home.root, Path(folder) / "desk")
            yield GrownDesk(Home(Path(folder) / "desk"), self.count)


def cache_folder() -> Path:
    """Where grown desks are kept between runs: `MFC_BENCH_FOLDER`, else in the temporary folder."""
    known = os.environ.get("MFC_BENCH_FOLDER")
    folder = Path(known) if known else Path(tempfile.gettempdir()) / f"mfc-desk-bench-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def cached(count: int) -> GrownDesk:
    """A desk of `count` requests, grown from the largest one kept; about 1 ms a request."""
    kept = cache_folder() / f"desks-{_made_by()}"
    kept.mkdir(exist_ok=True)
    folder = kept / str(count)
    if not folder.exists():
        smaller = [int(p.name) for p in kept.iterdir() if p.name.isdigit() and int(p.name) < count]
        with tempfile.TemporaryDirectory(dir=kept, prefix="part-") as part:
            made = Path(part) / "desk"
            if smaller:
                shutil.copytree(kept / str(max(smaller)), made)
            started = time.perf_counter()
            grow(Home(made), count, already=max(smaller, default=0))
            took = time.perf_counter() - started
            sys.stderr.write(f"bench: a desk of {count} requests made in {took:.0f} s\n")
            made.rename(folder)
    return GrownDesk(Home(folder), count)


@cache
def _made_by() -> str:
    """Name the code that wrote a desk: another store, another desk."""
    known = sha256()
    for name in MADE_BY:
        known.update((ROOT / name).read_bytes())
    return known.hexdigest()[:12]


def grow(home: Home, count: int, *, already: int = 0) -> GrownDesk:
    """Bring the desk of `home` (set up here when it is not) from `already` to `count` requests."""
    random = SeededRandom(count)
    clock = DayClock(SystemClock())
    now = clock.now()
    start = now - timedelta(hours=1) - timedelta(days=365) * (count / A_YEAR)
    if not home.is_set_up:
        clock.set(start)
        person = FirstOperator(LOGIN, "Иванова А. П.", Role.SUPERVISOR)
        set_up(home, _ticket(start), person, PASSWORD, clock, random, QUICK)
    clock.set(now)
    with open_desk(home, LOGIN, PASSWORD, clock, random, QUICK) as desk:
        desk.db.execute("PRAGMA cache_size=-200000")
        start = _last_moment(desk)
        step = (now - timedelta(minutes=1) - start) / (count - already)
        moments = [start + step * (n + 1) for n in range(count - already)]
        clock.set(start)
        _Growth(desk, clock, already).run(moments)
    return GrownDesk(home, count)


def _last_moment(desk: Desk) -> datetime:
    """When the last entry was made: what is grown further goes on there."""
    end = desk.journal.position()
    data = desk.journal.entries(end.seq - 1, 1)[0].data
    return decode(data or b"").stamp.wall


def _centre() -> CentreKeys:
    return CentreKeys.generate(SeededRandom(1))


def _ticket(now: datetime) -> bytes:
    centre = _centre()
    ticket = Ticket(
        server_id="s-bench",
        signing_keys=(centre.public,),
        age_recipients=(centre.recipient,),
        recovery_recipient="",
        ca_pem=None,
        urls=("http://127.0.0.1:9",),  # nobody there: these desks do not exchange
        desk_no=DESK_NO,
        epoch=EPOCH,
        desk_title="Окно 3",
        window="3",
        office=OFFICE,
        code="ABCD-1234",
        valid_until=now + timedelta(days=1),
    )
    return write(ticket, centre)


class _Growth:
    """Requests on their way into one open desk."""

    def __init__(self, desk: Desk, clock: DayClock, already: int) -> None:
        self._desk = desk
        self._clock = clock
        self._done = already
        self._town = Population(already)
        ticket = desk.device.ticket
        if ticket is None:
            raise ValueError("a grown desk has a ticket")
        self._outbox = Outbox(desk.db, ticket)
        self._kept = self._outbox.begin(bound=True)
        self._kept = replace(self._kept, incarnation="bench")
        self._samples = list(self._checked())

    def _checked(self) -> Iterator[tuple[Acceptance, str]]:
        """Checked records of every service with what is fixed about them, and their receipts."""
        desk = self._desk
        now = desk.clock.now().astimezone(desk.zone)
        for seed in range(EACH):
            for service in desk.catalogue.in_force(now.date()):
                document = example(service, desk.catalogue, now.date(), seed)
                acceptance = Acceptance(
                    request_id="",
                    service=service,
                    catalogue_digest=desk.catalogue.digest,
                    record=check(service, desk.catalogue, document, now.date()).record,
                    accepted_at=now,
                    register_by=desk.office.end_of_next_working_day(now),
                    operator=desk.operator.login,
                    duty=None,
                    deadlines=deadlines(service, now.date(), Calendar()),
                )
                yield acceptance, receipt_content(desk, acceptance, desk.catalogue)

    def run(self, moments: list[datetime]) -> None:
        """Register a request at each moment."""
        in_bulk = max(0, len(moments) - LAST)
        for start in range(0, in_bulk, AT_ONCE):
            self._write(moments[start : min(start + AT_ONCE, in_bulk)])
        for n, moment in enumerate(moments[in_bulk:]):
            self._clock.set(moment)
            today = moment.astimezone(self._desk.zone).date()
            services = begun_here(self._desk, today)
            service = services[n % len(services)]
            document = example(service, self._desk.catalogue, today, self._done + n)
            document = self._town.settle(document)
            self._desk.intake.register_document(document)
        self._desk.db.checkpoint(truncate=True)

    def _write(self, moments: list[datetime]) -> None:
        """One transaction of requests, one of the centre's answers, and the WAL into the file."""
        desk, events = self._desk, []
        with desk.db.atomic():
            for moment in moments:
                self._clock.set(moment)
                events.append(self._register(moment))
        self._confirm(events)
        desk.db.checkpoint()

    def _register(self, moment: datetime) -> FeedEvent:
        """What RegisterAct.commit writes, of a sample with another applicant and time."""
        desk, self._done = self._desk, self._done + 1
        sample, content = self._samples[self._done % len(self._samples)]
        request_id = desk.ids.next()
        record = self._town.settle(sample.record)
        accepted_at = moment.astimezone(desk.zone)
        acceptance = replace(sample, record=record, accepted_at=accepted_at, request_id=request_id)
        salt = desk.random.below(SALTS)
        number = compose(desk.desk_no, numbers.take_counter(desk.db, desk.desk_no), salt)
        body: dict[str, Any] = register_body(acceptance, number)
        entry_id, place = desk.record(requests.REGISTER, body, request_id=request_id)
        row = requests.row_of(
            body,
            request_id=request_id,
            entry_id=entry_id,
            epoch=place.epoch,
            seq=place.seq,
            head=place.head,
        )
        requests.add(desk.db, row)
        acting_powers.keep(desk.db, request_id, record)
        applicants.remember(desk.db, applicants.row_of(record["applicant"], request_id))
        papers.keep_content(desk.db, request_id, RECEIPT, content)
        answer = {
            "outcome": "applied",
            "epoch": place.epoch,
            "seq": place.seq,
            "kind": requests.REGISTER,
            "request": request_id,
            "official_no": f"90/{moment.year}-{self._done:06d}",
        }
        return FeedEvent(self._done, RESULT, answer)

    def _confirm(self, events: list[FeedEvent]) -> None:
        """The centre's receipt and its answers, kept as an exchange keeps them."""
        desk, end, keys = self._desk, self._desk.journal.position(), _centre()
        self._kept = replace(self._kept, acked=end.seq)
        signed = receipt.sign(
            receipt.Receipt(
                server="s-bench",
                incarnation="bench",
                desk=DESK_NO,
                epoch=EPOCH,
                to=end.seq,
                head=end.head.hex(),
                level=receipt.STORED,
                at=desk.clock.now(),
                server_seq=end.seq,
            ),
            keys,
        )
        ticket = desk.device.ticket
        publics = ticket.publics if ticket else {}
        self._outbox.keep_receipt(self._kept, signed, publics, desk.clock.now())
        after, self._kept = self._kept.cursor, replace(self._kept, cursor=events[-1].n)
        page = FeedPage("s-bench", DESK_NO, EPOCH, after, events[-1].n, tuple(events))
        self._outbox.keep_page(
            self._kept, page, lambda known: read_events(desk, known), desk.clock.now()
        )
