"""Enrolling a desk again: new keys, a new epoch, and everything it ever did journalled in it again.

The way out when the centre does not know this desk's journal any more: a disk that was copied, a
centre that was replaced, a code that ran out. Entries keep their ids and bytes, so the centre
applies none of them twice (sync.md, 4 T5 and 9).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

from mfc_desk.access.locks import holding
from mfc_desk.access.roles import Action
from mfc_desk.errors import TrainingDesk
from mfc_desk.program import program_version
from mfc_desk.setup.setup import require_ticket
from mfc_desk.store import acts, device
from sync.chain import first_head
from sync.entries import decode
from sync.errors import TicketInvalid
from sync.failpoint import reach
from sync.keys import DeviceKeys
from sync.ticket import Ticket

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

_PAGE = 500


def enrol_again(
    desk: Desk, ask_centre: Callable[[DeviceKeys], bytes], fingerprint: str | None, *, by_net: bool
) -> Ticket:
    """Give `desk` the identity of a new ticket; returns it. Close the desk afterwards.

    `ask_centre(keys)` returns the ticket file: by net it shows the keys, which are kept first, so
    a cut call is simply made again; from a stick it reads a file, and `fingerprint` is None.
    Raises NotAllowed, HomeLocked while a screen program or an exchange runs, TrainingDesk,
    TicketInvalid, TicketExpired and what `ask_centre` raises; nothing has changed then.
    """
    desk.may(Action.ENROL)
    if desk.training:
        raise TrainingDesk(
            "Учебное место рабочим не становится: настройте новое в другой папке, с ключом --home."
        )
    with ExitStack() as locks:
        for lock in (desk.home.desk_lock, desk.home.exchange_lock):
            locks.enter_context(holding(lock))
        keys_id, keys = _keys(desk)
        reach("enrol.kept")
        data = ask_centre(keys)
        ticket = require_ticket(data, now=desk.clock.now(), centre=fingerprint)
        if ticket.epoch <= desk.journal.position().epoch:
            raise TicketInvalid("Этот билет старше нынешнего. Получите новый у оператора центра.")
        reach("enrol.fetched")
        if ticket.recovery_recipient:
            desk.vault.seal_recovery(desk.key, ticket.recovery_recipient)
        now = desk.clock.now()
        enrolled = device.of_ticket(ticket, data, keys, now, by_net=by_net)
        days = _days(desk)
        with desk.db.atomic():
            _open_epoch(desk, enrolled, keys_id, days)
            reach("enrol.uncommitted")
        reach("enrol.committed")
    return ticket


def _keys(desk: Desk) -> tuple[int, DeviceKeys]:
    """Keys of an enrolment that was cut, else new ones."""
    kept = device.unused_keys(desk.db)
    if kept is None:
        keys = DeviceKeys.generate(desk.random)
        with desk.db.atomic():
            kept = (device.keep_keys(desk.db, keys), keys)
    return kept


def _days(desk: Desk) -> dict[int, str]:
    """The day of each entry of the epoch in use, by its number: read before the transaction."""
    epoch, days, after = desk.journal.position().epoch, dict[int, str](), 0
    while page := desk.journal.entries(after, _PAGE, epoch):
        days |= {row.seq: _day(desk, row.data) for row in page if row.data is not None}
        after = page[-1].seq
    return days


def _day(desk: Desk, data: bytes) -> str:
    return decode(data).stamp.wall.astimezone(desk.zone).date().isoformat()


def _open_epoch(desk: Desk, enrolled: device.Device, keys_id: int, days: Mapping[int, str]) -> None:
    """T5: the new epoch begins with its opening, then with every entry of the last one.

    `days` lacks only what another command saved since it was read.
    """
    before = desk.journal.position()
    device.add(desk.db, enrolled, keys_id)
    desk.journal.open_epoch(
        enrolled.epoch,
        first_head(enrolled.server_id, enrolled.desk_no, enrolled.epoch, enrolled.keys.public),
    )
    desk.record(
        "epoch.open",
        {
            "desk": enrolled.desk_no,
            "epoch": enrolled.epoch,
            "office": enrolled.office.get("code", ""),
            "program": program_version(),
            "before": {
                "desk": desk.desk_no,
                "epoch": before.epoch,
                "seq": before.seq,
                "head": before.head.hex(),
            },
        },
    )
    after = 0
    while page := desk.journal.entries(after, _PAGE, before.epoch):
        for row in page:
            if row.data is not None:
                acts.append(
                    desk.db,
                    desk.journal,
                    row.data,
                    entry_id=row.entry_id,
                    kind=row.kind,
                    day=days.get(row.seq) or _day(desk, row.data),
                )
        after = page[-1].seq
    device.move_requests(desk.db, enrolled.epoch)
