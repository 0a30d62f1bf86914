"""A batch comes in: read, checked, decided on, stored; then answered."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sync import batch
from sync.central import history, intake
from sync.central.answers import RECEIPT, Answer, Refusal, json_answer
from sync.central.home import KeyRing
from sync.central.intake import Decision, Span, Verdict
from sync.central.receipts import Receipts
from sync.central.store import BatchRow, ParkedRow, QuarantineRow, Store, StreamRow
from sync.clock import Clock
from sync.errors import (
    BadChain,
    BadFormat,
    BadSignature,
    TooLarge,
    UnknownDictionary,
    Unreadable,
)

BODY_BYTES = 3 << 19  # 1.5 MiB
PARKED_BYTES = 64 << 20
ATTEMPTS = 5
REVIEWED = frozenset({"bad-format", "bad-chain", "unknown-dictionary", "too-large"})
"""Why bytes were set aside that a mended centre may be able to open."""
TAKEN = frozenset({Verdict.REVOKED, Verdict.EPOCH_CLOSED})
"""Why a sound batch was set aside that a person may let count."""

log = logging.getLogger("sync.central")


@dataclass(frozen=True)
class Opened:
    """A batch that is what its header says: signed by its device, decrypted, chain recomputed."""

    sealed: batch.SealedBatch
    span: Span
    pack: bytes
    lines: tuple[bytes, ...]
    data: bytes


class Acceptance:
    """Takes batches into a store. May be called from several threads."""

    def __init__(
        self,
        store: Store,
        keyring: KeyRing,
        dictionaries: Mapping[str, batch.Dictionary],
        clock: Clock,
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._dictionaries = dictionaries
        self._clock = clock
        self.receipts = Receipts(store, keyring, clock)

    def accept(self, data: bytes) -> Answer:
        """Store a batch and answer with the receipt; raises Refusal.

        Whatever was signed by an enrolled device is stored, parked or put into quarantine
        before the answer is made.
        """
        sealed, span = self._read(data)
        stream = self._check_sender(sealed, span, data)
        head = self._head_if_ending(stream, span.to)
        if intake.place(stream.stream, span, head) == Decision(Verdict.DUPLICATE):
            return self._again(span)
        opened = self._open(sealed, span, data)
        answer = self._place(opened, stream, parked=None)
        if answer.status == 201:  # noqa: PLR2004 - HTTP
            self._place_parked(span.desk, span.epoch)
        return answer

    def place_parked(self) -> None:
        """Store what was parked and fits by now, in every stream; at start, after a crash."""
        for stream in self._store.streams.streams():
            self._place_parked(stream.desk, stream.epoch)

    def review(self) -> int:
        """Try again what once could not be opened; return how many are settled now.

        Nothing signed is thrown away, so a key put back or a mended centre finds it here. Settled
        is also what its desk has sent in other bytes since, and what was parked is looked through.
        """
        self.place_parked()
        settled = 0
        for row in self._store.streams.quarantined():
            if row.settled_at is None and self._settled_now(row):
                self._store.streams.settle_quarantined(row.desk, row.number, self._clock.now())
                settled += 1
        return settled

    def _settled_now(self, row: QuarantineRow) -> bool:
        """Whether what is kept aside stands in its stream; one unreadable row delays no other."""
        try:
            return self._sent_otherwise(row) or (row.why in REVIEWED and self._retried(row))
        except Unreadable as error:
            log.error(  # noqa: TRY400 - the trace says nothing the code does not
                "kept aside and not to be reviewed",
                extra={"desk": row.desk, "code": error.code},
            )
            return False

    def _retried(self, row: QuarantineRow) -> bool:
        """Accept what is kept aside as if it came now; whether it is stored. Parked is not yet."""
        data = self._store.streams.quarantined_bytes(row.number)
        try:
            answer = self.accept(data or b"")
        except Refusal as refusal:
            log.info("still refused", extra={"desk": row.desk, "code": refusal.code})
            return False
        return answer.media_type == RECEIPT

    def _sent_otherwise(self, row: QuarantineRow) -> bool:
        """Whether the stream holds the same entries; the signed header alone tells it."""
        stream = self._store.streams.stream(row.desk, row.epoch)
        if stream is None or row.to > stream.stream.last:
            return False
        data = self._store.streams.quarantined_bytes(row.number)
        signed = batch.read_header(data or b"").header
        ours = history.heads(self._store.streams, stream, [row.to], self._dictionaries)
        return ours.get(row.to) == signed.head

    def take(self, number: int) -> str:
        """Store a batch of a revoked or replaced device, because a person says that it counts.

        Returns `stored`, `known`, or why not: `unknown` number, `parked` (an earlier one is to be
        taken first), else the code of the refusal: the branch of a `fork` fits no stream.
        """
        rows = (one for one in self._store.streams.quarantined() if one.number == number)
        row = next(rows, None)
        data = self._store.streams.quarantined_bytes(number) if row else None
        if row is None or data is None:
            return "unknown"
        if row.why not in TAKEN:
            return row.why
        try:
            taken = self._take(data)
        except Refusal as refusal:
            return refusal.code
        if taken in {Verdict.NEW, Verdict.DUPLICATE}:
            self._store.streams.settle_quarantined(row.desk, number, self._clock.now())
            log.warning("taken from quarantine", extra={"desk": row.desk, "code": row.why})
        return "known" if taken is Verdict.DUPLICATE else str(taken)

    def _take(self, data: bytes) -> Verdict:
        """Put a batch at the end of its stream, closed as it is; raises Refusal."""
        sealed, span = self._read(data)
        device = self._store.desks.device(sealed.header.key, span.desk)
        if device is None or (device.desk, device.epoch) != (span.desk, span.epoch):
            raise Refusal("unknown-key")
        opened = self._open(sealed, span, data)
        stream = self._stream(span)
        decision = self._decide(stream, opened)
        if decision.verdict is Verdict.NEW and not self._append(
            stream, opened, decision.skip, None, closed=True
        ):
            raise Refusal("busy", retry_after=1)
        return decision.verdict

    def _read(self, data: bytes) -> tuple[batch.SealedBatch, Span]:
        """Read the header."""
        if len(data) > BODY_BYTES:
            raise Refusal("too-large", max_bytes=batch.Limits().sealed)
        try:
            sealed = batch.read_header(data)
        except BadFormat as error:
            raise Refusal("bad-format") from error
        return sealed, _span(sealed.header)

    def _check_sender(
        self, sealed: batch.SealedBatch, span: Span, data: bytes, parked: int | None = None
    ) -> StreamRow:
        """Find who sealed the batch and the stream it writes; refuse who may not.

        The bytes of whom the centre knows and refuses go to quarantine.
        """
        writer = self._store.desks.writer(sealed.header.key, span.desk)
        device, stream = writer or (None, None)
        verdict = intake.admit(self._store.server_id, device.device if device else None, span)
        if device is None or stream is None or verdict is Verdict.UNKNOWN_KEY:
            raise Refusal(verdict or Verdict.UNKNOWN_KEY)
        try:
            sealed.envelope.verify(device.public)
        except BadSignature as error:
            raise Refusal("bad-signature") from error
        if verdict is not None:
            self._set_aside(span, verdict, data, parked)
            raise Refusal(verdict)
        return stream

    def _stream(self, span: Span) -> StreamRow:
        """The stream of an enrolled device; it was opened with the enrolment."""
        stream = self._store.streams.stream(span.desk, span.epoch)
        if stream is None:
            raise Refusal("unknown-key")
        return stream

    def _head_if_ending(self, stream: StreamRow, seq: int) -> bytes | None:
        """The stored head at `seq` if a batch ends there: one indexed read, nothing unpacked."""
        if seq > stream.stream.last:
            return None
        row = self._store.streams.receipted(stream.desk, stream.epoch, seq)
        return row.head if row is not None and row.to == seq else None

    def _open(
        self,
        sealed: batch.SealedBatch,
        span: Span,
        data: bytes,
        parked: int | None = None,
    ) -> Opened:
        """Decrypt, unpack and recompute the chain; what does not fit goes to quarantine."""
        try:
            pack = batch.open_pack(sealed, self._keyring.secrets.identities)
            lines = batch.read_pack(pack, sealed.header, self._dictionaries)
        except UnknownDictionary as error:
            self._set_aside(span, error.code, data, parked)
            raise Refusal("unknown-dictionary", known=sorted(self._dictionaries)) from error
        except TooLarge as error:
            limits = batch.Limits()
            self._set_aside(span, error.code, data, parked)
            raise Refusal(
                "too-large", max_bytes=limits.sealed, max_entries=limits.entries
            ) from error
        except (BadChain, BadFormat) as error:
            self._set_aside(span, error.code, data, parked)
            raise Refusal(error.code) from error
        return Opened(sealed, span, pack, lines, data)

    def _place(self, opened: Opened, stream: StreamRow, parked: ParkedRow | None) -> Answer:
        """Decide on an opened batch and store it; again when another one was quicker.

        `stream` was read before the batch was opened: what it held then it holds for ever, and
        only where it still ends there is anything appended.
        """
        span = opened.span
        for _ in range(ATTEMPTS):
            decision = self._decide(stream, opened)
            if decision.verdict is Verdict.NEW:
                row = self._append(stream, opened, decision.skip, parked)
                if row is not None:
                    return Answer(201, self.receipts.stored(span, row), RECEIPT)
                if not stream.open:
                    self._check_sender(opened.sealed, span, opened.data)
                    break
            elif decision.verdict is Verdict.DUPLICATE:
                return self._again(span)
            elif decision.verdict is Verdict.PARKED:
                return self._park(stream, opened)
            else:
                self._fork(stream, opened, decision, parked)
            stream = self._stream(span)
        raise Refusal("busy", retry_after=1)

    def _decide(self, stream: StreamRow, opened: Opened) -> Decision:
        """Decide by positions alone where that is enough, else by the heads inside."""
        span = opened.span
        known = self._head_if_ending(stream, span.to)
        decision = intake.place(stream.stream, span, known)
        if decision is not None:
            return decision
        ours = history.run(self._store.streams, stream, span.first - 1, span.to, self._dictionaries)
        return intake.decide(
            stream.stream, span, [span.prev, *batch.heads(span.prev, opened.lines)], ours
        )

    def _append(
        self,
        stream: StreamRow,
        opened: Opened,
        skip: int,
        parked: ParkedRow | None,
        *,
        closed: bool = False,
    ) -> BatchRow | None:
        """Store a batch that goes on where the stream ends; None when the stream moved on."""
        span, envelope = opened.span, opened.sealed.envelope
        row = BatchRow(
            desk=span.desk,
            epoch=span.epoch,
            first=span.first,
            skip=skip,
            to=span.to,
            head=span.head,
            header=envelope.header_bytes,
            signature=envelope.signature,
            received_at=self._clock.now() if parked is None else parked.received_at,
            pack=opened.pack,
        )
        number = self._store.streams.append(row, stream.stream, closed=closed)
        return None if number is None else replace(row, number=number)

    def _park(self, stream: StreamRow, opened: Opened) -> Answer:
        """Keep a batch whose predecessors have not come; its custody receipt confirms nothing."""
        span = opened.span
        at = self._clock.now()
        row = ParkedRow(span.desk, span.epoch, span.first, span.to, span.head, at, opened.data)
        if not self._store.streams.park(row, PARKED_BYTES):
            raise Refusal("too-many", retry_after=600, have=stream.stream.last)
        if self._stream(span).stream.last >= span.first - 1:  # the gap closed meanwhile
            self._place_parked(span.desk, span.epoch)
        custody = self.receipts.custody(span, at)
        return json_answer(
            202,
            {
                "have": stream.stream.last,
                "head": stream.stream.head.hex(),
                "receipt": base64.b64encode(custody).decode(),
            },
        )

    def _place_parked(self, desk: int, epoch: int) -> None:
        """Store the parked batches of a stream that fit by now; of a closed one none can."""
        for row in self._store.streams.parked(desk, epoch):
            stream = self._store.streams.stream(desk, epoch)
            if stream is None or (stream.open and row.first - 1 > stream.stream.last):
                return
            try:
                self._place_one(row)
            except Refusal as refusal:
                log.warning(
                    "parked batch refused",
                    extra={"desk": row.desk, "epoch": row.epoch, "code": refusal.code},
                )
            except Unreadable as error:
                log.error(  # noqa: TRY400 - the trace says nothing the code does not
                    "parked batch not to be placed",
                    extra={"desk": row.desk, "epoch": row.epoch, "code": error.code},
                )

    def _place_one(self, row: ParkedRow) -> None:
        """Open and store one parked batch, then drop it."""
        sealed, span = self._read(row.data)
        stream = self._check_sender(sealed, span, row.data, row.number)
        self._place(self._open(sealed, span, row.data, row.number), stream, row)
        self._store.streams.unpark(row.desk, row.number)

    def _fork(
        self, stream: StreamRow, opened: Opened, decision: Decision, parked: ParkedRow | None
    ) -> None:
        """Keep the other branch aside and say where the stream stands."""
        number = parked.number if parked else None
        self._set_aside(opened.span, Verdict.FORK, opened.data, number)
        raise Refusal(
            Verdict.FORK,
            have=stream.stream.last,
            head=stream.stream.head.hex(),
            since=decision.since,
        )

    def _set_aside(self, span: Span, why: str, data: bytes, parked: int | None = None) -> None:
        """Put bytes into quarantine."""
        row = QuarantineRow(
            span.desk, span.epoch, span.first, span.to, why, self._clock.now(), len(data)
        )
        self._store.streams.quarantine(row, data, parked)
        log.warning(
            "quarantined",
            extra={"desk": span.desk, "epoch": span.epoch, "code": why, "bytes": len(data)},
        )

    def _again(self, span: Span) -> Answer:
        """The receipt of a batch that is stored already: the same bytes as the first time."""
        row = self._store.streams.receipted(span.desk, span.epoch, span.to)
        if row is None:
            raise Refusal("busy", retry_after=1)
        return Answer(200, self.receipts.stored(span, row), RECEIPT)


def _span(header: batch.Header) -> Span:
    return Span(
        server=header.server,
        desk=header.desk,
        epoch=header.epoch,
        first=header.from_seq,
        to=header.to_seq,
        prev=header.prev,
        head=header.head,
    )
