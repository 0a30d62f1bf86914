"""What the centre does with a batch. Decides, touches nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What becomes of a batch (sync.md, 7); the value is the stable code of the answer."""

    NEW = "stored"
    DUPLICATE = "duplicate"
    PARKED = "parked"
    WRONG_SERVER = "wrong-server"
    UNKNOWN_KEY = "unknown-key"
    REVOKED = "revoked"
    EPOCH_CLOSED = "epoch-closed"
    FORK = "fork"


class Standing(StrEnum):
    """Where a device stands with the centre."""

    ACTIVE = "active"
    REPLACED = "replaced"
    """A newer epoch of the same desk is enrolled."""
    REVOKED = "revoked"


@dataclass(frozen=True)
class Device:
    """A device the centre enrolled: the only writer of one stream."""

    desk: int
    epoch: int
    standing: Standing


@dataclass(frozen=True)
class Stream:
    """End of the contiguous accepted prefix of a stream: last sequence number and its head."""

    last: int
    head: bytes


@dataclass(frozen=True)
class Span:
    """What a batch claims: entries `first`..`to` follow the head `prev` and end at `head`."""

    server: str
    desk: int
    epoch: int
    first: int
    to: int
    prev: bytes
    head: bytes


@dataclass(frozen=True)
class Decision:
    """The verdict and what the answer and the store need to know."""

    verdict: Verdict
    skip: int = 0
    """Entries at the start of the batch that are stored already."""
    since: int | None = None
    """First sequence number known to differ, for a fork."""


def admit(server: str, device: Device | None, span: Span) -> Verdict | None:
    """Refuse a batch by its header alone, before the payload costs anything; None admits it.

    A verdict whose bytes are quarantined counts only once the signature is checked.
    """
    if span.server != server:
        return Verdict.WRONG_SERVER
    if device is None or (device.desk, device.epoch) != (span.desk, span.epoch):
        return Verdict.UNKNOWN_KEY
    if device.standing is Standing.REVOKED:
        return Verdict.REVOKED
    if device.standing is Standing.REPLACED:
        return Verdict.EPOCH_CLOSED
    return None


def place(stream: Stream, span: Span, head_at_to: bytes | None) -> Decision | None:
    """Decide by positions and heads alone, before the entries are looked at; None: `decide`.

    `head_at_to` is the stored head at `span.to`, None when the stream ends before it. Equal
    heads mean equal entries all the way back, for each head hashes the one before it. NEW and
    PARKED hold only for a batch whose own chain was recomputed and fits its header.
    """
    if head_at_to is not None and head_at_to == span.head:
        return Decision(Verdict.DUPLICATE)
    if span.first - 1 > stream.last:
        return Decision(Verdict.PARKED)
    if span.first - 1 == stream.last and span.prev == stream.head:
        return Decision(Verdict.NEW)
    return None


def decide(stream: Stream, span: Span, heads: Sequence[bytes], stored: Sequence[bytes]) -> Decision:
    """Decide a batch that overlaps what is stored.

    `heads` come from the batch: `heads[i]` stands after entry `span.first - 1 + i`, so
    `heads[0]` is `span.prev` and the last one `span.head`. `stored` are the centre's own heads
    at the same places, as far as it has them.
    """
    overlap = stream.last - (span.first - 1)
    if 0 <= overlap < len(heads) - 1 and heads[overlap] == stream.head:
        return Decision(Verdict.NEW, skip=overlap)
    if len(stored) >= len(heads) and stored[len(heads) - 1] == heads[-1]:
        return Decision(Verdict.DUPLICATE)
    return Decision(Verdict.FORK, since=parting(span.first, heads, stored))


def parting(first: int, heads: Sequence[bytes], stored: Sequence[bytes]) -> int | None:
    """Return the first sequence number whose entry differs, None when it lies before `first`."""
    if not stored or stored[0] != heads[0]:
        return None
    for offset, (theirs, ours) in enumerate(zip(heads, stored, strict=False)):
        if theirs != ours:
            return first - 1 + offset
    return None
