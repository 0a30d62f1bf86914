"""Logging in: from a password to an open desk; and the one screen program of a home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from mfc_desk.access.keyslots import Cost
from mfc_desk.access.locks import holding
from mfc_desk.access.logged_in import Operator
from mfc_desk.access.vault import Vault
from mfc_desk.desk import NOTICEABLE_JUMP, Desk
from mfc_desk.errors import NotSetUp, OperatorLockedOut, StoreError
from mfc_desk.paths import Home
from mfc_desk.store import connection, device, operators
from mfc_desk.store.device import Device
from sync.clock import Clock
from sync.database import Database
from sync.entries import Stamp, decode
from sync.ids import Random


def open_desk(
    home: Home, login: str, password: str, clock: Clock, random: Random, cost: Cost | None = None
) -> Desk:
    """Open the desk of `home` for `login`. Takes a quarter of a second on purpose: use a thread.

    Failed logins since the last good one, and a clock that was set, are journalled first.
    `cost` is that of new key slots. Raises NotSetUp, WrongPassword, LoginDelayed,
    OperatorLockedOut, KeySlotsDamaged and the errors of sync.database.
    """
    vault = Vault(home, clock, random, cost)
    return open_with_key(home, vault.unlock(login, password), login, vault, clock, random)


def open_with_key(
    home: Home, key: bytes, login: str, vault: Vault, clock: Clock, random: Random
) -> Desk:
    """Open the desk with a key already in hand (a password, or the recovery identity, gave it)."""
    if not home.is_set_up:
        raise NotSetUp
    db = connection.open_own(home, key)
    try:
        desk = Desk(
            home=home,
            key=key,
            db=db,
            operator=_operator(db, login),
            device=_device(db),
            vault=vault,
            clock=clock,
            random=random,
        )
        _journal_what_happened(desk)
        connection.keep_ballast(home)
    except BaseException:
        db.close()
        raise
    return desk


def _operator(db: Database, login: str) -> Operator:
    stored = operators.get(db, login)
    if stored is None or stored.locked:
        raise OperatorLockedOut
    return Operator(stored.login, stored.name, stored.role)


def _device(db: Database) -> Device:
    enrolled = device.current(db)
    if enrolled is None:
        raise StoreError("В базе нет сведений о рабочем месте. Восстановите её из копии.")
    return enrolled


@contextmanager
def hold_screen(home: Home) -> Iterator[None]:
    """Be the one screen program of `home`; raises HomeLocked when another one is open."""
    home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with holding(home.desk_lock):
        yield


def _journal_what_happened(desk: Desk) -> None:
    """Tell the journal of failed logins and of a clock that was set since the last entry."""
    last, failures = _last_stamp(desk), desk.vault.unreported()
    if failures:
        with desk.db.atomic():
            for login, count in failures.items():
                desk.record("operator.login-failed", {"login": login, "count": count})
        desk.vault.reported(failures)
    jump = _jump(desk, last) if last else None
    if last is not None and jump is not None:
        desk.journal_jump(jump, last.srv + _passed(desk, last) if last.srv else None)


def _last_stamp(desk: Desk) -> Stamp | None:
    end = desk.journal.position()
    rows = desk.journal.entries(end.seq - 1, 1) if end.seq else ()
    return decode(rows[0].data).stamp if rows and rows[0].data is not None else None


def _passed(desk: Desk, last: Stamp) -> timedelta:
    """How much time has surely passed since an entry: all of it, when the computer ran through."""
    if last.boot != desk.clock.boot_id():
        return timedelta(0)
    return timedelta(seconds=max(0.0, desk.clock.monotonic() - last.up))


def _jump(desk: Desk, last: Stamp) -> timedelta | None:
    """How far ahead the wall clock was set since an entry, when that is over two minutes.

    After a new start of the computer only a step back can be told from time that went by.
    """
    ahead = desk.clock.now() - last.wall - _passed(desk, last)
    same_boot = last.boot == desk.clock.boot_id()
    return ahead if ahead < -NOTICEABLE_JUMP or (same_boot and ahead > NOTICEABLE_JUMP) else None
