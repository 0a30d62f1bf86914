"""A copy of the desk in one file, and a desk made from such a copy.

The file is a ZIP without compression of `desk.db` and `blobs/*.age` (encrypted as they are),
`keys.json` and `manifest.json` (counts and hashes only): it opens with the passwords of the day it
was made.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING

from mfc_desk.access.keyslots import from_bytes
from mfc_desk.access.locks import holding
from mfc_desk.access.roles import Action
from mfc_desk.access.vault import Vault
from mfc_desk.durable import store_failure, sync_file, sync_folder
from mfc_desk.errors import BackupBehind, BackupRefused, KeySlotsDamaged
from mfc_desk.paths import Home
from mfc_desk.store import attachments, connection, device
from sync.blobs import Blob
from sync.clock import Clock, iso
from sync.database import Database, OperationalError, copy_verified
from sync.errors import Damaged, StoreFailure, WrongKey
from sync.failpoint import reach
from sync.ids import Random
from sync.journal import Journal, Position

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

FORMAT = "mfc-desk backup 2"
READ = {FORMAT, "mfc-desk backup 1"}
"""The first format had no scans."""
_DATABASE = "desk.db"
_KEYS = "keys.json"
_MANIFEST = "manifest.json"
_SCAN = re.compile(r"blobs/([0-9a-f]{64})\.age")
_BLOCK = 1024 * 1024
_LARGEST_MANIFEST = 64 * 1024


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: `epoch`, `seq` and `head` (hex) are the end of its journal.

    `scans` are files named by their own hashes.
    """

    format: str
    schema: int
    desk: int
    epoch: int
    seq: int
    head: str
    made_at: str
    database_sha256: str
    keys_sha256: str
    scans: int = 0


def write_backup(desk: Desk, file: Path) -> Manifest:
    """Copy the desk into `file`, which appears only when whole and read back.

    Call it on a worker's copy: it takes as long as the disk does. Raises NotAllowed, DiskFull,
    StoreFailure.
    """
    desk.may(Action.BACKUP)
    with desk.db.atomic():
        desk.record("access", {"what": "backup"})
    part, copy = (file.with_name(file.name + end) for end in (".part", ".part.db"))
    try:
        _copy(desk, copy)
        scans = _scans(desk, copy)
        manifest = _manifest(desk, copy, len(scans))
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED, allowZip64=True) as pack:
            pack.write(copy, _DATABASE)
            pack.write(desk.home.keyslots, _KEYS)
            for scan in scans:
                pack.write(scan, f"blobs/{scan.name}")
            pack.writestr(_MANIFEST, json.dumps(asdict(manifest)))
        sync_file(part)
        _read_back(part, manifest)
        part.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise store_failure(error) from error
    finally:
        for rest in (part, copy, copy.with_name(copy.name + ".part")):
            rest.unlink(missing_ok=True)
    return manifest


def _copy(desk: Desk, copy: Path) -> None:
    try:
        copy_verified(desk.db, copy, desk.key)
    except OperationalError as error:  # the driver's backup does not always say which one
        raise Damaged("Диск не записал копию. Проверьте место на нём и повторите.") from error


def _scans(desk: Desk, copy: Path) -> list[Path]:
    """The sealed files of the scans the copy knows of, as many as are whole on this disk.

    One it has spoilt stops no copy; it is noted, unless the centre has it.
    """
    with connection.open_store(Home(copy.parent), desk.key, database=copy) as db:
        known = attachments.every(db)
    files = {one.sha256: desk.home.blob(one.sha256) for one in known}
    whole = {one.sha256 for one in known if Blob(one.sha256, one.size, files[one.sha256]).whole()}
    desk.attachments.found_damaged(
        one.sha256
        for one in known
        if one.whole_in is None and one.sha256 not in whole and files[one.sha256].exists()
    )
    return [files[sha] for sha in sorted(whole)]


def _manifest(desk: Desk, copy: Path, scans: int) -> Manifest:
    """Describe the copy by what stands in it: the desk may have gone on meanwhile."""
    place = Home(copy.parent)
    with connection.open_store(place, desk.key, database=copy) as db:
        end = Journal(db).position()
        db.checkpoint(truncate=True)
    return Manifest(
        format=FORMAT,
        schema=connection.schema_version(),
        desk=desk.desk_no,
        epoch=end.epoch,
        seq=end.seq,
        head=end.head.hex(),
        made_at=iso(desk.clock.now()),
        database_sha256=_sha256(copy),
        keys_sha256=_sha256(desk.home.keyslots),
        scans=scans,
    )


def _read_back(part: Path, manifest: Manifest) -> None:
    """Raise Damaged unless the disk gives back what was written."""
    with zipfile.ZipFile(part) as pack:
        wanted = {_DATABASE: manifest.database_sha256, _KEYS: manifest.keys_sha256}
        wanted |= _scans_in(pack)
        for name, digest in wanted.items():
            found = sha256()
            with pack.open(name) as member:
                while block := member.read(_BLOCK):
                    found.update(block)
            if found.hexdigest() != digest:
                raise Damaged("Копия записана с ошибкой. Проверьте диск и повторите.")


def _scans_in(pack: zipfile.ZipFile) -> dict[str, str]:
    """Names of the scans in a copy -> their hashes, which the names say."""
    names = ((name, _SCAN.fullmatch(name)) for name in pack.namelist())
    return {name: found[1] for name, found in names if found}


def _sha256(file: Path) -> str:
    with file.open("rb") as data:
        return file_digest(data, "sha256").hexdigest()


@dataclass(frozen=True)
class Restored:
    """What was put in place, and the folder the desk that stood there was moved to."""

    manifest: Manifest
    moved_to: Path | None


def restore(
    home: Home,
    file: Path,
    login: str,
    password: str,
    clock: Clock,
    random: Random,
    *,
    replace: bool = False,
) -> Restored:
    """Make the desk of `home` from the backup `file`; what stood there is moved aside, not lost.

    The copy is opened with a password of its day, its pages, schema and chain are checked before
    anything is touched. Raises HomeLocked while a screen program or an exchange runs,
    BackupRefused, WrongPassword, TooNew, and BackupBehind when the desk in place has entries the
    copy lacks, unless `replace`.
    """
    try:
        home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as locks:
            for lock in (home.desk_lock, home.exchange_lock):
                locks.enter_context(holding(lock))
            with _unpacked(home, file) as (place, manifest):
                key = Vault(place, clock, random).unlock(login, password)
                end = _checked(place, key, manifest)
                if not replace:
                    _require_not_behind(home, key, end)
                _place_scans(place, home)
                moved_to = move_aside(home, clock.now())
                reach("restore.moved")
                place.keyslots.replace(home.keyslots)
                sync_folder(home.root)
                reach("restore.keys-placed")
                place.database.replace(home.database)
                sync_folder(home.root)
                reach("restore.placed")
    except OSError as error:
        raise store_failure(error) from error
    connection.keep_ballast(home)
    return Restored(manifest, moved_to)


def _place_scans(place: Home, home: Home) -> None:
    """Scans first: no request refers to one that is not there. A whole one in place is the same."""
    for scan in place.blobs.glob("??/*.age"):
        target = home.blob(scan.stem)
        if not Blob(scan.stem, scan.stat().st_size, target).whole():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            scan.replace(target)
            sync_folder(target.parent)


@contextmanager
def _unpacked(home: Home, file: Path) -> Iterator[tuple[Home, Manifest]]:
    place = Home(home.root / "restore.part")
    shutil.rmtree(place.root, ignore_errors=True)
    place.root.mkdir(mode=0o700)
    try:
        yield place, _unpack(file, place)
    finally:
        shutil.rmtree(place.root, ignore_errors=True)


def _unpack(file: Path, place: Home) -> Manifest:
    """Take the members out by name (never by the paths in the file) and hold them to the hashes."""
    try:
        with zipfile.ZipFile(file) as pack:
            manifest = _read_manifest(pack)
            for name, target in ((_DATABASE, place.database), (_KEYS, place.keyslots)):
                with pack.open(name) as member, target.open("xb") as out:
                    shutil.copyfileobj(member, out)
                sync_file(target)
            _unpack_scans(pack, place, manifest.scans)
        from_bytes(place.keyslots.read_bytes())
    except FileNotFoundError as error:
        raise BackupRefused("Файла с копией нет. Проверьте путь.") from error
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError) as error:
        raise BackupRefused from error
    except KeySlotsDamaged as error:
        raise BackupRefused("Ключи в копии повреждены. Возьмите другую копию.") from error
    digests = (_sha256(place.database), _sha256(place.keyslots))
    if digests != (manifest.database_sha256, manifest.keys_sha256):
        raise BackupRefused("Копия повреждена: не сходятся хеши. Возьмите другую.")
    return manifest


def _unpack_scans(pack: zipfile.ZipFile, place: Home, count: int) -> None:
    """Take the scans out, each held to the hash it is named by."""
    scans = _scans_in(pack)
    if len(scans) != count:
        raise BackupRefused("Копия повреждена: сканов в ней не столько, сколько было.")
    for name, digest in scans.items():
        target = place.blob(digest)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with pack.open(name) as member, target.open("xb") as out:
            shutil.copyfileobj(member, out)
        if _sha256(target) != digest:
            raise BackupRefused("Копия повреждена: скан не такой, каким был. Возьмите другую.")
        sync_file(target)


def _read_manifest(pack: zipfile.ZipFile) -> Manifest:
    if pack.getinfo(_MANIFEST).file_size > _LARGEST_MANIFEST:
        raise BackupRefused
    raw = json.loads(pack.read(_MANIFEST))
    if not isinstance(raw, dict) or raw.get("format") not in READ:
        raise BackupRefused
    try:
        return Manifest(**raw)
    except TypeError as error:
        raise BackupRefused from error


def _checked(place: Home, key: bytes, manifest: Manifest) -> Position:
    """The end of the copy's journal, after its pages and its chain were found whole."""
    with connection.open_store(place, key) as db:
        journal = Journal(db)
        faults = [*db.faults(), *(fault.text for fault in journal.verify())]
        end = journal.position()
        db.checkpoint(truncate=True)
        if device.current(db) is None:
            raise BackupRefused
    if faults:
        raise BackupRefused(f"Копия повреждена: {faults[0]}. Возьмите другую копию.")
    if (end.epoch, end.seq, end.head.hex()) != (manifest.epoch, manifest.seq, manifest.head):
        raise BackupRefused
    for rest in place.root.glob("desk.db?*"):
        rest.unlink()
    return end


def _require_not_behind(home: Home, key: bytes, end: Position) -> None:
    """Raise BackupBehind when the desk in place can be read and knows more than the copy."""
    if not home.database.exists():
        return
    try:
        with connection.open_store(home, key) as db:
            lost = _entries_beyond(db, end)
    except (WrongKey, StoreFailure):
        return  # nothing readable would be lost, and it is moved aside whole
    if lost:
        raise BackupBehind(lost)


def _entries_beyond(db: Database, end: Position) -> int:
    """How many entries stand in `db` that a journal ending at `end` does not have."""
    journal = Journal(db)
    here = journal.position()
    if (here.epoch, here.seq) == (end.epoch, end.seq) and here.head == end.head:
        return 0
    common = end.seq if journal.head_at(end.seq, end.epoch) == end.head else 0
    return here.seq - common if here.epoch == end.epoch else here.seq


def move_aside(home: Home, now: datetime) -> Path | None:
    """Put the desk in place into a folder of its own, WAL and all; None where none stands."""
    standing = [*home.root.glob("desk.db*"), *home.root.glob("keys.json*")]
    if not standing:
        return None
    aside = home.root / f"before-restore-{now:%Y%m%d-%H%M%S}"
    number = 1
    while aside.exists():
        number += 1
        aside = aside.with_name(f"before-restore-{now:%Y%m%d-%H%M%S}-{number}")
    aside.mkdir(mode=0o700)
    for item in standing:
        item.replace(aside / item.name)
    sync_folder(home.root)
    return aside
