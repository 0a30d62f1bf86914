"""Signed files hold every byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import envelope
from sync.envelope import Form
from sync.errors import BadFormat, BadSignature, Unreadable
from tests.sync_world import CENTRE, DEVICE, PUBLICS

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    form=st.sampled_from(list(Form)),
    members=st.dictionaries(st.from_regex(r"[a-j]{1,3}", fullmatch=True), json_values, max_size=5),
    payload=st.binary(max_size=300),
)
def test_what_is_packed_is_unpacked(form: Form, members: dict[str, object], payload: bytes) -> None:
    """Header members and payload come out as they went in, and the signature holds."""
    opened = envelope.unpack(form, envelope.pack(form, members, payload, CENTRE))

    assert {name: opened.header[name] for name in members} == members
    assert opened.payload == payload
    opened.verify(CENTRE.public)
    opened.verify_any(PUBLICS)


@pytest.mark.parametrize("form", list(Form))
def test_every_flipped_bit_is_refused(form: Form) -> None:
    """No single bit of any byte of the file can be changed unseen."""
    data = envelope.pack(form, {"desk": 317, "to": 5}, b"sealed bytes", CENTRE)

    for place in range(len(data)):
        for bit in (1, 128):
            changed = bytearray(data)
            changed[place] ^= bit
            with pytest.raises(Unreadable):
                envelope.unpack(form, bytes(changed)).verify_any(PUBLICS)


def test_every_cut_is_refused() -> None:
    """A file cut at any byte, or with bytes after its end, is not a file."""
    data = envelope.pack(Form.BATCH, {"desk": 317}, b"sealed bytes", CENTRE)

    for length in range(len(data)):
        with pytest.raises(BadFormat):
            envelope.unpack(Form.BATCH, data[:length])
    with pytest.raises(BadFormat):
        envelope.unpack(Form.BATCH, data + b"x")


def test_a_signature_of_one_form_does_not_serve_another() -> None:
    """A receipt turned into a batch by its magic does not verify."""
    data = envelope.pack(Form.RECEIPT, {"desk": 317}, b"", CENTRE)

    turned = envelope.unpack(Form.BATCH, Form.BATCH.magic + data[4:])

    with pytest.raises(BadSignature):
        turned.verify(CENTRE.public)


def test_an_unknown_signer_is_refused() -> None:
    """Only keys that are trusted verify, whatever the file says of itself."""
    opened = envelope.unpack(Form.RECEIPT, envelope.pack(Form.RECEIPT, {}, b"", DEVICE))

    with pytest.raises(BadSignature):
        opened.verify_any(PUBLICS)


@given(st.binary(max_size=200))
def test_garbage_is_bad_format(data: bytes) -> None:
    """Whatever bytes come, the answer is a typed refusal."""
    for form in Form:
        with pytest.raises(BadFormat):
            envelope.unpack(form, data)
        with pytest.raises(BadFormat):
            envelope.unpack(form, form.magic + data)


@pytest.mark.parametrize("value", [True, -1, 1 << 63, "1", None, 1.0])
def test_a_whole_number_is_a_whole_number(value: object) -> None:
    """A header's number is a non-negative integer below 2**63 and nothing else."""
    with pytest.raises(BadFormat):
        envelope.whole_of({"n": value}, "n")


@pytest.mark.parametrize("value", ["", "ab", "A" * 64, "g" * 64, " " + "a" * 63, 5])
def test_a_hash_is_64_lower_case_digits(value: object) -> None:
    """One hash has one spelling."""
    with pytest.raises(BadFormat):
        envelope.hash_of({"h": value}, "h")
