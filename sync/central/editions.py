"""Catalogues that requests may have been taken by: the packaged one and every published one.

A desk goes on under the edition a draft was begun by, so the centre checks a request by the
edition its entry names.
"""

from __future__ import annotations

import io
import logging
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from forms.catalogue import Catalogue, CatalogueError, load
from sync.central.blobs import BlobPlace
from sync.central.store import BlobStore

log = logging.getLogger("sync.central")

Published = Callable[[frozenset[str]], Mapping[str, Catalogue]]
"""Gives the published editions by their archives' SHA-256, without those known already."""


def _nothing(_known: frozenset[str]) -> Mapping[str, Catalogue]:
    return {}


class Editions:
    """Finds the edition of an entry; looks for newly published ones when it names a new one."""

    def __init__(self, packaged: Catalogue, published: Published = _nothing) -> None:
        self._packaged = packaged
        self._published = published
        self._seen: set[str] = set()
        self._unknown: set[str] = set()
        self._by_digest = {packaged.digest: packaged}

    def look_again(self) -> None:
        """Read what was published since; a digest nobody knew may be known now."""
        self._unknown.clear()
        found = self._published(frozenset(self._seen))
        self._seen |= found.keys()
        self._by_digest |= {one.digest: one for one in found.values()}

    def of(self, digest: object, service: str, version: int) -> Catalogue | None:
        """Return the edition to check a request by; None when none has that service and version.

        An edition nobody published, of another program's package, is no reason to hold a request
        whose service is the same here.
        """
        if isinstance(digest, str) and not (digest in self._by_digest or digest in self._unknown):
            self.look_again()
            self._unknown |= {digest} - self._by_digest.keys()
        for edition in self._candidates(digest):
            known = edition.services.get(service)
            if known is not None and known.version == version:
                return edition
        return None

    def newest(self, service: str, version: int) -> Catalogue | None:
        """Return the edition published last that has that service and version; None: none has."""
        for edition in reversed(self._by_digest.values()):
            known = edition.services.get(service)
            if known is not None and known.version == version:
                return edition
        return None

    def _candidates(self, digest: object) -> Iterator[Catalogue]:
        if isinstance(digest, str) and digest in self._by_digest:
            yield self._by_digest[digest]
        yield self._packaged
        yield from reversed(self._by_digest.values())


def published_in(store: BlobStore, place: BlobPlace) -> Published:
    """Read published archives; one that cannot be read is logged, and asked for again later."""

    def read(known: frozenset[str]) -> Mapping[str, Catalogue]:
        found = {}
        for sha in store.published():
            size = None if sha in known else place.size(sha)
            if size is None:
                continue
            try:
                found[sha] = unpacked(_as_published(sha, place.read(sha, 0, size)))
            except (CatalogueError, OSError, zipfile.BadZipFile) as error:
                code = type(error).__name__
                log.error("published catalogue unreadable", extra={"code": code})  # noqa: TRY400
        return found

    return read


def _as_published(sha: str, archive: bytes) -> bytes:
    """An archive that is still what its name says; raises BadZipFile for one the disk has spoilt.

    Unpacking tells that in too many ways.
    """
    if sha256(archive).hexdigest() != sha:
        raise zipfile.BadZipFile
    return archive


def unpacked(archive: bytes) -> Catalogue:
    """Load the catalogue of an archive; raises CatalogueError, BadZipFile, OSError."""
    with tempfile.TemporaryDirectory(prefix="mfc-") as folder:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            opened.extractall(folder)
        return load(Path(folder))
