"""What a desk asks of the centre by carrier, `.mfcq`, and what the centre says of scans, `.mfcs`.

By net these are requests of their own (stream, feed, blobs, enrolment); on a carrier one file says
where the desk stands. It is signed by the device and its content sealed to the centre.
"""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync import envelope
from sync.blobs import Blob
from sync.clock import from_iso, iso
from sync.errors import BadFormat
from sync.keys import CentreKeys, DeviceKeys, decrypt, encrypt

SHA = re.compile(r"[0-9a-f]{64}")
LARGEST = 2 << 20
"""Bytes of a question at most: MOST_SCANS of some 80 bytes, a reconciliation of 1 MB."""
MOST_SCANS = 10_000
MEDIA_TYPE = "application/vnd.mfc.question"


@dataclass(frozen=True)
class Question:
    """Where a desk stands: events 1…`cursor` of that life of the centre's store are applied.

    `enrol` are the members of an enrolment, for a centre that has never met these keys; `scans`
    are (SHA-256 in hex, size) of what the centre may lack. `compare` is the body of a
    reconciliation (`sync.comparison`), empty where none is asked for.
    """

    server: str
    desk: int
    epoch: int
    cursor: int
    incarnation: str
    enrol: Mapping[str, str]
    scans: tuple[tuple[str, int], ...]
    at: datetime
    compare: bytes = b""


@dataclass(frozen=True)
class SealedQuestion:
    """A question whose plain header was read; `key` names who says to have signed it."""

    server: str
    desk: int
    epoch: int
    key: str
    envelope: envelope.Envelope


def enrolment(code: str, keys: DeviceKeys) -> dict[str, str]:
    """Say who a device is, for `Question.enrol`."""
    return {
        "code": code,
        "signing_public": keys.public.hex(),
        "age_recipient": keys.recipient,
    }


def nameable(scans: Iterable[Blob]) -> list[Blob]:
    """Return the scans one question names, smallest first.

    A desk whose centre was put back may have more: the next question names the rest, for those
    that arrived are not asked about again.
    """
    return heapq.nsmallest(MOST_SCANS, scans, key=lambda scan: (scan.size, scan.sha256))


def seal(question: Question, keys: DeviceKeys, recipients: list[str]) -> bytes:
    """Make the file."""
    header = {"server": question.server, "desk": question.desk, "epoch": question.epoch}
    inside = {
        "cursor": question.cursor,
        "incarnation": question.incarnation,
        "enrol": dict(question.enrol),
        "scans": question.scans,
        "at": iso(question.at),
        **({"compare": question.compare.decode()} if question.compare else {}),
    }
    payload = encrypt(json.dumps(inside, separators=(",", ":")).encode(), recipients)
    return envelope.pack(envelope.Form.QUESTION, header, payload, keys)


def read(data: bytes) -> SealedQuestion:
    """Read the plain header; raises BadFormat."""
    opened = envelope.unpack(envelope.Form.QUESTION, data)
    raw = opened.header
    return SealedQuestion(
        envelope.text_of(raw, "server"),
        envelope.whole_of(raw, "desk"),
        envelope.whole_of(raw, "epoch"),
        envelope.text_of(raw, "key"),
        opened,
    )


def open_sealed(sealed: SealedQuestion, identities: list[str]) -> Question:
    """Open the content with the centre's keys; raises BadFormat. The signature is the caller's."""
    raw = _object(decrypt(sealed.envelope.payload, identities))
    enrol, scans = raw.get("enrol"), raw.get("scans")
    if not isinstance(enrol, dict) or not isinstance(scans, list):
        raise BadFormat
    return Question(
        server=sealed.server,
        desk=sealed.desk,
        epoch=sealed.epoch,
        cursor=envelope.whole_of(raw, "cursor"),
        incarnation=envelope.text_of(raw, "incarnation"),
        enrol={str(name): str(value) for name, value in enrol.items()},
        scans=tuple(_scan(one) for one in scans),
        at=from_iso(raw.get("at")),
        compare=envelope.text_of({"compare": "", **raw}, "compare").encode(),
    )


def _scan(one: object) -> tuple[str, int]:
    match one:
        case [str() as sha, (int() as size)] if SHA.fullmatch(sha) and size:
            return sha, envelope.whole_of({"size": size}, "size")
    raise BadFormat


@dataclass(frozen=True)
class WholeScans:
    """The scans of a desk that a life of the centre's store has whole (SHA-256 in hex)."""

    server: str
    desk: int
    epoch: int
    incarnation: str
    scans: frozenset[str]


def sign_whole(whole: WholeScans, keys: CentreKeys) -> bytes:
    """Make the file."""
    header = {
        "server": whole.server,
        "desk": whole.desk,
        "epoch": whole.epoch,
        "incarnation": whole.incarnation,
    }
    payload = json.dumps(sorted(whole.scans)).encode()
    return envelope.pack(envelope.Form.SCANS, header, payload, keys)


def read_whole(data: bytes, publics: Mapping[str, bytes]) -> WholeScans:
    """Read the file, signed by a trusted key; raises BadFormat, BadSignature."""
    opened = envelope.unpack(envelope.Form.SCANS, data)
    opened.verify_any(publics)
    raw = opened.header
    try:
        told = json.loads(opened.payload)
    except (ValueError, RecursionError) as error:
        raise BadFormat from error
    if not isinstance(told, list):
        raise BadFormat
    return WholeScans(
        envelope.text_of(raw, "server"),
        envelope.whole_of(raw, "desk"),
        envelope.whole_of(raw, "epoch"),
        envelope.text_of(raw, "incarnation"),
        frozenset(str(one) for one in told),
    )


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadFormat from error
    if not isinstance(value, dict):
        raise BadFormat
    return value
