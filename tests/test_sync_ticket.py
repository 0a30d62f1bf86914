"""Tickets, receipts, feed pages and keys verify by the centre's key."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sync import feed, receipt, ticket
from sync.errors import BadFormat, BadSignature, TicketExpired, TicketInvalid, Unreadable
from sync.ids import SeededRandom
from sync.keys import CentreKeys, DeviceKeys
from tests import sync_world as world

STRANGER = CentreKeys.generate(SeededRandom(8))
RECEIPT = receipt.Receipt(
    world.SERVER, "i-1", world.DESK, world.EPOCH, 5, "ab" * 32, receipt.STORED, world.NOON, 17
)
PAGE = feed.FeedPage(
    world.SERVER,
    world.DESK,
    world.EPOCH,
    3,
    5,
    (feed.FeedEvent(4, "entry.result", {"й": 1}), feed.FeedEvent(5, "x", {})),
)


def test_a_ticket_comes_back_whole() -> None:
    """Every member of a ticket survives the file."""
    given = world.ticket(ca_pem="-----BEGIN CERTIFICATE-----")

    assert ticket.read(ticket.write(given, world.CENTRE), now=world.NOON) == given


def test_a_ticket_holds_for_its_term() -> None:
    """After its term a ticket is refused, unless it is one already in use."""
    data = ticket.write(world.ticket(), world.CENTRE)

    with pytest.raises(TicketExpired):
        ticket.read(data, now=world.NOON + timedelta(days=2))
    assert ticket.read(data).desk_no == world.DESK


def test_no_byte_of_a_ticket_can_be_changed() -> None:
    """A ticket with any byte changed is refused."""
    data = ticket.write(world.ticket(), world.CENTRE)

    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 4
        with pytest.raises(TicketInvalid):
            ticket.read(bytes(changed))


def test_a_fetched_ticket_must_be_of_the_centre_that_was_named() -> None:
    """The dictated fingerprint decides whose ticket is taken."""
    data = ticket.write(world.ticket(), world.CENTRE)

    fingerprint, code = ticket.split_code(world.ticket().spoken_code)
    assert ticket.read(data, centre=fingerprint).code == code
    with pytest.raises(TicketInvalid):
        ticket.read(data, centre=ticket.fingerprint(STRANGER.public))


def test_a_ticket_is_signed_by_a_key_it_names() -> None:
    """A stranger's signature under the centre's keys is refused."""
    with pytest.raises(TicketInvalid):
        ticket.read(ticket.write(world.ticket(), STRANGER))


@pytest.mark.parametrize("change", [{"signing_keys": ()}, {"signing_keys": (b"x",)}, {"urls": 5}])
def test_a_ticket_with_wrong_members_is_refused(change: dict[str, object]) -> None:
    """Signed nonsense is still nonsense."""
    bad = world.ticket(**change)
    if change == {"urls": 5}:
        bad = replace(world.ticket(), office=[])  # type: ignore[arg-type]

    with pytest.raises(TicketInvalid):
        ticket.read(ticket.write(bad, world.CENTRE))


def test_a_code_is_read_as_it_is_dictated() -> None:
    """Case, spaces and look-alikes do not matter; length and letters do."""
    assert ticket.split_code(" abcd0o1l-wxyz 23ab ") == ("ABCD0011", "WXYZ-23AB")
    for wrong in ("", "ABCD-1234", "ABCDEFGH-1234-123!", "Я" * 16):
        with pytest.raises(TicketInvalid):
            ticket.split_code(wrong)


def test_new_codes_are_of_the_dictated_alphabet() -> None:
    """A minted code reads back as itself."""
    code = ticket.new_code(SeededRandom(2))

    assert ticket.split_code(f"00000000-{code}") == ("00000000", code)


def test_codes_are_not_in_a_repr() -> None:
    """A ticket in a log does not give its code away."""
    assert "ABCD-1234" not in repr(world.ticket())


def test_a_receipt_comes_back_and_holds_every_byte() -> None:
    """A receipt survives the file; with any byte changed it is refused."""
    data = receipt.sign(RECEIPT, world.CENTRE)

    assert receipt.read_verified(data, world.PUBLICS) == RECEIPT
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(Unreadable):
            receipt.read_verified(bytes(changed), world.PUBLICS)
    with pytest.raises(BadSignature):
        receipt.read_verified(receipt.sign(RECEIPT, STRANGER), world.PUBLICS)


def test_a_feed_page_comes_back_for_its_device_only() -> None:
    """The page opens by the device's identity and the centre's signature, else not."""
    data = feed.seal_page(PAGE, world.CENTRE, world.DEVICE.recipient)

    assert feed.open_page(data, world.PUBLICS, [world.DEVICE.identity]) == PAGE
    with pytest.raises(BadFormat):
        feed.open_page(data, world.PUBLICS, [STRANGER.identity])
    with pytest.raises(BadSignature):
        feed.open_page(
            feed.seal_page(PAGE, STRANGER, world.DEVICE.recipient),
            world.PUBLICS,
            [world.DEVICE.identity],
        )


@pytest.mark.parametrize("numbers", [(4,), (5, 4), (4, 6), (4, 5, 6)])
def test_a_feed_page_with_a_gap_is_refused(numbers: tuple[int, ...]) -> None:
    """Events of a page are the dense run its header names."""
    page = replace(PAGE, events=tuple(feed.FeedEvent(n, "x", {}) for n in numbers))

    with pytest.raises(BadFormat):
        feed.open_page(
            feed.seal_page(page, world.CENTRE, world.DEVICE.recipient),
            world.PUBLICS,
            [world.DEVICE.identity],
        )


def test_keys_come_back_and_are_never_shown() -> None:
    """Dumped keys load to the same; a repr holds nothing private; nonsense is refused."""
    keys = DeviceKeys.generate(SeededRandom(3))

    assert DeviceKeys.load(keys.dump()) == keys
    assert keys.identity not in repr(keys)
    assert keys.seed.hex() not in repr(keys)
    for data in (b"", b"{}", b'{"sign":"00","age":"x"}'):
        with pytest.raises(BadFormat):
            DeviceKeys.load(data)
