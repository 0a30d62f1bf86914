"""Entries that come back: read before the transaction, nothing but SQL inside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mfc_desk.refill import read_back
from mfc_desk.store.refill import taken
from sync.entries import Entry, decode
from sync.entries_page import EntriesPage
from tests.desk_home import DESK_NO, EPOCH, set_up_home
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

        monkeypatch.setattr("mfc_desk.refill.decode", watched)
        count = read_back(desk.db, Held((b"no entry", *held)), EPOCH, desk.zone)
        assert inside == [False] * (len(held) + 1)
        assert 0 < count <= len(held)
        assert taken(desk.db, EPOCH - 1)[0] == len(held) + 1
        assert len(desk.find.recent(10)) == 1
