"""What one entry says and whether anything in itself speaks against it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from functools import partial
from typing import Any, TypeGuard

from forms.check import check
from forms.number import read as read_number
from forms.problem import Problem
from sync import chain
from sync.central.blobs import MOST_BYTES
from sync.central.compact_json import read_compact, write_compact
from sync.central.editions import Editions
from sync.central.store import (
    APPLIED,
    HELD,
    REJECTED,
    Reading,
    RequestReading,
    Scan,
    VersionReading,
)
from sync.clock import from_iso
from sync.entries import KINDS, Entry, decode, entry_of
from sync.errors import BadFormat, EntryInvalid

REGISTER = "request.register"
AMEND = "request.amend"
BLOB = "blob.add"
UNREADABLE = "unreadable"
INVALID = "invalid"
UNKNOWN_KIND = "unknown-kind"
UNKNOWN_FORM = "form"
FAULT = "centre-fault"
KIND_CHARS = 64
MOST_INTEGER = (1 << 63) - 1  # that a column takes
NUL = "\0"
_SHA = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class Circumstances:
    """What is known of a stream's entries besides their bytes, by the centre's own clock.

    They were made between `began` (the epoch was given out) and `received`; days are counted
    in the office's `zone`.
    """

    began: datetime
    received: datetime
    zone: tzinfo


def examine(
    seq: int, raw: bytes, editions: Editions, known: Circumstances, *, mended: bool = False
) -> Reading:
    """Read one entry and check what it registers; the worst is a rejected entry.

    By the edition it was taken by; `mended`: by the newest one of the same service and version.
    """
    reading, entry = _read(seq, raw)
    if entry is None or reading.outcome != APPLIED or reading.request is None:
        return reading
    asked = reading.request
    if mended:
        catalogue = editions.newest(asked.service, asked.service_version)
    else:
        catalogue = editions.of(entry.body.get("catalogue"), asked.service, asked.service_version)
    if catalogue is None:
        return replace(reading, outcome=HELD, reason=UNKNOWN_FORM)
    service = catalogue.services[asked.service]
    checked = check(service, catalogue, entry.body["record"], _day_of(entry, asked, known))
    if checked.errors:
        return _rejected(reading, _listed(checked.errors))
    return replace(reading, awaits_scans=True) if service.scans_first else reading


def read_entry(seq: int, raw: bytes) -> Reading:
    """Read what one entry says of itself; needs nothing but its bytes and never raises."""
    return _read(seq, raw)[0]


def _read(seq: int, raw: bytes) -> tuple[Reading, Entry | None]:
    """Read an entry; itself too, where it can be read."""
    leaf = chain.leaf(raw)
    value = read_compact(raw)
    try:
        entry = decode(raw) if value is None else entry_of(value)
        _check_names(entry)
    except (EntryInvalid, ValueError) as error:
        unread = Reading(seq=seq, leaf=leaf, outcome=REJECTED)
        return _rejected(unread, [_told("", str(error), UNREADABLE)], UNREADABLE), None
    named = partial(
        Reading,
        seq=seq,
        leaf=leaf,
        outcome=APPLIED,
        entry_id=entry.entry_id,
        kind=entry.kind,
        request_id=entry.request_id,
    )
    if entry.kind not in KINDS:
        return named(outcome=HELD, reason=UNKNOWN_KIND), entry
    if entry.kind == BLOB:
        return named(scan=_scan_of(entry)), entry
    if entry.kind not in (REGISTER, AMEND):
        return named(), entry
    version = None
    try:
        version = _read_version(entry)
        written = _COMPACT if value is None else write_compact
        return named(version=version, request=_read_request(entry, written)), entry
    except ValueError as error:
        return _rejected(named(version=version), [_told("record", str(error))]), entry


def faulty(seq: int, raw: bytes) -> Reading:
    """Hold an entry this program broke on: a defect of the centre, not of the entry."""
    return Reading(seq=seq, leaf=chain.leaf(raw), outcome=HELD, reason=FAULT)


def _check_names(entry: Entry) -> None:
    """Check what a register files an entry under; raises ValueError in Russian."""
    if not _is_id(entry.entry_id) or not _is_id(entry.request_id or entry.entry_id):
        raise ValueError("Опознаватель записи не по форме.")
    if not _is_text(entry.kind, KIND_CHARS):
        raise ValueError("Вид записи не по форме.")


def _scan_of(entry: Entry) -> Scan | None:
    """The scan an entry announces; None when it names none that could come."""
    sha, size = entry.body.get("sha256"), entry.body.get("size")
    if not _is_sha(sha) or not _is_whole(size, 1, MOST_BYTES):
        return None
    content = entry.body.get("plain_sha256")
    return Scan(str(sha), size, str(content if _is_sha(content) else sha))


def _is_sha(value: object) -> bool:
    return isinstance(value, str) and _SHA.fullmatch(value) is not None


def _is_whole(value: object, least: int, most: int) -> TypeGuard[int]:
    """Whether a JSON value is a whole number within bounds; `true` is none, though Python's 1."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _read_version(entry: Entry) -> VersionReading:
    """Which version of its request an entry is; raises ValueError in Russian."""
    if entry.request_id is None:
        raise ValueError("Нет опознавателя обращения.")
    if entry.kind == REGISTER:
        return VersionReading(1)
    base = entry.body.get("base")
    if not isinstance(base, str) or not _is_id(base):
        raise ValueError("Исправление не называет запись, которую исправляет.")
    if entry.base is None or not 1 <= entry.base < MOST_INTEGER:  # a database keeps the next one
        raise ValueError("Исправление не называет редакцию, которую исправляет.")
    return VersionReading(entry.base + 1, base)


def _read_request(entry: Entry, written: Callable[[Any], str]) -> RequestReading:
    """What `request.register` and `request.amend` ask for; raises ValueError in Russian.

    `written` writes the record as compact JSON.
    """
    body = entry.body
    record = body.get("record")
    if entry.request_id is None or not isinstance(record, dict):
        raise ValueError("Нет опознавателя или содержания обращения.")
    text = _json_text(record, written)
    version = body.get("service_version")
    if not _is_whole(version, 0, MOST_INTEGER):
        raise ValueError("Версия услуги не по форме.")
    return RequestReading(
        number=read_number(_text(body, "number", "Номер обращения")).text,
        service=_text(body, "service", "Услуга"),
        service_version=version,
        accepted_at=_text(body, "accepted_at", "Время приёма"),
        record=text,
    )


def _text(body: Mapping[str, Any], name: str, label: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not _is_text(value, KIND_CHARS):
        raise ValueError(f"{label}: не по форме.")
    return value


def _json_text(record: Mapping[str, Any], written: Callable[[Any], str]) -> str:
    """The record as JSON; raises ValueError for text no register can hold."""
    try:
        text = written(record)
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("В тексте есть символ, которого не бывает.") from error
    except RecursionError as error:
        raise ValueError("Содержание вложено слишком глубоко.") from error
    if "\\u0000" in text and any(NUL in one for one in _texts(record)):
        raise ValueError("В тексте есть нулевой символ.")
    return text


def _texts(value: Any) -> Iterable[str]:
    """Every text in a JSON value, names of members included."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one


def _day_of(entry: Entry, asked: RequestReading, known: Circumstances) -> date:
    """The day it was taken or amended: the desk's word, kept within what the centre knows."""
    earliest = max(known.began, entry.stamp.srv or known.began)
    try:
        said = from_iso(entry.body.get("at", asked.accepted_at))
    except BadFormat:
        said = known.received
    day = min(max(said, earliest), known.received)
    return day.astimezone(known.zone).date()


def _is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def _is_text(text: str, most: int) -> bool:
    """Whether a text is short, whole Unicode and without control characters."""
    return len(text) <= most and text.isprintable()


def _rejected(
    reading: Reading, problems: Sequence[Mapping[str, str]], reason: str = INVALID
) -> Reading:
    text = json.dumps(list(problems), ensure_ascii=False, separators=(",", ":"))
    return replace(reading, outcome=REJECTED, reason=reason, problems=text)


def _told(path: str, text: str, code: str = INVALID) -> Mapping[str, str]:
    return {"path": path, "label": "", "severity": "error", "code": code, "text": text}


def _listed(problems: Iterable[Problem]) -> list[Mapping[str, str]]:
    return [
        {
            "path": problem.path,
            "label": problem.label,
            "severity": problem.severity,
            "code": problem.code,
            "text": problem.text,
        }
        for problem in problems
    ]
