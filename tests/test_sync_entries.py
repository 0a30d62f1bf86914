"""Entries keep what they were given, in bytes that do not change."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import entries
from sync.errors import EntryInvalid
from tests.sync_world import NOON

unicode_text = st.text(st.characters(codec="utf-8"))
bodies = st.dictionaries(
    unicode_text, st.none() | st.booleans() | st.integers() | unicode_text, max_size=4
)
moments = st.integers(0, 4_070_908_800_000).map(
    lambda ms: datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms)
)


@given(
    kind=st.sampled_from(sorted(entries.KINDS)) | unicode_text,
    body=bodies,
    wall=moments,
    srv=st.none() | moments,
    base=st.none() | st.integers(0, 99),
    request=st.none() | unicode_text,
)
def test_what_is_encoded_is_decoded(
    kind: str,
    body: dict[str, object],
    wall: datetime,
    srv: datetime | None,
    base: int | None,
    request: str | None,
) -> None:
    """Every member comes back, on one line of UTF-8, unknown kinds too."""
    stamp = entries.Stamp(wall, "boot", 5, srv)
    data = entries.encode(
        entry_id="id",
        kind=kind,
        request_id=request,
        base=base,
        stamp=stamp,
        operator="o",
        body=body,
    )

    assert b"\n" not in data
    assert entries.decode(data) == entries.Entry("id", kind, 1, request, base, stamp, "o", body)


def test_members_stand_in_the_order_of_the_format() -> None:
    """The bytes are those of sync.md, 5: compact, Cyrillic as it is."""
    stamp = entries.Stamp(NOON.astimezone(timezone(timedelta(hours=9))), "b", 83211, NOON)

    data = entries.encode(
        entry_id="e",
        kind="override",
        request_id="r",
        base=2,
        stamp=stamp,
        operator="op-3",
        body={"б": 1},
    )

    assert data.decode() == (
        '{"id":"e","kind":"override","v":1,"req":"r","base":2,"wall":"2026-11-21T12:00:00.000Z",'
        '"boot":"b","up":83211,"srv":"2026-11-21T12:00:00.000Z","op":"op-3","body":{"б":1}}'
    )


@pytest.mark.parametrize(
    "body",
    [{"t": "\ud800"}, {"n": float("nan")}, {"b": b"x"}, {"long": "ы" * 40_000}],
    ids=["surrogate", "nan", "bytes", "over 64 KiB"],
)
def test_what_cannot_be_kept_is_refused(body: dict[str, object]) -> None:
    """A value that would not come back, or a giant, is a typed refusal, not a broken journal."""
    stamp = entries.Stamp(NOON, "b", 1)

    with pytest.raises(EntryInvalid):
        entries.encode(entry_id="e", kind="access", stamp=stamp, operator="o", body=body)


GOOD = {
    "id": "e", "kind": "k", "v": 1, "wall": "2026-11-21T12:00:00Z", "boot": "b", "up": 1,
    "op": "o", "body": {},
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(GOOD))
def test_every_member_is_needed_and_typed(name: str) -> None:
    """An entry without a member, or with a wrong one, is not an entry."""
    entries.decode(json.dumps(GOOD).encode())

    for changed in ({**GOOD, name: [1]}, {k: v for k, v in GOOD.items() if k != name}):
        with pytest.raises(EntryInvalid):
            entries.decode(json.dumps(changed).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 60_000,
        b'{"id":"a","id":"b"}',
        b'{"up":NaN}',
        b" " * 70_000,
        b'{"up":' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "list", "not utf-8", "deep", "twice", "nan", "giant", "digits"],
)
def test_garbage_is_refused(data: bytes) -> None:
    """Bytes that are no entry give a typed refusal, nested and giant ones too."""
    with pytest.raises(EntryInvalid):
        entries.decode(data)
