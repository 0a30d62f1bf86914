"""A desk made anew in the place of a lost one: from the centre and from its second place.

Batches in a second place are sealed to the centre alone, so they are handed in first, under the
lost desk's own signature, while its stream is still open. Then this computer is enrolled by a
ticket of `desk-code --restore`, and the centre gives back what the desk ever handed in, sealed to
the new keys. Everything is made in `rebuild.part`; cut anywhere, the same call goes on.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from forms.office import Office
from mfc_desk.access.keyslots import Cost
from mfc_desk.access.locks import holding
from mfc_desk.access.vault import Vault, check_login, check_password
from mfc_desk.durable import store_failure, sync_folder, write_durably
from mfc_desk.errors import RebuildRefused
from mfc_desk.paths import Home
from mfc_desk.program import program_version
from mfc_desk.recovery.backup import move_aside
from mfc_desk.recovery.handing_in import Placed, Way, batches_of, hand_in_all, place
from mfc_desk.recovery.refill import ALL, read_back
from mfc_desk.recovery.returned_scans import bring_scans
from mfc_desk.recovery.taking_over import Person, TakingOver
from mfc_desk.recovery.unjournalled import bring_back, check_key, names
from mfc_desk.settings import Settings
from mfc_desk.setup.setup import require_ticket
from mfc_desk.store import (
    connection,
    device,
    refill,
    requests,
    second_place,
    settings,
)
from sync.carrier import Carrier
from sync.chain import first_head
from sync.clock import Clock
from sync.database import Database
from sync.errors import KEPT, Refused, Unreachable
from sync.failpoint import reach
from sync.http import CentreClient, fetch_ticket
from sync.ids import Random, UuidV7
from sync.journal import Journal
from sync.keys import DeviceKeys
from sync.ticket import Ticket, split_code

if TYPE_CHECKING:
    from mfc_desk.store.device import Device
    from mfc_desk.store.refill import LeftEntry, Report

_WRONG_TICKET = (
    "Этот билет не для восстановления. Попросите у оператора центра другой:"
    " mfc-central desk-code ОФИС МЕСТО --restore."
)

AGAIN = " Место ещё не собрано: повторите ту же команду позже, она продолжит."
"""Instead of KEPT: nothing sends itself here."""

Tell = Callable[[str, int, int], None]
"""Told (step in words, done, of all)."""


@dataclass(frozen=True)
class Source:
    """How the centre is reached: the bytes of a ticket, or an address and a dictated code."""

    ticket: bytes | None = None
    url: str = ""
    code: str = ""


@dataclass(frozen=True)
class Rebuilt:
    """What came back, and what did not.

    `left_files` of the second place the centre has not put into the stream: it keeps them aside,
    but not `refused_files`, which are in the folder alone. `damaged_scans` are
    files of the second place that are not what they were, `missing_scans` counts them too.
    `left_entries` are at the centre and contradict what is here. `report` is what the screens show
    later; `local_waits`: the second place holds drafts and settings of the lost disk.
    """

    desk_no: int
    entries: int
    requests: int
    left_files: tuple[str, ...]
    refused_files: tuple[str, ...]
    missing_scans: int
    damaged_scans: tuple[str, ...]
    left_entries: tuple[LeftEntry, ...]
    report: Report | None
    local_waits: bool
    moved_to: Path | None


def rebuild(
    home: Home,
    source: Source,
    person: Person,
    clock: Clock,
    random: Random,
    *,
    place: Path | None = None,
    replace_desk: bool = False,
    leave_refused: bool = False,
    recovery: str = "",
    cost: Cost | None = None,
    tell: Tell = lambda _step, _done, _all: None,
) -> Rebuilt:
    """Make the desk of `home` anew; a desk that stands there is moved aside with `replace_desk`.

    `place` is the folder of the second place; what the centre does not take of it stops the call
    before anything is enrolled, unless `leave_refused`. `recovery` (AGE-SECRET-KEY-1…) opens what
    is local there: drafts, settings, papers that wait, and the key of the scans. Raises
    RebuildRefused, HomeLocked, TicketInvalid, TicketExpired, Unreachable (a busy centre too),
    Refused, a CarrierFailure and the errors of the store; the same call then goes on where it was.
    """
    check_login(person.login)
    check_password(person.password)
    try:
        home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as locks:
            for lock in (home.desk_lock, home.exchange_lock):
                locks.enter_context(holding(lock))
            if home.is_set_up and not replace_desk:
                raise RebuildRefused(
                    "Здесь уже стоит рабочее место. Если оно не открывается, добавьте --replace:"
                    " оно отложится рядом. Вернуть из копии: mfc-desk restore ФАЙЛ."
                )
            return _Rebuild(
                home,
                source,
                person,
                clock,
                random,
                place,
                cost,
                tell,
                leave_refused=leave_refused,
                recovery=recovery,
            ).run()
    except OSError as error:
        raise store_failure(error) from error
    except Unreachable as error:
        text = str(error).replace(KEPT, AGAIN)
        raise Unreachable(error.kind, text, retry_after=error.retry_after) from error
    except Refused as error:
        if not error.passing:
            raise
        raise Unreachable("server-error", f"{error}{AGAIN}") from error


class _Rebuild:
    """One desk on its way back."""

    def __init__(
        self,
        home: Home,
        source: Source,
        person: Person,
        clock: Clock,
        random: Random,
        place: Path | None,
        cost: Cost | None,
        tell: Tell,
        *,
        leave_refused: bool,
        recovery: str,
    ) -> None:
        self._home, self._source, self._person = home, source, person
        self._clock, self._random, self._tell = clock, random, tell
        self._part = Home(home.root / "rebuild.part")
        self._vault = Vault(self._part, clock, random, cost)
        self._carrier = Carrier(place) if place is not None else None
        self._leave_refused = leave_refused
        self._recovery = recovery
        self._ids = UuidV7(lambda: int(clock.now().timestamp() * 1000), random)

    def run(self) -> Rebuilt:
        key, db = self._open()
        with db:
            if device.current(db) is None:
                self._hand_in(db)
                self._enrol(db, key)
            enrolled = device.current(db)
            if enrolled is None or enrolled.ticket is None:
                raise AssertionError("enrolled just now")
            client = CentreClient(enrolled.ticket, enrolled.keys, self._clock)
            try:
                result = self._fill(db, client, enrolled, enrolled.ticket)
            finally:
                client.close()
            db.checkpoint(truncate=True)
        reach("rebuild.filled")
        moved_to = self._put_in_place()
        connection.keep_ballast(self._home)
        return replace(result, moved_to=moved_to)

    def _open(self) -> tuple[bytes, Database]:
        """Go on with what was begun, or begin."""
        if self._part.database.exists():
            key = self._vault.unlock(self._person.login, self._person.password)
            return key, connection.open_store(self._part, key)
        shutil.rmtree(self._part.root, ignore_errors=True)
        self._part.root.mkdir(mode=0o700)
        key = self._vault.create(self._person.login, self._person.password, "")
        return key, connection.open_store(self._part, key)

    def _hand_in(self, db: Database) -> None:
        """Before this desk is enrolled: afterwards the lost one's stream is closed."""
        if self._carrier is None or refill.done(db, "handed-in"):
            return
        ticket = self._ticket_file()
        if self._recovery:
            check_key(self._carrier, ticket.desk_no if ticket else None, self._recovery)
        names = batches_of(self._carrier, ticket.desk_no if ticket else None)
        way = Way(ticket.urls, ticket.ca_pem) if ticket else Way((self._source.url,), None)
        tell = partial(self._tell, "сдаём второе место в центр")
        leave = self._leave_refused
        hand_in_all(db, self._carrier, names, way, self._clock, tell, leave_refused=leave)
        reach("rebuild.handed-in")

    def _ticket_file(self) -> Ticket | None:
        """The ticket of a file; raises RebuildRefused for one that gives nothing back."""
        if self._source.ticket is None:
            return None
        ticket = require_ticket(self._source.ticket, now=self._clock.now())
        if not ticket.restore:
            raise RebuildRefused(_WRONG_TICKET)
        return ticket

    def _enrol(self, db: Database, key: bytes) -> None:
        """Become the desk: keys first, so that a cut enrolment is simply made again."""
        kept = device.unused_keys(db)
        if kept is None:
            keys = DeviceKeys.generate(self._random)
            with db.atomic():
                kept = (device.keep_keys(db, keys), keys)
        keys_id, keys = kept
        self._tell("подключаемся к центру", 0, 1)
        data = self._fetch(keys)
        reach("rebuild.fetched")
        ticket = require_ticket(data, now=self._clock.now())
        if not ticket.restore:
            raise RebuildRefused(_WRONG_TICKET)
        if ticket.recovery_recipient:
            self._vault.seal_recovery(key, ticket.recovery_recipient)
        enrolled = device.of_ticket(ticket, data, keys, self._clock.now(), by_net=True)
        opening = {
            "desk": ticket.desk_no,
            "epoch": ticket.epoch,
            "office": enrolled.office.get("code", ""),
            "program": program_version(),
            "restored": True,
        }
        journal = Journal(db)
        with db.atomic():
            device.add(db, enrolled, keys_id)
            first = first_head(ticket.server_id, ticket.desk_no, ticket.epoch, keys.public)
            journal.open_epoch(ticket.epoch, first)
            self._taking_over(db, _zone(enrolled)).record("epoch.open", opening)
            reach("rebuild.uncommitted")
        reach("rebuild.enrolled")

    def _fetch(self, keys: DeviceKeys) -> bytes:
        """Show the keys to the centre; returns its ticket file."""
        ticket = self._ticket_file()
        if ticket is None:
            fingerprint, code = split_code(self._source.code)
            data = fetch_ticket(self._source.url, code, keys, self._clock)
            require_ticket(data, now=self._clock.now(), centre=fingerprint)
            return data
        client = CentreClient(ticket, keys, self._clock)
        try:
            data = client.enrol()
        finally:
            client.close()
        # what a person handed over says whom to trust; anybody can sign one with its place by net
        if require_ticket(data, now=self._clock.now()) != ticket:
            raise RebuildRefused("Центр ответил чужим билетом. Сообщите оператору центра.")
        return data

    def _fill(
        self, db: Database, client: CentreClient, enrolled: Device, ticket: Ticket
    ) -> Rebuilt:
        zone = _zone(enrolled)
        if not refill.done(db, ALL):
            read_back(
                db, client, ticket.epoch, zone, lambda n, of: self._tell("читаем из центра", n, of)
            )
            with db.atomic():
                taking = self._taking_over(db, zone)
                taking.accounts()
                taking.skip_numbers(ticket.desk_no)
                refill.note_done(db, ALL)
                refill.note_done(db, f"{ALL}-{ticket.epoch}")
        reach("rebuild.refilled")
        if self._recovery and self._carrier is not None:
            bring_back(db, self._carrier, ticket, client, self._recovery)
            reach("rebuild.local")
        scans = bring_scans(db, client, self._home, self._carrier)
        found = self._known_files(db, client, ticket)
        files = tuple(sorted((*found.kept, *found.refused)))
        refill.note_rebuilt(db, self._clock.now(), scans.missing, files, found.refused)
        return Rebuilt(
            desk_no=ticket.desk_no,
            entries=Journal(db).position().seq,
            requests=requests.count(db),
            left_files=files,
            refused_files=found.refused,
            missing_scans=scans.missing,
            damaged_scans=scans.damaged,
            left_entries=refill.left(db),
            report=refill.report(db),
            local_waits=self._carrier is not None and bool(names(self._carrier, ticket.desk_no)),
            moved_to=None,
        )

    def _taking_over(self, db: Database, zone: tzinfo) -> TakingOver:
        return TakingOver(db, zone, self._person, self._clock, self._ids)

    def _known_files(self, db: Database, client: CentreClient, ticket: Ticket) -> Placed:
        """Compare the second place with the centre's heads, and go on writing to it."""
        if self._carrier is None:
            return Placed((), (), ())
        names = batches_of(self._carrier, ticket.desk_no)
        way = Way(ticket.urls, ticket.ca_pem)
        found = place(db, self._carrier, names, client, way, self._clock)
        folder = str(self._carrier.root)
        with db.atomic():
            settings.save(db, {"second_place": Settings(second_place=folder).second_place})
            second_place.begin(db, folder)
            for one in found.there:
                file = second_place.File(str(one), one.epoch, one.first, one.to, 1)
                second_place.written(db, file)
        return found

    def _put_in_place(self) -> Path | None:
        """Keys are copied, the database is renamed last: cut in between, the same call ends it."""
        moved_to = move_aside(self._home, self._clock.now())
        reach("rebuild.moved")
        write_durably(self._home.keyslots, self._part.keyslots.read_bytes())
        reach("rebuild.keys-placed")
        self._part.database.replace(self._home.database)
        sync_folder(self._home.root)
        shutil.rmtree(self._part.root, ignore_errors=True)
        return moved_to


def _zone(enrolled: Device) -> tzinfo:
    return Office.from_dict(enrolled.office).zone
