"""A sealed batch gives back exactly what was sealed, or a typed refusal."""

from __future__ import annotations

from dataclasses import replace

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.wire import register_entries
from sync import batch, chain, envelope
from sync.errors import BadChain, BadFormat, BadSignature, TooLarge, UnknownDictionary, Unreadable
from tests.sync_world import CENTRE, DESK, DEVICE, EPOCH, NOON, SERVER, entry

PREV = chain.first_head(SERVER, DESK, EPOCH, DEVICE.public)
lines = st.lists(
    st.binary(max_size=60).map(lambda b: b.replace(b"\n", b" ")), min_size=1, max_size=9
)


def seal(found: list[bytes], dictionary: batch.Dictionary | None = None, start: int = 1) -> bytes:
    return batch.seal(
        found,
        server=SERVER,
        desk=DESK,
        epoch=EPOCH,
        from_seq=start,
        prev=PREV,
        keys=DEVICE,
        recipients=[CENTRE.recipient],
        sealed=NOON,
        dictionary=dictionary,
    )


@settings(deadline=None)
@given(lines, st.integers(1, 10**9))
def test_what_is_sealed_is_opened(found: list[bytes], start: int) -> None:
    """Entries come out verbatim and in order, the header says where they stand."""
    data = seal(found, start=start)
    sealed = batch.read_header(data)

    assert batch.open_batch(data, [CENTRE.identity], {}) == tuple(found)
    assert (sealed.header.from_seq, sealed.header.to_seq) == (start, start + len(found) - 1)
    assert sealed.header.head == batch.heads(PREV, found)[-1]
    assert sealed.header.sealed == NOON
    sealed.envelope.verify(DEVICE.public)


def test_every_flipped_header_byte_is_refused() -> None:
    """Whichever byte of the file is changed, nothing opens as signed by the desk."""
    data = seal([entry("a"), entry("b")])

    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(Unreadable):
            batch.read_header(bytes(changed)).envelope.verify(DEVICE.public)


def test_the_centre_alone_opens_it() -> None:
    """Another identity, the desk's own too, gets nothing."""
    with pytest.raises(BadFormat):
        batch.open_batch(seal([entry("a")]), [DEVICE.identity], {})


def test_nothing_personal_is_in_clear() -> None:
    """The file found on a stick shows counts and hashes only."""
    data = seal([entry("Образцова Мария +7 900 000-00-00")])

    for text in ("Образцова", "900 000"):
        assert text.encode() not in data
        assert text.encode("cp1251") not in data


def test_a_dictionary_makes_a_small_batch_smaller_and_is_named() -> None:
    """With a dictionary of like entries one entry shrinks; without it at hand it is refused."""
    like: list[bytes | bytearray | memoryview] = [
        entry(f"Оформление и выдача социальной карты {n}") for n in range(400)
    ]
    trained = zstandard.train_dictionary(4096, like)
    dictionary = batch.Dictionary(trained.as_bytes())
    one = [entry("Оформление и выдача социальной карты")]

    with_dictionary = seal(one, dictionary)

    assert len(with_dictionary) < len(seal(one))
    assert batch.open_batch(with_dictionary, [CENTRE.identity], {dictionary.name: dictionary}) == (
        one[0],
    )
    with pytest.raises(UnknownDictionary):
        batch.open_batch(with_dictionary, [CENTRE.identity], {})


def test_limits_hold_before_anything_is_unpacked() -> None:
    """A bomb, too many entries, a giant entry, a giant file: refused as too large."""
    identities = [CENTRE.identity]
    bomb = seal([b"a" * 60_000] * 20)
    limits = batch.Limits()

    for tight in (
        replace(limits, plain=1_000_000),
        replace(limits, entries=19),
        replace(limits, entry=59_999),
        replace(limits, sealed=100),
    ):
        with pytest.raises(TooLarge):
            batch.open_batch(bomb, identities, {}, tight)
    assert len(batch.open_batch(bomb, identities, {}, limits)) == 20


def test_a_payload_that_is_not_the_headers_is_bad_chain() -> None:
    """Entries that do not lead from prev to head are refused though the desk signed them."""
    header = batch.read_header(seal([b"a", b"b"])).header
    pack = batch.open_pack(batch.read_header(seal([b"a", b"c"])), [CENTRE.identity])

    with pytest.raises(BadChain):
        batch.read_pack(pack, header, {})
    with pytest.raises(BadChain):
        batch.read_pack(b"not zstd", header, {})
    with pytest.raises(BadChain):
        batch.read_pack(pack, replace(header, to_seq=3), {})


def test_a_header_out_of_order_is_refused() -> None:
    """A batch from after to before is not a batch, whoever signed it."""
    sealed = batch.read_header(seal([b"a"]))
    members = {**sealed.envelope.header, "from": 2, "to": 1}

    with pytest.raises(BadFormat):
        batch.read_header(
            envelope.pack(envelope.Form.BATCH, members, sealed.envelope.payload, DEVICE)
        )


def test_another_signer_is_seen() -> None:
    """The signature is the device's and nobody else's."""
    with pytest.raises(BadSignature):
        batch.read_header(seal([b"a"])).envelope.verify(CENTRE.public)


RELEASED = {
    "zdict-1": "ef14423eb58fd084",
    "zdict-2": "4a81f2e9c9748250",
    "zdict-3": "d85309e7f0c99167",
}


def test_released_dictionaries_stay_for_ever() -> None:
    """A dictionary that was ever released is there, unchanged: old sticks must open."""
    packaged = batch.packaged_dictionaries()

    assert set(RELEASED.values()) <= set(packaged)
    assert all(dictionary.name == name for name, dictionary in packaged.items())
    current = batch.current_dictionary()
    assert current is not None
    assert current.name == list(RELEASED.values())[-1]


def test_the_packaged_dictionary_makes_small_batches_small() -> None:
    """A batch of one synthetic request takes little more than half of what it would without."""
    lines = list(register_entries(1, first_seed=99))[:2]

    # age adds a random stanza («grease») to each file: of several the smallest has next to none.
    with_it = min((seal(lines, batch.current_dictionary()) for _ in range(8)), key=len)
    without = min((seal(lines) for _ in range(8)), key=len)

    assert len(with_it) < 0.7 * len(without)
    assert len(with_it) < 2400
    opened = batch.open_batch(with_it, [CENTRE.identity], batch.packaged_dictionaries())
    assert list(opened) == lines
