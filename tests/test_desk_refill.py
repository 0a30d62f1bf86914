"""Entries that come back: each is applied or told, read before the transaction of SQL alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from mfc_desk.recovery.refill import UNREADABLE, read_back
from mfc_desk.store import operators, refill
from mfc_desk.store.refill import taken
from sync.entries import Entry, Stamp, decode, encode
from sync.entries_page import EntriesPage
from tests.desk_home import DESK_NO, EPOCH, NOON, set_up_home
from tests.intake_world import register


class Held:
    """A centre that holds one earlier stream."""

    def __init__(self, entries: tuple[bytes, ...]) -> None:
        self.entries_held = entries

    def entries(self, epoch: int, after: int) -> EntriesPage:
        """The rest of it."""
        streams = {EPOCH - 1: len(self.entries_held)}
        return EntriesPage(
            "s-test", DESK_NO, epoch, after, bytes(32), self.entries_held[after:], streams
        )


def test_a_page_is_decoded_before_the_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who registers meanwhile waits for the rows alone; what cannot be read is passed over."""
    with set_up_home(tmp_path / "lost").login() as lost:
        register(lost)
        held = tuple(row.data or b"" for row in lost.journal.entries(0, 1000))
    inside: list[bool] = []
    with set_up_home(tmp_path / "new", seed=8).login() as desk:

        def watched(data: bytes) -> Entry:
            inside.append(desk.db.conn.in_transaction)
            return decode(data)

        monkeypatch.setattr("mfc_desk.recovery.refill.decode", watched)
        count = read_back(desk.db, Held((b"no entry", *held)), EPOCH, desk.zone)
        assert inside == [False] * (len(held) + 1)
        assert 0 < count <= len(held)
        assert taken(desk.db, EPOCH - 1)[0] == len(held) + 1
        assert len(desk.find.recent(10)) == 1


def account(n: int, **body: str) -> bytes:
    stamp = Stamp(NOON, "boot-1", n)
    entry_id = f"01900000-0000-7000-8000-{n:012d}"
    return encode(
        entry_id=entry_id, kind="operator.add", stamp=stamp, operator="ivanova", body=body
    )


def test_entry_that_cannot_be_applied_is_told(tmp_path: Path) -> None:
    """By stream and number; the others come back."""
    petrov = account(3, login="petrov", name="Петров П. П.", role="specialist")
    with set_up_home(tmp_path / "desk").login() as desk:
        way = Held((b"not an entry", petrov))
        assert read_back(desk.db, way, EPOCH, desk.zone) == 1

        assert refill.left(desk.db) == (refill.LeftEntry(EPOCH - 1, 1, UNREADABLE),)
        assert operators.get(desk.db, "petrov") is not None


def test_bug_is_no_success(tmp_path: Path) -> None:
    """What the program itself breaks on stops the reading, with the place; nothing is noted."""
    with set_up_home(tmp_path / "desk").login() as desk:
        with pytest.raises(KeyError) as caught:
            read_back(desk.db, Held((account(1, login="petrov"),)), EPOCH, desk.zone)

        assert caught.value.__notes__ == [f"entry 1 of stream {EPOCH - 1}"]
        assert refill.taken(desk.db, EPOCH - 1) == (0, None)
