"""Which keys of the centre this desk trusts: those of its ticket, and how they changed since."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mfc_desk.store import centre_keys
from sync import rotation
from sync.errors import BadFormat, BadSignature, Refused, Unreachable

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from sync.blobs import Asking
    from sync.ticket import Ticket

UNKNOWN_KEY = "garbage"
"""What an answer comes to that is signed by no key this desk trusts."""


def ticket_in_use(desk: Desk) -> Ticket | None:
    """Give the ticket with the keys the centre has by now; None on a training desk."""
    ticket = desk.device.ticket
    return ticket and rotation.follow(ticket, centre_keys.changes(desk.db))


def keep_changes(desk: Desk, files: Iterable[bytes]) -> None:
    """Keep changes that `trusted_changes` found to hold; inside a transaction."""
    for file in files:
        centre_keys.keep(desk.db, file)


def learn(desk: Desk, client: Asking) -> bool:
    """Ask a centre whose signature nobody here knows how its keys changed; whether one is trusted.

    A desk that was away while its centre changed keys finds the way back so.
    """
    try:
        told = json.loads(client.signed("GET", "/v1/keys").body)
        files = told["changes"]
    except (Unreachable, Refused, ValueError, KeyError, TypeError):
        return False
    if not isinstance(files, list) or len(files) > rotation.MOST:
        return False
    return _kept(desk, files)


def keep_carried(desk: Desk, files: Iterable[bytes]) -> bool:
    """Keep the changes a stick brought, in their order; whether there were any new ones."""
    return _kept(desk, [base64.b64encode(file).decode() for file in files])


def _kept(desk: Desk, files: Iterable[object]) -> bool:
    """Keep the changes that hold; whether there were any new ones."""
    new = trusted_changes(desk, files)
    if new:
        with desk.db.atomic():
            keep_changes(desk, new)
    return bool(new)


def trusted_changes(desk: Desk, files: Iterable[object]) -> list[bytes]:
    """Return the changes (base64) that hold from what is trusted and are new here, in order."""
    ticket = ticket_in_use(desk)
    new = []
    for text in files:
        if ticket is None or not isinstance(text, str):
            continue
        try:
            file = base64.b64decode(text, validate=True)
            extended = rotation.extend(ticket, file)
        except (binascii.Error, ValueError, BadFormat, BadSignature):
            continue
        if extended != ticket:
            ticket = extended
            new.append(file)
    return new
