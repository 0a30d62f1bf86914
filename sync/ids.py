"""Randomness a program is given, and ids minted on the desk (UUIDv7, RFC 9562)."""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Callable
from typing import Protocol

MS_LIMIT = (1 << 48) - 1


class Random(Protocol):
    """Where chance comes from."""

    def bytes(self, n: int) -> bytes:
        """`n` random bytes."""
        ...

    def below(self, n: int) -> int:
        """A random whole number, 0 <= it < n."""
        ...


class SystemRandom:
    """The operating system's randomness."""

    def bytes(self, n: int) -> bytes:
        """`n` random bytes."""
        return os.urandom(n)

    def below(self, n: int) -> int:
        """0 <= it < n."""
        return random.SystemRandom().randrange(n)


class SeededRandom:
    """The same chance every time, for tests and simulation."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def bytes(self, n: int) -> bytes:
        """`n` bytes that follow from the seed."""
        return self._random.randbytes(n)

    def below(self, n: int) -> int:
        """0 <= it < n."""
        return self._random.randrange(n)


class UuidV7:
    """Ids that grow, whatever the clock does.

    The time field is max(now, last one + 1 ms), so the order of ids is the order of minting even
    over a restart with a clock set back, given that `max_ms` is kept. 74 bits are random: they
    also blind the hash of an entry.
    """

    def __init__(self, now_ms: Callable[[], int], random: Random, max_ms: int = 0) -> None:
        self._now_ms = now_ms
        self._random = random
        self.max_ms = max_ms

    def next(self) -> str:
        """A new id in the usual 8-4-4-4-12 form."""
        self.max_ms = min(max(self._now_ms(), self.max_ms + 1), MS_LIMIT)
        chance = int.from_bytes(self._random.bytes(10), "big")
        low = chance & ((1 << 62) - 1)
        high = (chance >> 62) & 0xFFF
        return str(uuid.UUID(int=self.max_ms << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low))

    def go_above(self, last: str | None) -> None:
        """Mint above this id from now on: entries come back that another minted meanwhile."""
        if last:
            self.max_ms = max(self.max_ms, uuid_ms(last))


def uuid_ms(text: str) -> int:
    """The time field of a UUIDv7, milliseconds since 1970."""
    return uuid.UUID(text).int >> 80
