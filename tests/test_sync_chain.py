"""The chain binds every entry and the identity of the journal."""

from __future__ import annotations

from hashlib import sha256
from itertools import combinations

from sync import chain


def test_the_chain_is_the_documented_hashes() -> None:
    """Leaf, node and first head are the SHA-256 of sync.md, 3."""
    assert chain.leaf(b"e") == sha256(b"\x00e").digest()
    assert chain.next_head(b"h" * 32, b"l" * 32) == sha256(b"\x01" + b"h" * 32 + b"l" * 32).digest()
    assert chain.first_head("s", 1, 2, b"k" * 32) == (
        sha256(b"mfcb1\0" + b"\0\1s" + b"\0\0\0\1" + b"\0" * 7 + b"\2" + b"k" * 32).digest()
    )


def test_another_identity_is_another_chain() -> None:
    """Centre, desk, epoch and key each change the first head, also when their digits run on."""
    firsts = [
        chain.first_head(server, desk, epoch, key)
        for server, desk, epoch, key in (
            ("s", 1, 2, b"k" * 32),
            ("s1", 1, 2, b"k" * 32),
            ("s", 12, 2, b"k" * 32),
            ("s", 1, 22, b"k" * 32),
            ("s", 1, 2, b"K" * 32),
        )
    ]

    assert all(one != other for one, other in combinations(firsts, 2))
