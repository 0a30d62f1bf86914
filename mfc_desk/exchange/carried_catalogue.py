"""A published catalogue that came on a stick: fetched from there as it is from the centre.

The page of the feed that names it is signed by the centre and says the archive's SHA-256; checking,
switching and turning down are those of `mfc_desk.exchange.catalogue_lane`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from mfc_desk.exchange.catalogue_lane import Renewal, renew
from mfc_desk.store import published_catalogues
from sync.carrier import INCOMING, Carrier, catalogue_name
from sync.errors import FileUnread, TooLarge, Unreachable
from sync.wire import Answer

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

DAMAGED = "Каталог на носителе повреждён: пусть центр примет носитель ещё раз."


class _Stick:
    """Answers for the centre from a file of the stick."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def signed(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        progress: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> Answer:
        """A range of the archive; nothing else is on the stick."""
        span = (headers or {}).get("Range", "").removeprefix("bytes=").split("-")
        if method != "GET" or not target.startswith("/v1/blobs/") or body is not None:
            raise Unreachable("no-network")
        part = self._data[int(span[0]) : int(span[1]) + 1]
        progress(len(part), len(part))
        return Answer(HTTPStatus.PARTIAL_CONTENT, part)


def renew_from(
    desk: Desk, carrier: Carrier, stop: Callable[[], bool]
) -> tuple[Renewal, str | None]:
    """Work by the catalogue the stick brought, when the centre named one; and a file damaged there.

    Nothing happens while the archive is not on the stick. Raises a CarrierFailure, StoreFailure.
    """
    wanted = published_catalogues.wanted(desk.db)
    if wanted is None:
        return Renewal(), None
    if desk.catalogues.is_kept(wanted.digest):
        return renew(desk, _Stick(b""), stop), None
    name = catalogue_name(wanted.sha256)
    if name not in carrier.names(INCOMING):
        return Renewal(), None
    try:
        if not carrier.holds(INCOMING, name, wanted.size, wanted.sha256):
            return Renewal(), name
        data = carrier.read(INCOMING, name, wanted.size)
    except (FileUnread, TooLarge):
        return Renewal(), name
    return renew(desk, _Stick(data), stop), None
