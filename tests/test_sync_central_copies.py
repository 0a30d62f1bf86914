"""The centre's second place: what a copy holds that was read back is safe, and desks are told."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from mfc_desk.exchange.feed import read_events
from mfc_desk.store.second_place import safe
from sync import receipt
from sync.carrier import OUTGOING
from sync.central import copies
from sync.central.cli import copy as copy_commands
from sync.central.copies import Copied, copy_centre
from sync.central.errors import CopyFailed, UsageError
from sync.central.store import sqlite
from sync.clock import SystemClock
from sync.errors import BadFormat, Busy, Damaged
from sync.feed import FeedEvent
from sync.ids import SeededRandom
from sync.keys import AGE, CentreKeys
from sync.lock import LockFile
from tests.centre_process import CentreProcess, centre
from tests.centre_stores import local
from tests.centre_world import HandDesk, LocalCentre
from tests.desk_home import CENTRE, DESK_NO, EPOCH, set_up_home
from tests.intake_world import register
from tests.linked_desk import linked_desk
from tests.postgres_server import PostgresServer

__all__ = ["centre", "local"]


@pytest.fixture(autouse=True)
def programs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own programs, of the version of the tests' server."""
    if "postgresql" in request.node.name:
        server: PostgresServer = request.getfixturevalue("postgres")
        monkeypatch.setenv("PATH", f"{server.programs}{os.pathsep}{os.environ['PATH']}")


def copied(local: LocalCentre, *, kept: int = 7) -> Copied:
    """A copy into a folder the operator says is elsewhere."""
    local.clock.forward(2)
    folder = local.folder / "other"
    return copy_centre(local.centre, local.home, folder, kept=kept, elsewhere=True)


def told(local: LocalCentre, desk: HandDesk) -> list[receipt.Receipt]:
    """The safe receipts in a desk's feed, their signatures checked."""
    events = local.centre.store.register.events(desk.desk, 0, 1000)
    files = [json.loads(one.body)["receipt"] for one in events if one.kind == copies.SAFE]
    publics = desk.ticket.publics
    return [receipt.read_verified(base64.b64decode(file), publics) for file in files]


def test_a_copy_makes_safe_what_it_holds_and_no_more(local: LocalCentre) -> None:
    """Signed, once for each stream that grew; what came after the copy is not safe yet."""
    desk, idle = local.desk(1), local.desk(2)
    desk.register(3)
    assert local.accept(desk.seal(1, 2)).status == 201

    first, again = copied(local), copied(local)
    assert local.accept(desk.seal(3, 3)).status == 201

    assert (first.streams, first.entries, again.streams) == (1, 2, 0)
    (said,) = told(local, desk)
    assert (said.level, said.to, said.head) == ("safe", 2, desk.head(2).hex())
    assert (said.desk, said.epoch) == (desk.desk, desk.epoch)
    assert told(local, idle) == []
    row = local.centre.store.streams.stream(desk.desk, desk.epoch)
    assert row is not None
    assert (row.stream.last, row.safe_to) == (3, 2)
    assert (copied(local).entries, [one.to for one in told(local, desk)]) == (1, [2, 3])
    assert local.faults() == ()


def test_the_copy_is_a_centre(local: LocalCentre, request: pytest.FixtureRequest) -> None:
    """Put in the place of the lost one it verifies and has every entry that was called safe."""
    desk = local.desk()
    desk.register(2)
    assert local.accept(desk.seal(1, 2)).status == 201
    assert len(local.rows(desk)) == 2
    file = copied(local).file
    desk.register(1)
    assert local.accept(desk.seal(3, 3)).status == 201

    if local.database is None:
        local.reopen(lambda: shutil.copy(file, local.home.database))
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        empty = server.url("template1").replace("template1", "lost")
        with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
            admin.execute("CREATE DATABASE lost TEMPLATE template0")
        subprocess.run(["pg_restore", f"--dbname={empty}", str(file)], check=True)
        local.database = empty
        local.reopen()

    assert local.stored(desk) == 2
    assert local.kept(desk) == desk.journal[:2]
    assert local.faults() == ()


def test_only_so_many_copies_stay(local: LocalCentre) -> None:
    """The newest ones."""
    files = [copied(local, kept=2).file for _ in range(4)]
    assert [file.exists() for file in files] == [False, False, True, True]
    assert [file.suffix for file in (local.folder / "other").iterdir()] == [files[0].suffix] * 2


def test_scans_are_copied_once_and_read_back(local: LocalCentre, tmp_path: Path) -> None:
    """A scan that does not read back as its name says makes no copy, and nothing is called safe."""
    desk = local.desk()
    desk.register(1)
    assert local.accept(desk.seal(1, 1)).status == 201
    part = tmp_path / "scan"
    part.write_bytes(b"sealed")
    sha = "ab" + "0" * 62
    local.centre.blobs.put(sha, part)
    with pytest.raises(CopyFailed, match="Вложение"):
        copied(local)
    assert told(local, desk) == []
    local.centre.blobs.remove(sha)

    true = sha256(b"sealed").hexdigest()
    local.centre.blobs.put(true, part)
    assert [copied(local).scans, copied(local).scans] == [1, 0]
    assert (local.folder / "other" / "blobs" / true[:2] / true).read_bytes() == b"sealed"
    assert len(told(local, desk)) == 1


def test_a_copy_that_does_not_hold_makes_nothing_safe(
    local: LocalCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite: the copy lost its last batch; PostgreSQL: its program failed."""
    desk = local.desk()
    desk.register(1)
    assert local.accept(desk.seal(1, 1)).status == 201
    if local.database is None:
        monkeypatch.setattr(sqlite, "_broken", lambda *_: True)
    else:
        monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises((Damaged, CopyFailed)):
        copied(local)
    assert told(local, desk) == []
    assert list((local.folder / "other").iterdir()) == []


def test_the_same_disk_is_no_second_place(local: LocalCentre) -> None:
    """Refused before anything is written, unless the operator knows better; one copy at a time."""
    with pytest.raises(UsageError, match="том же диске"):
        copy_centre(local.centre, local.home, local.folder / "other")
    assert list((local.folder / "other").iterdir()) == []
    with LockFile(local.home.copy_lock) as lock:
        assert lock.take()
        with pytest.raises(Busy):
            copied(local)


def signed(keys: CentreKeys, **changed: object) -> FeedEvent:
    """An `entries.safe` event of the desk of the tests."""
    said = {
        "server": "s-test",
        "incarnation": "i-1",
        "desk": DESK_NO,
        "epoch": EPOCH,
        "to": 1,
        "head": "00" * 32,
        "level": "safe",
        "at": SystemClock().now(),
        "server_seq": 0,
        **changed,
    }
    file = receipt.sign(receipt.Receipt(**said), keys)  # type: ignore[arg-type]
    body = {"epoch": EPOCH, "receipt": base64.b64encode(file).decode()}
    return FeedEvent(1, copies.SAFE, body)


def test_a_desk_believes_the_centres_signature_over_its_own_head_alone(tmp_path: Path) -> None:
    """Another key, another level, another head, another epoch, no file at all: nothing changes."""
    home = set_up_home(tmp_path / "desk")
    with home.login() as desk:
        register(desk, seed=0, today=desk.centre_now().date())
        head = desk.journal.head_at(1, EPOCH)
        assert head is not None
        with desk.db.atomic():
            desk.db.execute(
                "INSERT INTO sync_state (epoch, server, desk, size) VALUES (?, 's-test', ?, 500)",
                [EPOCH, DESK_NO],
            )
        ours = {"server": desk.device.ticket.server_id if desk.device.ticket else ""}
        good = signed(CENTRE, head=head.hex(), **ours)
        bad = [
            signed(CentreKeys.generate(SeededRandom(9)), head=head.hex(), **ours),
            signed(CENTRE, head=head.hex(), level="stored", **ours),
            signed(CENTRE, **ours),
            signed(CENTRE, head=head.hex(), epoch=EPOCH + 1, **ours),
            signed(CENTRE, head=head.hex(), to=10_000, **ours),
            FeedEvent(1, copies.SAFE, {"epoch": EPOCH, "receipt": "?"}),
            FeedEvent(1, copies.SAFE, {"epoch": EPOCH}),
        ]
        with desk.db.atomic():
            read_events(desk, bad)()
        assert safe(desk.db, EPOCH) == 0
        with desk.db.atomic():
            read_events(desk, [good])()
        assert safe(desk.db, EPOCH) == 1


def test_a_desk_cleans_its_second_place_when_the_centre_has_one(
    centre: CentreProcess, tmp_path: Path
) -> None:
    """As processes: before the copy all stays there, after it what the copy holds goes.

    Then the centre's disk dies: from the copy and the desk everything is back.
    """
    card = tmp_path / "card"
    card.mkdir()
    copy = ("copy", str(tmp_path / "other"), "--elsewhere", "--json")

    def files() -> list[Path]:
        return sorted((card / OUTGOING).glob("*.mfcb"))

    with linked_desk(tmp_path, centre, 5) as one:
        desk = one.desk
        desk.second_place.choose(str(card))
        register(desk, seed=0, today=desk.centre_now().date())
        desk.second_place.keep()
        assert one.exchange().kind is None
        desk.second_place.keep()
        before = files()
        assert before

        made = json.loads(centre.command(*copy).stdout)
        handed_in = desk.journal.position().seq
        register(desk, seed=1, today=desk.centre_now().date())
        assert one.exchange().kind is None
        desk.second_place.keep()

        epoch = desk.device.epoch
        assert made["entries"] == safe(desk.db, epoch) == handed_in
        assert not set(before) & set(files())
        assert len(files()) == 1  # what was taken since
        assert one.desk.second_place.view().behind == 0

        centre.kill()
        for name in ("centre.db", "centre.db-wal", "centre.db-shm"):
            (centre.home / name).unlink(missing_ok=True)
        shutil.copy(made["file"], centre.home / "centre.db")
        centre.command("restored")
        centre.restart()
        assert one.exchange().kind is None
        assert one.at_centre() == one.on_desk()
        assert len(one.on_desk()) == 2
    assert centre.verify()["faults"] == []


def test_a_sealed_copy_is_a_centre_for_whoever_has_the_key(local: LocalCentre) -> None:
    """Nothing open stands in the folder or is left here; opened with the recovery key it holds."""
    desk = local.desk()
    desk.register(2)
    assert local.accept(desk.seal(1, 2)).status == 201
    assert len(local.rows(desk)) == 2
    folder, opened = local.folder / "other", local.folder / "opened"
    secrets = local.centre.secrets

    done = copy_centre(
        local.centre, local.home, folder, elsewhere=True, recipient=secrets.recovery_recipient
    )

    assert (done.streams, done.entries) == (1, 2)
    assert [path.name for path in folder.iterdir() if path.is_file()] == [done.file.name]
    assert done.file.read_bytes().startswith(AGE)
    assert not local.home.unsealed.exists()
    key = copy_commands._identity(local.home.recovery)
    for wrong in (local.centre.secrets.identities[0], CENTRE.identity):
        with pytest.raises(BadFormat):
            copies.open_copy(done.file, wrong, opened)
    torn = local.folder / "torn.age"
    torn.write_bytes(done.file.read_bytes()[:-40])
    with pytest.raises(BadFormat):
        copies.open_copy(torn, key, opened)
    assert not opened.exists()
    copies.open_copy(done.file, key, opened)
    assert opened.stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError):
        copies.open_copy(done.file, key, opened)
    if local.database is None:
        local.reopen(lambda: shutil.copy(opened, local.home.database))
        assert local.kept(desk) == desk.journal
        assert local.faults() == ()
    else:
        assert opened.read_bytes().startswith(b"PGDMP")


def test_open_and_sealed_copies_are_counted_together(local: LocalCentre) -> None:
    """Once copies are sealed the open ones go one by one, as new ones come."""
    first = copied(local, kept=2)
    recipient = local.centre.secrets.recovery_recipient
    folder = local.folder / "other"
    for left in (2, 2):
        local.clock.forward(2)
        copy_centre(local.centre, local.home, folder, kept=2, elsewhere=True, recipient=recipient)
        assert len(list(folder.iterdir())) == left
    assert not first.file.exists()
    with pytest.raises(BadFormat):
        copy_centre(local.centre, local.home, folder, elsewhere=True, recipient="age1nobody")
    assert len(list(folder.iterdir())) == 2


def test_a_copy_is_sealed_and_opened_by_commands(centre: CentreProcess) -> None:
    """`copy --seal-to recovery`, then `open-copy --key recovery-key.txt`; a bad key is exit 2."""
    folder, out = centre.folder / "copies", centre.folder / "centre.db"
    sealing = ("copy", str(folder), "--elsewhere", "--seal-to")
    (told,) = centre.lines(*sealing, "recovery")
    opening = ("open-copy", str(told["file"]), "--key", str(centre.home / "recovery-key.txt"))

    said = centre.command(*opening, "--out", str(out)).stdout

    assert "персональные данные" in said
    assert out.read_bytes().startswith(b"SQLite format 3")
    refused = centre.command(*sealing, "age1nobody", check=False)
    assert refused.returncode == 2, refused.stderr
    assert "age1" in refused.stderr
