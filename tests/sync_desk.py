"""A real desk of exchange tests: database file, journal, outbox, and the exchange over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sync import chain, exchange_tables, journal
from sync.database import Database, open_database
from sync.feed import FeedEvent
from sync.http import CentreClient
from sync.ids import Random, SeededRandom
from sync.journal import Journal
from sync.keys import DeviceKeys
from sync.lock import LockFile
from sync.relay import RelayClient
from sync.relay_address import RelayAddress
from sync.session import Exchange, Progress
from sync.ticket import Ticket
from sync.wire import TIMEOUT
from tests.sync_world import DEVICE, HandClock, entry, entry_id

KEY = bytes(range(32))


def open_desk(path: Path) -> Database:
    """The desk's file with the tables of the exchange."""
    return open_database(
        path,
        key=KEY,
        migrations=[journal.migrations, exchange_tables.migrations],
        application_id=1,
        schema_name="1",
    )


@dataclass
class ExchangeDesk:
    """One desk: what it holds, what it was told."""

    folder: Path
    ticket: Ticket
    keys: DeviceKeys = DEVICE
    clock: HandClock = field(default_factory=HandClock)
    random: Random = field(default_factory=lambda: SeededRandom(5))
    events: list[FeedEvent] = field(default_factory=list)
    told: list[Progress] = field(default_factory=list)
    timeout: tuple[float, float] = TIMEOUT
    relay: RelayAddress | None = None

    def __post_init__(self) -> None:
        self.db = open_desk(self.folder / "desk.db")
        self.journal = Journal(self.db)
        with self.db.atomic():
            ticket = self.ticket
            first = chain.first_head(
                ticket.server_id, ticket.desk_no, ticket.epoch, self.keys.public
            )
            self.journal.open_epoch(ticket.epoch, first)
        self.client: CentreClient | RelayClient
        if self.relay is None:
            self.client = CentreClient(ticket, self.keys, self.clock, timeout=self.timeout)
        else:
            self.client = RelayClient(self.relay, ticket, self.keys, self.clock)
        self.lock = LockFile(self.folder / "exchange.lock")

    def note(self, count: int, text: str = "") -> None:
        """Journal entries of no consequence."""
        with self.db.atomic():
            for n in range(count):
                self.append(entry(f"{text}{n}", "access"), "access")

    def append(self, data: bytes, kind: str) -> None:
        """Journal one entry."""
        with self.db.atomic():
            self.journal.append(data, entry_id(data), kind)

    def exchange(self, *, bound: bool = False) -> Exchange:
        """The exchange of this desk."""
        return Exchange(
            self.db,
            self.client,
            self.ticket,
            self.keys,
            self.clock,
            self.random,
            self.lock,
            bound=bound,
            relay=self.relay is not None,
            apply=lambda events: partial(self.events.extend, events),
            on_event=self.told.append,
        )

    def reopen(self) -> None:
        """Start again after a crash: another connection to the same file."""
        self.db.close()
        self.db = open_desk(self.folder / "desk.db")
        self.journal = Journal(self.db)

    def close(self) -> None:
        """Let go of file and connection."""
        self.client.close()
        self.db.close()
