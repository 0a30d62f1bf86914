"""The hash chain of a journal (sync.md, 3): what a position in it is."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

LEAF = b"\x00"
NODE = b"\x01"
FIRST = b"mfcb1\x00"
HASH_BYTES = 32
_LEAF, _NODE = sha256(LEAF), sha256(NODE)
"""Begun once and copied: OpenSSL looks the algorithm up anew for every hash that is begun."""


def leaf(entry: bytes) -> bytes:
    """SHA-256 of an entry's bytes, domain-separated from nodes; 32 bytes."""
    return sha256(LEAF + entry).digest()


def next_head(head: bytes, leaf: bytes) -> bytes:
    """The head after one more leaf; 32 bytes."""
    return sha256(NODE + head + leaf).digest()


def heads(head: bytes, entries: Iterable[bytes]) -> list[bytes]:
    """The head after each entry, beginning after `head`; 32 bytes each."""
    found = []
    new_leaf, new_node = _LEAF.copy, _NODE.copy
    for entry in entries:  # a batch has thousands: no call of ours for each of them
        leaf, node = new_leaf(), new_node()
        leaf.update(entry)
        node.update(head + leaf.digest())
        head = node.digest()
        found.append(head)
    return found


def first_head(server_id: str, desk_no: int, epoch: int, device_public: bytes) -> bytes:
    """The head of an empty journal: binds it to centre, desk, epoch and device key."""
    server = server_id.encode()
    place = len(server).to_bytes(2, "big") + server + desk_no.to_bytes(4, "big")
    return sha256(FIRST + place + epoch.to_bytes(8, "big") + device_public).digest()
