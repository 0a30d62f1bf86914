"""Setting a desk up: from a ticket of the centre, by net, or for training without a centre.

Everything is made in `setup.part` and renamed into place, the database last: a set-up that was
cut anywhere is begun again, and a database that stands in place is never touched.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from forms.office import Office
from mfc_desk.access.keyslots import Cost
from mfc_desk.access.roles import Role
from mfc_desk.access.vault import Vault, check_login, check_password
from mfc_desk.durable import store_failure, sync_folder
from mfc_desk.errors import (
    AlreadySetUp,
    DatabaseLost,
    DeskError,
    KeySlotsDamaged,
    KeySlotsMissing,
    LoginRefused,
    WrongPassword,
)
from mfc_desk.paths import Home
from mfc_desk.program import program_version
from mfc_desk.setup.training_office import TRAINING_OFFICE
from mfc_desk.store import acts, connection, device, operators
from sync import ticket as tickets
from sync.chain import first_head
from sync.clock import Clock
from sync.database import Database
from sync.entries import Stamp, decode, encode
from sync.errors import SyncError, TicketInvalid
from sync.failpoint import reach
from sync.ids import Random, UuidV7
from sync.journal import Journal
from sync.keys import DeviceKeys
from sync.ticket import Ticket

TRAINING_SERVER = "training"
TRAINING_EPOCH = 1


@dataclass(frozen=True)
class FirstOperator:
    """Who sets the desk up: login in Latin, name as on papers."""

    login: str
    name: str
    role: Role


def set_up(
    home: Home,
    ticket_file: bytes | None,
    operator: FirstOperator,
    password: str,
    clock: Clock,
    random: Random,
    cost: Cost | None = None,
) -> None:
    """Set the desk up from the bytes of a ticket, or as a training desk when there is none.

    Raises AlreadySetUp, DatabaseLost, TicketInvalid, TicketExpired, LoginRefused, PasswordTooWeak
    and the errors of the store; the folder is then as if nothing had been begun.
    """
    if ticket_file is not None and require_ticket(ticket_file, now=clock.now()).restore:
        raise TicketInvalid(
            "Этот билет возвращает утраченное место. Соберите его командой"
            " `mfc-desk restore --from-centre --ticket ФАЙЛ`, со вторым местом, если оно было."
        )
    _Setup(home, operator, password, clock, random, cost).run(lambda _keys: ticket_file)


def enrol(
    home: Home,
    ask_centre: Callable[[DeviceKeys], bytes],
    fingerprint: str,
    operator: FirstOperator,
    password: str,
    clock: Clock,
    random: Random,
    cost: Cost | None = None,
) -> Ticket:
    """Set the desk up with a ticket fetched by net.

    `ask_centre(keys)` posts the enrolment and returns the ticket file. The keys are made and kept
    before it is called: cut anywhere, the next call asks again with the same ones and gets the
    same answer. The ticket must be signed by the key of `fingerprint`. Raises what `set_up`
    raises and what `ask_centre` does.
    """

    def fetch(keys: DeviceKeys) -> bytes:
        ticket_file = ask_centre(keys)
        require_ticket(ticket_file, now=clock.now(), centre=fingerprint)
        return ticket_file

    ticket_file = _Setup(home, operator, password, clock, random, cost, by_net=True).run(fetch)
    return tickets.read(ticket_file or b"")


def require_ticket(data: bytes, *, now: datetime, centre: str | None = None) -> Ticket:
    """Read a ticket a desk can be set up with; raises TicketInvalid, TicketExpired."""
    ticket = tickets.read(data, now=now, centre=centre)
    try:
        Office.from_dict(ticket.office)
    except ValueError as error:
        raise TicketInvalid(f"В билете неверно записан офис: {error}. Получите новый.") from error
    return ticket


class _Setup:
    """One set-up on its way."""

    def __init__(
        self,
        home: Home,
        operator: FirstOperator,
        password: str,
        clock: Clock,
        random: Random,
        cost: Cost | None,
        *,
        by_net: bool = False,
    ) -> None:
        check_login(operator.login)
        check_password(password)
        if not operator.name.strip():
            raise LoginRefused("Имя сотрудника пустое. Укажите фамилию и инициалы.")
        self._home = home
        self._part = Home(home.setup_part)
        self._operator = operator
        self._password = password
        self._clock = clock
        self._random = random
        self._vault = Vault(self._part, clock, random, cost)
        self._by_net = by_net

    def run(self, fetch: Callable[[DeviceKeys], bytes | None]) -> bytes | None:
        """Make the part, fill it, put it in place; returns the ticket file."""
        if self._home.is_set_up:
            raise AlreadySetUp
        if self._home.is_robbed:
            raise DatabaseLost
        try:
            self._home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            key, db = self._resume() or self._begin()
            reach("setup.begun")
            with db:
                ticket_file = self._fill(db, key, fetch)
                db.checkpoint(truncate=True)
            reach("setup.filled")
            self._put_in_place()
        except OSError as error:
            self._forget()
            raise store_failure(error) from error
        except (DeskError, SyncError):
            self._forget()
            raise
        connection.keep_ballast(self._home)
        return ticket_file

    def _forget(self) -> None:
        """Leave nothing of a failed set-up, except keys a centre may have been shown."""
        if not self._by_net:
            shutil.rmtree(self._part.root, ignore_errors=True)

    def _resume(self) -> tuple[bytes, Database] | None:
        """A half-done enrolment, when this password opens it: its keys are known to the centre."""
        if not self._by_net or not self._part.database.exists():
            return None
        try:
            key = self._vault.unlock(self._operator.login, self._password)
            return key, connection.open_store(self._part, key)
        except (WrongPassword, KeySlotsDamaged, KeySlotsMissing, SyncError):
            return None  # somebody else's beginning, or a damaged one: of no use to anybody

    def _begin(self) -> tuple[bytes, Database]:
        shutil.rmtree(self._part.root, ignore_errors=True)
        self._part.root.mkdir(mode=0o700)
        key = self._vault.create(self._operator.login, self._password, "")
        return key, connection.open_store(self._part, key)

    def _fill(
        self, db: Database, key: bytes, fetch: Callable[[DeviceKeys], bytes | None]
    ) -> bytes | None:
        kept = device.unused_keys(db)
        if kept is None:
            keys = DeviceKeys.generate(self._random)
            with db.atomic():
                kept = (device.keep_keys(db, keys), keys)
        keys_id, keys = kept
        ticket_file = fetch(keys)
        reach("setup.fetched")
        enrolled = self._device(keys, ticket_file)
        if ticket_file is not None:
            recipient = tickets.read(ticket_file).recovery_recipient
            if recipient:
                self._vault.seal_recovery(key, recipient)
        with db.atomic():
            device.add(db, enrolled, keys_id)
            self._first_entries(db, enrolled)
        return ticket_file

    def _device(self, keys: DeviceKeys, ticket_file: bytes | None) -> device.Device:
        now = self._clock.now()
        if ticket_file is None:
            return device.Device(
                epoch=TRAINING_EPOCH,
                keys=keys,
                server_id=TRAINING_SERVER,
                desk_no=0,
                desk_title="Учебное рабочее место",
                window="1",
                office=TRAINING_OFFICE,
                ticket_file=None,
                set_up_at=now,
                enrolled_at=None,
            )
        ticket = tickets.read(ticket_file)
        return device.of_ticket(ticket, ticket_file, keys, now, by_net=self._by_net)

    def _first_entries(self, db: Database, enrolled: device.Device) -> None:
        journal = Journal(db)
        journal.open_epoch(
            enrolled.epoch,
            first_head(enrolled.server_id, enrolled.desk_no, enrolled.epoch, enrolled.keys.public),
        )
        zone = Office.from_dict(enrolled.office).zone
        ids = UuidV7(lambda: int(self._clock.now().timestamp() * 1000), self._random)
        person = self._operator
        opening = {
            "desk": enrolled.desk_no,
            "epoch": enrolled.epoch,
            "office": enrolled.office.get("code", ""),
            "program": program_version(),
        }
        account = {"login": person.login, "name": person.name.strip(), "role": person.role.value}
        for kind, body in (("epoch.open", opening), ("operator.add", account)):
            self._append(db, journal, ids.next(), kind, body, zone)

    def _append(
        self,
        db: Database,
        journal: Journal,
        entry_id: str,
        kind: str,
        body: dict[str, Any],
        zone: tzinfo,
    ) -> None:
        clock = self._clock
        day = clock.now().astimezone(zone).date().isoformat()
        stamp = Stamp(clock.now(), clock.boot_id(), int(clock.monotonic()))
        entry = encode(
            entry_id=entry_id, kind=kind, stamp=stamp, operator=self._operator.login, body=body
        )
        acts.append(db, journal, entry, entry_id=entry_id, kind=kind, day=day)
        operators.apply_entry(db, decode(entry))

    def _put_in_place(self) -> None:
        """Keys first, database last: it is the database that says that the desk is set up."""
        self._part.keyslots.replace(self._home.keyslots)
        sync_folder(self._home.root)
        reach("setup.keys-placed")
        self._part.database.replace(self._home.database)
        sync_folder(self._home.root)
        shutil.rmtree(self._part.root, ignore_errors=True)
