"""A carrier at the centre: what desks hand in is accepted, what they are to hear is written back.

The batches go through the same door as those of the net. The answers stand on the same carrier:
for every desk found on it a receipt, the pages of its feed, which of its scans are whole here and
how its days compare.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync import batch, question
from sync.carrier import (
    CATALOGUES,
    INCOMING,
    OUTGOING,
    PART,
    BatchName,
    Carrier,
    OwnName,
    catalogue_name,
)
from sync.central.acceptance import BODY_BYTES
from sync.central.answers import KINDS, Refusal
from sync.central.blobs import MOST_BYTES, take_in
from sync.central.desks import check_own_key
from sync.central.intake import Standing
from sync.central.store import DeviceRow, StreamRow
from sync.errors import CarrierFailure, FileUnread, Unreadable
from sync.question import Question, WholeScans
from sync.receipt import CLOSED, REVOKED, STORED

if TYPE_CHECKING:
    from sync.central.centre import Centre

PAGE_BYTES = 256 * 1024
MOST_PAGES = 256
QUESTION_BYTES = 4 << 20
STEP = 1 << 20
RESERVE = 4 << 20
"""Bytes of a carrier that a catalogue leaves free."""
LEVELS = {Standing.ACTIVE: STORED, Standing.REVOKED: REVOKED, Standing.REPLACED: CLOSED}

Place = tuple[int, int]
"""Desk and epoch."""


@dataclass(frozen=True)
class PassedOver:
    """A file that was not taken, its stable code and the sentence."""

    name: str
    code: str
    text: str


@dataclass
class CarriedIn:
    """What a carrier brought and took along.

    Batches: stored now, stored before, parked until earlier ones come. `desks` are those that got
    answers; `failure` is why no more answers could be written.
    """

    stored: int = 0
    known: int = 0
    parked: int = 0
    scans: int = 0
    enrolled: int = 0
    applied: int = 0
    receipts: int = 0
    pages: int = 0
    desks: set[int] = field(default_factory=set)
    passed: list[PassedOver] = field(default_factory=list)
    failure: CarrierFailure | None = None


class CentreCarrier:
    """Takes carriers in. One at a time; the centre may serve by net meanwhile."""

    def __init__(self, centre: Centre, tell: Callable[[str], None] = lambda _name: None) -> None:
        self._centre = centre
        self._tell = tell
        self._questions: dict[Place, Question] = {}
        self._names: frozenset[str] = frozenset()

    def take(self, carrier: Carrier) -> CarriedIn:
        """Accept what is on it, apply it, write the answers.

        A file that cannot be taken is named, the others go on. Raises CarrierGone when it is not
        there, StoreFailure.
        """
        found = CarriedIn()
        names = carrier.names(OUTGOING)
        self._names = frozenset(names)
        places: set[Place] = set()
        try:
            self._hear(carrier, names, found)
            places |= set(self._questions)
            for name in sorted(filter(None, map(BatchName.read, names))):
                self._tell(str(name))
                places |= self._accept(carrier, name, found)
            for place in sorted(self._questions):
                self._scans(carrier, self._questions[place], found)
        except CarrierFailure as failure:  # what was accepted stays, and is applied
            found.failure = failure
        self._centre.acceptance.place_parked()
        found.applied = self._applied({desk for desk, _ in self._questions})
        try:
            if found.failure is None:
                for place in sorted(places):
                    self._answer(carrier, place, found)
                if found.desks:
                    self._write_catalogue(carrier)
        except CarrierFailure as failure:
            found.failure = failure
        return found

    def _applied(self, scanned: set[int]) -> int:
        """Apply what came, and what waited for scans that came, of these desks."""
        register = self._centre.store.register
        waited = {desk for desk in scanned if register.scanned(desk, 0, 1)}
        if not waited and not register.behind():  # the catalogue is slow to load
            return 0
        projector = self._centre.projector()
        try:
            applied = projector.run_all()
            for desk in waited:
                projector.run_scans(desk)
            return applied
        finally:
            projector.close()

    # what desks ask

    def _hear(self, carrier: Carrier, names: list[str], found: CarriedIn) -> None:
        for name in names:
            own = OwnName.read(name)
            if own is None or own.kind != "mfcq" or name.endswith(PART):
                continue
            try:
                asked = self._question(carrier.read(OUTGOING, name, QUESTION_BYTES), found)
            except Refusal as refusal:
                found.passed.append(_refused(name, refusal))
            except Unreadable as error:
                found.passed.append(_unread(name, error))
            else:
                self._questions[asked.desk, asked.epoch] = asked

    def _question(self, data: bytes, found: CarriedIn) -> Question:
        """Read a question of an enrolled device, enrolling one that shows a code; raises Refusal.

        Raises Unreadable.
        """
        sealed = question.read(data)
        if sealed.server != self._centre.store.server_id:
            raise Refusal("wrong-server")
        asked = question.open_sealed(sealed, self._centre.secrets.identities)
        device = self._centre.store.desks.device(sealed.key, sealed.desk)
        if device is None:
            check_own_key(sealed, asked)
            self._centre.enrolment.enrol(dict(asked.enrol), by_question=True)
            found.enrolled += 1
            device = self._centre.store.desks.device(sealed.key, sealed.desk)
        if device is None or device.epoch != sealed.epoch:
            raise Refusal("unknown-key")
        sealed.envelope.verify(device.public)
        return asked

    # what desks hand in

    def _accept(self, carrier: Carrier, name: BatchName, found: CarriedIn) -> set[Place]:
        """Accept one batch as if it came by net; whom to answer, when the centre knows him."""
        status = 0
        try:
            data = carrier.read(OUTGOING, str(name), BODY_BYTES)
            header = batch.read_header(data).header
            status = self._centre.acceptance.accept(data).status
        except Refusal as refusal:
            found.passed.append(_refused(str(name), refusal))
            if refusal.code not in {"revoked", "epoch-closed", "fork"}:
                return set()
        except Unreadable as error:
            found.passed.append(_unread(str(name), error))
            return set()
        found.stored += status == 201  # noqa: PLR2004 - HTTP
        found.known += status == 200  # noqa: PLR2004 - HTTP
        found.parked += status == 202  # noqa: PLR2004 - HTTP
        return {(header.desk, header.epoch)}

    def _scans(self, carrier: Carrier, asked: Question, found: CarriedIn) -> None:
        """Take in the scans that stand on the carrier, of those the desk's question names."""
        store = self._centre.store.blobs
        store.expect(asked.desk, asked.scans)
        for sha, size in asked.scans:
            name = str(OwnName(asked.desk, asked.epoch, sha, "age"))
            try:
                if self._centre.blobs.size(sha) is None and not self._copied(
                    carrier, name, sha, size
                ):
                    continue
            except Refusal as refusal:
                found.passed.append(_refused(name, refusal))
                continue
            except Unreadable as error:
                found.passed.append(_unread(name, error))
                continue
            store.complete(asked.desk, sha, size)
            self._centre.parts.drop(sha)
            found.scans += 1

    def _copied(self, carrier: Carrier, name: str, sha: str, size: int) -> bool:
        """Copy a scan into the centre's place; False when it is not on the carrier.

        Raises Refusal for what is not the file it should be, FileUnread, CarrierFailure.
        """
        if name not in self._names:
            return False
        if size > MOST_BYTES or not carrier.holds(OUTGOING, name, size, sha):
            raise Refusal("bad-hash")
        parts = self._centre.parts
        parts.claim(sha)
        lock = parts.lock(sha)
        if not lock.take():  # it comes by net this very moment
            raise Refusal("blob-busy")
        try:
            have = parts.offset(sha)
            for block in carrier.blocks(OUTGOING, name, have, STEP):
                parts.append(sha, block)
            take_in(parts, self._centre.blobs, sha, size)
        finally:
            lock.release()
        return True

    # what the centre answers

    def _answer(self, carrier: Carrier, place: Place, found: CarriedIn) -> None:
        """Write the receipt, the feed and the list of scans of one desk; drop its older answers."""
        desk, epoch = place
        stream = self._centre.store.streams.stream(desk, epoch)
        devices = self._centre.store.desks.devices(desk)
        device = next((one for one in devices if one.epoch == epoch), None)
        if stream is None or device is None:
            return
        fresh = self._write_keys(carrier, device)
        fresh.add(self._write_receipt(carrier, stream, device))
        found.receipts += 1
        if device.standing is Standing.ACTIVE:
            pages = self._write_pages(carrier, device)
            found.pages += len(pages)
            fresh |= pages
            if place in self._questions:
                fresh.add(self._write_whole(carrier, self._questions[place]))
                fresh |= self._write_comparison(carrier, device, self._questions[place], found)
        for name in carrier.names(INCOMING):
            own = OwnName.read(name)
            if own and (own.desk, own.epoch) == place and name not in fresh:
                carrier.remove(INCOMING, name)
        found.desks.add(desk)

    def _write_keys(self, carrier: Carrier, device: DeviceRow) -> set[str]:
        """Write how the keys changed: a desk without any net could not read the rest else."""
        names: set[str] = set()
        for number, file in enumerate(self._centre.secrets.changes, 1):
            name = str(OwnName(device.desk, device.epoch, str(number), "mfck"))
            carrier.put(INCOMING, name, file)
            names.add(name)
        return names

    def _write_receipt(self, carrier: Carrier, stream: StreamRow, device: DeviceRow) -> str:
        data = self._centre.acceptance.receipts.standing(stream, LEVELS[device.standing])
        end = stream.stream
        what = f"{end.last}-{end.head.hex()[:8]}"
        name = str(OwnName(stream.desk, stream.epoch, what, "mfcr"))
        carrier.put(INCOMING, name, data)
        return name

    def _write_pages(self, carrier: Carrier, device: DeviceRow) -> set[str]:
        """Write the feed from where the desk stands; what does not fit waits for the next time."""
        asked = self._questions.get((device.desk, device.epoch))
        same = asked is not None and asked.incarnation == self._centre.store.incarnation
        after = asked.cursor if asked is not None and same else 0
        names: set[str] = set()
        while len(names) < MOST_PAGES:
            page = self._centre.feed_page(device, after, PAGE_BYTES)
            if page is None:
                break
            name = str(OwnName(device.desk, device.epoch, f"{after}-{page.to}", "mfcf"))
            carrier.put(INCOMING, name, self._centre.sealed_page(device, page))
            names.add(name)
            after = page.to
        return names

    def _write_catalogue(self, carrier: Carrier) -> None:
        """Put the catalogue published last beside the answers, once for all desks, while it fits.

        Their feeds name it by its SHA-256, signed.
        """
        told = self._centre.store.blobs.told_last()
        sha = str(json.loads(told)["sha256"]) if told else ""
        size = self._centre.blobs.size(sha) if sha else None
        for name in carrier.names(INCOMING):
            if name.endswith(CATALOGUES) and name != catalogue_name(sha):
                carrier.remove(INCOMING, name)
        if size is None or size > carrier.free() - RESERVE:
            return
        name = catalogue_name(sha)
        if name not in carrier.names(INCOMING) or not _stands(carrier, name, size, sha):
            carrier.put(INCOMING, name, self._centre.blobs.read(sha, 0, size))

    def _write_comparison(
        self, carrier: Carrier, device: DeviceRow, asked: Question, found: CarriedIn
    ) -> set[str]:
        """Answer the reconciliation a question asks for, after what came with it was taken."""
        if not asked.compare:
            return set()
        name = str(OwnName(device.desk, device.epoch, "", "mfcc"))
        try:
            answer = self._centre.compare(device, asked.compare)
        except Refusal as refusal:
            found.passed.append(_refused(name, refusal))
            return set()
        carrier.put(INCOMING, name, answer.body)
        return {name}

    def _write_whole(self, carrier: Carrier, asked: Question) -> str:
        """Say which of the desk's scans are whole here, of those it asked about."""
        store = self._centre.store
        here = frozenset(sha for sha, _ in asked.scans if self._centre.blobs.size(sha) is not None)
        whole = WholeScans(store.server_id, asked.desk, asked.epoch, store.incarnation, here)
        name = str(OwnName(asked.desk, asked.epoch, "", "mfcs"))
        carrier.put(INCOMING, name, question.sign_whole(whole, self._centre.secrets.keys))
        return name


def _stands(carrier: Carrier, name: str, size: int, sha: str) -> bool:
    """Whether an archive is on the carrier as it should be."""
    try:
        return carrier.holds(INCOMING, name, size, sha)
    except FileUnread:
        return False


def _unread(name: str, error: Unreadable) -> PassedOver:
    text = error.text if isinstance(error, FileUnread) else str(error)
    return PassedOver(name, error.code, text)


def _refused(name: str, refusal: Refusal) -> PassedOver:
    return PassedOver(name, refusal.code, KINDS[refusal.code].title)
