"""Accounts and numbers of a desk made anew: who keeps the accounts, and no number comes twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from mfc_desk.access.roles import Action, Role, may
from mfc_desk.store import acts, numbers, operators, requests
from sync.clock import Clock
from sync.database import Database
from sync.entries import Stamp, decode, encode
from sync.ids import UuidV7
from sync.journal import Journal

SKIPPED_NUMBERS = 1000
"""What the lost desk may have printed since its last contact is nobody's number again."""
_LARGEST_COUNTER = 999_999


@dataclass(frozen=True)
class Person:
    """Who makes the desk anew and will keep its accounts; `name` counts for somebody new."""

    login: str
    name: str
    password: str


class TakingOver:
    """What a person journals on a desk made anew; each inside a transaction of the caller."""

    def __init__(
        self, db: Database, zone: tzinfo, person: Person, clock: Clock, ids: UuidV7
    ) -> None:
        self._db, self._zone, self._person = db, zone, person
        self._clock, self._ids = clock, ids

    def accounts(self) -> None:
        """The one who restores keeps the accounts; passwords of the others went with the disk."""
        person = self._person
        known = operators.get(self._db, person.login)
        account = {"login": person.login, "name": person.name.strip() or person.login}
        if known is None:
            self.record("operator.add", {**account, "role": Role.SUPERVISOR.value})
        elif known.locked or not may(known.role, Action.OPERATORS):
            role = Role.SUPERVISOR.value
            body = {"login": person.login, "name": known.name, "role": role, "password": True}
            self.record("operator.change", body)
        for one in operators.every(self._db):
            if one.login != person.login and not one.locked:
                self.record("operator.lock", {"login": one.login})

    def skip_numbers(self, desk_no: int) -> None:
        """Go on with numbers beyond what the lost disk may have printed."""
        last = min(numbers.last_counter(self._db, desk_no) + SKIPPED_NUMBERS, _LARGEST_COUNTER)
        self.record(requests.SKIP, {"desk": desk_no, "last": last})

    def record(self, kind: str, body: Mapping[str, Any]) -> None:
        """Append an entry of this person and do what it says."""
        clock, journal = self._clock, Journal(self._db)
        entry_id = self._ids.next()
        stamp = Stamp(clock.now(), clock.boot_id(), int(clock.monotonic()))
        data = encode(
            entry_id=entry_id, kind=kind, stamp=stamp, operator=self._person.login, body=body
        )
        day = clock.now().astimezone(self._zone).date().isoformat()
        acts.append(self._db, journal, data, entry_id=entry_id, kind=kind, day=day)
        for part in (operators, requests):
            part.apply_entry(self._db, decode(data))
