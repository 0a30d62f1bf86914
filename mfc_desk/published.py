"""Which catalogue this desk works by: the one the centre published here, or the packaged one."""

from __future__ import annotations

from functools import cache

from forms.catalogue import Catalogue, CatalogueError, Mistake, load
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
