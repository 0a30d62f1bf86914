"""A relay holds and carries sealed bytes; nothing it says itself is believed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from mfc_desk.demo.link import Link
from sync import receipt
from sync.blobs import Blob, Sender
from sync.central.relay.relay import Relay
from sync.central.relay.rows import Scan
from sync.clock import SystemClock
from sync.engine import decide
from sync.errors import Unreachable
from sync.ids import SeededRandom, SystemRandom
from sync.keys import RelayKeys
from sync.receipt import RELAYED, STORED, Receipt
from sync.relay import RelayBlobs, RelayClient
from sync.relay_address import RelayAddress
from sync.steps import (
    Ask,
    AskEntries,
    AskStream,
    Custody,
    Enrol,
    Failure,
    Finish,
    Frozen,
    Held,
    KeepReceipt,
    Kept,
    Page,
    Prepare,
    Refusal,
    RelayIs,
    Rewind,
    Said,
    State,
    Stored,
)
from tests.centre_served import served
from tests.centre_world import HandDesk, LocalCentre, local
from tests.relay_world import serving_relay
from tests.sync_desk import ExchangeDesk
from tests.sync_world import DESK, EPOCH, NOON, SERVER

__all__ = ["local", "served"]
HEAD = "aa" * 32
KEPT = Kept(SERVER, DESK, EPOCH, bound=True, acked=5, cursor=3, incarnation="i-1", heard=NOON)
ASKING = State(KEPT, ask=Ask.STREAM, end=20, relay=True)
RAND = SeededRandom(1)


def said(to: int, *, ours: str | None = HEAD, **changes: object) -> Said:
    made = Receipt(SERVER, "i-1", DESK, EPOCH, to, HEAD, STORED, NOON, 1)
    return Said(replace(made, **changes), b"raw", ours)  # type: ignore[arg-type]


def test_custody_is_shown_and_acknowledges_nothing() -> None:
    """What a relay holds is not sent to it again, and the acknowledged position stays."""
    state, effects = decide(ASKING, RelayIs(((1, 8), (9, 12))), NOON, RAND)
    assert effects == (Prepare(13, KEPT.size, anew=False, plain=False),)
    assert (state.kept.acked, state.kept.relayed) == (5, 12)
    sending = replace(state, ask=Ask.BATCH, sent_to=20)
    state, _ = decide(sending, Custody(20), NOON, RAND)
    assert (state.kept.acked, state.kept.relayed) == (5, 20)
    state, effects = decide(replace(state, ask=Ask.FEED), Page(None, 20), NOON, RAND)
    assert effects == (Finish(),)
    assert state.kept.next_try is not None


def test_the_centre_s_word_acknowledges_through_a_relay() -> None:
    """A receipt the centre signed counts whoever brings it."""
    state, effects = decide(ASKING, RelayIs(((6, 12),), (said(9),)), NOON, RAND)
    assert isinstance(effects[0], KeepReceipt)
    assert state.kept.acked == 9


@pytest.mark.parametrize(
    "lie",
    [said(9, desk=DESK + 1), said(9, epoch=EPOCH + 1), said(9, server="s-x"),
     said(9, level=RELAYED)],
    ids=["desk", "epoch", "server", "custody"],
)  # fmt: skip
def test_a_receipt_of_something_else_acknowledges_nothing(lie: Said) -> None:
    """The right signature under the wrong thing is noticed."""
    state, effects = decide(ASKING, RelayIs(((6, 12),), (lie,)), NOON, RAND)
    assert effects == (Finish("garbage"),)
    assert state.kept.acked == 5


def test_an_old_receipt_told_again_changes_nothing() -> None:
    """Of the same life for less, and of an earlier life: both are past."""
    old = (said(3), said(2, incarnation="i-0", at=NOON - timedelta(hours=1)))
    state, effects = decide(ASKING, RelayIs((), old), NOON, RAND)
    assert isinstance(effects[0], Prepare)
    assert (state.kept.acked, state.kept.incarnation, state.kept.cursor) == (5, "i-1", 3)


def test_a_restored_centre_is_believed_through_a_relay() -> None:
    """A new life that speaks after what was heard: what it lacks is sent again, the feed anew."""
    word = said(2, incarnation="i-2", at=NOON + timedelta(hours=1))
    state, effects = decide(ASKING, RelayIs((), (word,)), NOON, RAND)
    assert effects[0] == Rewind(2)
    assert effects[1] == Prepare(3, KEPT.size, anew=False, plain=False)
    assert (state.kept.acked, state.kept.incarnation, state.kept.cursor) == (2, "i-2", 0)


def test_another_branch_signed_by_the_centre_freezes() -> None:
    """A fork is found by the centre's word, and left with the relay for the centre."""
    fork = RelayIs((), (said(9, ours="bb" * 32),))
    state, effects = decide(ASKING, fork, NOON, RAND)
    assert effects == (Prepare(6, KEPT.size, anew=False, plain=False),)
    sending = replace(state, ask=Ask.BATCH, sent_to=20)
    for answer in (Custody(20), Refusal(409, "fork")):
        stopped, effects = decide(sending, answer, NOON, RAND)
        assert effects == (Finish(Frozen.FORK),)
        assert stopped.kept.frozen is Frozen.FORK
    more, effects = decide(replace(sending, sent_to=12), Custody(12), NOON, RAND)
    assert effects == (Prepare(13, KEPT.size, anew=False, plain=False),)
    assert more.stopping is Frozen.FORK
    handed_over = replace(ASKING, kept=replace(KEPT, relayed=20))
    assert decide(handed_over, fork, NOON, RAND)[1] == (Finish(Frozen.FORK),)


def test_a_journal_that_lacks_entries_asks_the_centre_for_them_through_the_relay() -> None:
    """Where the relay does not reach it now, the centre itself is to be asked: nothing freezes."""
    lacking = RelayIs((), (said(4), said(29, ours=None)))
    state, effects = decide(ASKING, lacking, NOON, RAND)
    assert effects == (AskEntries(20),)
    assert state.kept == KEPT
    for no in (Refusal(503, "no-upstream"), Failure("cut")):
        stopped, effects = decide(state, no, NOON, RAND)
        assert effects == (Finish("relay-ahead"),)
        assert stopped.kept.frozen is None
        assert stopped.kept.next_try is not None


def test_what_an_earlier_life_of_the_centre_signed_for_is_handed_in_again() -> None:
    """A restored centre has less: custody goes on from what it has now, and there is a gap."""
    word = said(2, incarnation="i-2", at=NOON + timedelta(hours=1))
    held = RelayIs(((6, 12),), (word, said(5)))
    state, effects = decide(ASKING, held, NOON, RAND)
    assert effects == (Rewind(2), Prepare(3, KEPT.size, anew=False, plain=False))
    assert (state.kept.acked, state.kept.relayed) == (2, 2)


def test_a_receipt_that_comes_at_once_tells_which_life_it_is_of() -> None:
    """The first thing a desk hears of the centre may be that: a later life may take it back."""
    first = replace(KEPT, acked=0, incarnation="", heard=None)
    sending = State(first, ask=Ask.BATCH, end=3, sent_to=3, relay=True)
    one = said(3)
    state, _ = decide(sending, Stored(one.receipt, one.raw, HEAD, 3), NOON, RAND)
    assert (state.kept.acked, state.kept.incarnation) == (3, "i-1")
    word = said(0, incarnation="i-2", at=NOON + timedelta(hours=1))
    asking = replace(state, ask=Ask.STREAM)
    state, effects = decide(asking, RelayIs((), (word,)), NOON, RAND)
    assert effects[0] == Rewind(0)
    assert state.kept.acked == 0


def test_a_centre_that_does_not_know_the_device_is_shown_it_once_more() -> None:
    """Restored from a copy it has forgotten; a relay that lies gains nothing by it."""
    told = RelayIs(refused=Refusal(401, "unknown-key"))
    state, effects = decide(ASKING, told, NOON, RAND)
    assert effects == (Enrol(),)
    state, effects = decide(state, Held(), NOON, RAND)
    assert effects == (AskStream(),)
    _, effects = decide(state, told, NOON, RAND)
    assert effects == (Finish("relay-told"),)


@pytest.mark.parametrize("status", [401, 403, 404, 409, 410, 421, 422])
@pytest.mark.parametrize("ask", [Ask.STREAM, Ask.BATCH, Ask.FEED, Ask.ENROL])
def test_no_refusal_a_relay_tells_of_freezes_a_desk(ask: Ask, status: int) -> None:
    """It is not signed: the desk says so and goes on trying."""
    refused = Refusal(status, "revoked")
    for event in (refused, RelayIs(refused=refused)):
        if isinstance(event, RelayIs) and ask is not Ask.STREAM:
            continue
        asking = replace(ASKING, ask=ask, sent_to=9, met=True)
        state, effects = decide(asking, event, NOON, RAND)
        assert effects[-1] == Finish("relay-told")
        assert state.kept.frozen is None
        assert state.kept.next_try is not None


def test_a_link_that_carries_less_gets_smaller_batches() -> None:
    """What was cut again and again is sealed anew, smaller."""
    too_large = Refusal(413, "too-large", max_bytes=10_000, size=40_000, count=10)
    state, effects = decide(ASKING, RelayIs(refused=too_large), NOON, RAND)
    assert effects == (Prepare(6, 2, anew=True, plain=False),)
    assert state.kept.size == 2


def test_custody_ends_at_a_gap() -> None:
    """Only what goes on from the acknowledged position is held for us."""
    for held, end in (
        (((1, 5), (6, 9), (8, 12), (15, 20)), 12),
        (((1, 5),), 5),
        (((7, 12),), 5),
        (((15, 20), (4, 14)), 20),
    ):
        state, _ = decide(ASKING, RelayIs(held), NOON, RAND)
        assert state.kept.relayed == end


@dataclass
class Behind:
    """A desk, its relay, and a link to the centre that can be taken down."""

    centre: LocalCentre
    hand: HandDesk
    desk: ExchangeDesk
    relay: Relay
    link: Link

    @property
    def client(self) -> RelayClient:
        """The desk's way to the relay."""
        assert isinstance(self.desk.client, RelayClient)
        return self.desk.client

    def until(self, done: Callable[[], bool], seconds: float = 200.0) -> None:
        """Exchange until it is so."""
        until = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < until
            self.desk.exchange().run_once()
            time.sleep(0.05)

    def kept(self) -> Kept:
        """The durable state of the exchange."""
        found = self.desk.exchange().outbox.kept()
        assert found is not None
        return found


@pytest.fixture
def office(
    tmp_path: Path, local: LocalCentre, served: Callable[[LocalCentre], str]
) -> Iterator[Behind]:
    """An office whose link to the centre is down."""
    url = served(local)
    hand = local.desk(700 + len(str(tmp_path)) % 90)
    with Link(int(url.rpartition(":")[2])) as link:
        link.take_down()
        with serving_relay(tmp_path / "relay", link.url) as (relay, address):
            desk = ExchangeDesk(tmp_path, hand.ticket, hand.keys, relay=address)
            yield Behind(local, hand, desk, relay, link)
            desk.close()


def test_batches_go_up_and_receipts_and_pages_come_down(office: Behind) -> None:
    """Without a link all is in custody; with one the centre's receipt and outcomes come."""
    office.desk.note(7)
    outcome = office.desk.exchange().run_once()
    assert outcome.kind is None
    assert (office.kept().acked, office.kept().relayed) == (0, 7)
    assert office.relay.store.custody().batches == 1
    assert office.centre.stored(office.hand) == 0

    office.link.bring_up()
    office.until(lambda: office.kept().acked == 7 and len(office.desk.events) == 7)

    assert office.relay.store.custody().batches == 0
    assert office.centre.stored(office.hand) == 7
    assert {event.kind for event in office.desk.events} == {"entry.result"}


def test_what_came_out_of_order_is_stored_in_order(office: Behind) -> None:
    """The second batch reaches the centre first: parked there, stored when the first one came."""
    for _ in range(2):
        office.desk.note(3)
        assert office.desk.exchange().run_once().kind is None
    first = office.relay.store.next_batch(NOON)
    assert first is not None
    office.relay.store.drop(first.number)  # a relay that lost it
    office.link.bring_up()
    office.until(lambda: office.kept().acked == 6)
    assert office.centre.stored(office.hand) == 6


def test_scans_are_in_custody_until_the_centre_signs(office: Behind, tmp_path: Path) -> None:
    """A scan that is whole at the relay is not delivered; the centre's receipt for it is."""
    data = SeededRandom(3).bytes(70_000)
    file = tmp_path / "scan"
    file.write_bytes(data)
    blob = Blob(sha256(data).hexdigest(), len(data), file)

    def send() -> bool:
        incarnation = office.centre.centre.store.incarnation
        way = RelayBlobs(office.client, office.hand.ticket, incarnation)
        whole = [sent.whole for sent in Sender(way, SystemClock(), sleep=time.sleep).run([blob])]
        assert whole[-1]
        return way.confirmed(blob)

    assert not send()
    assert not send()
    assert office.relay.store.custody().scans == 1
    office.link.bring_up()
    until = time.monotonic() + 200
    while not send():
        assert time.monotonic() < until
        time.sleep(0.1)
    assert office.centre.centre.blobs.size(blob.sha256) == len(data)
    assert office.relay.place.size(blob.sha256) is None


def test_scan_of_a_restored_centre_is_handed_in_again(office: Behind, tmp_path: Path) -> None:
    """The relay has a receipt of the life that is over, and no file any more."""
    data = SeededRandom(4).bytes(9_000)
    file = tmp_path / "scan"
    file.write_bytes(data)
    blob = Blob(sha256(data).hexdigest(), len(data), file)
    centre = office.centre.centre

    def confirmed() -> bool:
        until = time.monotonic() + 100
        while time.monotonic() < until:
            way = RelayBlobs(office.client, office.hand.ticket, centre.store.incarnation)
            list(Sender(way, SystemClock(), sleep=time.sleep).run([blob]))
            if way.confirmed(blob):
                return True
            time.sleep(0.1)
        return False

    office.link.bring_up()
    assert confirmed()
    centre.store.begin_new_life(SystemRandom(), 10)
    centre.blobs.remove(blob.sha256)
    assert confirmed()
    assert centre.blobs.size(blob.sha256) == len(data)


def test_a_forged_word_for_a_scan_is_not_believed(office: Behind, tmp_path: Path) -> None:
    """A relay that says «complete» by its own key, or by the centre's for another scan."""
    ticket = office.hand.ticket
    blob = Blob("ab" * 32, 10, tmp_path / "scan")
    whole = receipt.WholeBlob(ticket.server_id, "i", ticket.desk_no, blob.sha256, blob.size)
    centre = office.centre.centre.secrets.keys
    for text in (
        receipt.sign_blob(whole, office.relay.keys),
        receipt.sign_blob(replace(whole, sha256="cd" * 32), centre),
        receipt.sign_blob(replace(whole, incarnation="j"), centre),
        receipt.sign_blob(replace(whole, desk=ticket.desk_no + 1), centre),
    ):
        assert not receipt.blob_proven(text, whole, ticket.publics)
    assert receipt.blob_proven(receipt.sign_blob(whole, centre), whole, ticket.publics)


def test_a_relay_cannot_sign_for_the_centre(office: Behind) -> None:
    """A «stored» receipt by the relay's own key is none: what it was for is handed in again."""
    office.desk.note(2)
    office.desk.exchange().run_once()
    kept = office.kept()
    held = office.relay.store.next_batch(NOON)
    assert held is not None
    forged = Receipt(
        office.hand.ticket.server_id, "i", held.caller.desk, held.caller.epoch, held.last,
        held.head.hex(), STORED, NOON, 1,
    )  # fmt: skip
    office.relay.store.delivered(
        held, receipt.sign(forged, office.relay.keys), held.last, SystemClock().now()
    )
    assert office.relay.store.custody().batches == 0
    assert office.desk.exchange().run_once().kind is None
    assert office.kept().acked == kept.acked == 0
    assert office.relay.store.custody().batches == 1


def test_whoever_answers_must_be_the_relay_of_the_code(office: Behind) -> None:
    """Another machine at the relay's address is told from it."""
    other = RelayKeys.generate(SeededRandom(9))
    address = RelayAddress(office.client._address.url, "00000000")
    stranger = RelayClient(address, office.hand.ticket, office.hand.keys, SystemClock())
    with pytest.raises(Unreachable) as caught:
        stranger.health()
    assert caught.value.kind == "relay-stranger"
    assert not office.client._address.is_of(other.public)
    stranger.close()


def test_no_byte_of_a_header_can_be_altered(local: LocalCentre) -> None:
    """Each bit of magic, header and signature, turned on the way: refused, nothing stored."""
    hand = local.desk()
    hand.note(3)
    data = hand.seal(1, 3)
    size = 8 + int.from_bytes(data[4:8], "big") + 64
    for at in range(size):
        altered = bytearray(data)
        altered[at] ^= 1 << at % 8
        answer = local.accept(bytes(altered))
        assert answer.status in {400, 401, 421}, at
        assert local.stored(hand) == 0
    assert local.accept(data).status == 201


@pytest.mark.parametrize("text", ["", "http://x", "http://x#1234", "ftp://x#ABCD2345", "#ABCD2345"])
def test_an_address_needs_url_and_code(text: str) -> None:
    """What cannot be an address is refused with the words for it."""
    with pytest.raises(ValueError, match="адрес ретранслятора"):
        RelayAddress.read(text)


def test_nobody_else_replaces_what_is_held(office: Behind) -> None:
    """A batch and a scan stay as their desk gave them, whoever names the same place and hash."""
    office.desk.note(2)
    office.desk.exchange().run_once()
    store, now = office.relay.store, SystemClock().now()
    held = store.next_batch(NOON)
    assert held is not None
    scan = Scan(held.caller.desk, "ab" * 32, held.caller.key, 10, "signature")
    store.expect_scan(scan, now)
    stranger = replace(held.caller, key="0" * 16, public=bytes(32))
    store.hold(replace(held, caller=stranger, data=b"other"), now)
    store.expect_scan(replace(scan, key=stranger.key, signature="other"), now)
    assert store.next_batch(NOON) == held
    assert store.scan(scan.desk, scan.sha256) == scan


def test_nobody_else_lets_go_of_what_the_centre_found_too_large(office: Behind) -> None:
    """Only the desk that seals it smaller replaces it."""
    office.desk.note(2)
    office.desk.exchange().run_once()
    store, now = office.relay.store, SystemClock().now()
    held = store.next_batch(now)
    assert held is not None
    store.refused(held.number, 413, {"code": "too-large"}, now)
    stranger = replace(held.caller, key="0" * 16, public=bytes(32))
    store.hold(replace(held, caller=stranger, head=bytes(32)), now)
    assert store.refusal(held.caller) is not None
    store.hold(replace(held, last=1, head=bytes([1]) * 32), now)
    assert store.refusal(held.caller) is None


def test_batch_of_a_desk_the_centre_meets_later_is_tried_again(office: Behind) -> None:
    """Refused as unknown, enrolled by another way: sent again after a while, others are not."""
    office.desk.note(2)
    office.desk.exchange().run_once()
    store, now = office.relay.store, SystemClock().now()
    held = store.next_batch(now)
    assert held is not None
    for status, later in ((401, held), (403, None)):
        store.refused(held.number, status, {"code": "x"}, now)
        assert store.refusal(held.caller) is not None
        assert store.next_batch(now) is None
        assert store.next_batch(now + timedelta(minutes=1)) == later
