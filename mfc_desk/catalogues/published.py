"""Which catalogue this desk works by, and the versions of it that are kept here.

Versions that were verified lie in `catalogues/`, each in a folder named by its digest; `current`
there lists them, the one in use first. A folder `catalogue` put beside them by hand goes before
them. Whatever is damaged is passed over: the last good version serves, the packaged one at last.
"""

from __future__ import annotations

import fnmatch
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

from forms.catalogue import (
    FILES,
    PACKAGED,
    Catalogue,
    CatalogueError,
    Mistake,
    digest_of,
    load,
)
from mfc_desk.durable import store_failure, sync_file, sync_folder, write_durably
from mfc_desk.errors import UsageError
from mfc_desk.paths import Home

_MOST_BYTES = 32 * 1024 * 1024
_ANOTHER = "это не тот каталог, который назвал центр"
_CHANGED = "файлы изменились после установки. Установите каталог заново"


def catalogue_of(home: Home) -> Catalogue:
    """Load the catalogue in use: the last good one when the newest has mistakes.

    `mfc-desk catalogue check` names its mistakes.
    """
    for folder in _folders(home):
        try:
            return _verified(home, folder)
        except CatalogueError:
            continue
    return _packaged()


def mistakes_of(home: Home) -> tuple[Mistake, ...]:
    """Every mistake for which the newest catalogue is not used; none when it is."""
    for folder in _folders(home):
        try:
            _verified(home, folder)
        except CatalogueError as error:
            return error.mistakes
        break
    return ()


def newest_folder(home: Home) -> Path | None:
    """Where the newest catalogue lies, good or not; None for the packaged one."""
    return next(_folders(home), None)


def version_of(home: Home, digest: str) -> Catalogue | None:
    """Give a version by its digest; None when it is not kept or is damaged."""
    if not digest.isalnum():
        return None
    folder = home.catalogues / digest
    try:
        return _kept(folder) if folder.is_dir() else None
    except CatalogueError:
        return None


def keep(home: Home, catalogue: Catalogue, *, use: bool = False) -> bool:
    """Keep a version, and with `use` work by it from now on; whether it can be kept.

    Copied beside, compared by its digest, renamed: it is there whole or not at all. Raises
    StoreFailure, DiskFull.
    """
    target = home.catalogues / catalogue.digest
    try:
        if not target.is_dir():
            if digest_of(catalogue.folder) != catalogue.digest:
                return False
            home.catalogues.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = target.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            copy_catalogue(catalogue.folder, part)
            part.rename(target)
            sync_folder(home.catalogues)
    except OSError as error:
        raise store_failure(error) from error
    if use:
        _write_history(home, [catalogue.digest, *_history(home)])
    return True


def install(home: Home, source: Path, digest: str | None = None) -> Catalogue:
    """Verify a catalogue folder or .zip, keep it and switch to it; `digest` says which it must be.

    The switch is one rename of one small file. Raises CatalogueError with every mistake, UsageError
    for what is no catalogue, StoreFailure, DiskFull; then the desk works as before.
    """
    part = home.catalogues / "unpacked.part"
    try:
        if source.is_dir():
            return _take(home, source, digest)
        home.catalogues.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(part, ignore_errors=True)
        _unpack(source, part)
        return _take(home, part, digest)
    except OSError as error:
        raise store_failure(error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def prune(home: Home, needed: Iterable[str]) -> tuple[str, ...]:
    """Remove versions that nothing needs: not in use, not the last good one, not `needed`."""
    history = _history(home)
    wanted = {*needed, *history[:2], catalogue_of(home).digest}
    gone: list[str] = []
    for folder in home.catalogues.iterdir() if home.catalogues.is_dir() else ():
        if folder.is_dir() and folder.name not in wanted:
            shutil.rmtree(folder, ignore_errors=True)
            gone.append(folder.name)
    if gone:
        _write_history(home, [digest for digest in history if digest not in gone])
    return tuple(sorted(gone))


def copy_to(home: Home, folder: Path) -> Catalogue:
    """Copy the catalogue this desk works by into a new or empty folder, for whoever edits it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: не пустая папка. Укажите новую.")
    catalogue = catalogue_of(home)
    try:
        copy_catalogue(catalogue.folder, folder)
    except OSError as error:
        raise store_failure(error) from error
    return catalogue


def reuse(home: Home, digest: str) -> Catalogue | None:
    """Switch to a version that is kept here; None when it is not, or is damaged."""
    found = version_of(home, digest)
    return found and _use(home, found)


def _take(home: Home, folder: Path, digest: str | None) -> Catalogue:
    found = load(folder)
    if digest not in (None, found.digest):
        raise CatalogueError((Mistake("catalogue.toml", "", _ANOTHER),))
    if version_of(home, found.digest) is None:  # what is damaged there gives way
        shutil.rmtree(home.catalogues / found.digest, ignore_errors=True)
    keep(home, found)
    return _use(home, _kept(home.catalogues / found.digest))


def _use(home: Home, kept: Catalogue) -> Catalogue:
    keep(home, kept, use=True)
    shutil.rmtree(home.catalogue, ignore_errors=True)  # put there by hand before this one
    return kept


def _unpack(archive: Path, folder: Path) -> None:
    """Take the catalogue's own files out of an archive, whatever folder of it they stand in."""
    try:
        with zipfile.ZipFile(archive) as opened:
            for name, info in _members(opened).items():
                target = folder / name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                target.write_bytes(opened.read(info))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError) as error:
        raise UsageError(
            f"{archive.name}: не папка и не архив .zip с каталогом. Проверьте файл."
        ) from error


def _members(opened: zipfile.ZipFile) -> Mapping[str, zipfile.ZipInfo]:
    heads = [one.filename for one in opened.infolist() if one.filename.endswith("catalogue.toml")]
    root = min(heads, key=len, default="").removesuffix("catalogue.toml")
    found = {
        one.filename.removeprefix(root): one
        for one in opened.infolist()
        if one.filename.startswith(root) and _is_ours(one.filename.removeprefix(root))
    }
    if not heads or sum(one.file_size for one in found.values()) > _MOST_BYTES:
        raise zipfile.BadZipFile
    return found


def _is_ours(name: str) -> bool:
    parts = name.count("/")
    return ".." not in name and any(
        fnmatch.fnmatchcase(name, pattern) and pattern.count("/") == parts for pattern in FILES
    )


def copy_catalogue(source: Path, target: Path) -> None:
    """Copy the catalogue's own files; raises OSError."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for pattern in FILES:
        for file in source.glob(pattern):
            copy = target / file.relative_to(source)
            copy.parent.mkdir(mode=0o700, exist_ok=True)
            copy.write_bytes(file.read_bytes())
            sync_file(copy)
    sync_folder(target)


def _folders(home: Home) -> Iterator[Path]:
    """Where a catalogue may lie, the newest first."""
    if home.catalogue.is_dir():
        yield home.catalogue
    yield from (home.catalogues / digest for digest in _history(home))


def _verified(home: Home, folder: Path) -> Catalogue:
    return load(folder) if folder == home.catalogue else _kept(folder)


@lru_cache(maxsize=4)
def _kept(folder: Path) -> Catalogue:
    """Load a kept version, once a process; raises CatalogueError when it is not what it was."""
    found = load(folder)
    if found.digest != folder.name:
        raise CatalogueError((Mistake("catalogue.toml", "", _CHANGED),))
    return found


def _history(home: Home) -> list[str]:
    try:
        lines = home.current_catalogue.read_text("ascii").split()
    except (OSError, UnicodeDecodeError):
        return []
    return [line for line in dict.fromkeys(lines) if line.isalnum()]


def _write_history(home: Home, digests: list[str]) -> None:
    lines = "".join(f"{digest}\n" for digest in dict.fromkeys(digests))
    write_durably(home.current_catalogue, lines.encode())


@cache
def _packaged() -> Catalogue:
    """Read once a process: it cannot change while the program runs."""
    return load(PACKAGED)
