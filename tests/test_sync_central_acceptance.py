"""Batches into a real store: stored once, in order, whatever way they come; nothing is lost."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from itertools import permutations
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync import batch, envelope, receipt
from sync.keys import DeviceKeys, encrypt
from tests.centre_stores import local
from tests.centre_world import HandDesk, LocalCentre, code

__all__ = ["local"]


def sealed_header(desk: HandDesk, data: bytes, payload: bytes, **changed: Any) -> bytes:
    """The batch with members of its header changed and signed anew by the desk."""
    header = envelope.unpack(envelope.Form.BATCH, data).header
    return envelope.pack(envelope.Form.BATCH, {**header, **changed}, payload, desk.keys)


def test_same_bytes_again_bring_the_same_receipt(local: LocalCentre) -> None:
    """A repeated batch is answered 200 with the receipt of the first time and changes nothing."""
    desk = local.desk()
    desk.note(3)
    data = desk.seal(1, 3)

    first, again = local.accept(data), local.accept(data)

    assert (first.status, again.status) == (201, 200)
    assert first.body == again.body
    assert local.stored(desk) == 3
    assert local.kept(desk) == desk.journal


def test_batches_in_any_order_are_all_stored(local: LocalCentre) -> None:
    """Early batches are parked with a custody receipt and stored when the gap closes."""
    bounds = [(1, 2), (3, 5), (6, 6), (7, 10)]
    for number, order in enumerate(permutations(range(4)), 1):
        desk = local.desk(number)
        desk.note(10)
        reached = 0
        for place in order:
            first, to = bounds[place]
            answer = local.accept(desk.seal(first, to))
            if first == reached + 1:
                assert answer.status == 201
                reached = local.stored(desk)
            else:
                assert answer.status == 202
                told = json.loads(answer.body)
                assert told["have"] == reached
                assert told["head"] == desk.head(reached).hex()

        assert local.stored(desk) == 10
        assert local.kept(desk) == desk.journal
        assert local.centre.store.streams.parked(desk.desk, desk.epoch) == ()
    assert local.why() == []
    assert local.faults() == ()


def test_a_custody_receipt_confirms_nothing(local: LocalCentre) -> None:
    """The receipt of a parked batch is of level «relayed», which no desk counts as stored."""
    desk = local.desk()
    desk.note(2)
    told = json.loads(local.accept(desk.seal(2, 2)).body)

    got = receipt.read_verified(base64.b64decode(told["receipt"]), desk.ticket.publics)

    assert got.level == receipt.RELAYED
    assert local.stored(desk) == 0


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(1, 8), st.integers(0, 7)), min_size=1, max_size=6))
def test_resealed_bounds_never_hurt(local: LocalCentre, spans: list[tuple[int, int]]) -> None:
    """Batches of one journal with other bounds overlap as they like; the entries are there once."""
    desk = local.desk()
    desk.note(8)
    reached = 0
    for first, more in spans:
        to = min(first + more, 8)
        answer = local.accept(desk.seal(first, to))
        assert answer.status in {200, 201, 202}
        if answer.status != 202:
            got = receipt.read_verified(answer.body, desk.ticket.publics)
            assert (got.to, got.head) == (to, desk.head(to).hex())
        reached = local.stored(desk)
    assert local.kept(desk) == desk.journal[:reached]
    assert local.why() == []


def test_a_clone_is_told_where_it_parts(local: LocalCentre) -> None:
    """Another branch is refused as a fork, named to the entry, and kept for a human."""
    desk = local.desk()
    desk.note(6)
    assert local.accept(desk.seal(1, 6)).status == 201
    common = desk.journal[:3]
    desk.journal = [*common, *(desk.entry("access", {"what": "clone"}) for _ in range(5))]

    inside = local.accept(desk.seal(2, 5))
    ahead = local.accept(desk.seal(4, 8))
    beyond = local.accept(desk.seal(7, 8))

    assert [inside.status, ahead.status, beyond.status] == [409, 409, 409]
    told = [json.loads(answer.body) for answer in (inside, ahead, beyond)]
    assert [one["since"] for one in told] == [4, 4, None]
    assert {one["have"] for one in told} == {6}
    assert local.why() == ["fork", "fork", "fork"]
    local.accept(desk.seal(1, 3))
    assert local.stored(desk) == 6


def test_a_parked_fork_is_kept_aside_when_the_gap_closes(local: LocalCentre) -> None:
    """A parked batch that turns out to be of another branch goes to quarantine, not to nothing."""
    desk = local.desk()
    desk.note(4)
    ours = list(desk.journal)
    desk.journal = [*ours[:1], *(desk.entry("access", {"what": "clone"}) for _ in range(3))]
    assert local.accept(desk.seal(3, 4)).status == 202
    desk.journal = ours

    assert local.accept(desk.seal(1, 2)).status == 201

    assert local.why() == ["fork"]
    assert local.centre.store.streams.parked(desk.desk, desk.epoch) == ()
    assert local.accept(desk.seal(3, 4)).status == 201


def test_parked_batches_are_stored_after_a_restart(local: LocalCentre) -> None:
    """A centre that died between closing the gap and storing what was parked does so at start."""
    desk = local.desk()
    desk.note(3)
    local.accept(desk.seal(2, 3))
    acceptance = local.centre.acceptance
    sealed, span = acceptance._read(desk.seal(1, 1))
    stream = acceptance._check_sender(sealed, span, b"")
    acceptance._place(acceptance._open(sealed, span, desk.seal(1, 1)), stream, None)
    assert local.stored(desk) == 1

    local.reopen()
    local.centre.acceptance.place_parked()

    assert local.stored(desk) == 3


def test_parked_bytes_have_a_limit(local: LocalCentre, monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk cannot fill the disk with batches that are too early; it is asked to wait."""
    desk = local.desk()
    desk.note(4)
    second, third, fourth = (desk.seal(seq, seq) for seq in (2, 3, 4))
    room = len(second) + len(third) + len(fourth) // 2
    monkeypatch.setattr("sync.central.acceptance.PARKED_BYTES", room)

    statuses = [local.accept(data).status for data in (second, third, fourth, second)]

    assert statuses == [202, 202, 429, 202]


def test_strangers_and_forgers_are_refused(local: LocalCentre) -> None:
    """An unknown key, another desk's key, another centre's batch and a wrong signature: nothing."""
    desk, other = local.desk(1), local.desk(2)
    desk.note(1)
    stranger = DeviceKeys.generate(desk.random)
    good = desk.seal(1, 1)
    forged = good.replace(envelope.unpack(envelope.Form.BATCH, good).signature, b"\1" * 64)

    answers = [
        local.accept(desk.seal(1, 1, keys=stranger)),
        local.accept(desk.seal(1, 1, keys=other.keys)),
        local.accept(desk.seal(1, 1, epoch=desk.epoch + 1)),
        local.accept(desk.seal(1, 1, server="s-other")),
        local.accept(forged),
    ]

    assert [code(answer) for answer in answers] == [
        "unknown-key",
        "unknown-key",
        "unknown-key",
        "wrong-server",
        "bad-signature",
    ]
    assert [answer.status for answer in answers] == [401, 401, 401, 421, 401]
    assert local.why() == ["wrong-server"]  # our own device signed that one
    assert local.stored(desk) == 0


def test_a_payload_unlike_its_header_is_kept_aside(local: LocalCentre) -> None:
    """Signed, but the chain, the count or the digest is another: 422, the bytes in quarantine."""
    desk = local.desk()
    desk.note(3)
    good = desk.seal(1, 3)
    payload = envelope.unpack(envelope.Form.BATCH, good).payload
    wrong: list[dict[str, Any]] = [
        {"head": "11" * 32},
        {"to": 4},
        {"to": 2},
        {"zsha": "22" * 32},
        {"prev": "33" * 32},
    ]

    answers = [local.accept(sealed_header(desk, good, payload, **one)) for one in wrong]

    assert [answer.status for answer in answers] == [422] * 5
    assert {code(answer) for answer in answers} == {"bad-chain"}
    assert local.why() == ["bad-chain"] * 5
    assert local.stored(desk) == 0


def test_a_payload_sealed_to_somebody_else_is_kept_aside(local: LocalCentre) -> None:
    """What the centre cannot open is a bad format with a good signature: kept for a human."""
    desk = local.desk()
    desk.note(1)

    answer = local.accept(desk.seal(1, 1, recipients=[desk.keys.recipient]))

    assert (answer.status, code(answer)) == (400, "bad-format")
    assert local.why() == ["bad-format"]


def test_an_unknown_dictionary_is_named(local: LocalCentre) -> None:
    """A batch sealed with a dictionary the centre lacks is asked for anew, with those it has."""
    desk = local.desk()
    desk.note(2)

    answer = local.accept(desk.seal(1, 2, dictionary=batch.Dictionary(b"unknown" * 40)))

    assert answer.status == 415
    assert json.loads(answer.body)["known"] == sorted(local.centre.dictionaries)


def test_a_bomb_is_refused_before_it_unfolds(local: LocalCentre) -> None:
    """A payload of a few kilobytes that unpacks to gigabytes is too large, quickly."""
    desk = local.desk()
    desk.note(1)
    good = desk.seal(1, 1)
    packer = zstandard.ZstdCompressor(level=3).compressobj()  # says no size in its frame
    pack = b"".join(packer.compress(b"\n" * (1 << 20)) for _ in range(64)) + packer.flush()
    assert len(pack) < 64_000
    payload = encrypt(pack, list(desk.ticket.age_recipients))
    bomb = sealed_header(
        desk,
        good,
        payload,
        zsha=sha256(pack).hexdigest(),
        plen=len(payload),
        psha=sha256(payload).hexdigest(),
    )

    answer = local.accept(bomb)

    assert answer.status in {413, 422}
    assert local.stored(desk) == 0


def test_too_many_entries_are_too_large(local: LocalCentre) -> None:
    """2 001 entries in a batch are asked for in smaller ones."""
    desk = local.desk()
    one = desk.entry("access", {})
    desk.journal = [one] * 2001

    answer = local.accept(desk.seal(1, 2001))

    assert answer.status == 413
    assert json.loads(answer.body)["max_entries"] == 2000


def test_every_byte_of_the_header_counts(local: LocalCentre) -> None:
    """A batch with any byte of magic, length, header or signature changed has no effect."""
    desk = local.desk()
    desk.note(2)
    good = desk.seal(1, 2)
    end = len(good) - len(envelope.unpack(envelope.Form.BATCH, good).payload)
    for place in range(end):
        damaged = bytearray(good)
        damaged[place] ^= 1 << (place % 8)
        answer = local.accept(bytes(damaged))
        assert answer.status in {400, 401, 421}, place
    assert local.stored(desk) == 0
    assert local.why() == []
    assert local.accept(good).status == 201


@given(st.binary(max_size=200))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_garbage_is_a_bad_format(local: LocalCentre, data: bytes) -> None:
    """Bytes that are no batch are refused, with or without a batch's magic."""
    assert local.accept(data).status == 400
    assert local.accept(b"MFCB" + data).status == 400


def test_a_revoked_desk_may_still_deposit(local: LocalCentre) -> None:
    """After revocation a batch is refused 403 and kept, once, however often it comes."""
    desk = local.desk()
    desk.note(2)
    assert local.accept(desk.seal(1, 1)).status == 201
    assert local.centre.store.desks.revoke(desk.desk, local.clock.now()) == 1
    data = desk.seal(2, 2)

    answers = [local.accept(data), local.accept(data)]

    assert [(answer.status, code(answer)) for answer in answers] == [(403, "revoked")] * 2
    assert local.why() == ["revoked"]
    (row,) = local.centre.store.streams.quarantined()
    assert local.centre.store.streams.quarantined_bytes(row.number) == data
    assert local.stored(desk) == 1


def test_a_new_epoch_closes_the_old_one(local: LocalCentre) -> None:
    """Once a desk is enrolled anew, its old stream takes nothing more; the bytes are kept."""
    old = local.desk(7)
    old.note(2)
    assert local.accept(old.seal(1, 1)).status == 201
    new = local.desk(7, seed=2)
    assert new.epoch > old.epoch

    answer = local.accept(old.seal(2, 2))

    assert (answer.status, code(answer)) == (410, "epoch-closed")
    assert local.why() == ["epoch-closed"]
    new.note(1)
    assert local.accept(new.seal(1, 1)).status == 201


def test_streams_do_not_mix(local: LocalCentre) -> None:
    """Two desks' batches in turns end in two streams, each whole."""
    desks = [local.desk(1), local.desk(2), local.desk(3)]
    for _ in range(3):
        for desk in desks:
            desk.note(2)
            size = len(desk.journal)
            assert local.accept(desk.seal(size - 1, size)).status == 201
    for desk in desks:
        assert local.kept(desk) == desk.journal
    assert local.faults() == ()
