"""Entries come back to the desk they came from, sealed to it, and to nobody else."""

from __future__ import annotations

import pytest

from sync import chain
from sync.central.answers import Refusal
from sync.central.centre import ENTRIES_BYTES
from sync.central.intake import Standing
from sync.central.store import DeviceRow
from sync.entries_page import EntriesPage, open_entries, seal_entries
from sync.errors import BadFormat, BadSignature
from sync.keys import DeviceKeys
from tests.centre_world import HandDesk, LocalCentre, local
from tests.sync_world import CENTRE, DESK, EPOCH, PUBLICS, SERVER

__all__ = ["local"]


def device_of(local: LocalCentre, desk: HandDesk) -> DeviceRow:
    """The centre's row of a desk's device."""
    row = local.centre.store.desks.device(desk.keys.key_id)
    assert row is not None
    return row


def page_of(
    local: LocalCentre, desk: HandDesk, epoch: int, after: int = 0, most: int = ENTRIES_BYTES
) -> EntriesPage:
    """What the centre gives this desk, opened with its keys."""
    device = device_of(local, desk)
    answer = local.centre.entries(device, desk.desk, epoch, after, most)
    return open_entries(answer.body, desk.ticket.publics, [desk.keys.identity])


def again(local: LocalCentre, desk: HandDesk, *, restore: bool) -> HandDesk:
    """The same desk enrolled anew."""
    ticket, _ = local.centre.enrolment.issue(
        desk.ticket.office["code"], desk.desk, window="1", urls=("http://x",), restore=restore
    )
    new = HandDesk(ticket, "", seed=2)
    asked = {
        "code": ticket.code,
        "signing_public": new.keys.public.hex(),
        "age_recipient": new.keys.recipient,
    }
    assert local.centre.enrolment.enrol(asked).status == 201
    return new


def test_own_entries_come_back_page_by_page(local: LocalCentre) -> None:
    """Verbatim, in order, through batches of any bounds; the last page is empty."""
    desk = local.desk()
    desk.note(9)
    for first, to in ((1, 2), (2, 5), (6, 9)):
        local.accept(desk.seal(first, to))

    found: list[bytes] = []
    for _ in range(20):
        page = page_of(local, desk, desk.epoch, len(found), most=400)
        assert page.prev == desk.head(len(found))
        if not page.entries:
            break
        found += page.entries
    assert found == desk.journal
    assert page.streams == {desk.epoch: 9}


def test_earlier_epoch_needs_a_ticket_that_restores(local: LocalCentre) -> None:
    """An operator of the centre said so, or it stays closed."""
    lost = local.desk()
    lost.note(3)
    local.accept(lost.seal(1, 3))
    ordinary = again(local, lost, restore=False)
    with pytest.raises(Refusal, match="restore-refused"):
        page_of(local, ordinary, lost.epoch)
    with pytest.raises(Refusal, match="epoch-closed"):
        page_of(local, lost, lost.epoch)

    heir = again(local, lost, restore=True)
    assert list(page_of(local, heir, lost.epoch).entries) == lost.journal
    assert page_of(local, heir, heir.epoch).streams[lost.epoch] == 3


def test_other_desks_do_not_exist(local: LocalCentre) -> None:
    """A ticket that restores gives one's own number back and no other's."""
    lost, other = local.desk(), local.desk(318)
    other.note(1)
    local.accept(other.seal(1, 1))
    heir = again(local, lost, restore=True)
    with pytest.raises(Refusal, match="not-found"):
        local.centre.entries(device_of(local, heir), 318, other.epoch, 0, 1000)
    with pytest.raises(Refusal, match="bad-request"):
        page_of(local, heir, heir.epoch, after=1)
    row = device_of(local, heir)
    assert row.standing is Standing.ACTIVE


def test_page_is_sealed_signed_and_whole() -> None:
    """Another device, another signer, a byte less: refused."""
    keys = DeviceKeys(b"\x05" * 32, str(CENTRE.identity))
    prev = chain.first_head(SERVER, DESK, EPOCH, keys.public)
    page = EntriesPage(SERVER, DESK, EPOCH, 0, prev, (b"one", b"two"), {EPOCH: 2})
    data = seal_entries(page, CENTRE, keys.recipient)

    assert open_entries(data, PUBLICS, [keys.identity]) == page
    with pytest.raises(BadFormat):
        open_entries(data, PUBLICS, [DeviceKeys.generate(_Zeros()).identity])
    with pytest.raises(BadSignature):
        open_entries(data, {}, [keys.identity])
    with pytest.raises(BadFormat):
        open_entries(data[:-1], PUBLICS, [keys.identity])


class _Zeros:
    """No randomness: only the age identity is wanted, which has its own."""

    def bytes(self, count: int) -> bytes:
        return bytes(count)

    def below(self, limit: int) -> int:
        return 0 * limit
