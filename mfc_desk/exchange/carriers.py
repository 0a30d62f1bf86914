"""The exchange by USB stick: which ones are in, writing to one, taking in from one."""

from __future__ import annotations

import os
import string
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mfc_desk.access.roles import Action
from mfc_desk.errors import TrainingDesk
from mfc_desk.exchange.carried_catalogue import DAMAGED, renew_from
from mfc_desk.exchange.centre_keys import keep_carried, ticket_in_use
from mfc_desk.exchange.feed import read_events
from mfc_desk.store import attachments
from sync.carried import Carried, DamagedFile, Step, TakenIn, TakenOut, key_changes
from sync.carrier import Carrier
from sync.errors import ExchangeRunning, Unreadable
from sync.lock import Lock, LockFile
from sync.outbox import Outbox
from sync.ticket import Ticket

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

SCAN_BYTES = 2 << 30
"""How much of the scans one stick is given, unless the person says otherwise."""
PATIENCE_S = 20.0
"""How long an exchange that runs over the net is waited for."""
_LOOK_S = 0.2
_MOUNTED = ("/run/media/*/*", "/media/*/*", "/media/*", "/mnt/*", "/Volumes/*")
COMPARISON = "ответ о сверке (.mfcc)"
BUSY = (
    "Сейчас идёт обмен по сети. Остановите его в «Обмене» (Ctrl+T) или дождитесь конца и примите"
    " с носителя ещё раз."
)


class Carriers:
    """Use cases; they take as long as a stick does: use a thread, with a desk of its own."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def found(self) -> tuple[Path, ...]:
        """Return the folders of the sticks that are in, as far as the system shows them."""
        if os.name == "nt":
            drives = (Path(f"{letter}:\\") for letter in string.ascii_uppercase[3:])
            return tuple(drive for drive in drives if drive.exists())
        mounted = (path for pattern in _MOUNTED for path in Path("/").glob(pattern[1:]))
        return tuple(dict.fromkeys(path for path in mounted if path.is_mount()))

    def out(
        self,
        folder: Path,
        *,
        scan_bytes: int = SCAN_BYTES,
        progress: Callable[[Step], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> TakenOut:
        """Write what the centre has not confirmed to the folder of a stick.

        Raises NotAllowed, TrainingDesk, CarrierGone and the errors of sync.database; a stick that
        fills up or fails on the way is a result.
        """
        desk, ticket = self._desk, self._ticket()
        kept = Outbox(desk.db, ticket).kept()
        scans = desk.attachments.unsent(kept.incarnation if kept else "")
        carried = self._carried(ticket, LockFile(desk.home.exchange_lock), progress, stop)
        carrier = Carrier(folder)
        carrier.check()
        question = desk.reconciliation.question()
        done = carried.out(carrier, scans, scan_bytes=scan_bytes, compare=question)
        desk.attachments.found_damaged(done.damaged)
        return done

    def take_in(
        self,
        folder: Path,
        *,
        progress: Callable[[Step], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> TakenIn:
        """Apply what the centre wrote for this desk to the stick; again changes nothing.

        Raises NotAllowed, TrainingDesk, ExchangeRunning, CarrierFailure and the errors of
        sync.database.
        """
        desk, carrier = self._desk, Carrier(folder)
        if keep_carried(desk, key_changes(carrier, self._ticket())):
            desk.db.checkpoint()
        ticket = self._ticket()
        with LockFile(desk.home.exchange_lock) as lock:
            patient = _Patient(lock, stop or _never)
            try:
                found = self._carried(ticket, patient, progress, stop).take_in(carrier)
            except ExchangeRunning as error:
                raise ExchangeRunning(BUSY) from error
        if not found.frozen and not found.behind:
            renewal, damaged = renew_from(desk, carrier, stop or _never)
            found.catalogue = renewal.version
            if damaged:
                found.damaged.append(DamagedFile(damaged, DAMAGED))
            self._reconcile(found)
        waiting = {one.sha256: one.size for one in attachments.unsent(desk.db, found.incarnation)}
        found.scans &= waiting.keys()
        with desk.db.atomic():
            for sha in found.scans:
                attachments.mark_sent(desk.db, sha, waiting[sha], found.incarnation)
        desk.db.checkpoint()
        return found

    def _reconcile(self, found: TakenIn) -> None:
        """Keep the comparison the carrier brought; what cannot be read is named."""
        for answer in found.compared:
            try:
                made = self._desk.reconciliation.answered(answer)
            except Unreadable as error:
                found.damaged.append(DamagedFile(COMPARISON, str(error)))
                continue
            if made is not None:
                found.reconciled = made.text

    def _ticket(self) -> Ticket:
        self._desk.may(Action.EXCHANGE)
        ticket = ticket_in_use(self._desk)
        if ticket is None:
            raise TrainingDesk
        return ticket

    def _carried(
        self,
        ticket: Ticket,
        lock: Lock,
        progress: Callable[[Step], None] | None,
        stop: Callable[[], bool] | None,
    ) -> Carried:
        desk = self._desk
        return Carried(
            desk.db,
            ticket,
            desk.device.keys,
            desk.clock,
            desk.random,
            lock,
            bound=desk.device.enrolled_at is not None,
            apply=lambda events: read_events(desk, events),
            tell=progress or _tell_nobody,
            stop=stop or _never,
        )


class _Patient:
    """A lock that is waited for a while: an exchange over the net mostly ends by itself soon."""

    def __init__(self, lock: Lock, stop: Callable[[], bool]) -> None:
        self._lock = lock
        self._stop = stop

    def take(self) -> bool:
        """Take it; False when somebody holds it for long."""
        until = time.monotonic() + PATIENCE_S
        while not self._lock.take():
            if self._stop() or time.monotonic() > until:
                return False
            time.sleep(_LOOK_S)
        return True

    def release(self) -> None:
        """Give it back."""
        self._lock.release()


def _tell_nobody(_step: Step) -> None:
    return


def _never() -> bool:
    return False
