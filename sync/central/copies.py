"""Copies of the centre in its second place: what stands in one is *safe*, and desks are told so.

A copy counts only when it was read back. Each stream then gets a receipt of level `safe` for what
the copy holds, signed, in the feed of its desk: a desk cleans its own second place by nothing else.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO, cast

from sync import failpoint, receipt
from sync.carrier import sync_folder
from sync.central.centre import Centre
from sync.central.errors import CopyFailed, UsageError
from sync.central.home import OWNER_ONLY_FOLDER, CentreHome
from sync.central.store import StreamRow
from sync.clock import iso
from sync.errors import Busy
from sync.keys import check_recipient, decrypt_stream, encrypt_stream
from sync.lock import LockFile

SAFE = "entries.safe"
SEALED = ".age"
PLAIN = (".db", ".dump")
STEM = "centre-"
BLOBS = "blobs"
KEPT = 7


@dataclass(frozen=True)
class Copied:
    """What a copy came to: its file, new scans in it, old copies removed.

    `streams` were told that what they handed in is safe, `entries` more than before.
    """

    file: Path
    scans: int
    removed: int
    streams: int
    entries: int


def copy_centre(
    centre: Centre,
    home: CentreHome,
    folder: Path,
    *,
    kept: int = KEPT,
    elsewhere: bool = False,
    recipient: str = "",
) -> Copied:
    """Copy the database and the scans into a folder off this disk; the centre may serve meanwhile.

    `elsewhere`: the operator knows that the folder outlives this disk though it looks like a part
    of it. With a `recipient` (age1…) the database stands there sealed to it and never open. The
    newest `kept` copies stay. Raises UsageError, Busy (another copy runs), CopyFailed, BadFormat
    (no recipient), a StoreFailure.
    """
    with _prepared(home, folder, elsewhere=elsewhere):
        name = f"{STEM}{centre.clock.now():%Y%m%dT%H%M%S}"
        if recipient:
            file, streams = _copy_sealed(centre, home.unsealed, folder / name, recipient)
        else:
            file, streams = centre.store.copy(folder / name)
            _make_durable(file)
        scans = _copy_scans(centre, folder / BLOBS)
        failpoint.reach("centre.copy.before-telling")
        told = [grown for stream in streams if (grown := _tell(centre, stream))]
        removed = _remove_old(folder, file, kept)
    return Copied(file, scans, removed, len(told), sum(told))


@contextmanager
def _prepared(home: CentreHome, folder: Path, *, elsewhere: bool) -> Iterator[None]:
    """Make the folder; hold the lock of copies; turn what the disk does into CopyFailed."""
    with LockFile(home.copy_lock) as lock:
        if not lock.take():
            raise Busy
        try:
            folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
            if not elsewhere and folder.stat().st_dev == home.root.stat().st_dev:
                raise UsageError(
                    f"{folder} на том же диске, что и центр: такая копия погибнет вместе с ним. "
                    "Укажите папку на другом диске или в сети; если эта папка сама копируется "
                    "на другой носитель, добавьте --elsewhere."
                )
            yield
        except OSError as error:
            raise CopyFailed from error


def _copy_sealed(
    centre: Centre, beside: Path, stem: Path, recipient: str
) -> tuple[Path, tuple[StreamRow, ...]]:
    """Copy on the centre's own disk, read that back, seal it, read the sealed bytes back."""
    check_recipient(recipient)
    shutil.rmtree(beside, ignore_errors=True)  # of a copy that was killed
    beside.mkdir(mode=OWNER_ONLY_FOLDER)
    part = stem.with_name(f"{stem.name}.part")
    try:
        plain, streams = centre.store.copy(beside / stem.name)
        with plain.open("rb") as source, part.open("wb") as target:
            hashed = Hashed(target)
            encrypt_stream(source, cast(BinaryIO, hashed), recipient)
        _make_durable(part)
        with part.open("rb") as written:
            if file_digest(written, "sha256").digest() != hashed.sha.digest():
                raise CopyFailed("Копия прочитана не такой, какой записана. Проверьте диск папки.")
        file = stem.with_name(f"{plain.name}{SEALED}")
        part.replace(file)
        sync_folder(file.parent)
        return file, streams
    finally:
        part.unlink(missing_ok=True)
        shutil.rmtree(beside, ignore_errors=True)


def open_copy(sealed: Path, identity: str, target: Path) -> None:
    """Open a sealed copy for putting it back; `target` appears whole or not at all.

    Raises UsageError when it is there already, BadFormat, CopyFailed.
    """
    if target.exists():
        raise UsageError(f"{target} уже есть. Назовите другой файл, прежний уберите сами.")
    part = target.with_name(f"{target.name}.part")
    try:
        with sealed.open("rb") as source, open(part, "wb", opener=_for_its_owner) as opened:
            decrypt_stream(source, opened, identity)
        _make_durable(part)
        part.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise CopyFailed(f"Не прочитать или не записать: {error.filename or target}.") from error
    finally:
        part.unlink(missing_ok=True)


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class Hashed:
    """A file that knows the SHA-256 of what was written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha = sha256()

    def write(self, data: bytes) -> int:
        """Write on."""
        self.sha.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        """Hand over what is held back."""
        self._file.flush()


def _make_durable(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(file.parent)


def _copy_scans(centre: Centre, folder: Path) -> int:
    """Copy the whole scans the folder lacks, each read back; return how many.

    An object store elsewhere is no part of this disk and copies itself.
    """
    count = 0
    for sha in centre.blobs.local():
        there = folder / sha[:2] / sha
        source = centre.blobs.path(sha)
        if there.exists() and there.stat().st_size == source.stat().st_size:
            continue
        if not there.parent.exists():
            there.parent.mkdir(mode=OWNER_ONLY_FOLDER, parents=True)
            for above in (folder, folder.parent):
                sync_folder(above)
        part = there.with_name(f"{sha}.part")
        shutil.copyfile(source, part)
        _make_durable(part)
        with part.open("rb") as written:
            if file_digest(written, "sha256").hexdigest() != sha:
                raise CopyFailed(f"Вложение {sha[:16]}… прочитано не таким, каким записано.")
        part.replace(there)
        sync_folder(there.parent)
        count += 1
    return count


def _tell(centre: Centre, stream: StreamRow) -> int:
    """Tell the desk of a stream how far a copy holds it; return by how many entries more."""
    now, end = centre.clock.now(), stream.stream
    signed = receipt.sign(
        receipt.Receipt(
            server=centre.store.server_id,
            incarnation=centre.store.incarnation,
            desk=stream.desk,
            epoch=stream.epoch,
            to=end.last,
            head=end.head.hex(),
            level=receipt.SAFE,
            at=now,
            server_seq=0,
        ),
        centre.secrets.keys,
    )
    told = {"epoch": stream.epoch, "to": end.last, "at": iso(now)}
    body = json.dumps({**told, "receipt": base64.b64encode(signed).decode()}, separators=(",", ":"))
    return centre.store.streams.mark_safe(stream, SAFE, body)


def _remove_old(folder: Path, newest: Path, kept: int) -> int:
    """Remove all but the newest copies; return how many went."""
    found = (path for path in folder.glob(f"{STEM}*") if path.suffix in {*PLAIN, SEALED})
    copies = sorted(path for path in found if path != newest)
    old = copies[: max(len(copies) - kept + 1, 0)]
    for path in old:
        path.unlink()
    return len(old)
