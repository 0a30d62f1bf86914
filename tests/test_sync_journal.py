"""The journal only grows, and what was done to it behind its back is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import chain, journal
from sync.database import Database, IntegrityError, Migrations, open_database
from sync.journal import ChainFault, Journal, Proven
from tests.sync_world import DESK, DEVICE, EPOCH, SERVER, entry, entry_id

FIRST = chain.first_head(SERVER, DESK, EPOCH, DEVICE.public)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_database(
        tmp_path / "desk.db",
        key=bytes(32),
        migrations=[journal.migrations],
        application_id=1,
        schema_name="1",
    ) as opened:
        yield opened


@pytest.fixture
def kept(db: Database) -> Journal:
    """A journal of seven entries."""
    found = Journal(db)
    found.open_epoch(EPOCH, FIRST)
    for n in range(7):
        add(db, found, f"entry {n}")
    return found


def add(db: Database, kept: Journal, text: str) -> journal.Position:
    data = entry(text)
    with db.atomic():
        return kept.append(data, entry_id(data), "request.register")


def unguarded(db: Database, sql: str, params: list[object] | None = None) -> None:
    """What someone with the key can do: drop the triggers and write."""
    for name in ("journal_no_update", "journal_no_delete", "journal_in_order"):
        db.execute(f"DROP TRIGGER IF EXISTS {name}")
    db.execute(sql, params or [])
    db.commit()


def faults(kept: Journal) -> list[tuple[int, str]]:
    return [(fault.seq, fault.kind) for fault in kept.verify()]


def test_entries_are_kept_verbatim_in_order(db: Database) -> None:
    """Bytes come back as they went in; positions are 1, 2, 3 on the documented chain."""
    kept = Journal(db)
    kept.open_epoch(EPOCH, FIRST)
    given = [entry(f"запись {n}") for n in range(3)]
    with db.atomic():
        found = [kept.append(data, entry_id(data), "request.register") for data in given]

    assert [row.data for row in kept.entries(0, 10)] == given
    assert [position.seq for position in found] == [1, 2, 3]
    head = FIRST
    for data, position in zip(given, found, strict=True):
        head = chain.next_head(head, chain.leaf(data))
        assert position.head == head == kept.head_at(position.seq)
    assert kept.position().head == head
    assert kept.verify() == ()


def test_pages_of_entries_follow_each_other(kept: Journal) -> None:
    """Reading by pages gives each entry once; beyond the end there is nothing."""
    pages = [kept.entries(after, 3) for after in (0, 3, 6, 7)]

    assert [row.seq for page in pages for row in page] == [1, 2, 3, 4, 5, 6, 7]
    assert kept.head_at(0) == FIRST
    assert kept.head_at(8) is None


def test_an_entry_is_found_by_its_id(db: Database, kept: Journal) -> None:
    """The id leads to the row; an unknown one to nothing."""
    row = kept.entries(2, 1)[0]

    assert kept.find(row.entry_id) == row
    assert kept.find("none") is None


def test_an_entry_needs_the_transaction_of_its_act(db: Database, kept: Journal) -> None:
    """Outside a transaction nothing is appended; a failed act leaves no entry."""
    data = entry("x")
    with pytest.raises(RuntimeError):
        kept.append(data, entry_id(data), "access")

    def fail() -> None:
        with db.atomic():
            kept.append(data, entry_id(data), "access")
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert kept.position().seq == 7
    assert faults(kept) == []


def test_rows_cannot_be_changed_or_removed(db: Database, kept: Journal) -> None:
    """UPDATE, DELETE, REPLACE, a gap and a second entry of an id are refused by the database."""
    row = kept.entries(2, 1)[0]
    values = [EPOCH, 3, row.entry_id, row.kind, b"x", row.leaf, row.head]
    insert = "INTO journal (epoch, seq, entry_id, kind, bytes, leaf, head) VALUES (?,?,?,?,?,?,?)"

    for sql, params in (
        ("UPDATE journal SET bytes = NULL WHERE seq = 3", []),
        ("UPDATE journal SET kind = 'x'", []),
        ("DELETE FROM journal WHERE seq = 7", []),
        (f"INSERT OR REPLACE {insert}", values),
        (f"INSERT {insert}", [EPOCH, 9, "new", *values[3:]]),
        (f"INSERT {insert}", [EPOCH, 8, *values[2:]]),
    ):
        with pytest.raises(IntegrityError):
            db.execute(sql, params)
        db.rollback()
    assert kept.position().seq == 7
    assert faults(kept) == []


def test_an_edited_entry_is_located(db: Database, kept: Journal) -> None:
    """Changed bytes, with or without their leaf, are named with their place."""
    unguarded(db, "UPDATE journal SET bytes = ? WHERE seq = 3", [entry("other")])
    changed = entry("another")
    unguarded(
        db, "UPDATE journal SET bytes = ?, leaf = ? WHERE seq = 5", [changed, chain.leaf(changed)]
    )

    assert faults(kept)[0] == (3, journal.EDITED)
    assert faults(kept)[1][0] == 5


def test_an_edited_label_is_located(db: Database, kept: Journal) -> None:
    """The columns beside the bytes must say what the bytes say."""
    unguarded(db, "UPDATE journal SET kind = 'access' WHERE seq = 4")

    assert faults(kept) == [(4, journal.EDITED)]


def test_removed_entries_are_located(db: Database, kept: Journal) -> None:
    """A hole in the middle and a cut end are both named by their first missing entry."""
    unguarded(db, "DELETE FROM journal WHERE seq IN (3, 4)")
    assert faults(kept) == [(3, journal.REMOVED)]

    unguarded(db, "DELETE FROM journal WHERE seq >= 6")
    assert faults(kept) == [(3, journal.REMOVED), (6, journal.REMOVED)]


def test_reordered_entries_are_located(db: Database, kept: Journal) -> None:
    """Two entries that changed places are named as such."""
    second, fifth = kept.entries(1, 1)[0], kept.entries(4, 1)[0]
    for seq, row in ((2, fifth), (5, second)):
        unguarded(db, "UPDATE journal SET bytes = ? WHERE seq = ?", [row.data, seq])

    assert faults(kept) == [(2, journal.REORDERED), (5, journal.REORDERED)]


def test_moved_rows_break_the_chain(db: Database, kept: Journal) -> None:
    """Whole rows that changed places no longer follow each other."""
    unguarded(db, "UPDATE journal SET seq = -3 WHERE seq = 3")
    db.execute("UPDATE journal SET seq = 3 WHERE seq = 4")
    db.execute("UPDATE journal SET seq = 4 WHERE seq = -3")
    db.commit()

    assert faults(kept)[0] == (3, journal.BROKEN)


def test_a_chain_recomputed_as_a_whole_is_found_by_a_receipt(db: Database, kept: Journal) -> None:
    """Whoever recomputes every head still cannot change what the centre signed."""
    proven = Proven(EPOCH, 7, kept.position().head)
    head = FIRST
    for row in kept.entries(0, 10):
        data = entry("forged") if row.seq == 4 else row.data or b""
        head = chain.next_head(head, chain.leaf(data))
        unguarded(
            db,
            "UPDATE journal SET entry_id = ?, bytes = ?, leaf = ?, head = ? WHERE seq = ?",
            [entry_id(data), data, chain.leaf(data), head, row.seq],
        )
    unguarded(db, "UPDATE journal_epoch SET head = ?", [head])

    assert kept.verify() == ()
    assert kept.verify([proven]) == (ChainFault(EPOCH, 7, journal.UNLIKE_RECEIPT),)
    assert "7" in kept.verify([proven])[0].text


def test_epochs_follow_each_other_and_may_hold_the_same_entries(
    db: Database, kept: Journal
) -> None:
    """A new epoch starts its own chain at 1 and may take over entries with their ids."""
    first = kept.entries(0, 1)[0]
    assert first.data is not None
    with pytest.raises(ValueError, match="not after"):
        kept.open_epoch(EPOCH, FIRST)
    other = chain.first_head(SERVER, DESK, EPOCH + 1, DEVICE.public)
    with db.atomic():
        kept.open_epoch(EPOCH + 1, other)
        position = kept.append(first.data, first.entry_id, first.kind)

    assert (position.epoch, position.seq, position.leaf) == (EPOCH + 1, 1, first.leaf)
    assert kept.head_at(7, EPOCH) is not None
    assert kept.verify() == ()


def test_before_the_first_epoch_there_is_no_position(db: Database) -> None:
    """An unopened journal says so."""
    with pytest.raises(LookupError):
        Journal(db).position()


def test_the_set_of_migrations_has_one_name() -> None:
    """The journal's migrations are found under their own name in the file."""
    assert isinstance(journal.migrations, Migrations)
    assert journal.migrations.name == "sync.journal"
