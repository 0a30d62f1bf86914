"""What stands in for the two ciphers in the simulator: cheap, and the same bytes for a seed.

A signature is a hash of the key and what it signs, a sealed file is its plain text with its hash
and whom it is for: a changed bit, another key, another recipient are refused as by the real ones,
which the process tests run.  age takes the system's randomness, so that with it the length of a
batch, and what came of a limit, was another one each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256, sha512

import pyrage
import pytest
from cryptography.exceptions import InvalidSignature
from pyrage import x25519 as real

from sync.keys import AGE, Keys

STANZA = 98
"""Bytes one recipient takes in an age file, about."""
HASH_BYTES = 32


def signed(keys: Keys, message: bytes) -> bytes:
    """What stands for an Ed25519 signature, 64 bytes."""
    return sha512(keys.public + message).digest()


class PublicKey:
    """What stands for an Ed25519 public key: `sync.keys.verify` asks it."""

    def __init__(self, public: bytes) -> None:
        self._public = public

    @classmethod
    def from_public_bytes(cls, public: bytes) -> PublicKey:
        return cls(public)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raise InvalidSignature unless this key's holder made it."""
        if sha512(self._public + message).digest() != signature:
            raise InvalidSignature


class _Name:
    """A recipient or an identity by its text."""

    def __init__(self, text: str) -> None:
        self.text = text

    @classmethod
    def from_str(cls, text: str) -> _Name:
        return cls(text)


class _Identity(_Name):
    """A real one: made once a device, and it costs its making alone."""

    @staticmethod
    def generate() -> real.Identity:
        return real.Identity.generate()

    def to_public(self) -> str:
        return _recipient(self.text)


class _X25519:
    Recipient = _Name
    Identity = _Identity


class Age:
    """What stands for pyrage."""

    x25519 = _X25519
    DecryptError = pyrage.DecryptError
    IdentityError = pyrage.IdentityError
    RecipientError = pyrage.RecipientError

    @staticmethod
    def encrypt(plain: bytes, recipients: Sequence[_Name]) -> bytes:
        """Name whom it is for, and put the hash of the rest before it."""
        stanzas = b"".join(_stanza(one.text) for one in recipients)
        rest = bytes([len(recipients)]) + stanzas + plain
        return AGE + sha256(rest).digest() + rest

    @staticmethod
    def decrypt(sealed: bytes, identities: Sequence[_Name]) -> bytes:
        """Raise DecryptError for changed bytes, and where none of the identities was meant."""
        start = len(AGE) + HASH_BYTES
        digest, rest = sealed[len(AGE) : start], sealed[start:]
        if not sealed.startswith(AGE) or sha256(rest).digest() != digest:
            raise pyrage.DecryptError("changed")
        end = 1 + rest[0] * STANZA
        mine = {_stanza(_recipient(one.text)) for one in identities}
        if not mine & {rest[at : at + STANZA] for at in range(1, end, STANZA)}:
            raise pyrage.DecryptError("for others")
        return rest[end:]


@lru_cache(4096)
def _stanza(recipient: str) -> bytes:
    return sha256(recipient.encode()).hexdigest().encode().ljust(STANZA, b"-")


@lru_cache(4096)
def _recipient(identity: str) -> str:
    return str(real.Identity.from_str(identity).to_public())


def stand_in(patch: pytest.MonkeyPatch) -> None:
    """Let `sync.keys` sign and seal so."""
    patch.setattr(Keys, "sign", signed)
    patch.setattr("sync.keys.Ed25519PublicKey", PublicKey)
    patch.setattr("sync.keys.pyrage", Age)
