"""Logging in: from a password to an open desk; and the one screen program of a home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from mfc_desk.desk import Desk, Operator
from mfc_desk.errors import NotSetUp, OperatorLockedOut, StoreError
from mfc_desk.keyslots import Cost
from mfc_desk.locks import holding
from mfc_desk.paths import Home
from mfc_desk.store import connection, device, operators
from mfc_desk.store.device import Device
from mfc_desk.vault import Vault
from sync.clock import Clock
from sync.database import Database
from sync.entries import decode
from sync.ids import Random

NOTICEABLE_STEP_BACK = timedelta(minutes=2)


def open_desk(
    home: Home, login: str, password: str, clock: Clock, random: Random, cost: Cost | None = None
) -> Desk:
    """Open the desk of `home` for `login`. Takes a quarter of a second on purpose: use a thread.

    Failed logins since the last good one, and a clock that was set back, are journalled first.
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
    db = connection.open_store(home, key)
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
    """Tell the journal of failed logins and of a clock set back since the last entry."""
    failures = desk.vault.unreported()
    back = _step_back(desk)
    if failures or back:
        with desk.db.atomic():
            for login, count in failures.items():
                desk.record("operator.login-failed", {"login": login, "count": count})
            if back:
                desk.record("clock.jump", {"seconds": -round(back.total_seconds())})
    if failures:
        desk.vault.reported(failures)


def _step_back(desk: Desk) -> timedelta | None:
    """How far the wall clock stands before the last entry, when that is over two minutes."""
    end = desk.journal.position()
    rows = desk.journal.entries(end.seq - 1, 1) if end.seq else ()
    if not rows or rows[0].data is None:
        return None
    back = decode(rows[0].data).stamp.wall - desk.clock.now()
    return back if back > NOTICEABLE_STEP_BACK else None
