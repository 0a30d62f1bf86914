"""One journal entry as bytes (sync.md, 5). Serialised once, kept and sent verbatim.

Bytes hold neither sequence nor epoch: the position is where they stand. Unknown kinds and
unknown members pass through.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from sync.clock import from_iso, iso
from sync.errors import BadFormat, EntryInvalid

ENTRY_BYTES = 64 * 1024

KINDS = frozenset(
    {
        "request.register",
        "request.amend",
        "request.withdraw",
        "request.refuse",
        "result.issue",
        "applicant.add",
        "applicant.amend",
        "applicant.merge",
        "applicant.split",
        "consent.give",
        "consent.withdraw",
        "document.brought",
        "payment.note",
        "payment.uin",
        "referral.give",
        "waiting.put",
        "waiting.close",
        "paper.printed",
        "paper.kept",
        "override",
        "operator.add",
        "operator.change",
        "operator.lock",
        "operator.login-failed",
        "access",
        "blob.add",
        "day.close",
        "day.reopen",
        "clock.jump",
        "catalogue.switch",
        "catalogue.refuse",
        "epoch.open",
        "numbers.skip",
        "feed.ack",
        "erase",
    }
)


@dataclass(frozen=True)
class Stamp:
    """When an act was done: `wall` aware; `up` whole seconds of boot `boot`; `srv` centre time."""

    wall: datetime
    boot: str
    up: int
    srv: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """What entry bytes say. `body` is the kind's own shape, version `v`."""

    entry_id: str
    kind: str
    v: int
    request_id: str | None
    base: int | None
    stamp: Stamp
    operator: str
    body: dict[str, Any]


def encode(
    *,
    entry_id: str,
    kind: str,
    stamp: Stamp,
    operator: str,
    body: Mapping[str, Any],
    request_id: str | None = None,
    base: int | None = None,
    v: int = 1,
) -> bytes:
    """Compact UTF-8 JSON on one line, members in this order; raises EntryInvalid.

    At most 64 KiB; text that is not Unicode (a lone surrogate) and NaN are refused.
    """
    entry: dict[str, Any] = {"id": entry_id, "kind": kind, "v": v}
    if request_id is not None:
        entry["req"] = request_id
    if base is not None:
        entry["base"] = base
    entry |= {"wall": iso(stamp.wall), "boot": stamp.boot, "up": stamp.up}
    if stamp.srv is not None:
        entry["srv"] = iso(stamp.srv)
    entry |= {"op": operator, "body": dict(body)}
    try:
        data = _COMPACT(entry).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise EntryInvalid("В записи есть значение, которое нельзя сохранить.") from error
    if len(data) > ENTRY_BYTES:
        raise EntryInvalid(f"Запись больше {ENTRY_BYTES // 1024} КиБ. Сократите тексты.")
    return data


def decode(data: bytes) -> Entry:
    """Read entry bytes; raises EntryInvalid naming the member that is wrong."""
    if len(data) > ENTRY_BYTES:
        raise EntryInvalid
    try:
        entry = _decoded(data.decode())
    except (ValueError, RecursionError) as error:
        raise EntryInvalid from error
    return entry_of(entry)


def entry_of(entry: object) -> Entry:
    """Read the JSON value of entry bytes; raises EntryInvalid naming the member that is wrong."""
    if not isinstance(entry, dict):
        raise EntryInvalid
    try:
        srv = from_iso(entry["srv"]) if "srv" in entry else None
        stamp = Stamp(from_iso(entry.get("wall")), _text(entry, "boot"), _whole(entry, "up"), srv)
    except BadFormat as error:
        raise EntryInvalid("Время в записи не читается.") from error
    return Entry(
        entry_id=_text(entry, "id"),
        kind=_text(entry, "kind"),
        v=_whole(entry, "v"),
        request_id=_text(entry, "req") if "req" in entry else None,
        base=_whole(entry, "base") if "base" in entry else None,
        stamp=stamp,
        operator=_text(entry, "op"),
        body=_object(entry, "body"),
    )


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member twice")
    return members


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_QUICK = json.JSONDecoder(parse_constant=_refuse)
_DECODER = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_members)


def _decoded(text: str) -> Any:
    """Read JSON in which no member stands twice; raises ValueError, RecursionError.

    What comes out as it went in has none twice: a look at every member costs thrice as much.
    """
    value = _QUICK.decode(text)
    return value if _COMPACT(value) == text else _DECODER.decode(text)


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str):
        raise EntryInvalid(f"Запись не по форме: {name}.")
    return value


def _whole(entry: dict[str, Any], name: str) -> int:
    value = entry.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise EntryInvalid(f"Запись не по форме: {name}.")
    return value


def _object(entry: dict[str, Any], name: str) -> dict[str, Any]:
    value = entry.get(name)
    if not isinstance(value, dict):
        raise EntryInvalid(f"Запись не по форме: {name}.")
    return value
