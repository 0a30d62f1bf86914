"""Checks everything the centre stores against what the desks signed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import zip_longest

from sync import batch, chain, envelope
from sync.central import history
from sync.central.examine import FAULT, read_entry
from sync.central.intake import Stream
from sync.central.store import APPLIED, BatchRow, DeviceRow, EntryRow, Event, Store, StreamRow
from sync.central.store.sql_entries import RESULT, result_body
from sync.central.store.sql_versions import SETTLED
from sync.errors import Unreadable
from sync.keys import verify as verify_signature

PAGE = 16
ROWS = 500


@dataclass(frozen=True)
class Fault:
    """Something is not as it was received: where, and what."""

    where: str
    text: str


@dataclass(frozen=True)
class Verified:
    """What was looked at and what is wrong."""

    streams: int
    entries: int
    requests: int
    faults: tuple[Fault, ...]


class Verifier:
    """One walk over a store; nothing is changed."""

    def __init__(self, store: Store, dictionaries: Mapping[str, batch.Dictionary]) -> None:
        self._store = store
        self._dictionaries = dictionaries
        self._faults: list[Fault] = []
        self._entries = 0
        self._requests: set[str] = set()
        self._told: dict[tuple[int, int, int], bytes] = {}
        self._said: dict[tuple[int, int, int], bytes] = {}

    def run(self) -> Verified:
        """Recompute every chain and compare requests, outcomes and feed with the entries."""
        self._faults += [Fault("база", text) for text in self._store.faults()]
        with self._store.snapshot():
            streams = self._store.streams.streams()
            for stream in streams:
                self._stream(stream)
            for desk in self._store.desks.desks():
                self._feed(desk.desk, desk.feed_to)
        return Verified(len(streams), self._entries, len(self._requests), tuple(self._faults))

    def _note(self, where: str, text: str) -> None:
        self._faults.append(Fault(where, text))

    def _stream(self, stream: StreamRow) -> None:
        where = f"место {stream.desk:05d}, эпоха {stream.epoch}"
        device = next(
            (
                device
                for device in self._store.desks.devices(stream.desk)
                if device.epoch == stream.epoch
            ),
            None,
        )
        if device is None:
            self._note(where, "нет ключа устройства")
            return
        first = chain.first_head(self._store.server_id, stream.desk, stream.epoch, device.public)
        if first != stream.first_head:
            self._note(where, "начало цепочки не от этого устройства")
        end = self._walk(stream, device, where)
        if end != stream.stream:
            self._note(where, f"пакеты кончаются записью {end.last}, поток — {stream.stream.last}")

    def _walk(self, stream: StreamRow, device: DeviceRow, where: str) -> Stream:
        """Go through the batches of a stream; return where they end."""
        end = Stream(0, stream.first_head)
        while rows := self._store.streams.batches(stream.desk, stream.epoch, end.last, PAGE):
            for row in rows:
                lines = self._batch(row, device, end, f"{where}, пакет до записи {row.to}")
                self._applied(stream, row, lines, where)
                end = Stream(row.to, row.head)
        return end

    def _batch(
        self, row: BatchRow, device: DeviceRow, end: Stream, where: str
    ) -> tuple[bytes, ...]:
        """Check one batch against its signature and the chain before it; return its entries."""
        try:
            verify_signature(device.public, row.signature, envelope.Form.BATCH.context + row.header)
            signed = history.header(row)
            if sha256(row.pack).digest() != signed.zsha:
                self._note(where, "содержимое изменено")
            lines = batch.read_pack(row.pack, signed, self._dictionaries)
        except Unreadable as error:
            self._note(where, f"не читается: {error.title.lower()}")
            return ()
        if (signed.desk, signed.epoch, signed.from_seq, signed.to_seq, signed.head) != (
            row.desk,
            row.epoch,
            row.first,
            row.to,
            row.head,
        ):
            self._note(where, "строка не та, что подписана")
        before = [signed.prev, *batch.heads(signed.prev, lines)][row.skip]
        if row.first + row.skip != end.last + 1 or before != end.head:
            self._note(where, "не продолжает предыдущий пакет")
        return lines[row.skip :]

    def _applied(
        self, stream: StreamRow, row: BatchRow, lines: tuple[bytes, ...], where: str
    ) -> None:
        """Compare the applied entries of a batch with its bytes."""
        first = row.first + row.skip
        known = {
            entry.seq: entry
            for entry in self._store.register.entries(
                stream.desk, stream.epoch, first - 1, len(lines)
            )
        }
        for seq, raw in enumerate(lines, first):
            self._entries += 1
            entry = known.get(seq)
            if seq > stream.applied_to:
                continue
            if entry is None:
                self._note(f"{where}, запись {seq}", "применена, а строки нет")
                continue
            self._entry(entry, raw, f"{where}, запись {seq}")

    def _entry(self, entry: EntryRow, raw: bytes, where: str) -> None:
        """Compare one row with the bytes it came from."""
        place = (entry.desk, entry.epoch, entry.seq)
        self._told[place] = sha256(result_body(entry).encode()).digest()
        if entry.reason == FAULT:
            return
        reading = read_entry(entry.seq, raw)
        asked = reading.request
        said = (
            reading.leaf,
            reading.entry_id,
            reading.kind,
            reading.request_id,
            *((asked.number, asked.service, asked.record) if asked else (None, None, None)),
        )
        kept = (
            entry.leaf,
            entry.entry_id,
            entry.kind,
            entry.request_id,
            entry.number,
            entry.service,
            entry.record,
        )
        if said != kept:
            self._note(where, "строка не та, что прислана")
        if entry.outcome == APPLIED and reading.outcome != APPLIED:
            self._note(where, "применена, хотя не читается")
        if entry.outcome == APPLIED and asked is not None:
            self._requests.add(str(entry.request_id))
            if self._store.register.official_no(str(entry.request_id)) != entry.official_no:
                self._note(where, "номер центра в реестре другой")

    def _feed(self, desk: int, feed_to: int) -> None:
        """Check that a desk's feed is dense and says of every entry what the rows say."""
        where = f"лента места {desk:05d}"
        last = 0
        for n, event in zip_longest(range(1, feed_to + 1), self._events(desk)):
            if n is None or event is None or n != event.n:
                self._note(where, f"разрыв после события {last}")
                return
            last = n
            if event.kind in (RESULT, SETTLED):
                self._event(desk, event, f"{where}, событие {n}")
        for place in [place for place in self._said if place[0] == desk]:
            if self._told.pop(place, None) != self._said.pop(place):
                self._note(f"{where}, запись {place[2]}", "сообщено не то, что записано")
        if any(place[0] == desk for place in self._told):
            self._note(where, "не обо всех записях сообщено")

    def _event(self, desk: int, event: Event, where: str) -> None:
        try:
            said = json.loads(event.body)
            place = (desk, int(said["epoch"]), int(said["seq"]))
        except (ValueError, KeyError, TypeError):
            self._note(where, "не читается")
            return
        if event.kind == RESULT and place in self._said:
            self._note(where, "сообщено дважды")
        self._said[place] = sha256(event.body.encode()).digest()

    def _events(self, desk: int) -> Iterator[Event]:
        after = 0
        while events := self._store.register.events(desk, after, ROWS):
            yield from events
            after = events[-1].n
