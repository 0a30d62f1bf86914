"""A desk of the simulator: the real exchange over SQLite in memory."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlcipher3 import dbapi2

from forms.number import compose
from sync import chain, exchange_tables, journal, outbox
from sync.clock import iso
from sync.database import Database
from sync.entries import Entry, Stamp, decode, encode
from sync.feed import FeedEvent
from sync.ids import SeededRandom, UuidV7
from sync.journal import Journal
from sync.keys import DeviceKeys
from sync.records import Records
from sync.session import Exchange, Outcome
from sync.steps import Brought, Kept, State
from sync.ticket import Ticket
from tests.simulated_centre import SERVER, copied
from tests.simulated_keys import verified
from tests.simulated_relay import behind
from tests.simulated_road import straight

if TYPE_CHECKING:
    from tests.simulator import World

START = datetime.fromisoformat("2026-11-21T06:00:00+00:00")
REGISTER, AMEND, OTHER = "request.register", "request.amend", "access"
T = TypeVar("T")


class ViolationError(AssertionError):
    """A rule of sync.md, 11 does not hold."""


class DeskKilledError(BaseException):
    """The desk's process ends here: nothing may catch this but the simulator."""


class VirtualClock:
    """Time of the simulation; `lie` is what the wall clock shows besides."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.lie = timedelta(0)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds) + self.lie

    def monotonic(self) -> float:
        return self.seconds

    def boot_id(self) -> str:
        return "boot"


class NoLock:
    """One thread, one exchange at a time."""

    def take(self) -> bool:
        return True

    def release(self) -> None:
        return


@cache
def _template() -> Any:
    """An empty desk's database, made once."""
    db = Database(dbapi2.connect(":memory:"), Path("memory"))
    for part in (journal.migrations, exchange_tables.migrations):
        part.apply(db)
    db.execute("CREATE TABLE outcome (n INTEGER NOT NULL, entry TEXT NOT NULL) STRICT")
    db.conn.commit()
    return db.conn


class SimulatedDesk:
    """One desk: its database, what it was told is saved, and its way to the centre.

    Who it is (ticket and keys) stands in its journal by the epoch, so a copy of the disk takes it
    along.
    """

    def __init__(self, world: World, ticket: Ticket | None) -> None:
        self.world = world
        self.clock = VirtualClock()
        self.clock.seconds = world.clock.seconds
        self.random = SeededRandom(world.chance.randrange(1 << 30))
        self.ids = UuidV7(self._milliseconds, self.random)
        self.told: list[str] = []
        self.restored = False
        self.heard_of_a_fork = False
        """Whether the relay had the centre's word for another branch when it was asked last."""
        self.last: Outcome | None = None
        self.backup: Database | None = None
        self.checked: tuple[object, ...] = ()
        self.compared: set[int] = set()
        self._kept: tuple[tuple[object, ...], Kept | None] | None = None
        self.epoch = 0
        if ticket is not None:
            self.db = copied(_template())
            self._open(ticket)
            self.epoch = ticket.epoch

    def twin(self) -> SimulatedDesk:
        """A desk over a copy of this disk, perhaps of this memory too (a machine's snapshot)."""
        made = SimulatedDesk(self.world, None)
        made.go_back_to(self.db)
        if self.world.chance.random() < 0.5:
            made.random = deepcopy(self.random)
            made.clock.lie = self.clock.lie
            made.compared = set(self.compared)
            made.ids = UuidV7(made._milliseconds, made.random, self.ids.max_ms)
        self.restored = True
        return made

    def go_back_to(self, disk: Database) -> None:
        """Work on with a copy of a disk: what came after it is lost here."""
        self.db = copied(disk.conn)
        self.begin_anew()
        self.epoch = Journal(self.db).position().epoch
        self.told = self.ids_kept()
        self.restored = True

    def begin_anew(self) -> None:
        """The process starts: what it only remembered is gone."""
        self.compared = set()

    def _milliseconds(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    # who it is

    @property
    def ticket(self) -> Ticket:
        return self.world.identities[self.epoch][0]

    @property
    def keys(self) -> DeviceKeys:
        return self.world.identities[self.epoch][1]

    @property
    def number(self) -> int:
        return self.ticket.desk_no

    def _open(self, ticket: Ticket) -> None:
        """Begin the epoch of a ticket."""
        public = self.world.identities[ticket.epoch][1].public
        first = chain.first_head(SERVER, ticket.desk_no, ticket.epoch, public)
        Journal(self.db).open_epoch(ticket.epoch, first)

    def enrol_again(self, ticket: Ticket) -> None:
        """T5, as `mfc_desk.recovery.reenrolment` does it: every entry again, with its bytes."""
        rows = Journal(self.db).entries(0, 1 << 30)
        with self.db.atomic():
            self._open(ticket)
            for row in rows:
                Journal(self.db).append(row.data or b"", row.entry_id, row.kind)
            self.world.may_kill("enrol.uncommitted")
        self.epoch = ticket.epoch
        self.world.may_kill("enrol.committed")

    # what it does

    def save(self, count: int) -> None:
        """Journal entries, one transaction each; told only after the commit."""
        for _ in range(count):
            with self.db.atomic():
                self.ids.go_above(Journal(self.db).last_id())  # as `Desk.record` does
                entry_id, data, kind = self._entry()
                Journal(self.db).append(data, entry_id, kind)
                self.world.may_kill("save.uncommitted")
            self.told.append(entry_id)
            self.world.may_kill("save.committed")
            self.world.count["saves"] += 1

    def _entry(self) -> tuple[str, bytes, str]:
        """A registration, an amendment of what it registered, or another act."""
        chance = self.world.chance
        kind = chance.choices((REGISTER, AMEND, OTHER), (6, 2, 2))[0]
        amended = self._tip() if kind == AMEND else None
        request, base, number = self.ids.next(), None, self._number()
        body: dict[str, Any] = {"text": chance.randbytes(chance.randrange(40)).hex()}
        if amended is not None:
            self.world.count["amendments"] += 1
            body["base"], base = amended.entry_id, amended.base or 1
            request, number = str(amended.request_id), amended.body["number"]
        elif kind == AMEND:
            kind = OTHER
        if kind != OTHER:
            now = iso(self.clock.now())
            body |= {"number": number, "service": "s", "service_version": 1, "accepted_at": now}
            body["record"] = {"text": body.pop("text")}
        entry_id = self.ids.next()
        data = encode(
            entry_id=entry_id,
            kind=kind,
            stamp=Stamp(self.clock.now(), "boot", int(self.clock.seconds)),
            operator="op",
            body=body,
            request_id=None if kind == OTHER else request,
            base=base,
        )
        return entry_id, data, kind

    def _number(self) -> str:
        """The next printed number; a restored desk may print one again, but for its two digits."""
        counter = self.db.execute("SELECT count(*) FROM journal").fetchone()[0] + 1
        return compose(self.number, counter, self.random.below(100)).text

    def _tip(self) -> Entry | None:
        """The newest version this desk has of one of its requests; `base` is that version."""
        rows = self.db.execute(
            "SELECT bytes FROM journal WHERE epoch = ? AND kind IN (?, ?) ORDER BY seq",
            [self.epoch, REGISTER, AMEND],
        ).fetchall()
        if not rows:
            return None
        request = str(decode(self.world.chance.choice(rows)[0]).request_id)
        versions = [row[0] for row in rows if request.encode() in row[0]]
        return replaced(decode(versions[-1]), len(versions))

    def exchange(self, *, relay: bool = False) -> Exchange:
        """An exchange with the centre itself, or with the office relay."""
        return Exchange(
            self.db,
            behind(self.world, self) if relay else straight(self.world, self),
            self.ticket,
            self.keys,
            self.clock,
            self.random,
            NoLock(),
            relay=relay,
            compared=self.compared,
            apply=self.apply,
        )

    def take_in(self, raws: list[bytes]) -> None:
        """Receipts come on a stick, late, of anybody: what `sync.carried` does with them."""
        publics = self.ticket.publics
        records = Records(self.outbox, publics, self.clock, self.random, self.apply)
        for raw in sorted(raws, key=lambda one: verified(one).to):
            receipt = verified(raw)
            head = Journal(self.db).head_at(receipt.to, self.epoch)
            met = self.outbox.met(receipt.incarnation)
            event = Brought(receipt, raw, head.hex() if head else None, met)
            records.follow(State(self.outbox.begin(bound=False)), event)
        self.world.count["taken in"] += records.count.confirmed

    def apply(self, events: tuple[FeedEvent, ...]) -> outbox.Write:
        """What a page changes in the desk's own tables."""
        rows = [[event.n, event.body["entry"]] for event in events]

        def write() -> None:
            for row in rows:
                self.db.execute("INSERT INTO outcome (n, entry) VALUES (?, ?)", row)

        return write

    @property
    def outbox(self) -> outbox.Outbox:
        return outbox.Outbox(self.db, self.ticket)

    def kept(self) -> Kept | None:
        """The durable state of the exchange; read anew only after the database was written to."""
        version = (self.db, self.db.conn.total_changes, self.epoch)
        if self._kept is None or self._kept[0] != version:
            self._kept = version, self.outbox.kept()
        return self._kept[1]

    def ids_kept(self) -> list[str]:
        sql = "SELECT entry_id FROM journal WHERE epoch = ? ORDER BY seq"
        return [row[0] for row in self.db.execute(sql, [self.epoch]).fetchall()]

    def entries(self) -> list[bytes]:
        return [row.data or b"" for row in Journal(self.db).entries(0, 1 << 30)]


def replaced(entry: Entry, version: int) -> Entry:
    """The entry with the version it is in its `base`."""
    return Entry(**{**vars(entry), "base": version})
