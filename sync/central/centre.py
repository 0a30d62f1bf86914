"""The centre as a whole, without HTTP: what `serve`, the commands and the tests hold."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forms import catalogue as catalogues
from sync import batch, comparison, entries_page, feed, question, receipt
from sync.central import history
from sync.central.acceptance import Acceptance
from sync.central.answers import COMPARISON, ENTRIES, PAGE, SEALED, Answer, Refusal, json_answer
from sync.central.blobs import BlobParts, BlobPlace
from sync.central.comparison import Comparison
from sync.central.desks import Enrolment, check_own_key
from sync.central.editions import Editions, published_in
from sync.central.home import CentreHome, KeyRing, Secrets
from sync.central.intake import Standing
from sync.central.projection import Projector
from sync.central.store import DeviceRow, Store, StreamRow
from sync.central.store.sqlite import SqliteStore
from sync.clock import Clock, iso
from sync.envelope import Form
from sync.errors import BadFormat, BadSignature
from sync.ids import Random
from sync.keys import AGE, decrypt, encrypt, verify
from sync.ticket import read as read_ticket

REQUEST_CONTEXT = b"mfcg1\0"
KEY_ID = re.compile(r"[0-9a-f]{16}")
PAGE_BYTES = 64 * 1024
MOST_PAGE_BYTES = 1 << 20
PAGE_EVENTS = 1000
ENTRIES_BYTES = 256 * 1024
"""Of entries before they are packed: some ten thousand bytes a link must carry whole."""
MOST_HEADS = 64


@dataclass(frozen=True)
class Centre:
    """Store, keys and the acts over them. Methods may be called from several threads."""

    store: Store
    keyring: KeyRing
    clock: Clock
    random: Random
    acceptance: Acceptance
    enrolment: Enrolment
    dictionaries: dict[str, batch.Dictionary]
    blobs: BlobPlace
    parts: BlobParts

    @classmethod
    def open(
        cls,
        home: CentreHome,
        clock: Clock,
        random: Random,
        database: Path | str | None = None,
        blobs: str | None = None,
    ) -> Centre:
        """Open the centre of a folder, making it on first use; raises SyncError.

        `database` is a file or a postgresql:// URL, `blobs` the fsspec URL of whole scans; without
        them both lie in the folder.
        """
        home.prepare()
        place = BlobPlace(blobs or str(home.blobs))
        store = _open_store(database or home.database, clock, random)
        keyring = KeyRing(home, store.server_id, random)
        dictionaries = batch.packaged_dictionaries()
        return cls(
            store=store,
            keyring=keyring,
            clock=clock,
            random=random,
            acceptance=Acceptance(store, keyring, dictionaries, clock),
            enrolment=Enrolment(store, keyring, clock, random),
            dictionaries=dictionaries,
            blobs=place,
            parts=BlobParts(home.parts),
        )

    @property
    def secrets(self) -> Secrets:
        """The centre's keys as they are now."""
        return self.keyring.secrets

    def rules(self) -> tuple[object, ...]:
        """What decides on entries and batches: it differs when something refused may pass."""
        return (*self.store.blobs.published(), len(self.secrets.identities))

    def key_changes(self) -> Answer:
        """Say how the keys have changed; each change is signed, so anybody may read it."""
        changes = [base64.b64encode(one).decode() for one in self.secrets.changes]
        return json_answer(200, {"changes": changes})

    def close(self) -> None:
        """Fold the log and close the store."""
        self.store.close()

    def editions(self) -> Editions:
        """Load the catalogues requests may have been taken by: the packaged and published ones."""
        editions = Editions(catalogues.load(), published_in(self.store.blobs, self.blobs))
        editions.look_again()
        return editions

    def projector(self) -> Projector:
        """Make the projector; it loads the service catalogue."""
        published = published_in(self.store.blobs, self.blobs)
        return Projector(self.store, catalogues.load(), self.dictionaries, self.clock, published)

    def identify(self, method: str, target: str, signature: str | None) -> DeviceRow:
        """Find the device that signed a GET or HEAD of `target` (path and query); raises Refusal.

        `signature` is the header `MFC-Signature: <key id>:<base64>`. One that is missing, is not
        of that form or does not hold under the key it names says nothing of the device: whoever
        passed the request on has altered it.
        """
        key, _, text = (signature or "").partition(":")
        if KEY_ID.fullmatch(key) is None:
            raise Refusal("altered")
        device = self.store.desks.device(key)
        if device is None:
            raise Refusal("unknown-key")
        try:
            signed = base64.b64decode(text, validate=True)
            verify(device.public, signed, REQUEST_CONTEXT + f"{method} {target}".encode())
        except (binascii.Error, ValueError, BadSignature) as error:
            raise Refusal("altered") from error
        return _not_revoked(device)

    def as_now(self, device: DeviceRow) -> DeviceRow:
        """Find a device again that waits for an answer; raises Refusal once it is revoked."""
        found = self.store.desks.device(device.key, device.desk)
        if found is None:
            raise Refusal("unknown-key")
        return _not_revoked(found)

    def enrol(self, data: bytes) -> Answer:
        """Bind a device by the JSON it sent, in clear or sealed to the centre; raises Refusal.

        Asked sealed it answers sealed, to the device: a relay that passes it on cannot read it.

        A question of a carrier says the same, and may be sent by whoever found it: a dead desk's
        is handed in for it, so that its batches are known (`mfc_desk.recovery.rebuild`).
        """
        if data.startswith(Form.QUESTION.magic):
            return self.enrolment.enrol(self._asked_by_question(data), by_question=True)
        sealed = data.startswith(AGE)
        try:
            if sealed:
                data = decrypt(data, self.secrets.identities)
            asked = json.loads(data)
        except (BadFormat, ValueError, RecursionError) as error:
            raise Refusal("bad-request") from error
        answer = self.enrolment.enrol(asked)
        if not sealed:
            return answer
        return Answer(answer.status, encrypt(answer.body, [asked["age_recipient"]]), SEALED)

    def _asked_by_question(self, data: bytes) -> dict[str, str]:
        try:
            sealed = question.read(data)
            if sealed.server != self.store.server_id:
                raise Refusal("wrong-server")
            asked = question.open_sealed(sealed, self.secrets.identities)
            check_own_key(sealed, asked)
        except BadFormat as error:
            raise Refusal("bad-request") from error
        except BadSignature as error:
            raise Refusal("bad-signature") from error
        return dict(asked.enrol)

    def blob_receipt(self, desk: int, sha: str, size: int) -> str:
        """Sign for a whole blob of a desk: the header `MFC-Receipt`."""
        store = self.store
        blob = receipt.WholeBlob(store.server_id, store.incarnation, desk, sha, size)
        return receipt.sign_blob(blob, self.secrets.keys)

    def stream(self, device: DeviceRow, desk: int, epoch: int, *, signed: bool = False) -> Answer:
        """Say how far a stream is stored and applied; `signed` adds a receipt of this moment."""
        row = self._own_stream(device, desk, epoch)
        told: dict[str, Any] = {
            "have": row.stream.last,
            "head": row.stream.head.hex(),
            "applied_to": row.applied_to,
            "safe_to": row.safe_to,
            "blobs_missing": self.store.blobs.missing(desk),
            "incarnation": self.store.incarnation,
            "server_time": iso(self.clock.now()),
        }
        if device.standing is Standing.REPLACED:
            raise Refusal("epoch-closed", **told)
        if signed:
            told["receipt"] = base64.b64encode(self._word(row)).decode()
        return json_answer(200, told)

    def _word(self, row: StreamRow) -> bytes:
        """What a desk behind a relay believes: it was signed, and after what it heard before."""
        said = receipt.Receipt(
            server=self.store.server_id,
            incarnation=self.store.incarnation,
            desk=row.desk,
            epoch=row.epoch,
            to=row.stream.last,
            head=row.stream.head.hex(),
            level=receipt.STORED,
            at=self.clock.now(),
            server_seq=0,
        )
        return receipt.sign(said, self.secrets.keys)

    def heads(self, device: DeviceRow, desk: int, epoch: int, wanted: list[int]) -> Answer:
        """Say the heads after some sequence numbers, of those that are stored."""
        if len(wanted) > MOST_HEADS:
            raise Refusal("too-large", max_heads=MOST_HEADS)
        row = self._own_stream(device, desk, epoch)
        found = history.heads(self.store.streams, row, wanted, self.dictionaries)
        return json_answer(200, {str(seq): head.hex() for seq, head in sorted(found.items())})

    def compare(self, device: DeviceRow, data: bytes) -> Answer:
        """Say which of a desk's days match what is here; reads all of the stream it asks about."""
        try:
            asked = comparison.read_question(data)
        except BadFormat as error:
            raise Refusal("bad-request") from error
        row = self._own_stream(device, device.desk, asked.epoch)
        if device.standing is Standing.REPLACED:  # the numbers of the one in its place are not its
            raise Refusal("epoch-closed")
        found = Comparison(self.store, row, self.dictionaries).run(asked, self.clock.now())
        sealed = comparison.seal(
            found, data, device.desk, asked.epoch, self.secrets.keys, device.recipient
        )
        return Answer(200, sealed, COMPARISON)

    def entries(self, device: DeviceRow, desk: int, epoch: int, after: int, most: int) -> Answer:
        """Give entries back to the desk they came from, about `most` bytes, sealed to its device.

        Those of its own stream always; those of the desk's earlier ones when an operator of the
        centre said so with the ticket (`desk-code --restore`).
        """
        row = self._own_stream(device, desk, epoch)
        if device.standing is Standing.REPLACED:
            raise Refusal("epoch-closed")
        if epoch != device.epoch and not self._restores(device):
            raise Refusal("restore-refused")
        if after > row.stream.last:
            raise Refusal("bad-request", detail="after: записей меньше.")
        prev, found = history.following(self.store.streams, row, after, most, self.dictionaries)
        streams = {one.epoch: one.stream.last for one in self.store.streams.streams_of(desk)}
        page = entries_page.EntriesPage(
            self.store.server_id, desk, epoch, after, prev, tuple(found), streams
        )
        sealed = entries_page.seal_entries(page, self.secrets.keys, device.recipient)
        return Answer(200, sealed, ENTRIES)

    def _restores(self, device: DeviceRow) -> bool:
        """Whether the ticket of a device says that it takes the place of a lost one."""
        ticket = self.store.desks.ticket_of(device)
        return ticket is not None and read_ticket(ticket.data).restore

    def _own_stream(self, device: DeviceRow, desk: int, epoch: int) -> StreamRow:
        """A stream of the asking device's desk; those of others do not exist for it."""
        row = self.store.streams.stream(desk, epoch) if device.desk == desk else None
        if row is None:
            raise Refusal("not-found")
        return row

    def sender(self, data: bytes) -> DeviceRow | None:
        """Find the device that sealed a batch which was accepted."""
        header = batch.read_header(data).header
        return self.store.desks.device(header.key, header.desk)

    def waiting(self, device: DeviceRow) -> bool:
        """Whether entries of the device's stream are stored and not applied yet."""
        row = self.store.streams.stream(device.desk, device.epoch)
        return row is not None and row.applied_to < row.stream.last

    def page(self, device: DeviceRow, after: int, most: int) -> Answer:
        """Make the next page of the desk's feed, about `most` bytes; 204 when there is none."""
        if device.standing is Standing.REPLACED:
            raise Refusal("epoch-closed")
        page = self.feed_page(device, after, most)
        if page is None:
            return Answer(204)
        return Answer(200, self.sealed_page(device, page), PAGE)

    def feed_page(self, device: DeviceRow, after: int, most: int) -> feed.FeedPage | None:
        """Gather the next page of the desk's feed, about `most` bytes; None when there is none."""
        events: list[feed.FeedEvent] = []
        size = 0
        behind = self.waiting(device)  # asked first: what is applied meanwhile is not missed
        found = self.store.register.events(device.desk, after, PAGE_EVENTS)
        for event in found:
            size += len(event.body)
            if events and size > most:
                break
            events.append(feed.FeedEvent(event.n, event.kind, _object(event.body)))
        if not events:
            return None
        return feed.FeedPage(
            self.store.server_id,
            device.desk,
            device.epoch,
            after,
            events[-1].n,
            tuple(events),
            self.store.incarnation,
            end=not behind and len(events) == len(found) < PAGE_EVENTS,
        )

    def sealed_page(self, device: DeviceRow, page: feed.FeedPage) -> bytes:
        """Sign a page and seal it to the device."""
        return feed.seal_page(page, self.secrets.keys, device.recipient)


def _not_revoked(device: DeviceRow) -> DeviceRow:
    """A device that may still ask; raises Refusal."""
    if device.standing is Standing.REVOKED:
        raise Refusal("revoked")
    return device


def _open_store(database: Path | str, clock: Clock, random: Random) -> Store:
    """Open a store; a postgresql:// URL or a file. The driver is slow to load."""
    if isinstance(database, str):
        from sync.central.store.postgres import PostgresStore  # noqa: PLC0415 - only where it is used

        return PostgresStore.open(database, clock, random)
    return SqliteStore.open(database, clock, random)


def _object(body: str) -> dict[str, Any]:
    """An event's body as it was written."""
    value: dict[str, Any] = json.loads(body)
    return value
