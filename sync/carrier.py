"""Files of the exchange in a folder: a USB stick, a second place (sync.md, 10).

`outgoing/` holds what desks hand in, `incoming/` what the centre answers. A name says which desk,
which epoch and which part of what; nothing personal stands in a name or lies open in a file. A
file is put under its name whole, made durable and read back before it counts.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, ClassVar, Self

from forms.system_refusal import reason
from sync.batch import Header
from sync.blobs import Blob
from sync.errors import (
    CarrierDamages,
    CarrierFailure,
    CarrierFull,
    CarrierGone,
    CarrierReadOnly,
    FileUnread,
    ScanDamaged,
    TooLarge,
)

OUTGOING, INCOMING = "outgoing", "incoming"
PART = ".part"
HEAD_DIGITS = 8
STEP = 1 << 20
_READABLE = 0o644  # sealed bytes: the centre's account must read what the desk's one wrote
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.ENXIO, errno.ESTALE}
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP}


@dataclass(frozen=True, order=True)
class BatchName:
    """`00317-217123200-1201-1300-<head8>.mfcb`: a sealed batch."""

    desk: int
    epoch: int
    first: int
    to: int
    head: str
    PATTERN: ClassVar = re.compile(r"(\d{5})-(\d+)-(\d+)-(\d+)-([0-9a-f]{8})\.mfcb")

    @classmethod
    def of(cls, header: Header) -> Self:
        """Name the batch of a header."""
        head = header.head.hex()[:HEAD_DIGITS]
        return cls(header.desk, header.epoch, header.from_seq, header.to_seq, head)

    @classmethod
    def read(cls, name: str) -> Self | None:
        """Read a file name; None when it is no batch's."""
        found = cls.PATTERN.fullmatch(name)
        if found is None:
            return None
        desk, epoch, first, to = map(int, found.groups()[:4])
        return cls(desk, epoch, first, to, found[5])

    def __str__(self) -> str:
        """The file name."""
        return f"{self.desk:05d}-{self.epoch}-{self.first}-{self.to}-{self.head}.mfcb"


@dataclass(frozen=True, order=True)
class OwnName:
    """`00317-217123200[-<what>].<kind>`: any other file of a desk and an epoch.

    Kinds: `mfcq` what the desk asks, `age` a scan as sealed (`what` is its SHA-256), `mfcr` a
    receipt (`<to>-<head8>`), `mfcf` a page of the feed (`<after>-<to>`), `mfcs` the scans that are
    whole at the centre, `mfcc` the answer to a reconciliation, `mfck` a change of the centre's
    keys (`<which>`, from 1), `mfcl` what the desk keeps beside its journal, in a second place.
    """

    desk: int
    epoch: int
    what: str
    kind: str
    PATTERN: ClassVar = re.compile(
        r"(\d{5})-(\d+)(?:-([0-9a-f-]+))?\.(mfc[bcqrfskl]|age)(?:\.part)?"
    )

    @classmethod
    def read(cls, name: str) -> Self | None:
        """Read the name of any file of a desk, unfinished ones too; None when it is none."""
        found = cls.PATTERN.fullmatch(name)
        if found is None:
            return None
        return cls(int(found[1]), int(found[2]), found[3] or "", found[4])

    def __str__(self) -> str:
        """The file name."""
        what = f"-{self.what}" if self.what else ""
        return f"{self.desk:05d}-{self.epoch}{what}.{self.kind}"


CATALOGUES = ".mfcz"


def catalogue_name(sha: str) -> str:
    """The name of a published catalogue's archive: for every desk the stick comes to."""
    return f"{sha}{CATALOGUES}"


class Carrier:
    """A folder that is carried. Raises a CarrierFailure where the system refuses it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def check(self) -> None:
        """Find the folder there; raises CarrierGone."""
        if not self.root.is_dir():
            raise CarrierGone(f"Папки нет: {self.root}. Вставьте носитель и укажите его папку.")

    def folder(self, part: str) -> Path:
        """`outgoing` or `incoming` of it, there or not."""
        return self.root / part

    def names(self, part: str) -> list[str]:
        """The files there, by name; none where the folder is not."""
        self.check()
        try:
            with os.scandir(self.folder(part)) as found:
                return sorted(one.name for one in found if one.is_file())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise carrier_failure(error) from error

    def read(self, part: str, name: str, most: int) -> bytes:
        """Return a file of at most `most` bytes; raises TooLarge, FileUnread, a CarrierFailure."""
        try:
            with (self.folder(part) / name).open("rb") as file:
                data = file.read(most + 1)
        except OSError as error:
            raise self._unread(name, error) from error
        if len(data) > most:
            raise TooLarge(f"{name}: файл больше допустимого.")
        return data

    def blocks(self, part: str, name: str, start: int, step: int) -> Iterator[bytes]:
        """Yield a file from an offset, `step` bytes at a time; raises as `read`."""
        try:
            with (self.folder(part) / name).open("rb") as file:
                file.seek(start)
                while block := file.read(step):
                    yield block
        except OSError as error:
            raise self._unread(name, error) from error

    def _unread(self, name: str, error: OSError) -> FileUnread | CarrierGone:
        """One file that cannot be read; the carrier is gone only when its folder is."""
        return FileUnread(name, reason(error)) if self._there() else CarrierGone()

    def _there(self) -> bool:
        """Whether the folder can be listed: the system may remember one that was pulled out."""
        try:
            with os.scandir(self.root) as found:
                next(found, None)
        except OSError:
            return False
        return True

    def put(self, part: str, name: str, data: bytes) -> bool:
        """Put a file in place whole; False when the very same is there already.

        Beside, fsync, rename, fsync of the folder, then read back and compared: what the carrier
        does not give back is taken away again and raises CarrierDamages.
        """
        digest = sha256(data).hexdigest()
        return self._put(part, name, len(data), digest, lambda file: _write_all(file, data))

    def put_copy(
        self, part: str, name: str, blob: Blob, between: Callable[[], None] | None = None
    ) -> bool:
        """Put a copy of a sealed file; as `put`, and raises ScanDamaged for one that is not whole.

        `between` is called after each step that is on the carrier or was read back from it.
        """
        if not blob.whole():  # the disk is to blame, not the carrier
            raise ScanDamaged

        def write(file: BinaryIO) -> None:
            for block in _blocks(blob.path):
                file.write(block)
                if between is not None:
                    file.flush()
                    os.fsync(file.fileno())  # a step takes its time here, not all of them later
                    between()

        return self._put(part, name, blob.size, blob.sha256, write, between)

    def _put(
        self,
        part: str,
        name: str,
        size: int,
        digest: str,
        write: Callable[[BinaryIO], None],
        between: Callable[[], None] | None = None,
    ) -> bool:
        self.check()
        folder = self.folder(part)
        path, beside = folder / name, folder / (name + PART)
        try:
            folder.mkdir(exist_ok=True)
            with suppress(FileUnread):  # what is there cannot be read: it is written anew
                if self.holds(part, name, size, digest):
                    return False
            beside.unlink(missing_ok=True)  # whatever a stranger put there, a link among it
            with beside.open("xb") as file:
                if os.name != "nt":
                    os.fchmod(file.fileno(), _READABLE)
                write(file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            sync_folder(folder)
        except OSError as error:
            if error.errno == errno.EIO and not self._there():
                raise CarrierGone from error
            raise carrier_failure(error) from error
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
        try:
            back = self.holds(part, name, size, digest, between)
        except FileUnread:
            back = False
        if not back:
            with suppress(OSError):
                path.unlink()
            raise CarrierDamages(f"{name}: носитель вернул не то, что на него записано.")
        return True

    def holds(
        self,
        part: str,
        name: str,
        size: int,
        digest: str,
        between: Callable[[], None] | None = None,
    ) -> bool:
        """Whether that file is there with these bytes (SHA-256 in hex); raises as `read`."""
        try:
            return _holds(self.folder(part) / name, size, digest, between)
        except OSError as error:
            raise self._unread(name, error) from error

    def free(self) -> int:
        """Bytes that may still be written."""
        try:
            return shutil.disk_usage(self.root).free
        except OSError as error:
            raise carrier_failure(error) from error

    def remove(self, part: str, name: str) -> None:
        """Take a file away; harmless when it is not there."""
        try:
            (self.folder(part) / name).unlink(missing_ok=True)
        except OSError as error:
            raise carrier_failure(error) from error


def _write_all(file: BinaryIO, data: bytes) -> None:
    """Write in steps: a stick that fills up or vanishes is noticed within one."""
    for start in range(0, len(data), STEP):
        file.write(data[start : start + STEP])


def _blocks(path: Path) -> Iterator[bytes]:
    """A sealed file of this disk in steps; raises ScanDamaged where the disk refuses one."""
    try:
        with path.open("rb") as file:
            while block := file.read(STEP):
                yield block
    except OSError as error:
        raise ScanDamaged from error


def _holds(path: Path, size: int, digest: str, between: Callable[[], None] | None = None) -> bool:
    """Whether the file has these bytes, asked of the device and not of the system's memory."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return False
    with file:
        if os.fstat(file.fileno()).st_size != size:
            return False
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        found = sha256()
        while block := file.read(STEP):
            found.update(block)
            if between is not None:
                between()
        return found.hexdigest() == digest


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can."""
    if os.name == "nt":  # does it by itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:  # some network folders cannot
            raise
    finally:
        os.close(descriptor)


def carrier_failure(error: OSError) -> CarrierFailure:
    """What the system refused, as a failure of the carrier."""
    code = error.errno or 0
    if code in _FULL:
        return CarrierFull()
    if code in _READ_ONLY:
        return CarrierReadOnly()
    if code in _GONE:
        return CarrierGone()
    return CarrierFailure(f"Носитель не пишется или не читается: {reason(error)}.")
