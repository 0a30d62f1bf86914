"""The enrolment ticket a desk is born from (sync.md, 7): signed by the centre, carried or fetched.

A ticket on a stick is trusted because a person of the centre handed it over; one fetched by net
because its key has the fingerprint that person dictated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sync import envelope
from sync.clock import from_iso, iso
from sync.errors import BadFormat, BadSignature, TicketExpired, TicketInvalid
from sync.ids import Random
from sync.keys import PUBLIC_BYTES, CentreKeys, key_id

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: nothing to mishear for I, L, O, U
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
GROUP = 4
FINGERPRINT_CHARS = 8
CODE_CHARS = 8


EPOCH_ZERO = datetime(2020, 1, 1, tzinfo=UTC)


def epoch_began(epoch: int) -> datetime:
    """Return the earliest moment the epoch can have been used at, by the centre's clock."""
    return EPOCH_ZERO + timedelta(seconds=epoch)


@dataclass(frozen=True)
class Ticket:
    """Who the centre is and who this desk will be.

    `signing_keys` are 32-byte public keys, `age_recipients` what batches are sealed to, `office`
    the dict of forms.office, `code` the one-time YYYY-YYYY, `valid_until` aware.
    """

    server_id: str
    signing_keys: tuple[bytes, ...]
    age_recipients: tuple[str, ...]
    recovery_recipient: str
    ca_pem: str | None
    urls: tuple[str, ...]
    desk_no: int
    epoch: int
    desk_title: str
    window: str
    office: dict[str, Any]
    code: str = field(repr=False)
    valid_until: datetime
    relay: str = ""
    """Address and code of the office relay, URL#XXXXXXXX; "" for none."""
    restore: bool = False
    """Whether this desk takes the place of a lost one: it may read what that one handed in."""

    @property
    def publics(self) -> dict[str, bytes]:
        """The centre's signing keys by key id."""
        return {key_id(public): public for public in self.signing_keys}

    @property
    def given_out(self) -> datetime:
        """When the centre gave out this epoch: no clock of ours was earlier since."""
        return epoch_began(self.epoch)

    @property
    def spoken_code(self) -> str:
        """XXXXXXXX-YYYY-YYYY, what is dictated: the centre's fingerprint and the one-time code."""
        return f"{fingerprint(self.signing_keys[0])}-{self.code}"


def fingerprint(centre_public: bytes) -> str:
    """Eight characters (40 bits) of the SHA-256 of the centre's signing key."""
    bits = int.from_bytes(sha256(centre_public).digest()[:5], "big")
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(FINGERPRINT_CHARS)))


def new_code(random: Random) -> str:
    """A one-time code YYYY-YYYY (40 bits)."""
    chars = "".join(ALPHABET[random.below(len(ALPHABET))] for _ in range(CODE_CHARS))
    return f"{chars[:GROUP]}-{chars[GROUP:]}"


def split_code(spoken: str) -> tuple[str, str]:
    """Read a dictated XXXXXXXX-YYYY-YYYY, any case and spacing: (fingerprint, code).

    Raises TicketInvalid.
    """
    kept = "".join(spoken.split()).replace("-", "").upper().translate(MISREAD)
    if len(kept) != FINGERPRINT_CHARS + CODE_CHARS or not set(kept) <= set(ALPHABET):
        raise TicketInvalid("Код рабочего места набран неверно: нужно XXXXXXXX-YYYY-YYYY.")
    code = kept[FINGERPRINT_CHARS:]
    return kept[:FINGERPRINT_CHARS], f"{code[:GROUP]}-{code[GROUP:]}"


def write(ticket: Ticket, keys: CentreKeys) -> bytes:
    """The ticket as a signed file; `keys` must be among its signing keys."""
    header: dict[str, Any] = {
        "server": ticket.server_id,
        "signing_keys": [public.hex() for public in ticket.signing_keys],
        "age_recipients": list(ticket.age_recipients),
        "recovery_recipient": ticket.recovery_recipient,
        "ca_pem": ticket.ca_pem,
        "urls": list(ticket.urls),
        "desk": ticket.desk_no,
        "epoch": ticket.epoch,
        "desk_title": ticket.desk_title,
        "window": ticket.window,
        "office": ticket.office,
        "code": ticket.code,
        "valid_until": iso(ticket.valid_until),
        **({"restore": True} if ticket.restore else {}),
    }
    if ticket.relay:
        header["relay"] = ticket.relay
    return envelope.pack(envelope.Form.TICKET, header, b"", keys)


def read(data: bytes, *, now: datetime | None = None, centre: str | None = None) -> Ticket:
    """Read and verify a ticket; raises TicketInvalid, TicketExpired.

    `now` checks the term (leave it out for a ticket already in use), `centre` is the fingerprint
    the signing key must have.
    """
    try:
        opened = envelope.unpack(envelope.Form.TICKET, data)
        ticket = _ticket(opened.header)
        opened.verify_any(ticket.publics)
        signer = ticket.publics[str(opened.header["key"])]
    except (BadFormat, BadSignature) as error:
        raise TicketInvalid from error
    if centre is not None and centre != fingerprint(signer):
        raise TicketInvalid("Билет выдан не тем центром, чей код вам сообщили. Проверьте код.")
    if now is not None and now > ticket.valid_until:
        raise TicketExpired
    return ticket


def _ticket(raw: dict[str, Any]) -> Ticket:
    ca_pem = raw.get("ca_pem")
    office = raw.get("office")
    if not isinstance(office, dict) or not isinstance(ca_pem, str | None):
        raise BadFormat
    try:
        publics = tuple(bytes.fromhex(text) for text in _texts(raw, "signing_keys"))
    except ValueError as error:
        raise BadFormat from error
    if not publics or any(len(public) != PUBLIC_BYTES for public in publics):
        raise BadFormat
    return Ticket(
        server_id=envelope.text_of(raw, "server"),
        signing_keys=publics,
        age_recipients=_texts(raw, "age_recipients"),
        recovery_recipient=envelope.text_of(raw, "recovery_recipient"),
        ca_pem=ca_pem,
        urls=_texts(raw, "urls"),
        desk_no=envelope.whole_of(raw, "desk"),
        epoch=envelope.whole_of(raw, "epoch"),
        desk_title=envelope.text_of(raw, "desk_title"),
        window=envelope.text_of(raw, "window"),
        office=office,
        code=envelope.text_of(raw, "code"),
        valid_until=from_iso(raw.get("valid_until")),
        relay=envelope.text_of(raw, "relay") if "relay" in raw else "",
        restore=raw.get("restore") is True,
    )


def _texts(raw: dict[str, Any], name: str) -> tuple[str, ...]:
    value = raw.get(name)
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise BadFormat
    return tuple(value)
