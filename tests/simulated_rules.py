"""What must hold in every history of the simulator (sync.md, 11)."""

from __future__ import annotations

from functools import lru_cache, reduce
from typing import TYPE_CHECKING, NoReturn

from sync import batch, outbox
from sync.central.store import StreamRow
from sync.errors import Unreadable
from sync.journal import Journal
from sync.receipt import Receipt
from sync.steps import Frozen
from tests.simulated_centre import SERVER
from tests.simulated_desk import ViolationError
from tests.simulated_keys import verified

if TYPE_CHECKING:
    from tests.simulated_desk import SimulatedDesk
    from tests.simulator import World

VERIFIED_SHARE = 40
"""One history of so many ends with the whole `mfc-central verify`, which takes its time."""


@lru_cache(4096)
def following(head: bytes, entry: bytes) -> bytes:
    """The head after one more entry; a stream is looked at after each step, and only grows."""
    return batch.heads(head, [entry])[-1]


def chained(head: bytes, entries: list[bytes]) -> bytes:
    """The head after these entries."""
    return reduce(following, entries, head)


def _verified(data: bytes) -> Receipt | None:
    """A receipt as a relay keeps it; None for one garbled on its way: nobody believes it."""
    try:
        return verified(data)
    except Unreadable:
        return None


class Rules:
    """The checker of one history; raises ViolationError."""

    def __init__(self, world: World) -> None:
        self._world = world

    def fail(self, text: str) -> NoReturn:
        """Name the seed and what it broke."""
        seed = self._world.seed
        raise ViolationError(f"seed {seed}: {text}; python -m tests.simulator {seed}")

    def hold(self, desk: SimulatedDesk) -> None:
        """Both sides of one desk, unless nothing has changed since they were looked at."""
        stream = self._stream(desk)
        seen = (desk.db, desk.db.conn.total_changes, len(desk.told), stream)
        if seen == desk.checked:
            return
        desk.checked = seen
        self._hold_desk(desk)
        if stream is not None:
            self._hold_stream(desk, stream)

    def _stream(self, desk: SimulatedDesk) -> StreamRow | None:
        return self._world.centre.at(desk.number, desk.epoch)

    def _hold_desk(self, desk: SimulatedDesk) -> None:
        """Everything told is in the journal; acknowledged is signed for; events are dense."""
        told = set(desk.told)
        if [one for one in desk.ids_kept() if one in told] != desk.told:
            self.fail("a saved entry is not in the journal")
        kept = desk.kept()
        if kept is None:
            return
        sql = "SELECT bytes FROM receipt WHERE epoch = ?"
        signed = [verified(row[0]) for row in desk.db.execute(sql, [desk.epoch]).fetchall()]
        journal = Journal(desk.db)
        ours = {
            one.to
            for one in signed
            if (one.desk, one.epoch, one.server) == (desk.number, desk.epoch, SERVER)
            and journal.head_at(one.to, desk.epoch) == bytes.fromhex(one.head)
        }
        if len(ours) != len({one.to for one in signed}):
            self.fail("a receipt for something else was kept")
        if kept.acked > max(ours, default=0):
            self.fail(f"acknowledged {kept.acked} without a receipt")
        life = [desk.epoch, kept.incarnation]
        sql = "SELECT n FROM inbox_event WHERE epoch = ? AND incarnation = ? ORDER BY n"
        numbers = [row[0] for row in desk.db.execute(sql, life).fetchall()]
        if numbers != list(range(1, kept.cursor + 1)):
            self.fail(f"cursor {kept.cursor}, but events {numbers}")
        sql = "SELECT (SELECT count(*) FROM inbox_event) - (SELECT count(*) FROM outcome)"
        if desk.db.execute(sql).fetchone()[0]:
            self.fail("an event was recorded and not applied, or applied twice")

    def _hold_stream(self, desk: SimulatedDesk, row: StreamRow) -> None:
        """The centre has a prefix of the desk's journal, each entry once, in order."""
        there = self._world.centre.entries(row)
        kept = desk.kept()
        life = self._world.centre.incarnation
        if kept and kept.incarnation == life and kept.acked > len(there):
            self.fail(f"{kept.acked} acknowledged, {len(there)} at the centre")
        if len(there) != row.stream.last:
            self.fail(f"the centre says {row.stream.last} and has {len(there)}")
        if len(set(there)) != len(there):
            self.fail("an entry is at the centre twice")
        if chained(row.first_head, there) != row.stream.head:
            self.fail("the centre's head does not follow from its entries")
        if not desk.restored and desk.entries()[: len(there)] != there:
            self.fail("the centre has what the desk has not, or in another order")

    def hold_relay(self) -> None:
        """What the relay signed custody for is with it, or the centre has signed for it."""
        relay = self._world.relay
        if relay is not None and relay.lost():
            self.fail("the relay has not what it signed custody for")

    def hold_reason(self, desk: SimulatedDesk) -> None:
        """A frozen desk has what froze it; once all is calm nothing else may.

        A word of an earlier life of the centre is gone from the relay when the branch, left there
        before stopping, is the first that a centre put back from a copy gets to see.
        """
        centre, kept, row = self._world.centre, desk.kept(), self._stream(desk)
        why = kept.frozen if kept else None
        self._world.count[f"frozen: {why}"] += 1
        if why is Frozen.EPOCH_CLOSED:
            reason = row is not None and not row.open
        elif why is Frozen.CODE_USED:
            desks = centre.store.desks
            newer = any(one.epoch > desk.epoch for one in desks.devices(desk.number))
            reason = newer or desks.ticket(desk.ticket.code) is None
        else:
            ours = Journal(desk.db).head_at(row.stream.last) if row else None
            parted = row is not None and ours != row.stream.head
            reason = desk.restored and (
                parted or (desk.heard_of_a_fork or self.told_of_a_fork(desk))
            )
        if not reason:
            self.fail(f"frozen ({why}) without a reason")

    def told_of_a_fork(self, desk: SimulatedDesk) -> bool:
        """Whether the relay has the centre's word for another branch, of a life that is over."""
        if self._world.relay is None:
            return False
        said = self._world.relay.store.said(desk.number, desk.epoch).values()
        heads = [(one.to, one.head) for one in map(_verified, said) if one is not None]
        ours = [(to, Journal(desk.db).head_at(to)) for to, _ in heads]
        return any(
            head is not None and head.hex() != told
            for (_, head), (_, told) in zip(ours, heads, strict=True)
        )

    def agreed(self, desk: SimulatedDesk) -> bool:
        """Whether both sides have the same, applied and heard."""
        kept, row, end = desk.kept(), self._stream(desk), desk.outbox.end()
        if kept is None or row is None or kept.frozen:
            return False
        told = self._world.centre.told_to(desk.number)
        return (kept.acked, kept.cursor, row.applied_to) == (end, told, end)

    def hold_settled(self) -> None:
        """After all is calm: equal heads, everything heard, every effect once."""
        centre = self._world.centre
        for desk in self._world.desks:
            self.hold(desk)
            row, ends = self._stream(desk), Journal(desk.db).position()
            if row is None or (row.stream.last, row.stream.head) != (ends.seq, ends.head):
                self.fail(f"heads differ after all is calm: {desk.last}")
            if not self.agreed(desk):
                self.fail(f"not everything is acknowledged or heard: {desk.last}")
            heard = {entry for (entry,) in desk.db.execute("SELECT entry FROM outcome").fetchall()}
            if not set(desk.told) <= heard:
                self.fail("an entry was never heard of")
            if Journal(desk.db).verify(outbox.proven(desk.db)):
                self.fail("the journal does not verify")
            outcomes = set(centre.became(desk.number, desk.epoch).values())
            self._world.count.update(outcomes)
            if not desk.restored and not outcomes <= {"applied", "duplicate"}:
                self.fail(f"a desk that was never copied has {outcomes}")
        faults = centre.faults()
        if self._world.seed % VERIFIED_SHARE == 0:
            faults += centre.verify()
        if faults:
            self.fail(f"the centre is not in order: {faults[0]}")
