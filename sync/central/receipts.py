"""The receipts the centre signs for entries: each a function of what is stored."""

from __future__ import annotations

from datetime import datetime

from sync import receipt
from sync.central.home import KeyRing
from sync.central.intake import Span
from sync.central.store import BatchRow, Store, StreamRow
from sync.clock import Clock


class Receipts:
    """Signs where the streams of a store stand."""

    def __init__(self, store: Store, keyring: KeyRing, clock: Clock) -> None:
        self._store = store
        self._keyring = keyring
        self._clock = clock

    def stored(self, span: Span, row: BatchRow) -> bytes:
        """The receipt for the entries up to `span.to`."""
        return self._signed(span, receipt.STORED, row.received_at, row.number)

    def custody(self, span: Span, at: datetime) -> bytes:
        """The receipt for a batch that is kept and confirms nothing yet."""
        return self._signed(span, receipt.RELAYED, at, 0)

    def standing(self, stream: StreamRow, level: str = receipt.STORED) -> bytes:
        """Sign where a stream stands: the receipt of its last batch, for who cannot ask by net."""
        end = stream.stream
        row = self._store.streams.receipted(stream.desk, stream.epoch, end.last)
        span = Span(
            server=self._store.server_id,
            desk=stream.desk,
            epoch=stream.epoch,
            first=end.last,
            to=end.last,
            prev=end.head,
            head=end.head,
        )
        if row is None:
            return self._signed(span, level, self._clock.now(), 0)
        return self._signed(span, level, row.received_at, row.number)

    def _signed(self, span: Span, level: str, at: datetime, number: int) -> bytes:
        """A receipt file."""
        return receipt.sign(
            receipt.Receipt(
                server=self._store.server_id,
                incarnation=self._store.incarnation,
                desk=span.desk,
                epoch=span.epoch,
                to=span.to,
                head=span.head.hex(),
                level=level,
                at=at,
                server_seq=number,
            ),
            self._keyring.secrets.keys,
        )
