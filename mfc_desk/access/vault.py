"""The vault: gives the database key to whoever knows a password of this desk, slowly to others.

The attempt is counted on disk before the password is tried, so killing the program saves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager

from mfc_desk.access.attempts import NOBODY, Attempts
from mfc_desk.access.keyslots import KEY_BYTES, Cost, KeySlots, from_bytes, to_bytes, unwrap, wrap
from mfc_desk.access.locks import holding
from mfc_desk.durable import store_failure, write_durably
from mfc_desk.errors import (
    KeySlotsDamaged,
    KeySlotsMissing,
    LoginDelayed,
    LoginRefused,
    NotSetUp,
    PasswordTooWeak,
    RecoveryRefused,
    UnknownOperator,
    WrongPassword,
)
from mfc_desk.paths import Home
from sync import keys
from sync.clock import Clock
from sync.errors import BadFormat
from sync.ids import Random

SHORTEST_PASSWORD = 8
LOCK_WAIT_S = 30.0
_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,30})[a-z0-9]")


def check_password(password: str) -> None:
    """Raise PasswordTooWeak for one of fewer than 8 characters."""
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooWeak


def check_login(login: str) -> None:
    """Raise LoginRefused unless it is a short Latin name: it stands in clear in the slots file."""
    if not _LOGIN.fullmatch(login):
        raise LoginRefused


class Vault:
    """The key slots of one home and the counting of failed logins."""

    def __init__(self, home: Home, clock: Clock, random: Random, cost: Cost | None = None) -> None:
        """`cost` is that of new slots; a slot is opened at the cost it was made with."""
        self._home = home
        self._random = random
        self._cost = cost or Cost()
        self._attempts = Attempts(home.attempts, clock)

    def create(self, login: str, password: str, recovery_recipient: str) -> bytes:
        """Make a new database key, its first slot and the recovery slot; returns the 32 bytes.

        `recovery_recipient` is an age recipient, or "" for a training desk, which has none.
        """
        check_login(login)
        check_password(password)
        key = self._random.bytes(KEY_BYTES)
        recovery = keys.encrypt(key, [recovery_recipient]) if recovery_recipient else b""
        slot = wrap(key, login, password, self._cost, self._random)
        self._write(KeySlots((slot,), recovery_recipient, recovery))
        return key

    def unlock(self, login: str, password: str) -> bytes:
        """The database key, 32 bytes.

        Raises WrongPassword with the seconds to wait, LoginDelayed while they last,
        KeySlotsDamaged, KeySlotsMissing, NotSetUp.
        """
        slots = self._read()
        slot = slots.slot(login)
        counted_as = login if slot else NOBODY
        with self._lock():
            left = self._attempts.wait(counted_as)
            if left:
                raise LoginDelayed(left)
            wait = self._attempts.failed(counted_as)
            key = unwrap(slot, password) if slot else None
            if key is None:
                raise WrongPassword(wait)
            self._attempts.succeeded(counted_as)
        return key

    def logins(self) -> tuple[str, ...]:
        """The logins that have a slot."""
        return tuple(slot.login for slot in self._read().slots)

    def add_slot(self, key: bytes, login: str, password: str) -> None:
        """Let `login` open `key` with `password`, in the place of a slot it may have had."""
        check_login(login)
        check_password(password)
        slot = wrap(key, login, password, self._cost, self._random)
        with self._lock():
            self._write(self._read().with_slot(slot))

    def remove_slot(self, login: str) -> None:
        """Forget the slot of `login`; raises UnknownOperator when there is none."""
        with self._lock():
            slots = self._read()
            if slots.slot(login) is None:
                raise UnknownOperator
            self._write(slots.without(login))

    def change_password(self, login: str, old: str, new: str) -> None:
        """Replace the slot of `login`; a wrong `old` counts as a failed login."""
        check_password(new)
        self.add_slot(self.unlock(login, old), login, new)

    def recover(self, identity: str) -> bytes:
        """The database key by the recovery identity (AGE-SECRET-KEY-1…); raises RecoveryRefused."""
        slots = self._read()
        try:
            key = keys.decrypt(slots.recovery, [identity.strip()])
        except BadFormat as error:
            raise RecoveryRefused from error
        if len(key) != KEY_BYTES:
            raise RecoveryRefused
        return key

    def seal_recovery(self, key: bytes, recovery_recipient: str) -> None:
        """Replace the recovery slot: the desk now belongs to another centre."""
        recovery = keys.encrypt(key, [recovery_recipient])
        with self._lock():
            self._write(KeySlots(self._read().slots, recovery_recipient, recovery))

    def unreported(self) -> dict[str, int]:
        """Failed logins the journal does not tell of yet, by login ("" is nobody's)."""
        with self._lock():
            return self._attempts.unreported()

    def reported(self, told: Mapping[str, int]) -> None:
        """The journal tells of these now."""
        with self._lock():
            self._attempts.reported(told)

    def _lock(self) -> AbstractContextManager[None]:
        return holding(self._home.vault_lock, wait_s=LOCK_WAIT_S)

    def _read(self) -> KeySlots:
        try:
            return from_bytes(self._home.keyslots.read_bytes())
        except FileNotFoundError as error:
            raise (KeySlotsMissing if self._home.database.exists() else NotSetUp) from error
        except OSError as error:
            raise store_failure(error) from error

    def _write(self, slots: KeySlots) -> None:
        data = to_bytes(slots)
        write_durably(self._home.keyslots, data)
        if self._home.keyslots.read_bytes() != data:
            raise KeySlotsDamaged
