"""`verify` finds whatever was changed behind the centre's back, and names the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.central.store.schema import APPLICATION_ID, MIGRATIONS, SCHEMA_NAME
from sync.database import IntegrityError, open_database
from tests.centre_world import HandDesk, LocalCentre, local

__all__ = ["local"]

EDITS = {
    "a byte of a pack": "UPDATE batch SET pack = CAST(substr(pack, 1, 45) || x'00' "
    "|| substr(pack, 47) AS BLOB) WHERE number = 2",
    "a pack of another batch": "UPDATE batch SET pack = (SELECT pack FROM batch WHERE number = 1) "
    "WHERE number = 2",
    "a signed header": "UPDATE batch SET header = CAST(replace(CAST(header AS TEXT), "
    "'\"blobs\":0', '\"blobs\":1') AS BLOB) WHERE number = 1",
    "a batch dropped": "DELETE FROM batch WHERE number = 2",
    "the last batch dropped": "DELETE FROM batch WHERE number = 3",
    "a batch moved": "UPDATE batch SET skip = 1 WHERE number = 2",
    "a stream's head": "UPDATE stream SET head = zeroblob(32)",
    "a stream's end": "UPDATE stream SET last = last - 1",
    "a stream's beginning": "UPDATE stream SET first_head = zeroblob(32)",
    "a record": "UPDATE entry SET record = replace(record, 'soc-card', 'soc-cart') WHERE row = 1",
    "a request's number": "UPDATE entry SET number = '00001-000001-00-0' WHERE row = 2",
    "an official number": "UPDATE entry SET official_no = '90/2026-000777' WHERE row = 2",
    "an official number in the register": "UPDATE request SET official_no = '90/2026-000777' "
    "WHERE row = 2",
    "an outcome": "UPDATE entry SET outcome = 'rejected' WHERE row = 2",
    "a leaf": "UPDATE entry SET leaf = zeroblob(32) WHERE row = 2",
    "an entry dropped": "DELETE FROM entry WHERE row = 4",
    "a feed event": "UPDATE feed SET body = replace(body, 'applied', 'rejected') WHERE n = 1",
    "a feed event dropped": "DELETE FROM feed WHERE n = 2",
    "the last feed event dropped": "DELETE FROM feed WHERE n = 6",
    "a device's key": "UPDATE device SET public = zeroblob(32)",
}


@pytest.fixture
def desk(local: LocalCentre) -> HandDesk:
    """A desk with three batches of two, all applied; the fourth entry registers nothing."""
    desk = local.desk()
    for _ in range(3):
        desk.register(1)
        if len(desk.journal) == 3:
            desk.note(1)
        else:
            desk.register(1)
        size = len(desk.journal)
        assert local.accept(desk.seal(size - 1, size)).status == 201
    local.rows(desk)
    return desk


def edit(path: Path, statement: str) -> None:
    """Change the closed database by hand, past the triggers and references."""
    db = open_database(
        path,
        key=None,
        migrations=[MIGRATIONS],
        application_id=APPLICATION_ID,
        schema_name=SCHEMA_NAME,
    )
    for (trigger,) in db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall():
        db.execute(f"DROP TRIGGER {trigger}")
    db.execute("PRAGMA foreign_keys=OFF")
    with db.atomic():
        assert db.execute(statement).rowcount > 0
    db.close()


def test_an_untouched_store_is_clean(local: LocalCentre, desk: HandDesk) -> None:
    """Nothing is found where nothing was changed."""
    assert local.faults() == ()


@pytest.mark.parametrize("what", EDITS)
def test_a_planted_edit_is_found(local: LocalCentre, desk: HandDesk, what: str) -> None:
    """Each edit of what was received, applied or told is found and its desk is named."""
    edit(local.home.database, EDITS[what])

    faults = local.faults()

    assert faults
    assert any("00317" in fault.where for fault in faults)


def test_stored_batches_and_told_events_cannot_be_changed(
    local: LocalCentre, desk: HandDesk
) -> None:
    """The database itself refuses to change or drop a batch or a feed event."""
    db = local.centre.store._db  # type: ignore[attr-defined]
    for statement in (
        "UPDATE batch SET pack = x''",
        "DELETE FROM batch",
        "UPDATE feed SET body = '{}'",
        "DELETE FROM feed",
    ):
        with pytest.raises(IntegrityError, match="never"), db.atomic():
            db.execute(statement)


def test_a_damaged_pack_stops_its_stream_only(local: LocalCentre, desk: HandDesk) -> None:
    """Entries behind a pack the disk has spoilt wait; other desks' are applied."""
    desk.register(1)
    assert local.accept(desk.seal(7, 7)).status == 201
    edit(local.home.database, "UPDATE batch SET pack = x'00' WHERE number = 4")
    other = local.desk(2)
    other.register(1)
    assert local.accept(other.seal(1, 1)).status == 201

    assert len(local.rows(other)) == 1
    assert len(local.rows(desk)) == 6
