"""Entries that come back from the centre: into the journal verbatim, into the tables they make.

Those of a desk's earlier streams come into the current epoch, each once: the centre knows them by
their ids and applies none of them twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING, Protocol

from mfc_desk.store import acts, connection, operators, refill, requests
from sync.database import Database, IntegrityError
from sync.entries import Entry, decode
from sync.entries_page import EntriesPage
from sync.errors import EntryInvalid, Unreachable
from sync.failpoint import reach
from sync.journal import Journal

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from sync.outbox import Write

ALL = "refilled"
"""The step that is done when every earlier stream has been read."""


UNREADABLE, CONTRADICTS = "unreadable", "contradicts"
"""Why an entry that came back is not applied."""


class Way(Protocol):
    """What entries come by: `sync.http.CentreClient`. Raises Unreachable, Refused."""

    def entries(self, epoch: int, after: int) -> EntriesPage:
        """Entries of a stream of this desk after one."""
        ...


def put_back(desk: Desk, data: bytes) -> Write:
    """Read an entry of this desk; what it returns appends it verbatim and does what it did.

    The latter inside `db.atomic()`. Raises EntryInvalid; what it returns raises IntegrityError
    where the entry does not follow from what stands there.
    """
    entry = decode(data)

    def write() -> None:
        _append(desk.db, desk.journal, entry, data, desk.zone, None)

    return write


def _append(
    db: Database, journal: Journal, entry: Entry, data: bytes, zone: tzinfo, head: bytes | None
) -> None:
    """`head` is the head papers of that day show, where the entry stood in another epoch."""
    day = entry.stamp.wall.astimezone(zone).date().isoformat()
    place = acts.append(db, journal, data, entry_id=entry.entry_id, kind=entry.kind, day=day)
    for part in connection.REPLAYED:
        if part is requests:
            requests.apply_entry(db, entry, replace(place, head=head or place.head))
        else:
            part.apply_entry(db, entry)


def read_back(
    db: Database,
    way: Way,
    epoch: int,
    zone: tzinfo,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
) -> int:
    """Bring what earlier streams of this desk hold into the journal of `epoch`; return how many.

    A page is one transaction and the next call goes on after it. `tell` hears entries read of
    all. Entries that are here already are passed over. Those that contradict what is here (two
    amendments of one version: the centre holds both, a person chooses) or are unreadable are noted
    by their place (`store.refill.left`). Raises Unreachable, Refused.
    """
    journal = Journal(db)
    streams = {one: last for one, last in way.entries(epoch, 0).streams.items() if one < epoch}
    total, read, count = sum(streams.values()), 0, 0
    for stream in sorted(streams):
        after, head = refill.taken(db, stream)
        read += after
        while after < streams[stream]:
            page = way.entries(stream, after)
            if not page.entries or (head is not None and page.prev != head):
                raise Unreachable("garbage")
            decoded = [_decoded(data) for data in page.entries]
            with db.atomic():
                count += _take(db, journal, page, decoded, zone)
                refill.note_taken(db, stream, page.to, page.heads[-1])
                reach("refill.uncommitted")
            reach("refill.committed")
            read += page.to - after
            after, head = page.to, page.heads[-1]
            tell(read, total)
    return count


def _decoded(data: bytes) -> Entry | None:
    try:
        return decode(data)
    except EntryInvalid:
        return None


def _take(
    db: Database, journal: Journal, page: EntriesPage, decoded: list[Entry | None], zone: tzinfo
) -> int:
    """Put a page back; an entry that is unreadable or contradicts what is here is noted."""
    count = 0
    rows = zip(decoded, page.entries, page.heads, strict=True)
    for seq, (entry, data, head) in enumerate(rows, page.after + 1):
        if entry is None:
            refill.note_left(db, refill.LeftEntry(page.epoch, seq, UNREADABLE))
            continue
        try:
            if journal.find(entry.entry_id) is None:
                with db.atomic():
                    _append(db, journal, entry, data, zone, head)
                count += 1
        except IntegrityError:  # it is at the centre, who holds or rejects it
            refill.note_left(db, refill.LeftEntry(page.epoch, seq, CONTRADICTS))
        except (KeyError, ValueError, TypeError, AttributeError) as error:  # a bug: never passed by
            error.add_note(f"entry {seq} of stream {page.epoch}")
            raise
    return count


def refill_waits(desk: Desk) -> bool:
    """Whether the ticket of a desk says that it gets earlier streams back, and it has not yet."""
    ticket = desk.device.ticket
    restore = ticket is not None and ticket.restore
    return restore and not refill.done(desk.db, f"{ALL}-{desk.device.epoch}")


def refill_desk(desk: Desk, way: Way) -> int:
    """Read an enrolled desk's earlier streams back once, when its ticket says so; how many came."""
    ticket = desk.device.ticket
    if ticket is None or not refill_waits(desk):
        return 0
    count = read_back(desk.db, way, ticket.epoch, desk.zone)
    close_slots(desk)
    refill.note_done(desk.db, f"{ALL}-{ticket.epoch}")
    return count


def close_slots(desk: Desk) -> None:
    """Take the key slot of everybody whom an entry that came back locked out."""
    locked = {one.login for one in operators.every(desk.db) if one.locked}
    for login in set(desk.vault.logins()) & locked:
        desk.vault.remove_slot(login)
