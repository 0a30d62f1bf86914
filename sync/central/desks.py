"""Offices and desks: the office's file, enrolment tickets, binding a device to a ticket."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage

from forms.office import Office
from sync import chain
from sync import ticket as tickets
from sync.central.answers import TICKET, Answer, Refusal
from sync.central.errors import DeskTaken, OfficeFileInvalid, UnknownDesk, UnknownOffice
from sync.central.home import KeyRing
from sync.central.intake import Standing
from sync.central.store import DeskRow, DeviceRow, OfficeRow, Store, TicketRow
from sync.clock import Clock, iso
from sync.errors import BadSignature, TicketInvalid
from sync.ids import Random
from sync.keys import PUBLIC_BYTES, key_id
from sync.question import Question, SealedQuestion
from sync.ticket import EPOCH_ZERO, Ticket

FIRST_DESK = 1
LAST_DESK = 99_999
TICKET_DAYS = 14
EPOCHS_AHEAD = 60
"""Seconds an epoch may lead the clock: a centre put back from a copy must not give it out again."""
PUBLISHED = "catalogue.published"
RECIPIENT_CHARS = 100


def read_office(path: Path) -> OfficeRow:
    """Read an office from its TOML file; raises OfficeFileInvalid naming what is wrong."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise OfficeFileInvalid(f"Файл не читается: {path}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OfficeFileInvalid(f"{path.name}: это не TOML: {error}.") from error
    try:
        office = Office.from_dict(raw)
    except (ValueError, KeyError, TypeError) as error:
        raise OfficeFileInvalid(f"{path.name}: {error}.") from error
    return OfficeRow(office.code, office.to_dict())


def epoch_at(moment: datetime, last: int, last_of_all: int = 0) -> int:
    """Return a new epoch: seconds since 2020 by the centre's clock, above every earlier one.

    Above those of other desks too while that leads the clock by a minute at most: so a copied disk
    may go on under another number at once.
    """
    now = int((moment - EPOCH_ZERO).total_seconds())
    return max(last + 1, now, min(last_of_all + 1, now + EPOCHS_AHEAD))


@dataclass(frozen=True)
class Enrolment:
    """Issues tickets and binds devices to them."""

    store: Store
    keyring: KeyRing
    clock: Clock
    random: Random

    def issue(
        self,
        office: str,
        desk: int,
        *,
        window: str | None,
        urls: tuple[str, ...],
        ca_pem: str | None = None,
        days: int = TICKET_DAYS,
        relay: str = "",
        restore: bool = False,
    ) -> tuple[Ticket, bytes]:
        """Issue a one-time ticket for a desk; raises UnknownOffice, UnknownDesk, DeskTaken.

        Without a window the desk keeps the one it has; a new desk gets the first.
        With `restore` whoever uses it may read all that the desk ever handed in.
        """
        row, secrets = self._office(office, desk), self.keyring.secrets
        now = self.clock.now()
        known = self.store.desks.desk(desk)
        last = known.last_epoch if known else 0
        window = window or (known.window if known else "1")
        epoch = epoch_at(now, last, self.store.desks.last_epoch())
        ticket = Ticket(
            server_id=self.store.server_id,
            signing_keys=tuple(one.public for one in secrets.active),
            age_recipients=tuple(one.recipient for one in secrets.active),
            recovery_recipient=secrets.recovery_recipient,
            ca_pem=ca_pem,
            urls=urls,
            desk_no=desk,
            epoch=epoch,
            desk_title=f"{row.data.get('title', office)}, окно {window}",
            window=window,
            office=dict(row.data),
            code=tickets.new_code(self.random),
            valid_until=now + timedelta(days=days),
            relay=relay,
            restore=restore,
        )
        data = tickets.write(ticket, secrets.keys)
        self.store.desks.put_ticket(
            TicketRow(ticket.code, desk, epoch, data, ticket.valid_until),
            DeskRow(desk, office, ticket.desk_title, window, epoch),
        )
        told = self.store.blobs.told_last()
        if told is not None and (known is None or not known.feed_to):
            self.store.notices.tell(desk, PUBLISHED, told, None, now)
        return ticket, data

    def _office(self, office: str, desk: int) -> OfficeRow:
        row = self.store.desks.office(office)
        if row is None:
            raise UnknownOffice
        if not FIRST_DESK <= desk <= LAST_DESK:
            raise UnknownDesk(f"Номер рабочего места: от {FIRST_DESK} до {LAST_DESK}.")
        known = self.store.desks.desk(desk)
        if known is not None and known.office != office:
            raise DeskTaken
        return row

    def enrol(self, asked: Any, *, by_question: bool = False) -> Answer:
        """Bind the device that asks to the ticket of its code and hand it the ticket.

        The same keys with the same code get the same answer again. `by_question`: a question the
        device signed says it, which may be handed in long after that device died. Raises Refusal.
        """
        code, key_text, age = _read_request(asked)
        ticket = self.store.desks.ticket(code)
        if ticket is None:
            raise Refusal("code-refused")
        public, recipient = _public(key_text), _recipient(age)
        key = key_id(public)
        if ticket.key is None:
            late = by_question and self._made_anew(ticket)
            self._bind(ticket, key, public, recipient, late=late)
        elif ticket.key != key:
            raise Refusal("code-refused")
        self._check_still_active(key)
        return Answer(201, ticket.data, TICKET)

    def _made_anew(self, ticket: TicketRow) -> bool:
        """Whether an operator is having the desk of a ticket made anew, so that one of it that ran
        out lets in what its dead device left; one that a revocation voided does not."""
        if iso(tickets.read(ticket.data).valid_until) != iso(ticket.valid_until):
            return False
        newest = self.store.desks.newest_ticket(ticket.desk)
        open_yet = newest is not None and newest.key is None
        if newest is None or not open_yet or self.clock.now() > newest.valid_until:
            return False
        return tickets.read(newest.data).restore

    def _bind(
        self, ticket: TicketRow, key: str, public: bytes, recipient: str, *, late: bool
    ) -> None:
        now = self.clock.now()
        if now > ticket.valid_until and not late:
            raise Refusal("code-refused")
        if self.store.desks.device(key) is not None:
            raise Refusal("key-enrolled")
        device = DeviceRow(key, ticket.desk, ticket.epoch, public, recipient, Standing.ACTIVE, now)
        head = chain.first_head(self.store.server_id, ticket.desk, ticket.epoch, public)
        if not self.store.desks.bind(ticket, device, head):
            bound = self.store.desks.ticket(ticket.code)
            if bound is None or bound.key != key:
                raise Refusal("code-refused")

    def _check_still_active(self, key: str) -> None:
        device = self.store.desks.device(key)
        if device is None or device.standing is not Standing.ACTIVE:
            raise Refusal("code-refused")


def check_own_key(sealed: SealedQuestion, asked: Question) -> None:
    """Who enrols by a question must have signed it with the key it enrols.

    Raises Refusal, BadSignature.
    """
    try:
        public = bytes.fromhex(asked.enrol.get("signing_public", ""))
    except ValueError as error:
        raise Refusal("bad-request") from error
    if key_id(public) != sealed.key:
        raise BadSignature
    sealed.envelope.verify(public)


def _read_request(asked: Any) -> tuple[str, str, str]:
    """The one-time code, the public signing key and the age recipient as sent; raises Refusal."""
    match asked:
        case {"code": str() as code, "signing_public": str() as key, "age_recipient": str() as age}:
            return _one_time(code), key, age
    raise Refusal("bad-request", detail="Нужны code, signing_public и age_recipient.")


def _one_time(code: str) -> str:
    """The one-time part of a code, dictated with the fingerprint or alone; raises Refusal."""
    try:
        return tickets.split_code(code)[1]
    except TicketInvalid as error:
        if not code.isprintable():  # no database keeps a NUL or half a letter
            raise Refusal("code-refused") from error
        return code.strip().upper()


def _public(text: str) -> bytes:
    try:
        public = bytes.fromhex(text)
    except ValueError as error:
        raise Refusal("bad-request", detail="signing_public: 64 цифры hex.") from error
    if len(public) != PUBLIC_BYTES:
        raise Refusal("bad-request", detail="signing_public: 64 цифры hex.")
    return public


def _recipient(text: str) -> str:
    try:
        pyrage.x25519.Recipient.from_str(text[:RECIPIENT_CHARS])
    except (pyrage.RecipientError, UnicodeEncodeError) as error:
        raise Refusal("bad-request", detail="age_recipient: получатель age.") from error
    return text
