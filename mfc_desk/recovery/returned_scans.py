"""Scans of a desk made anew: at the centre, in the second place, or lost.

What a second place gives counts only when its SHA-256 is that of the entry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from mfc_desk.access.roles import Action
from mfc_desk.durable import store_failure, write_durably
from mfc_desk.errors import AttachmentRefused, TrainingDesk
from mfc_desk.exchange.centre_keys import ticket_in_use
from mfc_desk.paths import Home
from mfc_desk.recovery.second_place import SCANS
from mfc_desk.store import attachments
from sync.blobs import ASKED_AT_ONCE, Blob, CentreBlobs, fetch
from sync.carrier import Carrier
from sync.database import Database
from sync.errors import FileUnread, TooLarge
from sync.http import CentreClient

if TYPE_CHECKING:
    from mfc_desk.desk import Desk


@dataclass(frozen=True)
class ReturnedScans:
    """How many scans are nowhere; `damaged`, of those, stand in the second place changed."""

    missing: int
    damaged: tuple[str, ...]


def bring_scans(
    db: Database, client: CentreClient, home: Home, carrier: Carrier | None
) -> ReturnedScans:
    """Note which scans the centre has, take the others from the second place.

    Raises Unreachable, Refused, CarrierFailure, StoreFailure, OSError.
    """
    incarnation = client.stream().incarnation
    scans = attachments.unsent(db, incarnation)
    blobs = [Blob(one.sha256, one.size, home.blob(one.sha256)) for one in scans]
    there = frozenset(carrier.names(SCANS) if carrier else ())
    missing, damaged = 0, []
    for start in range(0, len(blobs), ASKED_AT_ONCE):
        some = blobs[start : start + ASKED_AT_ONCE]
        have = CentreBlobs(client).missing(some)
        for blob in some:
            if have.get(blob.sha256) == blob.size:
                with db.atomic():
                    attachments.mark_sent(db, blob.sha256, blob.size, incarnation)
            elif not blob.whole() and not (
                carrier and blob.path.name in there and _brought(carrier, blob)
            ):
                missing += 1
                damaged += [blob.path.name] if blob.path.name in there else []
    return ReturnedScans(missing, tuple(damaged))


def fetch_scan(desk: Desk, sha: str, stop: Callable[[], bool] = lambda: False) -> None:
    """Bring a scan that is at the centre and not here; cut in between, the next call goes on.

    Raises NotAllowed, AttachmentRefused for one the centre has not either, TrainingDesk,
    Unreachable, Refused, BadHash, StoreFailure.
    """
    desk.may(Action.VIEW)
    scan = next((one for one in attachments.every(desk.db) if one.sha256 == sha), None)
    if scan is None or scan.whole_in is None:
        raise AttachmentRefused("Этого вложения в центре нет. Приложите его снова.")
    path, ticket = desk.home.blob(sha), ticket_in_use(desk)
    if Blob(sha, scan.size, path).whole():
        return
    if ticket is None:
        raise TrainingDesk
    client = CentreClient(ticket, desk.device.keys, desk.clock)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        if fetch(client, sha, scan.size, part, stop):
            write_durably(path, part.read_bytes())
            part.unlink()
    except OSError as error:
        raise store_failure(error) from error
    finally:
        client.close()


def open_scan(desk: Desk, sha: str, stop: Callable[[], bool] = lambda: False) -> bytes:
    """Return what a scan holds, fetched from the centre where only that has it; it is journalled.

    Raises as `fetch_scan` and `Attachments.content` do.
    """
    if not desk.home.blob(sha).exists():
        fetch_scan(desk, sha, stop)
    return desk.attachments.content(sha)


def _brought(carrier: Carrier, blob: Blob) -> bool:
    """Copy one scan out of the second place; False where it is not what it was."""
    try:
        data = carrier.read(SCANS, blob.path.name, blob.size)
    except (TooLarge, FileUnread):
        return False
    if sha256(data).hexdigest() != blob.sha256:
        return False
    blob.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(blob.path, data)
    return True
