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


def test_heads_are_the_chain_step_by_step() -> None:
    """Many at once give what leaf and node give one by one, also for entries of any length."""
    entries = [b"e" * size for size in (0, 1, 64, 2046, 2047, 2048, 70_000, 1)]
    head, steps = b"h" * 32, []
    for entry in entries:
        head = chain.next_head(head, chain.leaf(entry))
        steps.append(head)

    assert chain.heads(b"h" * 32, entries) == steps
    assert chain.heads(b"h" * 32, []) == []
