"""A desk follows the centre's changes of keys from its ticket on, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sync import rotation
from sync.errors import BadFormat, BadSignature
from sync.ids import SeededRandom
from sync.keys import CentreKeys
from sync.ticket import Ticket

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
FIRST, SECOND, THIRD, STRANGER = (CentreKeys.generate(SeededRandom(n)) for n in range(1, 5))
TICKET = Ticket(
    server_id="s-1",
    signing_keys=(FIRST.public,),
    age_recipients=(FIRST.recipient,),
    recovery_recipient="age1recovery",
    ca_pem=None,
    urls=("http://x",),
    desk_no=1,
    epoch=1,
    desk_title="",
    window="1",
    office={},
    code="AAAA-AAAA",
    valid_until=AT,
)
ADD = rotation.added("s-1", SECOND, AT, FIRST)
RETIRE = rotation.retired("s-1", FIRST, AT, SECOND)


def test_two_pairs_are_active_and_then_the_new_one_alone() -> None:
    """Sealed to both while the change runs; two changes missed are followed in order."""
    both = rotation.extend(TICKET, ADD)
    assert both.signing_keys == (FIRST.public, SECOND.public)
    assert both.age_recipients == (FIRST.recipient, SECOND.recipient)
    after = rotation.follow(
        TICKET,
        [
            ADD,
            ADD,
            RETIRE,
            rotation.added("s-1", THIRD, AT, SECOND),
            rotation.retired("s-1", SECOND, AT, THIRD),
        ],
    )
    assert after == replace(TICKET, signing_keys=(THIRD.public,), age_recipients=(THIRD.recipient,))


@pytest.mark.parametrize(
    "change",
    [
        rotation.added("s-1", STRANGER, AT, STRANGER),
        rotation.added("s-1", STRANGER, AT, SECOND),
        rotation.retired("s-1", FIRST, AT, SECOND),
        rotation.retired("s-1", FIRST, AT, FIRST),
        rotation.added("s-2", SECOND, AT, FIRST),
        ADD[:-1],
        ADD[:40] + bytes([ADD[40] ^ 1]) + ADD[41:],
        b"",
    ],
    ids=[
        "a stranger's",
        "signed by a key not yet trusted",
        "out of turn",
        "of the only key by itself",
        "of another centre",
        "short",
        "one bit changed",
        "nothing",
    ],
)
def test_what_no_trusted_key_signed_changes_nothing(change: bytes) -> None:
    """A stranger's, another centre's, one out of turn, the last key's own end, damage."""
    with pytest.raises((BadFormat, BadSignature)):
        rotation.extend(TICKET, change)
    assert rotation.follow(TICKET, [change]) == TICKET


def test_a_retired_key_adds_nothing_any_more() -> None:
    """Whoever has the old key cannot bring a new one in, nor bring itself back."""
    after = rotation.follow(TICKET, [ADD, RETIRE])
    for late in (rotation.added("s-1", THIRD, AT, FIRST), ADD):
        assert rotation.follow(after, [late]) == after
