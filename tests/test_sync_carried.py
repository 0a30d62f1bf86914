"""The exchange by stick: out, to the centre, back; twice, stale, damaged, after a restore."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync import carrier, receipt
from sync.carrier import INCOMING, OUTGOING, OwnName
from sync.errors import CarrierGone, ExchangeRunning
from sync.ids import SystemRandom
from sync.lock import LockFile
from sync.sealing import CARRIER
from sync.steps import Frozen
from tests.carried_world import Round
from tests.centre_stores import STORES
from tests.centre_world import LocalCentre
from tests.postgres_server import PostgresServer
from tests.sync_desk import ExchangeDesk


@pytest.fixture
def round_trip(tmp_path: Path) -> Iterator[Round]:
    """A desk that has never had a link, and its stick; the centre's store is SQLite."""
    yield from begun(tmp_path, None)


@pytest.fixture(params=STORES)
def over_each_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Round]:
    """The same over each store of a centre."""
    database: str | None = None
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        database = server.database()
    yield from begun(tmp_path, database)


def begun(folder: Path, database: str | None) -> Iterator[Round]:
    centre = LocalCentre(folder, database=database)
    made = Round.begin(folder, centre)
    yield made
    made.close()
    centre.close()


def test_desk_without_any_link_is_enrolled_acknowledged_and_answered_by_stick(
    over_each_store: Round,
) -> None:
    desk, centre = over_each_store.desk, over_each_store.centre
    desk.note(3)
    out = over_each_store.out()
    assert (out.batches, out.entries, out.written, out.failure) == (1, 3, 1, None)
    (row,) = over_each_store.carried().outbox.sealing.batches(10)
    assert (row.custody, row.acked) == (CARRIER, False)
    assert over_each_store.carried().outbox.unsent() == 3  # custody is not delivery

    taken = over_each_store.at_centre()
    assert (taken.stored, taken.enrolled, taken.desks, taken.passed) == (1, 1, {317}, [])
    assert taken.applied == 3

    back = over_each_store.back()
    assert (back.confirmed, back.events, back.damaged, back.frozen) == (3, 3, [], None)
    assert [event.body["outcome"] for event in desk.events] == ["applied"] * 3
    kept = over_each_store.carried().outbox.kept()
    assert kept is not None
    assert (kept.acked, kept.cursor, kept.bound) == (3, 3, True)
    assert kept.incarnation == centre.centre.store.incarnation
    assert [n for n in over_each_store.stick.names(OUTGOING) if n.endswith("mfcb")] == []
    assert centre.faults() == ()


def test_same_stick_again_changes_nothing_on_either_side(over_each_store: Round) -> None:
    over_each_store.desk.note(2)
    over_each_store.out()
    again = over_each_store.copy("again")
    over_each_store.at_centre()
    answers = over_each_store.copy("answers")
    over_each_store.back()
    events = list(over_each_store.desk.events)

    over_each_store.stick = again
    taken = over_each_store.at_centre()
    assert (taken.stored, taken.known, taken.enrolled, taken.applied) == (0, 1, 0, 0)
    for stick in (again, answers, answers):
        over_each_store.stick = stick
        back = over_each_store.back()
        assert (back.confirmed, back.events, back.damaged, back.frozen) == (0, 0, [], None)
    assert over_each_store.desk.events == events
    assert over_each_store.acked == 2


def test_old_stick_after_newer_ones_takes_nothing_back(round_trip: Round) -> None:
    for n in (1, 2, 3):
        round_trip.desk.note(n)
        round_trip.out()
        round_trip.at_centre()
        if n == 1:
            old = round_trip.copy("old")
        round_trip.back()
    assert round_trip.acked == 6
    round_trip.stick = old
    back = round_trip.back()
    assert (back.confirmed, back.events, back.frozen) == (0, 0, None)
    assert round_trip.acked == 6
    assert len(round_trip.desk.events) == 6


def test_next_stick_carries_only_the_rest_and_clears_what_is_confirmed(round_trip: Round) -> None:
    round_trip.desk.note(2)
    round_trip.out()
    round_trip.at_centre()
    round_trip.back()
    round_trip.desk.note(3)
    out = round_trip.out()
    assert (out.batches, out.entries) == (1, 3)
    (name,) = [n for n in round_trip.stick.names(OUTGOING) if n.endswith("mfcb")]
    assert "-3-5-" in name
    assert round_trip.out().written == 0  # the same bytes stand there
    assert round_trip.at_centre().stored == 1
    assert round_trip.back().confirmed == 3


def test_damaged_file_is_named_and_the_others_go_on(round_trip: Round) -> None:
    """Bytes all over the batch, flipped one at a time; the neighbours are stored all the same."""
    desk, outbox = round_trip.desk, round_trip.carried().outbox
    desk.note(2)
    outbox.begin(bound=False)
    outbox.sealing.seal(1, 1, desk.keys, None, desk.clock.now())
    round_trip.out()
    first, second = (n for n in round_trip.stick.names(OUTGOING) if n.endswith("mfcb"))
    path = round_trip.stick.folder(OUTGOING) / second
    whole = path.read_bytes()
    for place in range(0, len(whole), len(whole) // 24):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        taken = round_trip.at_centre()
        assert [one.name for one in taken.passed] == [second], place
        assert taken.passed[0].text
        assert taken.stored + taken.known == 1
    path.write_bytes(whole)
    assert round_trip.at_centre().stored == 1
    assert first != second


def test_damaged_answer_is_named_and_applied_when_it_comes_whole(round_trip: Round) -> None:
    round_trip.desk.note(2)
    round_trip.out()
    round_trip.at_centre()
    folder = round_trip.stick.folder(INCOMING)
    for name in round_trip.stick.names(INCOMING):
        whole = (folder / name).read_bytes()
        for place in range(0, len(whole), max(1, len(whole) // 12)):
            flipped = whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]
            (folder / name).write_bytes(flipped)
            assert name in [one.name for one in round_trip.back().damaged], (name, place)
        (folder / name).write_bytes(whole)
    round_trip.back()
    assert round_trip.acked == 2
    assert len(round_trip.desk.events) == 2


def test_relayed_or_forged_receipt_confirms_nothing(round_trip: Round) -> None:
    """A custody receipt of the centre, and one by another centre's key."""
    round_trip.desk.note(2)
    round_trip.out()
    round_trip.at_centre()
    (name,) = [n for n in round_trip.stick.names(INCOMING) if n.endswith("mfcr")]
    path = round_trip.stick.folder(INCOMING) / name
    known = receipt.read_verified(path.read_bytes(), round_trip.desk.ticket.publics)
    custody = receipt.Receipt(**{**known.__dict__, "level": receipt.RELAYED})
    path.write_bytes(receipt.sign(custody, round_trip.centre.centre.secrets.keys))
    assert round_trip.back().confirmed == 0
    stranger = LocalCentre(round_trip.folder / "stranger")
    path.write_bytes(receipt.sign(known, stranger.centre.secrets.keys))
    stranger.close()
    back = round_trip.back()
    assert [one.name for one in back.damaged] == [name]
    assert round_trip.acked == 0


def test_missing_batch_parks_the_later_ones_until_it_comes(over_each_store: Round) -> None:
    desk, outbox = over_each_store.desk, over_each_store.carried().outbox
    desk.note(3)
    outbox.begin(bound=False)
    for start in (1, 2):
        outbox.sealing.seal(start, 1, desk.keys, None, desk.clock.now())
    over_each_store.out()
    names = [n for n in over_each_store.stick.names(OUTGOING) if n.endswith("mfcb")]
    assert len(names) == 3
    first = over_each_store.stick.folder(OUTGOING) / names[0]
    whole = first.read_bytes()
    first.unlink()
    taken = over_each_store.at_centre()
    assert (taken.stored, taken.parked) == (0, 2)
    assert over_each_store.back().confirmed == 0
    first.write_bytes(whole)
    assert over_each_store.at_centre().stored == 1
    assert over_each_store.back().confirmed == 3


def test_centre_restored_from_a_copy_gets_the_rest_again_by_stick(round_trip: Round) -> None:
    made, local = round_trip, round_trip.centre
    made.desk.note(2)
    made.out()
    made.at_centre()
    made.back()
    copy = local.home.database.with_suffix(".copy")
    local.reopen(lambda: copy.write_bytes(local.home.database.read_bytes()))
    made.desk.note(2)
    made.out()
    made.at_centre()
    before = made.copy("before")
    made.back()
    assert made.acked == 4

    local.reopen(lambda: local.home.database.write_bytes(copy.read_bytes()))
    local.centre.store.begin_new_life(SystemRandom(), 10)
    made.desk.note(1)
    made.out()
    assert made.at_centre().parked == 1
    made.back()  # it has 1…2 only, says the new life of the centre
    assert made.acked == 2
    made.stick, now = before, made.stick
    assert made.back().past == 1 + 1  # receipt and page of the life that is over
    assert made.acked == 2
    made.stick = now
    assert made.out().entries == 3
    made.at_centre()
    made.back()
    assert made.acked == 5
    stream = local.centre.store.streams.stream(317, made.desk.ticket.epoch)
    assert stream is not None
    assert stream.stream.last == 5
    assert local.faults() == ()


def test_revocation_is_told_by_stick_and_what_was_handed_in_is_kept(round_trip: Round) -> None:
    round_trip.desk.note(1)
    round_trip.out()
    round_trip.at_centre()
    round_trip.back()
    round_trip.centre.centre.store.desks.revoke(317, round_trip.centre.clock.now())
    round_trip.desk.note(1)
    round_trip.out()
    taken = round_trip.at_centre()
    assert [str(one.code) for one in taken.passed if one.name.endswith("mfcb")] == ["revoked"]
    assert round_trip.back().frozen is Frozen.REVOKED
    assert round_trip.back().frozen is Frozen.REVOKED  # it stays so
    assert round_trip.acked == 1
    assert round_trip.centre.why() == ["revoked"]  # kept aside, not thrown away


def test_clone_of_a_desk_learns_by_stick_that_it_parted(round_trip: Round) -> None:
    desk = round_trip.desk
    desk.note(2)
    round_trip.out()
    round_trip.at_centre()
    round_trip.back()
    desk.db.checkpoint(truncate=True)
    clone = Round(round_trip.folder, round_trip.centre, round_trip.desk, round_trip.stick)
    home = round_trip.folder / "clone"
    home.mkdir()
    clone.desk = ExchangeDesk(home, desk.ticket, desk.keys)
    clone.desk.db.close()
    shutil.copy(desk.folder / "desk.db", home / "desk.db")
    clone.desk.reopen()
    desk.note(1, "one")
    clone.desk.note(2, "two")
    round_trip.out()
    round_trip.at_centre()
    round_trip.back()
    clone.out()
    assert [str(one.code) for one in clone.at_centre().passed] == ["fork"]
    assert clone.back().frozen is Frozen.FORK
    assert (clone.acked, round_trip.acked) == (2, 3)
    assert round_trip.centre.why() == ["fork"]  # both branches are there
    clone.close()


def test_stick_does_not_freeze_a_desk_the_centre_would_give_entries_back_to(
    round_trip: Round,
) -> None:
    """A database put back from a copy: said, nothing of what follows applied, nothing stopped."""
    desk = round_trip.desk
    desk.note(2)
    round_trip.out()
    round_trip.at_centre()
    round_trip.back()
    desk.db.checkpoint(truncate=True)
    copy = (desk.folder / "desk.db").read_bytes()
    desk.note(1)
    round_trip.out()
    round_trip.at_centre()
    desk.db.close()
    for name in ("desk.db", "desk.db-wal", "desk.db-shm"):
        (desk.folder / name).unlink(missing_ok=True)
    (desk.folder / "desk.db").write_bytes(copy)
    desk.reopen()
    events = len(desk.events)
    back = round_trip.back()
    assert (back.behind, back.frozen, back.confirmed, back.events) == (True, None, 0, 0)
    kept = round_trip.carried().outbox.kept()
    assert kept is not None
    assert (kept.frozen, kept.acked, len(desk.events)) == (None, 2, events)


def test_scans_ride_along_small_first_within_their_bound(over_each_store: Round) -> None:
    scans = [over_each_store.scan(bytes([n]) * size) for n, size in enumerate((5000, 100, 900))]
    over_each_store.desk.note(1)
    out = over_each_store.out(scans, scan_bytes=scans[1].size + scans[2].size)
    assert (out.scans, out.scans_left) == (2, 1)
    taken = over_each_store.at_centre()
    assert (taken.scans, taken.passed) == (2, [])
    back = over_each_store.back()
    assert back.scans == {scans[1].sha256, scans[2].sha256}
    assert [n for n in over_each_store.stick.names(OUTGOING) if n.endswith("age")] == []
    for scan in scans[1:]:
        assert over_each_store.centre.centre.blobs.size(scan.sha256) == scan.size
    assert over_each_store.centre.centre.store.blobs.missing(317) == 1
    out = over_each_store.out([scans[0]])
    assert (out.scans, out.scans_left) == (1, 0)
    path = over_each_store.stick.folder(OUTGOING)
    (name,) = [n for n in over_each_store.stick.names(OUTGOING) if n.endswith("age")]
    (path / name).write_bytes(b"x" * scans[0].size)
    assert [one.code for one in over_each_store.at_centre().passed] == ["bad-hash"]
    assert over_each_store.out([scans[0]]).scans == 1  # written anew: what stood there was not it
    assert over_each_store.at_centre().scans == 1
    assert over_each_store.centre.centre.store.blobs.missing(317) == 0


def test_bad_sector_is_named_and_everything_else_is_taken_and_answered(
    round_trip: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch, a question, a scan and an answer that give EIO: each by name, the rest goes on."""
    scans = [round_trip.scan(bytes([n]) * 100) for n in range(2)]
    round_trip.desk.note(2)
    round_trip.out(scans)
    outgoing, incoming = (round_trip.stick.folder(part) for part in (OUTGOING, INCOMING))
    bad = ["00001-1-1-1-00000000.mfcb", "00001-1.mfcq"]
    for name in bad:
        (outgoing / name).symlink_to("/proc/self/mem")
    first, second = sorted(scan.sha256 for scan in scans)
    holds = carrier._holds

    def sector(path: Path, *more: Any) -> bool:
        if first in path.name:
            raise OSError(errno.EIO, "bad sector")
        return holds(path, *more)

    with monkeypatch.context() as patched:
        patched.setattr(carrier, "_holds", sector)
        taken = round_trip.at_centre()
    assert {(one.name.split(first)[0], one.code) for one in taken.passed} == {
        *((name, "file-unread") for name in bad),
        (f"{round_trip.desk.ticket.desk_no:05d}-{round_trip.desk.ticket.epoch}-", "file-unread"),
    }
    assert all("сбой диска" in one.text for one in taken.passed)
    assert (taken.stored, taken.scans, taken.receipts, taken.failure) == (1, 1, 1, None)

    own = OwnName(round_trip.desk.ticket.desk_no, round_trip.desk.ticket.epoch, "1-00", "mfcr")
    (incoming / str(own)).symlink_to("/proc/self/mem")
    back = round_trip.back()
    assert [(one.name, "сбой диска" in one.text) for one in back.damaged] == [(str(own), True)]
    assert (back.confirmed, back.scans) == (2, frozenset({second}))


def test_scan_damaged_on_the_desk_is_passed_over_and_the_stick_is_not_blamed(
    round_trip: Round,
) -> None:
    scans = [round_trip.scan(bytes([n]) * size) for n, size in enumerate((100, 200, 300, 400))]
    scans[0].path.write_bytes(scans[0].path.read_bytes()[:-1])
    scans[1].path.write_bytes(bytes(scans[1].size))
    scans[2].path.unlink()
    out = round_trip.out(scans)
    assert out.failure is None
    assert (out.scans, out.scans_left) == (1, 0)
    assert set(out.damaged) == {scan.sha256 for scan in scans[:3]}
    assert round_trip.at_centre().scans == 1


def test_nothing_is_taken_while_an_exchange_runs(round_trip: Round) -> None:
    round_trip.desk.note(1)
    round_trip.out()
    round_trip.at_centre()
    with LockFile(round_trip.desk.folder / "exchange.lock") as lock:
        assert lock.take()
        with pytest.raises(ExchangeRunning):
            round_trip.back()
    assert round_trip.acked == 0
    assert round_trip.back().confirmed == 1


def test_stick_that_is_not_there_is_said_before_anything_is_done(round_trip: Round) -> None:
    round_trip.desk.note(1)
    round_trip.stick.root.rmdir()
    for act in (round_trip.out, round_trip.back, round_trip.at_centre):
        with pytest.raises(CarrierGone):
            act()
    assert round_trip.carried().outbox.sealing.batches(5) == ()
