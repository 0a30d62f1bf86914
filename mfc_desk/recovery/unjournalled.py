"""What is local, in the second place: written there, and brought back for a desk made anew.

Drafts, settings, payees, papers that wait and what opens the scans. Only the recovery key opens
the file. Passwords are not in it: who finds the folder can try none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from mfc_desk.errors import RebuildRefused
from mfc_desk.store import refill, unjournalled
from sync import unjournalled as files
from sync.carrier import Carrier, OwnName
from sync.chain import first_head
from sync.clock import iso
from sync.database import Database
from sync.errors import BadFormat, Refused, Unreadable
from sync.ticket import Ticket

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

FOLDER = "local"
"""Where in the second place the file stands, one a desk and epoch."""
STEP = "local"
_SHAPE = {"drafts": list, "settings": dict, "payees": dict, "papers": list, "identities": list}
_WRONG_KEY = (
    "Ключ восстановления не открывает черновики и настройки во втором месте. Возьмите у оператора"
    " центра файл recovery-key.txt того центра или соберите место без --recovery-key."
)
_NOT_FOUND = 404


class Heads(Protocol):
    """What tells the heads of a stream: `sync.http.CentreClient`. Raises Unreachable, Refused."""

    def heads(self, epoch: int, wanted: list[int]) -> dict[int, str]:
        """The heads (hex) after entries of a stream; after 0 the one it begins with."""
        ...


@dataclass(frozen=True)
class Found:
    """A file of a lost desk: what its header says and what is in it."""

    sealed: files.Sealed
    content: dict[str, Any]


def name_of(ticket: Ticket) -> str:
    """The name of the file of a desk and epoch."""
    return str(OwnName(ticket.desk_no, ticket.epoch, "", files.KIND))


def sealed_now(desk: Desk, ticket: Ticket) -> bytes:
    """Return the file of this moment; the ticket names a recovery recipient."""
    return files.seal(
        unjournalled.rows(desk.db),
        desk.device.keys,
        ticket.recovery_recipient,
        server=ticket.server_id,
        desk=ticket.desk_no,
        epoch=ticket.epoch,
        at=desk.clock.now(),
    )


def names(carrier: Carrier, desk_no: int | None) -> list[OwnName]:
    """The files of a desk (None: of any) in the second place, the newest epoch first."""
    found = [OwnName.read(name) for name in carrier.names(FOLDER) if not name.endswith(".part")]
    mine = [one for one in found if one and one.kind == files.KIND and desk_no in (None, one.desk)]
    return sorted(mine, key=lambda one: one.epoch, reverse=True)


def check_key(carrier: Carrier, desk_no: int | None, identity: str) -> None:
    """Raise RebuildRefused where the identity opens none of the files that are there."""
    there = names(carrier, desk_no)
    if there and not any(_open(carrier, one, identity) for one in there):
        raise RebuildRefused(_WRONG_KEY)


def _open(carrier: Carrier, name: OwnName, identity: str) -> Found | None:
    try:
        sealed = files.read(carrier.read(FOLDER, str(name), files.MOST))
        content = files.open_sealed(sealed, identity)
    except Unreadable:
        return None
    if (sealed.desk, sealed.epoch) != (name.desk, name.epoch):
        return None
    whole = all(isinstance(content.get(part), kind) for part, kind in _SHAPE.items())
    return Found(sealed, content) if whole else None


def bring_back(
    db: Database, carrier: Carrier, ticket: Ticket, client: Heads, identity: str
) -> bool:
    """Put the newest file of an earlier epoch of this desk into its tables, once; whether one was.

    It counts only when its device's key begins that stream at the centre: whoever can write to
    the folder can seal a file to the recovery recipient. Raises Unreachable, CarrierFailure.
    """
    if refill.done(db, STEP):
        return True
    for name in names(carrier, ticket.desk_no):
        found = _open(carrier, name, identity) if name.epoch < ticket.epoch else None
        if found is None or not _genuine(found.sealed, ticket, client):
            continue
        try:
            with db.atomic():
                drafts, papers = unjournalled.put(db, found.content)
                refill.note_local(db, drafts, papers, iso(found.sealed.at))
                refill.note_done(db, STEP)
        except (KeyError, TypeError, AttributeError) as error:
            raise BadFormat from error
        return True
    return False


def _genuine(sealed: files.Sealed, ticket: Ticket, client: Heads) -> bool:
    try:
        begins = client.heads(sealed.epoch, [0]).get(0)
    except Refused as refused:
        if refused.status != _NOT_FOUND:
            raise
        return False
    head = first_head(sealed.server, sealed.desk, sealed.epoch, sealed.public)
    return sealed.server == ticket.server_id and begins == head.hex()
