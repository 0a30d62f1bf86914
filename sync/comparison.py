"""Reconciliation: the desk's totals of days as a question, what the centre has as its answer.

The question is plain JSON: counts and hashes. The answer, `.mfcc`, is signed by the centre, sealed
to the device and names the question's hash, so that no older answer stands in for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import zstandard

from sync import envelope
from sync.clock import from_iso, iso
from sync.errors import BadFormat
from sync.keys import CentreKeys, decrypt, encrypt

PATH = "/v1/reconcile"
QUESTION_BYTES = 1 << 20
ANSWER_BYTES = 32 << 20
MOST_DAYS = 5000
LEAF_DIGITS = 16
"""Hex digits of a leaf that are told: enough to find what differs, the chain proves the rest."""
LEAF_BYTES = 32
LEVEL = 9
_NONCE = re.compile(r"[0-9a-f]{16,64}")


@dataclass(frozen=True)
class Totals:
    """The entries of one day: how many, their bytes, XOR of their leaves in hex."""

    n: int = 0
    size: int = 0
    xor_leaf: str = "00" * LEAF_BYTES

    def with_entry(self, size: int, leaf: bytes) -> Totals:
        """The totals with one entry more."""
        mixed = int(self.xor_leaf, 16) ^ int.from_bytes(leaf, "big")
        return Totals(self.n + 1, self.size + size, f"{mixed:0{2 * LEAF_BYTES}x}")

    def to_json(self) -> dict[str, Any]:
        """The members of a day on the wire."""
        return {"n": self.n, "bytes": self.size, "xor_leaf": self.xor_leaf}


@dataclass(frozen=True)
class Question:
    """What a desk has of one epoch, by ISO day of the zone, of the entries after `after`.

    `only` is the one day that is asked about, its entries one by one; None: every day's totals.
    A carrier goes one way a day: `to` is the last entry it asks about (0: there is no end), and
    of so many differing days as `listed` says, the newest, the entries are told at once.
    """

    epoch: int
    zone: str
    nonce: str
    days: Mapping[str, Totals]
    after: int = 0
    only: str | None = None
    to: int = 0
    listed: int = 0

    def to_bytes(self) -> bytes:
        """The body of the request."""
        told = asdict(self) | {
            "days": [{"day": day, **totals.to_json()} for day, totals in self.days.items()]
        }
        return json.dumps(told, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Listed:
    """One entry at the centre: the first digits of its leaf, and what it is about."""

    seq: int
    leaf: str
    kind: str | None
    number: str | None


@dataclass(frozen=True)
class There:
    """A day that differs, as the centre has it; `entries` where they were asked about."""

    day: str
    have: Totals
    entries: tuple[Listed, ...] = ()


@dataclass(frozen=True)
class Compared:
    """What the centre found: days that match and days that differ.

    `have` and `head` are the end of its stream; `requests` counts registrations by day and
    service; `damaged` are runs of entries whose batch it cannot read any more.
    """

    at: datetime
    incarnation: str
    have: int
    head: bytes
    match: tuple[str, ...]
    differ: tuple[There, ...]
    requests: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    damaged: tuple[tuple[int, int], ...] = ()


def read_question(data: bytes) -> Question:
    """Read the body of a request; raises BadFormat."""
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadFormat from error
    if not isinstance(raw, dict) or not isinstance(raw.get("days"), list):
        raise BadFormat
    nonce, only, days = envelope.text_of(raw, "nonce"), raw.get("only"), raw["days"]
    if not _NONCE.fullmatch(nonce) or len(days) > MOST_DAYS:
        raise BadFormat
    return Question(
        epoch=envelope.whole_of(raw, "epoch"),
        zone=_zone(envelope.text_of(raw, "zone")),
        nonce=nonce,
        days={_day(one): _totals(one) for one in days},
        after=envelope.whole_of(raw, "after"),
        only=None if only is None else _iso_day(only),
        to=envelope.whole_of({"to": 0, **raw}, "to"),
        listed=envelope.whole_of({"listed": 0, **raw}, "listed"),
    )


def seal(
    found: Compared, question: bytes, desk: int, epoch: int, keys: CentreKeys, device: str
) -> bytes:
    """The answer to a question as a file for one device (`device` is its age1…)."""
    told = {
        "match": found.match,
        "differ": [_there(one) for one in found.differ],
        "requests": found.requests,
        "damaged": found.damaged,
    }
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    header = {
        "desk": desk,
        "epoch": epoch,
        "asked": sha256(question).hexdigest(),
        "incarnation": found.incarnation,
        "at": iso(found.at),
        "have": found.have,
        "head": found.head.hex(),
    }
    pack = zstandard.ZstdCompressor(level=LEVEL).compress(text)
    return envelope.pack(envelope.Form.COMPARISON, header, encrypt(pack, [device]), keys)


def asked_hash(data: bytes) -> str:
    """The SHA-256 (hex) of the question an answer is to; nothing is verified. Raises BadFormat."""
    return envelope.hash_of(envelope.unpack(envelope.Form.COMPARISON, data).header, "asked").hex()


def open_answer(
    data: bytes, question: bytes, publics: Mapping[str, bytes], identities: list[str]
) -> Compared:
    """Read the answer to this very question, signed by a trusted key.

    Raises BadFormat, BadSignature.
    """
    opened = envelope.unpack(envelope.Form.COMPARISON, data)
    opened.verify_any(publics)
    header = opened.header
    if envelope.hash_of(header, "asked") != sha256(question).digest():
        raise BadFormat
    pack = decrypt(opened.payload, identities)
    try:
        plain = zstandard.ZstdDecompressor().decompress(pack, max_output_size=ANSWER_BYTES)
        told = json.loads(plain)
        return Compared(
            at=from_iso(header.get("at")),
            incarnation=envelope.text_of(header, "incarnation"),
            have=envelope.whole_of(header, "have"),
            head=envelope.hash_of(header, "head"),
            match=tuple(map(_iso_day, told["match"])),
            differ=tuple(_read_there(one) for one in told["differ"]),
            requests={
                _iso_day(day): {str(name): int(n) for name, n in counts.items()}
                for day, counts in told["requests"].items()
            },
            damaged=tuple((int(first), int(to)) for first, to in told["damaged"]),
        )
    except (zstandard.ZstdError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadFormat from error


def _there(one: There) -> dict[str, Any]:
    listed = [[each.seq, each.leaf, each.kind, each.number] for each in one.entries]
    return {"day": one.day, "have": one.have.to_json(), "entries": listed}


def _read_there(raw: Mapping[str, Any]) -> There:
    listed = tuple(
        Listed(int(seq), str(leaf), kind, number) for seq, leaf, kind, number in raw["entries"]
    )
    return There(_day(raw), _totals(raw["have"]), listed)


def _totals(raw: Mapping[str, Any]) -> Totals:
    n, size = envelope.whole_of(raw, "n"), envelope.whole_of(raw, "bytes")
    return Totals(n, size, envelope.hash_of(raw, "xor_leaf").hex())


def _day(raw: object) -> str:
    if not isinstance(raw, Mapping):
        raise BadFormat
    return _iso_day(raw.get("day"))


def _iso_day(text: object) -> str:
    try:
        if not isinstance(text, str) or date.fromisoformat(text).isoformat() != text:
            raise BadFormat
    except ValueError as error:
        raise BadFormat from error
    return text


def _zone(name: str) -> str:
    """The name of a zone that is known here; raises BadFormat."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise BadFormat from error
    return name
