"""The folder that is carried: whole files or none, read back, named without anything personal."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from sync import batch
from sync.blobs import Blob
from sync.carrier import OUTGOING, BatchName, Carrier
from sync.errors import (
    CarrierDamages,
    CarrierFull,
    CarrierGone,
    CarrierReadOnly,
    FileUnread,
    ScanDamaged,
    TooLarge,
)
from tests.sync_world import CENTRE, DESK, DEVICE, EPOCH, NOON, SERVER, entry


@pytest.fixture
def stick(tmp_path: Path) -> Carrier:
    """An empty folder."""
    folder = tmp_path / "stick"
    folder.mkdir()
    return Carrier(folder)


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Carrier]:
    """A disk of its own of 512 KB, where this machine lets us mount one."""
    root = tmp_path / "mounted"
    root.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "none", str(root)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    yield Carrier(root)
    subprocess.run(["umount", "-l", str(root)], check=True)


def test_batch_is_named_by_desk_epoch_run_and_head() -> None:
    data = batch.seal(
        [entry(), entry()],
        server=SERVER,
        desk=DESK,
        epoch=EPOCH,
        from_seq=1201,
        prev=b"\x05" * 32,
        keys=DEVICE,
        recipients=[CENTRE.recipient],
        sealed=NOON,
    )
    header = batch.read_header(data).header
    name = BatchName.of(header)
    assert str(name) == f"00317-{EPOCH}-1201-1202-{header.head.hex()[:8]}.mfcb"
    assert BatchName.read(str(name)) == name
    for other in ("x" + str(name), f"{name}.part", "00317-1-2-3-0123456Z.mfcb", "a.mfcr"):
        assert BatchName.read(other) is None


def test_put_is_whole_readable_by_others_and_once(stick: Carrier) -> None:
    assert stick.put(OUTGOING, "a.mfcb", b"sealed")
    path = stick.root / OUTGOING / "a.mfcb"
    assert path.read_bytes() == b"sealed"
    assert path.stat().st_mode & 0o777 == 0o644
    before = path.stat().st_mtime_ns
    assert not stick.put(OUTGOING, "a.mfcb", b"sealed")
    assert path.stat().st_mtime_ns == before
    assert stick.put(OUTGOING, "a.mfcb", b"other!")  # same length, other bytes
    assert stick.read(OUTGOING, "a.mfcb", 6) == b"other!"
    assert stick.names(OUTGOING) == ["a.mfcb"]
    assert stick.names("incoming") == []


def test_copy_counts_only_with_the_hash_it_should_have(stick: Carrier, tmp_path: Path) -> None:
    data = os.urandom(3 << 20)
    source = tmp_path / "scan.age"
    source.write_bytes(data)
    scan = Blob(sha256(data).hexdigest(), len(data), source)
    assert stick.put_copy(OUTGOING, "scan", scan)
    assert stick.holds(OUTGOING, "scan", scan.size, scan.sha256)
    for spoilt in (data[:-1], data[:-1] + bytes([data[-1] ^ 1])):
        source.write_bytes(spoilt)
        with pytest.raises(ScanDamaged):  # the disk is to blame, not the stick
            stick.put_copy(OUTGOING, "other", scan)
    source.unlink()
    with pytest.raises(ScanDamaged):
        stick.put_copy(OUTGOING, "other", scan)
    assert [path.name for path in (stick.root / OUTGOING).iterdir()] == ["scan"]


def test_one_file_that_cannot_be_read_is_not_a_stick_that_is_gone(stick: Carrier) -> None:
    """/proc/self/mem opens and answers EIO, as a bad sector does."""
    stick.put(OUTGOING, "good", b"sealed")
    (stick.root / OUTGOING / "bad").symlink_to("/proc/self/mem")
    with pytest.raises(FileUnread, match="bad не читается"):
        stick.read(OUTGOING, "bad", 10)
    with pytest.raises(FileUnread, match="bad"):
        list(stick.blocks(OUTGOING, "bad", 0, 10))
    assert stick.read(OUTGOING, "good", 10) == b"sealed"
    assert stick.put(OUTGOING, "bad", b"anew")  # what is there is no reason not to write
    shutil.rmtree(stick.root)
    with pytest.raises(CarrierGone):
        stick.read(OUTGOING, "good", 10)


def test_what_the_stick_changed_after_writing_is_noticed_and_taken_away(
    stick: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stick that loses the tail of what it was given: every length but the whole one."""
    real = os.fsync
    for kept in range(6):

        def lossy(descriptor: int, kept: int = kept) -> None:
            real(descriptor)
            if os.fstat(descriptor).st_size == 6:
                os.ftruncate(descriptor, kept)

        monkeypatch.setattr(os, "fsync", lossy)
        with pytest.raises(CarrierDamages, match=r"a\.mfcb"):
            stick.put(OUTGOING, "a.mfcb", b"sealed")
        assert stick.names(OUTGOING) == []


def test_a_link_on_a_stick_leads_no_write_off_it(stick: Carrier, tmp_path: Path) -> None:
    """Names of parts can be foretold: a link under one would overwrite a file of this disk."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"kept")
    stick.folder(OUTGOING).mkdir()
    (stick.folder(OUTGOING) / "a.mfcb.part").symlink_to(precious)

    assert stick.put(OUTGOING, "a.mfcb", b"sealed")

    assert precious.read_bytes() == b"kept"
    assert stick.read(OUTGOING, "a.mfcb", 100) == b"sealed"


def test_no_folder_is_said_as_such(tmp_path: Path) -> None:
    for root in (tmp_path / "none", tmp_path / "file"):
        (tmp_path / "file").touch()
        with pytest.raises(CarrierGone, match="носитель"):
            Carrier(root).put(OUTGOING, "a", b"x")
        with pytest.raises(CarrierGone):
            Carrier(root).names(OUTGOING)
    assert not (tmp_path / "none").exists()


def test_file_too_large_is_not_read_into_memory(stick: Carrier) -> None:
    stick.put(OUTGOING, "a.mfcb", b"sealed")
    with pytest.raises(TooLarge, match=r"a\.mfcb"):
        stick.read(OUTGOING, "a.mfcb", 5)


def test_full_stick_keeps_what_was_whole_and_nothing_of_the_rest(mounted: Carrier) -> None:
    mounted.put(OUTGOING, "small", b"s" * 1000)
    with pytest.raises(CarrierFull, match="места"):
        mounted.put(OUTGOING, "large", b"l" * (1 << 20))
    assert [path.name for path in (mounted.root / OUTGOING).iterdir()] == ["small"]


def test_read_only_stick_is_said_as_such(mounted: Carrier) -> None:
    mounted.put(OUTGOING, "a", b"x")
    subprocess.run(["mount", "-o", "remount,ro", str(mounted.root)], check=True)
    with pytest.raises(CarrierReadOnly, match="запис"):
        mounted.put(OUTGOING, "b", b"y")
    with pytest.raises(CarrierReadOnly):
        mounted.remove(OUTGOING, "a")
    assert not mounted.put(OUTGOING, "a", b"x")  # it is there already: nothing to write
    assert mounted.names(OUTGOING) == ["a"]
