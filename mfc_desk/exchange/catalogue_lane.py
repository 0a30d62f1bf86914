"""The lane of catalogues: what the centre has published is fetched, verified and switched to.

The signed feed names the archive by its SHA-256, so the archive is the centre's own when its hash
is that. What came stays in a part file: a cut link goes on where it was. An archive the centre does
not give is asked for at every exchange, for days, before it is told as missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from forms.catalogue import CatalogueError
from mfc_desk.durable import store_failure
from mfc_desk.errors import UsageError
from mfc_desk.store import messages
from mfc_desk.store import published_catalogues as publications
from mfc_desk.store.published_catalogues import IN_USE, REFUSED, Publication
from sync.blobs import fetch
from sync.clock import from_iso, iso
from sync.errors import BadHash, Refused, Unreachable

if TYPE_CHECKING:
    from pathlib import Path

    from mfc_desk.catalogues.catalogues import Installed
    from mfc_desk.desk import Desk
    from sync.blobs import Asking

SWITCHED, TURNED_DOWN = "catalogue.switch", "catalogue.refuse"
"""Kinds of journal entries: the desk works by a catalogue now; it could not."""
MISSING, DAMAGED, FAULTY = "missing", "damaged", "faulty"
_WHY = {
    MISSING: "в центре его нет",
    DAMAGED: "файл не тот, который назвал центр",
    FAULTY: "в нём ошибки",
}
_NOT_FOUND = frozenset({403, 404, 410, 413, 416})
VAIN_TRIES, VAIN_TIME = 5, timedelta(days=3)
"""An archive is missing when it was asked for in vain so often and for so long."""


@dataclass(frozen=True)
class Renewal:
    """What came of the lane: the version now in use, or why a publication was turned down.

    Both are None when nothing was published, or it has not come whole yet.
    """

    version: str | None = None
    why: str | None = None

    @property
    def journalled(self) -> bool:
        """Whether the centre has something to hear of it."""
        return bool(self.version or self.why)


def renew(desk: Desk, client: Asking, stop: Callable[[], bool]) -> Renewal:
    """Fetch what the centre has published last and work by it; on any fault go on as before.

    Drafts keep their versions. A link that breaks leaves it for the next exchange. Raises the
    errors of sync.database.
    """
    wanted = publications.wanted(desk.db)
    if wanted is None:
        return Renewal()
    archive = desk.home.catalogues / f"{wanted.sha256}.zip.part"
    try:
        found = _switched(desk, client, wanted, archive, stop)
        if found is not None:
            archive.unlink(missing_ok=True)
    except _Faulty as fault:
        return _turn_down(desk, wanted, fault)
    except OSError as error:
        raise store_failure(error) from error
    return _tell(desk, wanted, found) if found else Renewal()


class _Faulty(Exception):  # noqa: N818 - what came is at fault, not this program
    """Каталог не принят; `why` названа в `_WHY`."""

    def __init__(self, why: str, mistakes: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.mistakes = mistakes


def _switched(
    desk: Desk,
    client: Asking,
    wanted: Publication,
    archive: Path,
    stop: Callable[[], bool],
) -> Installed | None:
    """Fetch and switch; None while it has not come whole. Raises _Faulty, OSError."""
    try:
        kept = desk.catalogues.is_kept(wanted.digest)
        if not kept and not _fetched(client, wanted, archive, stop):
            return None
        return desk.catalogues.switch(wanted.digest, archive)
    except Unreachable:
        return None
    except Refused as error:
        if error.status in _NOT_FOUND and _is_missing(desk, wanted):
            raise _Faulty(MISSING) from error
        return None
    except BadHash as error:
        raise _Faulty(DAMAGED) from error
    except UsageError as error:  # the right bytes, and they are no archive
        raise _Faulty(FAULTY) from error
    except CatalogueError as error:
        raise _Faulty(FAULTY, len(error.mistakes)) from error


def _is_missing(desk: Desk, wanted: Publication) -> bool:
    """Note a try in vain; whether there were so many that the archive counts as missing."""
    now = desk.clock.now()
    since = from_iso(wanted.not_found_since) if wanted.not_found_since else now
    if wanted.not_found + 1 >= VAIN_TRIES and now - since >= VAIN_TIME:
        return True
    with desk.db.atomic():
        publications.asked_in_vain(desk.db, wanted, iso(now))
    return False


def _tell(desk: Desk, wanted: Publication, found: Installed) -> Renewal:
    """The operator sees it, the centre hears of it."""
    now = desk.clock.now()
    words = (
        f"Новый каталог услуг {found.version} действует с "
        f"{now.astimezone(desk.zone):%d.%m.%Y %H:%M}, услуг: {found.services}. "
        "Начатые черновики остаются в прежней редакции."
    )
    body = {"digest": found.digest, "version": found.version, "before": found.before}
    with desk.db.atomic():
        publications.settle(desk.db, wanted, IN_USE)
        _, place = desk.record(SWITCHED, body)
        messages.add_message(desk.db, words, iso(now), f"{place.epoch}:{place.seq}")
    return Renewal(version=found.version)


def _fetched(client: Asking, wanted: Publication, archive: Path, stop: Callable[[], bool]) -> bool:
    archive.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for other in archive.parent.glob("*.zip.part"):
        if other != archive:  # of a publication that is past
            other.unlink()
    try:
        return fetch(client, wanted.sha256, wanted.size, archive, stop)
    except BadHash:  # what lay here may have been at fault: once more from the start
        return fetch(client, wanted.sha256, wanted.size, archive, stop)
    except Refused as error:
        if error.status != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        archive.unlink(missing_ok=True)  # nothing is there from where this one ends
        return fetch(client, wanted.sha256, wanted.size, archive, stop)


def _turn_down(desk: Desk, wanted: Publication, fault: _Faulty) -> Renewal:
    """Stay with the last good version; the operator sees it, the centre hears of it."""
    (desk.home.catalogues / f"{wanted.sha256}.zip.part").unlink(missing_ok=True)
    words = (
        f"Новый каталог услуг от центра не принят: {_WHY[fault.why]}. Рабочее место работает по "
        f"прежнему, {desk.catalogue.version}; центру об этом сообщено, делать ничего не нужно."
    )
    body = {
        "digest": wanted.digest,
        "sha256": wanted.sha256,
        "why": fault.why,
        "mistakes": fault.mistakes,
        "uses": desk.catalogue.digest,
    }
    with desk.db.atomic():
        publications.settle(desk.db, wanted, REFUSED)
        _, place = desk.record(TURNED_DOWN, body)
        messages.add_message(desk.db, words, iso(desk.clock.now()), f"{place.epoch}:{place.seq}")
    return Renewal(why=fault.why)
