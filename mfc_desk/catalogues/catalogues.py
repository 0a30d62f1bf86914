"""The catalogue's versions on this desk: installing one, and the one a draft was begun under."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mfc_desk.access.roles import Action
from mfc_desk.catalogues import published
from mfc_desk.store import drafts, requests
from sync.errors import StoreFailure

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from forms.spec import Service
    from mfc_desk.desk import Desk
    from mfc_desk.paths import Home


@dataclass(frozen=True)
class Installed:
    """A switch of the catalogue; `removed` counts old versions that nothing needed any more."""

    version: str
    digest: str
    services: int
    before: str
    removed: int


@dataclass(frozen=True)
class Edition:
    """The catalogue a request was taken by, and its service as it was then.

    `own` is False when that one is not here and the one in use stands for it.
    """

    catalogue: Catalogue
    service: Service
    own: bool = True


class Catalogues:
    """The use cases of the catalogue as a whole."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def install(self, source: Path) -> Installed:
        """Verify a folder or archive and work by it from now on; drafts keep their versions.

        Raises CatalogueError, UsageError, StoreFailure, NotAllowed; then nothing has changed.
        """
        self._desk.may(Action.CATALOGUE)
        return self._switch(lambda home: published.install(home, source))

    def switch(self, digest: str, archive: Path) -> Installed:
        """Work by a version the centre has published: one kept here, else the one in `archive`.

        It asks no right: the centre has decided. Raises as `install`; then nothing has changed.
        """
        return self._switch(
            lambda home: published.reuse(home, digest) or published.install(home, archive, digest)
        )

    def _switch(self, take: Callable[[Home], Catalogue]) -> Installed:
        desk = self._desk
        before = desk.catalogue
        self.keep(before)
        found = take(desk.home)
        self.look_again()
        needed = drafts.digests(desk.db) | requests.digests(desk.db)
        gone = published.prune(desk.home, needed)
        return Installed(
            found.version, found.digest, len(found.services), before.version, len(gone)
        )

    def is_kept(self, digest: str) -> bool:
        """Whether a version lies here, whole."""
        return published.version_of(self._desk.home, digest) is not None

    def look_again(self) -> None:
        """Forget the catalogue read before: another connection may have switched to a new one."""
        self._desk.__dict__.pop("catalogue", None)

    def keep(self, catalogue: Catalogue) -> None:
        """Keep a version for the drafts that begin under it; a full disk stops nobody."""
        with suppress(StoreFailure):
            published.keep(self._desk.home, catalogue)

    def under(self, digest: str) -> Catalogue | None:
        """Give the version of a digest; None when this desk has it no more."""
        if digest == self._desk.catalogue.digest:
            return self._desk.catalogue
        return published.version_of(self._desk.home, digest)

    def edition(self, slug: str, digest: str) -> Edition | None:
        """Give what a request of this service was taken by: its papers and card read that.

        When that version is not here any more, the one in use stands for it; None when that has
        no such service either.
        """
        for catalogue in (self.under(digest), self._desk.catalogue):
            service = catalogue.services.get(slug) if catalogue else None
            if catalogue and service:
                return Edition(catalogue, service, own=catalogue.digest == digest)
        return None

    def stands_in(self, slug: str, digest: str) -> str:
        """Say that a request is not shown by the catalogue it was taken by, "" when it is.

        A desk that was made anew has only what came since.
        """
        edition = self.edition(slug, digest)
        if edition is None:
            return (
                "Редакции каталога, по которой принято обращение, на рабочем месте нет, в нынешней "
                "этой услуги нет. Ответы целы в журнале; чтобы их видеть и печатать, установите "
                "каталог с этой услугой (catalogue install)."
            )
        if edition.own:
            return ""
        return (
            "Редакции каталога, по которой принято обращение, на рабочем месте нет: показано и "
            f"печатается по нынешней ({edition.catalogue.version}). Ответы те же, подписи и "
            "перечень документов могли измениться; сверьте с выданной распиской."
        )
