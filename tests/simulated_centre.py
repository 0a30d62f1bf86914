"""The centre of the simulator: the real one over SQLite in memory, which can die and go back.

Real are acceptance, enrolment, tables, register and feed. Not played are HTTP, the check of a
request's fields (`sync.central.examine` with a catalogue) and the scans.
"""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from sqlcipher3 import dbapi2

from forms.catalogue import Catalogue
from forms.office import Office
from sync import batch
from sync.central import history
from sync.central.acceptance import Acceptance
from sync.central.answers import Answer
from sync.central.answers import Refusal as CentreRefusal
from sync.central.blobs import BlobParts, BlobPlace
from sync.central.centre import Centre
from sync.central.desks import Enrolment
from sync.central.examine import Circumstances, read_entry
from sync.central.home import KeyRing, Secrets
from sync.central.projection import Projector
from sync.central.store import OfficeRow, Reading, StreamRow
from sync.central.store.schema import MIGRATIONS
from sync.central.store.sqlite import SqliteStore
from sync.central.verify import Verifier
from sync.clock import Clock
from sync.database import Database
from sync.errors import Refused
from sync.ids import Random
from sync.ticket import Ticket
from tests.centre_process import OFFICE
from tests.simulated_keys import centre_keys

SERVER = "s-sim"
OFFICE_CODE = "0101"
NUMBERS_SKIPPED = 1000
EVERYTHING = 1 << 30


class CentreDiedError(Exception):
    """The process of the centre ended at this failpoint."""

    def __init__(self, point: str) -> None:
        super().__init__(point)
        self.point = point


def copied(connection: Any) -> Database:
    """Another database with the same contents."""
    made = dbapi2.connect(":memory:")
    connection.backup(made)
    return Database(made, Path("memory"))


@cache
def _template() -> Any:
    """The database of a centre with one office, made once."""
    db = Database(dbapi2.connect(":memory:"), Path("memory"))
    MIGRATIONS.apply(db)
    office = Office.from_dict(tomllib.loads(OFFICE))
    row = OfficeRow(office.code, office.to_dict())
    with db.atomic():
        db.execute("INSERT INTO centre VALUES (1, ?, 'i-1', '')", [SERVER])
        db.execute("INSERT INTO office VALUES (?, ?)", [row.code, json.dumps(row.data)])
    return db.conn


class SimulatedProjector(Projector):
    """Reads each entry and does not check its fields: the catalogue is not what is simulated."""

    def _examine(
        self, first: int, lines: tuple[bytes, ...], known: Circumstances, *, mended: bool = False
    ) -> tuple[Reading, ...]:
        del known, mended
        return tuple(read_entry(seq, raw) for seq, raw in enumerate(lines, first))


class SimulatedCentre:
    """One centre: its disk, its life, and what it answers. Raises CentreDiedError where it dies."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self.clock = clock
        self.random = random
        self.dictionaries = batch.packaged_dictionaries()
        self.db = copied(_template())
        self._read: dict[tuple[int, int, bytes], list[bytes]] = {}
        self.start()

    def start(self) -> None:
        """The process starts over what is on the disk, as `serve` does."""
        keys = centre_keys()
        ring = cast("KeyRing", SimpleNamespace(secrets=Secrets(keys, "")))
        self.store = store = SqliteStore(self.db, self.clock, self.random)
        acceptance = Acceptance(store, ring, self.dictionaries, self.clock)
        self.centre = Centre(
            store=store,
            keyring=ring,
            clock=self.clock,
            random=self.random,
            acceptance=acceptance,
            enrolment=Enrolment(store, ring, self.clock, self.random),
            dictionaries=self.dictionaries,
            blobs=cast("BlobPlace", None),
            parts=cast("BlobParts", None),
        )
        catalogue = cast("Catalogue", SimpleNamespace(digest="", services={}))
        self.projector = SimulatedProjector(store, catalogue, self.dictionaries, self.clock)
        acceptance.place_parked()

    def restore(self, backup: Database) -> None:
        """The store is replaced by a copy of it made earlier: another life begins."""
        self.db = copied(backup.conn)
        self.store = SqliteStore(self.db, self.clock, self.random)
        self.store.begin_new_life(self.random, NUMBERS_SKIPPED)

    @property
    def incarnation(self) -> str:
        """Which life it lives."""
        return self.store.incarnation

    # what a desk asks and is told

    def issue(self, desk: int) -> Ticket:
        """A ticket for a desk, handed over on a stick."""
        ticket, _ = self.centre.enrolment.issue(OFFICE_CODE, desk, window="1", urls=())
        return ticket

    def accept(self, data: bytes) -> Answer:
        """Take a batch."""
        try:
            return self.centre.acceptance.accept(data)
        except CentreRefusal as refusal:
            raise refused(refusal) from refusal

    def outcomes(self, data: bytes, after: int, most: int) -> bytes:
        """The page of the feed that goes with the receipt of a batch, as `app` adds it."""
        try:
            device = self.centre.sender(data)
            return self.centre.page(device, after, most).body if device else b""
        except CentreRefusal:  # replaced since
            return b""

    def project(self) -> None:
        """Apply what is stored and not applied."""
        self.projector.run_all()

    # what the checker looks at

    def at(self, desk: int, epoch: int) -> StreamRow | None:
        """A stream as it stands."""
        return self.store.streams.stream(desk, epoch)

    def entries(self, stream: StreamRow) -> list[bytes]:
        """Every stored entry of a stream, out of the packs as received."""
        place = (stream.desk, stream.epoch, stream.stream.head)
        if place not in self._read:
            rows = self.store.streams.batches(stream.desk, stream.epoch, 0, EVERYTHING)
            found = [line for row in rows for line in history.entries(row, self.dictionaries)]
            self._read[place] = found
        return self._read[place]

    def told_to(self, desk: int) -> int:
        """The number of the last event in a desk's feed."""
        row = self.db.execute("SELECT feed_to FROM desk WHERE desk = ?", [desk]).fetchone()
        return int(row[0]) if row else 0

    def faults(self) -> list[str]:
        """What went wrong with effects and custody, by what lies in the tables."""
        wrong = {
            "an entry was applied twice": "SELECT entry_id FROM entry WHERE outcome = 'applied' "
            "GROUP BY entry_id HAVING count(*) > 1",
            "two entries were applied as one version": "SELECT request_id FROM entry "
            "WHERE outcome = 'applied' AND version IS NOT NULL "
            "GROUP BY request_id, version HAVING count(*) > 1",
            "other bytes were taken for the entry of their id": "SELECT 1 FROM entry AS one "
            "JOIN entry AS other USING (entry_id) WHERE one.outcome = 'duplicate' "
            "AND other.outcome = 'applied' AND one.leaf <> other.leaf",
            "a batch stays parked whose gap has closed": "SELECT 1 FROM parked "
            "JOIN stream USING (desk, epoch) WHERE open AND first - 1 <= last",
        }
        return [text for text, sql in wrong.items() if self.db.execute(sql).fetchone()]

    def verify(self) -> list[str]:
        """What `mfc-central verify` finds."""
        found = Verifier(self.store, self.dictionaries).run().faults
        return [f"{one.where}: {one.text}" for one in found]

    def became(self, desk: int, epoch: int) -> dict[str, str]:
        """What became of each entry of a stream: outcome, and why."""
        rows = self.store.register.entries(desk, epoch, 0, EVERYTHING)
        return {str(row.entry_id): f"{row.outcome} {row.reason or ''}".strip() for row in rows}


def refused(refusal: CentreRefusal) -> Refused:
    """What the HTTP client makes of a refusal's body."""
    answer = refusal.answer()
    problem = json.loads(answer.body)
    return Refused(answer.status, {**problem, "retry_after": float(refusal.retry_after or 0)})
