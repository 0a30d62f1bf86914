"""How a centre changes its keys: files signed by a key that is trusted already (sync.md, 10).

While a change runs the centre has two active pairs: it signs by the old one, desks trust both and
seal to both. Then the old one is retired, by the new one's signature. A desk follows these files
from its ticket on, one after the other, however long it was away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sync import envelope
from sync.clock import iso
from sync.errors import BadFormat, BadSignature
from sync.keys import PUBLIC_BYTES, CentreKeys
from sync.ticket import Ticket

ADD, RETIRE = "add", "retire"
MOST = 1000
RECIPIENT = "age1"


def added(server: str, new: CentreKeys, at: datetime, signer: CentreKeys) -> bytes:
    """Say that a pair of keys is the centre's too."""
    return _change(server, ADD, new, at, signer)


def retired(server: str, old: CentreKeys, at: datetime, signer: CentreKeys) -> bytes:
    """Say that a pair of keys is the centre's no more; `signer` is another one."""
    return _change(server, RETIRE, old, at, signer)


def _change(server: str, act: str, about: CentreKeys, at: datetime, signer: CentreKeys) -> bytes:
    header = {
        "server": server,
        "act": act,
        "signing_key": about.public.hex(),
        "age_recipient": about.recipient,
        "at": iso(at),
    }
    return envelope.pack(envelope.Form.KEYS, header, b"", signer)


def extend(ticket: Ticket, change: bytes) -> Ticket:
    """Apply one change to what a ticket trusts and seals to; raises BadFormat, BadSignature."""
    opened = envelope.unpack(envelope.Form.KEYS, change)
    header = opened.header
    opened.verify_any(ticket.publics)
    public = envelope.hash_of(header, "signing_key")
    recipient = envelope.text_of(header, "age_recipient")
    act = envelope.text_of(header, "act")
    if envelope.text_of(header, "server") != ticket.server_id or len(public) != PUBLIC_BYTES:
        raise BadFormat
    if act == ADD and recipient.startswith(RECIPIENT):
        if public in ticket.signing_keys:
            return ticket
        return replace(
            ticket,
            signing_keys=(*ticket.signing_keys, public),
            age_recipients=(*ticket.age_recipients, recipient),
        )
    if act != RETIRE:
        raise BadFormat
    if ticket.publics[str(header["key"])] == public:  # none puts itself away: none would be left
        raise BadSignature
    return replace(
        ticket,
        signing_keys=tuple(one for one in ticket.signing_keys if one != public),
        age_recipients=tuple(one for one in ticket.age_recipients if one != recipient),
    )


def follow(ticket: Ticket, changes: Iterable[bytes]) -> Ticket:
    """Apply the changes in order; one that does not hold for this ticket is passed over."""
    for change in changes:
        try:
            ticket = extend(ticket, change)
        except (BadFormat, BadSignature):
            continue
    return ticket
