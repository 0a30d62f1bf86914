"""Compact JSON is read and written quicker, and is the same JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync import entries
from sync.central import examine
from sync.central.compact_json import read_compact, write_compact

TEXTS = st.text(st.characters(codec=None), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
SPELLINGS = (
    b"1e16",
    b"[1.0]",
    b"-0",
    b"-0.0",
    b"01",
    b"9" * 5000,
    b"18446744073709551616",
    b"NaN",
    b"[Infinity]",
    b"[1]\n",
    b" [1]",
    b"[1,]",
    b"\xef\xbb\xbf[1]",
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b'"\\ud800"',
    b'"\\/"',
    b'"\\u0041"',
    b'"a\tb"',
    b'{"a":1,"a":2}',
    b'{"a":{"b":1,"b":1}}',
    b"[" * 30_000,
    b"",
    b"null",
)
BODY = {
    "number": "00317-000428-57-8",
    "service": "soc-card",
    "service_version": 1,
    "accepted_at": "2026-11-21T09:30:00+00:00",
}


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal and of the same types."""
    return type(one) is type(other) and json.dumps(one) == json.dumps(other)


def compact(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


@given(VALUES, st.booleans())
@example([10**19, -(2**63), -(2**63) - 1], False)
@example({"\ud800": 1}, False)
@example([1e16, 1e-7], False)
def test_whatever_is_read_is_what_json_reads(value: Any, escaped: bool) -> None:
    """It is the same value and is written the same; else it is not taken at all."""
    data = json.dumps(value).encode() if escaped else compact(value)

    found = read_compact(data)

    if found is not None:
        assert same(found, json.loads(data))
        assert write_compact(found).encode() == compact(found) == data


@pytest.mark.parametrize("data", SPELLINGS)
def test_other_spellings_are_left_to_the_general_way(data: bytes) -> None:
    """Members twice, fractions, halves of characters, numbers of 5000 digits, spaces."""
    if data == b"18446744073709551616":
        assert read_compact(data) == 1 << 64
    else:
        assert read_compact(data) is None
    assert read_compact(b'"' + b"a" * entries.ENTRY_BYTES + b'"') is None


def test_every_character_is_written_as_json_writes_it() -> None:
    """Control characters, quotes and all planes."""
    signs = "".join(chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000)

    assert write_compact(signs).encode() == compact(signs)
    assert read_compact(compact(signs[:5000])) == signs[:5000]
    with pytest.raises(UnicodeEncodeError):
        write_compact("\ud800")


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"record": {}},
        {"record": None},
        {"record": {"a": "\0"}},
        {"record": {"a": 'кавычка "\\ \x1f\x7f\u2028'}},
        {"record": {"a": "\\u0000"}},
        {"record": {"a": [1.5]}},
        {"record": {"a": 1e16}},
        {"record": {"a": 1 << 70}},
        {"record": {"a": "\ud800"}},
        {"service_version": 1 << 70},
        {"service_version": True},
        {"service": "a\tb"},
        {"number": "00317-000428-51-0"},
        {"accepted_at": None},
    ],
)
@pytest.mark.parametrize("kind", ["request.register", "request.amend", "blob.add", "other"])
def test_both_ways_say_the_same_of_an_entry(
    changed: Mapping[str, Any], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the quick way reads of an entry is what the general way reads."""
    entry = {
        "id": "0193a0c0-0000-7000-8000-000000000001",
        "kind": kind,
        "v": 1,
        "req": "0193a0c0-0000-7000-8000-000000000002",
        "wall": "2026-11-21T09:30:00+00:00",
        "boot": "b",
        "up": 5,
        "op": "o",
        "body": {**BODY, "record": {"service": "soc-card"}, **changed},
    }
    raw = compact(entry)
    quick = examine.read_entry(1, raw)
    monkeypatch.setattr(examine, "read_compact", lambda _data: None)

    assert examine.read_entry(1, raw) == quick
    assert examine.read_entry(1, raw + b" ").outcome == quick.outcome
