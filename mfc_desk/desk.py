"""The desk after login: what screens and commands hold, and what every use case works with."""

# ruff: noqa: PLC0415  # office and catalogue are read when first asked for: the start stays short

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from mfc_desk.access.logged_in import Operator
from mfc_desk.access.roles import Action, require
from mfc_desk.access.vault import Vault
from mfc_desk.errors import DeskClosed
from mfc_desk.paths import Home
from mfc_desk.store import acts, connection
from mfc_desk.store.device import Device
from mfc_desk.use_cases import UseCases
from sync.clock import CentreTime, Clock
from sync.contacts import clock_set, contact
from sync.database import Database
from sync.entries import Stamp, encode
from sync.errors import StoreFailure
from sync.ids import Random, UuidV7
from sync.journal import Journal, Position

if TYPE_CHECKING:
    from forms.calendar import Calendar
    from forms.catalogue import Catalogue
    from forms.office import Office

NOTICEABLE_JUMP = timedelta(minutes=2)
T = TypeVar("T")


class Desk(UseCases):
    """One open desk: a connection, the operator, clocks and ids, and the use cases.

    One object a thread: a worker takes `worker_copy()` and closes it.
    """

    def __init__(
        self,
        *,
        home: Home,
        key: bytes,
        db: Database,
        operator: Operator,
        device: Device,
        vault: Vault,
        clock: Clock,
        random: Random,
    ) -> None:
        """Take what `session.open_desk` has opened."""
        self.home = home
        self.operator = operator
        self.device = device
        self.vault = vault
        self.clock = clock
        self.random = random
        self._key: bytes | None = key
        self._db: Database | None = db
        self.journal = Journal(db)
        self.ids = UuidV7(lambda: int(clock.now().timestamp() * 1000), random)
        self.ids.go_above(self.journal.last_id())
        self._watched = (clock.now(), clock.monotonic())
        self._since: tuple[datetime, datetime, float] | None = None
        self.centre_now()

    @property
    def db(self) -> Database:
        """The connection; raises DeskClosed after `lock` or `close`."""
        if self._db is None:
            raise DeskClosed
        return self._db

    @property
    def key(self) -> bytes:
        """The database key; raises DeskClosed after `lock` or `close`."""
        if self._key is None:
            raise DeskClosed
        return self._key

    @property
    def is_open(self) -> bool:
        """Whether the desk can still be worked with."""
        return self._db is not None

    # who and where

    @property
    def desk_no(self) -> int:
        """The number in the ticket; 0 on a training desk."""
        return self.device.desk_no

    @property
    def window(self) -> str:
        """The window of the office, as in the ticket."""
        return self.device.window

    @property
    def training(self) -> bool:
        """Whether this desk has no centre and never sends."""
        return self.device.ticket_file is None

    @cached_property
    def office(self) -> Office:
        """The office of the ticket."""
        from forms.office import Office

        return Office.from_dict(self.device.office)

    @property
    def zone(self) -> tzinfo:
        """The office's time zone: days and deadlines are counted in it."""
        return self.office.zone

    @cached_property
    def catalogue(self) -> Catalogue:
        """The catalogue in use: the newest good one."""
        from mfc_desk.catalogues.published import catalogue_of

        catalogue = catalogue_of(self.home)
        if not gc.get_freeze_count():
            gc.freeze()  # it lives as long as the program: walking it takes longer than a screen
        return catalogue

    @property
    def calendar(self) -> Calendar:
        """The production calendar of the office's region, as the catalogue updates it."""
        return self.catalogue.calendar(self.office.region)

    # acts

    def may(self, action: Action) -> None:
        """Raise NotAllowed unless the operator may do `action`."""
        require(self.operator.role, action)

    def centre_now(self) -> datetime:
        """The centre's time by the last estimate of its clock; ours while there is none.

        Between contacts it goes on by the uptime: setting the wall clock moves no deadline.
        """
        centre = contact(self.db).centre_time
        return self._centre_now(centre) if centre else self.clock.now()

    def _centre_now(self, centre: CentreTime) -> datetime:
        now, up = self.clock.now(), self.clock.monotonic()
        if self._since is None or self._since[0] != centre.measured:  # told anew
            self._since = (centre.measured, centre.at(now), up)
        _, then, then_up = self._since
        return then + timedelta(seconds=up - then_up)

    def stamp(self) -> Stamp:
        """When an act is done, for its journal entry; a clock that jumped is journalled first."""
        self.watch_clock()
        centre = contact(self.db).centre_time
        now = self.clock.now()
        return Stamp(
            now,
            self.clock.boot_id(),
            int(self.clock.monotonic()),
            self._centre_now(centre) if centre else None,
        )

    def record(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        request_id: str | None = None,
        base: int | None = None,
    ) -> tuple[str, Position]:
        """Append one entry of this operator, now; inside `db.atomic()`. Its id and position."""
        self.ids.go_above(self.journal.last_id())  # an exchange may have put some back
        entry_id, stamp = self.ids.next(), self.stamp()
        entry = encode(
            entry_id=entry_id,
            kind=kind,
            stamp=stamp,
            operator=self.operator.login,
            body=body,
            request_id=request_id,
            base=base,
        )
        day = stamp.wall.astimezone(self.zone).date().isoformat()
        place = acts.append(self.db, self.journal, entry, entry_id=entry_id, kind=kind, day=day)
        return entry_id, place

    def require_room(self) -> None:
        """Raise DiskAlmostFull when a new request should not be begun (under 200 MB free)."""
        connection.require_room(self.home)

    def with_ballast(self, act: Callable[[], T]) -> T:
        """Do `act`, one whole transaction; on a full disk give the ballast up and do it again."""
        return connection.with_ballast(self.home, act)

    def watch_clock(self) -> bool:
        """Journal a jump of the wall clock over two minutes since the last look; whether it was.

        The uptime tells: it cannot be set. Every act looks by itself (`stamp`).
        """
        now, up = self.clock.now(), self.clock.monotonic()
        before, before_up = self._watched
        self._watched = (now, up)
        jump = (now - before) - timedelta(seconds=up - before_up)
        if abs(jump) <= NOTICEABLE_JUMP:
            return False
        self.journal_jump(jump)
        return True

    def journal_jump(self, jump: timedelta, centre_now: datetime | None = None) -> None:
        """Journal that the wall clock was set ahead by `jump`, and keep the estimate in step.

        `centre_now` is what is known of the centre's time better than this run knows it.
        """
        with self.db.atomic():
            centre = contact(self.db).centre_time
            if centre is not None:
                true = centre_now or self._centre_now(centre)
                clock_set(self.db, true - self.clock.now())
                self._since = (centre.measured, true, self.clock.monotonic())
            self.record("clock.jump", {"seconds": round(jump.total_seconds())})

    def take_time_from(self, other: Desk) -> None:
        """Look at the clock with the eyes of another connection of this run."""
        self._watched, self._since = other._watched, other._since

    # life

    def worker_copy(self) -> Desk:
        """The same desk on a connection of its own, for a thread; close it there."""
        key = self.key
        db = connection.open_store(self.home, key)
        copy = Desk(
            home=self.home,
            key=key,
            db=db,
            operator=self.operator,
            device=self.device,
            vault=self.vault,
            clock=self.clock,
            random=self.random,
        )
        for read_once in ("office", "catalogue"):
            if read_once in self.__dict__:
                copy.__dict__[read_once] = self.__dict__[read_once]
        copy.take_time_from(self)
        copy.exchange.compared = self.exchange.compared
        return copy

    def lock(self) -> None:
        """Hide everything: the connection is closed and the key forgotten. Log in to go on."""
        self._shut(truncate=True)

    def close(self) -> None:
        """Close the connection and forget the key; harmless when it is closed."""
        self._shut(truncate=False)

    def _shut(self, *, truncate: bool) -> None:
        db, self._db, self._key = self._db, None, None
        if db is None:
            return
        try:
            with suppress(StoreFailure):  # what is committed stays in the WAL, and is safe there
                db.checkpoint(truncate=truncate)
        finally:
            db.close()

    def __enter__(self) -> Desk:
        """Work with the desk inside a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()
