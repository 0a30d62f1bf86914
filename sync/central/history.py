"""What was received, read again: entries of a stored batch and heads inside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sync import batch
from sync.central.store import BatchRow, StreamRow, StreamStore
from sync.errors import BadFormat

PAGE = 16


def header(row: BatchRow) -> batch.Header:
    """Read the signed header of a stored batch; raises BadFormat when it was damaged."""
    try:
        raw = json.loads(row.header)
    except ValueError as error:
        raise BadFormat from error
    if not isinstance(raw, dict):
        raise BadFormat
    return batch.header_of(raw)


def entries(row: BatchRow, dictionaries: Mapping[str, batch.Dictionary]) -> tuple[bytes, ...]:
    """Return the entries the batch brought, `first + skip`..`to`, their chain recomputed.

    Raises an Unreadable when pack and header do not fit.
    """
    return batch.read_pack(row.pack, header(row), dictionaries)[row.skip :]


def heads(
    streams: StreamStore,
    stream: StreamRow,
    wanted: Sequence[int],
    dictionaries: Mapping[str, batch.Dictionary],
) -> dict[int, bytes]:
    """Return the heads after the wanted sequence numbers, of those the stream has.

    Each costs one batch to unpack, unless it stands at a batch's end.
    """
    found = {0: stream.first_head} if 0 in wanted else {}
    for seq in sorted({seq for seq in wanted if 1 <= seq <= stream.stream.last}):
        ending = streams.receipted(stream.desk, stream.epoch, seq)
        if ending is None:
            continue
        if ending.to == seq:
            found[seq] = ending.head
        else:
            found |= _inside(streams, stream, seq, dictionaries)
    return {seq: head for seq, head in found.items() if seq in wanted}


def run(
    streams: StreamStore,
    stream: StreamRow,
    first: int,
    to: int,
    dictionaries: Mapping[str, batch.Dictionary],
) -> list[bytes]:
    """Return the heads after `first`..`to`, as far as the stream has them."""
    found = {0: stream.first_head}
    after = max(first - 1, 0)
    last = min(to, stream.stream.last)
    while after < last:
        rows = streams.batches(stream.desk, stream.epoch, after, PAGE)
        if not rows:
            break
        for row in rows:
            found |= _heads_of(row, dictionaries)
        after = rows[-1].to
    return [found[seq] for seq in range(first, last + 1) if seq in found]


def following(
    streams: StreamStore,
    stream: StreamRow,
    after: int,
    most: int,
    dictionaries: Mapping[str, batch.Dictionary],
) -> tuple[bytes, list[bytes]]:
    """Return the head after entry `after` and the entries that follow it, about `most` bytes.

    `after` is at most the stream's last entry. At least one entry when there is one.
    """
    prev = heads(streams, stream, [after], dictionaries)[after]
    found: list[bytes] = []
    size = 0
    at = after
    while at < stream.stream.last and size < most:
        rows = streams.batches(stream.desk, stream.epoch, at, 1)
        lines = entries(rows[0], dictionaries)
        lines = lines[len(lines) - (rows[0].to - at) :]
        for line in lines:
            size += len(line) + 1
            if found and size > most:
                return prev, found
            found.append(line)
        at = rows[0].to
    return prev, found


def _inside(
    streams: StreamStore,
    stream: StreamRow,
    seq: int,
    dictionaries: Mapping[str, batch.Dictionary],
) -> dict[int, bytes]:
    """The heads of the batch that holds `seq`."""
    (row,) = streams.batches(stream.desk, stream.epoch, seq - 1, 1)
    return _heads_of(row, dictionaries)


def _heads_of(row: BatchRow, dictionaries: Mapping[str, batch.Dictionary]) -> dict[int, bytes]:
    """The heads of every entry of a batch's pack, those an earlier batch brought included."""
    signed = header(row)
    lines = batch.read_pack(row.pack, signed, dictionaries)
    return dict(enumerate(batch.heads(signed.prev, lines), signed.from_seq))
