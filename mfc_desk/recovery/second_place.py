"""The second place: what is not safe yet also stands sealed in a folder off this disk.

A network folder, another disk, an SD card. Each entry stands there within a minute, link or no
link, as batches sealed to the centre: whoever finds the folder reads nothing. A desk whose disk
died is made anew from it and the centre (`mfc_desk.recovery.rebuild`). A folder that is not there
is shown and tried again; it stops nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mfc_desk.access.roles import Action
from mfc_desk.errors import TrainingDesk
from mfc_desk.exchange.centre_keys import ticket_in_use
from mfc_desk.recovery import unjournalled as local
from mfc_desk.store import refill, second_place, unjournalled
from mfc_desk.store.second_place import File
from sync import batch, question
from sync.carrier import OUTGOING, BatchName, Carrier, OwnName
from sync.errors import CarrierFailure, CarrierGone, ScanDamaged
from sync.failpoint import reach
from sync.outbox import Outbox
from sync.question import Question

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

SCANS = "scans"
"""Where in the folder the sealed scans stand that the centre does not have yet."""
QUESTION = "mfcq"
WRITE_EVERY = timedelta(seconds=20)
LOOK_EVERY = timedelta(minutes=5)
TRY_EVERY = timedelta(seconds=30)
MERGED = 64
"""So many files in a row become one."""

OFF, FRESH, BEHIND, TROUBLE = "off", "fresh", "behind", "trouble"


@dataclass(frozen=True)
class PlaceView:
    """What is shown: `state` is off | fresh | behind | trouble, `behind` entries are only here.

    `text` is the state in words and, where there is something to do, what.
    """

    state: str
    folder: str
    behind: int
    at: datetime | None
    text: str

    @property
    def short(self) -> str:
        """The state in two or three words."""
        words = {OFF: "не выбрано", FRESH: "всё записано", TROUBLE: "недоступно"}
        return words.get(self.state, f"отстаёт на {self.behind}")


class SecondPlace:
    """The use cases of the second place."""

    def __init__(self, desk: Desk) -> None:
        """Work on `desk`."""
        self._desk = desk

    def choose(self, folder: str) -> None:
        """Set the folder (an absolute path), or none (""); raises NotAllowed, SettingRefused."""
        from dataclasses import replace  # noqa: PLC0415  # once in the life of a desk

        store = self._desk.settings
        store.save(replace(store.load(), second_place=folder))

    def view(self) -> PlaceView:
        """Return what is known without looking at the folder."""
        desk, folder = self._desk, self._folder()
        if not folder:
            words = "не выбрано: неотправленное живёт только на этом диске"
            return PlaceView(OFF, "", 0, None, words)
        look, behind = second_place.look(desk.db), self._behind(folder)
        at = look.looked_at.astimezone(desk.zone) if look.looked_at else None
        if look.folder == folder and look.trouble:
            words = f"{look.trouble} Приём идёт; ждут записи туда: {behind}."
            return PlaceView(TROUBLE, folder, behind, at, words)
        if behind:
            return PlaceView(BEHIND, folder, behind, at, f"отстаёт, записей: {behind}")
        return PlaceView(FRESH, folder, 0, at, "всё записано и прочитано обратно")

    def due(self, now: datetime) -> bool:
        """Whether `keep` has something to do; asked every few seconds."""
        folder = self._folder()
        if not folder:
            return False
        look = second_place.look(self._desk.db)
        if look.folder != folder or look.looked_at is None:
            return True
        passed = now - look.looked_at
        if passed < timedelta(0):
            return True
        if look.trouble:
            return passed >= TRY_EVERY
        waits = self._behind(folder) or self._local_changed()
        return passed >= (WRITE_EVERY if waits else LOOK_EVERY)

    def keep(self) -> int:
        """Seal what the folder lacks and put it there; return how many files were written.

        For a worker's copy: a network folder may take its time. Raises NotAllowed, TrainingDesk
        and a CarrierFailure, which is also noted for `view`.
        """
        desk, folder = self._desk, self._folder()
        desk.may(Action.EXCHANGE)
        if desk.training:
            raise TrainingDesk
        if not folder:
            return 0
        if second_place.look(desk.db).folder != folder:
            second_place.begin(desk.db, folder)
        carrier = Carrier(Path(folder))
        try:
            count = self._data(carrier)
            self._keep_local(carrier)
            count += self._keep_scans(carrier)
        except CarrierGone as error:
            text = f"Папки {folder} нет: подключите диск или сеть, либо выберите другую (F9)."
            second_place.note_look(desk.db, desk.clock.now(), text)
            raise CarrierGone(text) from error
        except CarrierFailure as error:
            second_place.note_look(desk.db, desk.clock.now(), str(error))
            raise
        second_place.note_look(desk.db, desk.clock.now(), None)
        return count

    def _folder(self) -> str:
        return "" if self._desk.training else self._desk.settings.load().second_place

    def _mine(self) -> list[File]:
        epoch = self._desk.device.epoch
        return [one for one in second_place.files(self._desk.db) if one.epoch == epoch]

    def _gaps(self, files: Sequence[File]) -> Iterator[tuple[int, int]]:
        """Runs of entries that are neither safe nor in one of the files."""
        desk = self._desk
        at = second_place.safe(desk.db, desk.device.epoch)
        for one in files:
            if one.first > at + 1:
                yield at + 1, one.first - 1
            at = max(at, one.to)
        end = desk.journal.position().seq
        if end > at:
            yield at + 1, end

    def _behind(self, folder: str) -> int:
        mine = self._mine() if second_place.look(self._desk.db).folder == folder else []
        return sum(to - first + 1 for first, to in self._gaps(mine))

    def _data(self, carrier: Carrier) -> int:
        count = self._write(carrier)
        self._tidy(carrier)
        self._keep_question(carrier)
        return count

    def _write(self, carrier: Carrier) -> int:
        """Write what is missing, files that vanished included."""
        db = self._desk.db
        there = set(carrier.names(OUTGOING))
        second_place.forget(db, tuple(f for f in second_place.files(db) if f.name not in there))
        count = 0
        for first, to in tuple(self._gaps(self._mine())):
            at = first
            while at <= to:
                at = self._put(carrier, at, to) + 1
                count += 1
        return count

    def _keep_question(self, carrier: Carrier) -> None:
        """Until the centre has met this device: what enrols it, for who finds only this folder.

        A question of a new epoch says the same for itself; that of an earlier one stays as long
        as a batch of it does.
        """
        desk, ticket = self._desk, ticket_in_use(self._desk)
        if ticket is None:
            raise TrainingDesk
        kept = Outbox(desk.db, ticket).kept()
        met = desk.device.enrolled_at is not None or (kept is not None and kept.bound)
        mine = OwnName(ticket.desk_no, ticket.epoch, "", QUESTION)
        there = carrier.names(OUTGOING)
        batches = {(one.desk, one.epoch) for one in map(BatchName.read, there) if one}
        for name in there:
            own = OwnName.read(name)
            if own is None or (own.desk, own.kind) != (mine.desk, QUESTION) or str(own) != name:
                continue
            if (met and own == mine) or (
                own.epoch < mine.epoch and (own.desk, own.epoch) not in batches
            ):
                carrier.remove(OUTGOING, name)
        if not met and str(mine) not in there:
            keys = desk.device.keys
            asked = Question(
                server=ticket.server_id,
                desk=ticket.desk_no,
                epoch=ticket.epoch,
                cursor=0,
                incarnation="",
                enrol=question.enrolment(ticket.code, keys),
                scans=(),
                at=desk.clock.now(),
            )
            carrier.put(
                OUTGOING, str(mine), question.seal(asked, keys, list(ticket.age_recipients))
            )

    def _put(self, carrier: Carrier, first: int, to: int, merged: tuple[File, ...] = ()) -> int:
        """Seal entries from `first` on, up to `to`, into one file; return where it ends."""
        desk, ticket = self._desk, ticket_in_use(self._desk)
        if ticket is None:
            raise TrainingDesk
        data = Outbox(desk.db, ticket).sealing.sealed(
            first, to - first + 1, desk.device.keys, batch.current_dictionary(), desk.clock.now()
        )
        if data is None:
            raise AssertionError("entries of the journal")
        header = batch.read_header(data).header
        name = str(BatchName.of(header))
        carrier.put(OUTGOING, name, data)
        reach("second-place.put")
        file = File(name, header.epoch, header.from_seq, header.to_seq, len(data))
        second_place.written(desk.db, file, tuple(f for f in merged if f.to <= header.to_seq))
        reach("second-place.noted")
        return header.to_seq

    def _tidy(self, carrier: Carrier) -> None:
        """Take away what is safe and what a later epoch says again; make few files of many."""
        db, epoch = self._desk.db, self._desk.device.epoch
        safe = second_place.safe(db, epoch)
        spare = [f for f in second_place.files(db) if f.epoch < epoch or f.to <= safe]
        self._remove(carrier, spare)
        run = self._mine()[-MERGED:]
        if len(run) < MERGED or run[-1].to - run[0].first >= batch.Limits().entries:
            return
        if any(one.to - one.first >= MERGED for one in run):
            return
        to = self._put(carrier, run[0].first, run[-1].to, tuple(run))
        for one in run:
            if one.to <= to:
                carrier.remove(OUTGOING, one.name)

    def _remove(self, carrier: Carrier, files: Sequence[File]) -> None:
        for one in files:
            carrier.remove(OUTGOING, one.name)
        second_place.forget(self._desk.db, tuple(files))

    def _local_changed(self) -> bool:
        """Whether drafts, settings or papers that wait are not those of the file there."""
        desk, ticket = self._desk, self._desk.device.ticket
        if ticket is None or not ticket.recovery_recipient:
            return False
        return second_place.look(desk.db).local_mark != unjournalled.mark(desk.db)

    def _keep_local(self, carrier: Carrier) -> None:
        """Drafts, settings and papers that wait: there too, for the recovery key alone.

        The file of an earlier epoch stays until it was brought back, if its disk was lost.
        """
        desk, ticket = self._desk, ticket_in_use(self._desk)
        if ticket is None or not ticket.recovery_recipient:
            return
        there, mine = carrier.names(local.FOLDER), local.name_of(ticket)
        mark = unjournalled.mark(desk.db)
        if mine not in there or second_place.look(desk.db).local_mark != mark:
            carrier.put(local.FOLDER, mine, local.sealed_now(desk, ticket))
            reach("second-place.local")
            second_place.note_local(desk.db, mark)
        lost = refill.report(desk.db) is not None and not refill.done(desk.db, local.STEP)
        for name in local.names(carrier, ticket.desk_no):
            if name.epoch < ticket.epoch and not lost:
                carrier.remove(local.FOLDER, str(name))

    def _keep_scans(self, carrier: Carrier) -> int:
        """Scans the centre has not got whole: there; those it has: not there any more.

        Entries made meanwhile go first, before each scan and each step of one: a scan has its
        file elsewhere, an entry stands on one disk alone. Returns how many files they became.
        """
        count = 0

        def give_way() -> None:
            nonlocal count
            if next(self._gaps(self._mine()), None) is not None:
                count += self._data(carrier)

        desk = self._desk
        there = set(carrier.names(SCANS))
        kept = Outbox(desk.db, desk.device.ticket).kept() if desk.device.ticket else None
        wanted = desk.attachments.unsent(kept.incarnation if kept else "")
        for blob in wanted:
            if blob.path.name not in there:
                give_way()
                try:
                    carrier.put_copy(SCANS, blob.path.name, blob, give_way)
                except ScanDamaged:
                    desk.attachments.found_damaged([blob.sha256])
        mine = {f"{one.sha256}.age" for one in desk.attachments.files()}
        for name in (there & mine) - {blob.path.name for blob in wanted}:
            carrier.remove(SCANS, name)
        return count
