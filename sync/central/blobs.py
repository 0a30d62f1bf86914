"""Scans as files named by their SHA-256: unfinished parts in a folder, whole ones by an fsspec URL.

A part only grows; its length is what is durable. The hash decides at the end (sync.md, 6).
"""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import file_digest
from pathlib import Path

import fsspec
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from sync.central.answers import Refusal
from sync.central.errors import BlobPlaceInvalid
from sync.lock import LockFile

MOST_BYTES = 64 << 20
FORGOTTEN_SECONDS = 30 * 24 * 3600
HEX = 64  # characters of a SHA-256
FULL = (errno.ENOSPC, errno.EDQUOT)


class BlobPlace:
    """Whole blobs under one fsspec URL: a local folder, S3 or whatever fsspec reaches."""

    def __init__(self, url: str) -> None:
        try:
            self._files, self._root = url_to_fs(url)
            self._files.makedirs(self._root, exist_ok=True)
        except (ValueError, ImportError, OSError) as error:
            raise BlobPlaceInvalid(
                f"Хранилище вложений не открыть: {fsspec.utils.get_protocol(url)}. "
                "Проверьте адрес --blobs и права; для s3:// нужен пакет s3fs."
            ) from error

    def size(self, sha: str) -> int | None:
        """Bytes of a whole blob; None when it is not here."""
        try:
            return int(self._files.info(self._path(sha))["size"])
        except FileNotFoundError:
            return None

    def put(self, sha: str, part: Path) -> None:
        """Take a checked file in: under its name it is whole or absent, and durable."""
        target = self._path(sha)
        local = isinstance(self._files, LocalFileSystem)
        new = local and not Path(target).parent.exists()
        self._files.makedirs(self._files._parent(target), exist_ok=True)  # noqa: SLF001 - no public way
        if local:
            if new:
                _sync(Path(self._root))
            incoming = Path(f"{target}.part")
            self._files.put_file(str(part), str(incoming))
            _sync(incoming)
            incoming.replace(target)
            _sync(Path(target).parent)
        else:
            self._files.put_file(str(part), target)

    def path(self, sha: str) -> Path:
        """Where a whole blob lies, when the place is a local folder."""
        return Path(self._path(sha))

    def local(self) -> list[str]:
        """SHA-256 of every whole blob, when the place is a local folder; else none."""
        if not isinstance(self._files, LocalFileSystem):
            return []
        found = Path(self._root).glob("??/*")
        return sorted(path.name for path in found if len(path.name) == HEX)

    def remove(self, sha: str) -> None:
        """Let a whole blob go; harmless when it is not here."""
        with suppress(FileNotFoundError):
            self._files.rm(self._path(sha))

    def read(self, sha: str, start: int, end: int) -> bytes:
        """Bytes start…end - 1 of a whole blob."""
        return bytes(self._files.cat_file(self._path(sha), start=start, end=end))

    def _path(self, sha: str) -> str:
        return f"{self._root}/{sha[:2]}/{sha}"


class BlobParts:
    """Blobs on their way in, one file each, appended by one writer at a time.

    All processes that share the folder respect each other: a claim tells the writer before that a
    newer one has come, a lock keeps two from writing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def offset(self, sha: str) -> int:
        """Durable bytes so far."""
        try:
            return self._part(sha).stat().st_size
        except FileNotFoundError:
            return 0

    def claim(self, sha: str) -> str:
        """Announce a new writer: the one before ends at its next look. Returns its token."""
        token = secrets.token_hex(8)
        with failing_full():
            self._claim(sha).write_text(token, "ascii")
        return token

    def claimed(self, sha: str, token: str) -> bool:
        """Whether no newer writer has come since."""
        try:
            return self._claim(sha).read_text("ascii") == token
        except FileNotFoundError:
            return False

    def idle(self, sha: str) -> bool:
        """Whether nobody, of whichever process, writes at a part just now."""
        lock = self.lock(sha)
        if self._claim(sha).exists() and not lock.take():
            return False
        lock.release()
        return True

    def lock(self, sha: str) -> LockFile:
        """What the only writer holds."""
        return LockFile(self._folder / f"{sha}.lock")

    def append(self, sha: str, data: bytes) -> None:
        """Put bytes at the end; durable when it returns."""
        with failing_full(), self._part(sha).open("ab") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def holds(self, sha: str, size: int) -> bool:
        """Whether the part is the whole blob."""
        with self._part(sha).open("ab+") as file:
            file.seek(0)
            digest = file_digest(file, "sha256").hexdigest()
            return digest == sha and file.tell() == size

    def path(self, sha: str) -> Path:
        """Where the part is."""
        return self._part(sha)

    def drop(self, sha: str) -> None:
        """Forget a part: it is taken in, or was not what it said."""
        for path in (self._part(sha), self._claim(sha)):
            path.unlink(missing_ok=True)

    def sweep(self) -> int:
        """Drop parts nobody has added to for a month; return how many."""
        dropped = 0
        for path in self._folder.glob("*"):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > FORGOTTEN_SECONDS:
                    path.unlink()
                    dropped += path.suffix == ".part"
        return dropped

    def _part(self, sha: str) -> Path:
        return self._folder / f"{sha}.part"

    def _claim(self, sha: str) -> Path:
        return self._folder / f"{sha}.claim"


def take_in(parts: BlobParts, place: BlobPlace, sha: str, size: int) -> None:
    """Make a part a whole blob where its hash says so; raises Refusal, the part then dropped."""
    with failing_full():
        if not parts.holds(sha, size):
            parts.drop(sha)
            raise Refusal("bad-hash")
        place.put(sha, parts.path(sha))


@contextmanager
def failing_full() -> Iterator[None]:
    """Turn a disk that is full or fails into the refusal for it."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise Refusal("server-full", retry_after=600) from error
        raise Refusal("store-failed", retry_after=30) from error


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():  # directories cannot be synced there
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
