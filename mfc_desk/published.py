"""Which catalogue this desk works by: the one the centre published here, or the packaged one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from forms.catalogue import FILES, PACKAGED, Catalogue, CatalogueError, Mistake, load
from mfc_desk.durable import store_failure
from mfc_desk.errors import UsageError
from mfc_desk.paths import Home


def catalogue_of(home: Home) -> Catalogue:
    """Load the published catalogue; one with mistakes is left lying and the packaged one serves.

    `mfc-desk catalogue check` names its mistakes.
    """
    if home.catalogue.is_dir():
        try:
            return load(home.catalogue)
        except CatalogueError:
            return _packaged()
    return _packaged()


def copy_to(home: Home, folder: Path) -> Catalogue:
    """Copy the catalogue this desk works by into a new or empty folder, for whoever edits it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: не пустая папка. Укажите новую.")
    catalogue = catalogue_of(home)
    source = home.catalogue if home.catalogue.is_dir() and not mistakes_of(home) else PACKAGED
    try:
        for pattern in FILES:
            for file in source.glob(pattern):
                target = folder / file.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read_bytes())
    except OSError as error:
        raise store_failure(error) from error
    return catalogue


def mistakes_of(home: Home) -> tuple[Mistake, ...]:
    """Every mistake for which the published catalogue is not used; none when there is no such."""
    if home.catalogue.is_dir():
        try:
            load(home.catalogue)
        except CatalogueError as error:
            return error.mistakes
    return ()


@cache
def _packaged() -> Catalogue:
    """Read once a process: it cannot change while the program runs."""
    return load()
