"""The hash chain of a journal (sync.md, 3): what a position in it is."""

from __future__ import annotations

from hashlib import sha256

LEAF = b"\x00"
NODE = b"\x01"
FIRST = b"mfcb1\x00"
HASH_BYTES = 32


def leaf(entry: bytes) -> bytes:
    """SHA-256 of an entry's bytes, domain-separated from nodes; 32 bytes."""
    return sha256(LEAF + entry).digest()


def next_head(head: bytes, leaf: bytes) -> bytes:
    """The head after one more leaf; 32 bytes."""
    return sha256(NODE + head + leaf).digest()


def first_head(server_id: str, desk_no: int, epoch: int, device_public: bytes) -> bytes:
    """The head of an empty journal: binds it to centre, desk, epoch and device key."""
    server = server_id.encode()
    place = len(server).to_bytes(2, "big") + server + desk_no.to_bytes(4, "big")
    return sha256(FIRST + place + epoch.to_bytes(8, "big") + device_public).digest()
