"""Keys of a desk and of the centre: Ed25519 to sign, age X25519 to be sealed to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import BinaryIO, Self

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sync.errors import BadFormat, BadSignature
from sync.ids import Random

SIGNATURE_BYTES = 64
PUBLIC_BYTES = 32
SMALL_BYTES = 4096
TRIES = 8


def key_id(public: bytes) -> str:
    """Names a public signing key: the first 16 hex digits of its SHA-256."""
    return sha256(public).hexdigest()[:16]


def verify(public: bytes, signature: bytes, message: bytes) -> None:
    """Check an Ed25519 signature; raises BadSignature."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise BadSignature from error


AGE = b"age-encryption.org/"
"""How an age file begins."""


def encrypt(plain: bytes, recipients: list[str]) -> bytes:
    """Seal to age recipients (`age1…`).

    age adds a stanza of random length («grease», up to 170 bytes): of a few small files the
    shortest is taken, which spares a bad link 50 bytes a file.
    """
    try:
        keys = [pyrage.x25519.Recipient.from_str(text) for text in recipients]
    except pyrage.RecipientError as error:
        raise BadFormat("Ключ получателя не читается.") from error
    tries = TRIES if len(plain) <= SMALL_BYTES else 1
    return min((bytes(pyrage.encrypt(plain, keys)) for _ in range(tries)), key=len)


def check_recipient(text: str) -> None:
    """See that a text names an age recipient (`age1…`); raises BadFormat."""
    _recipient(text)


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise BadFormat("Ключ получателя не читается: нужна строка age1….") from error


def encrypt_stream(plain: BinaryIO, sealed: BinaryIO, recipient: str) -> None:
    """Seal a file of any size to an age recipient; raises BadFormat, OSError of either file."""
    try:
        pyrage.encrypt_io(plain, sealed, [_recipient(recipient)])
    except pyrage.EncryptError as error:  # what the disk said is in its words alone
        raise OSError("sealing a file") from error


def decrypt_stream(sealed: BinaryIO, plain: BinaryIO, identity: str) -> None:
    """Open an age file of any size; what was written counts only at the end.

    Raises BadFormat for another key and for damage, OSError of either file.
    """
    try:
        pyrage.decrypt_io(sealed, plain, [pyrage.x25519.Identity.from_str(identity)])
    except (pyrage.DecryptError, pyrage.IdentityError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise BadFormat("Файл не открыть: ключ не тот или файл повреждён.") from error


def decrypt(sealed: bytes, identities: list[str]) -> bytes:
    """Open an age file with any of the identities (`AGE-SECRET-KEY-1…`); raises BadFormat."""
    try:
        keys = [pyrage.x25519.Identity.from_str(text) for text in identities]
        return bytes(pyrage.decrypt(sealed, keys))
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise BadFormat("Содержимое не расшифровать этим ключом.") from error


@dataclass(frozen=True)
class Keys:
    """A signing key (32 bytes) and an age identity; never shown by repr."""

    seed: bytes = field(repr=False)
    identity: str = field(repr=False)

    @classmethod
    def generate(cls, random: Random) -> Self:
        """New keys; the age identity takes the system's randomness (pyrage offers no other)."""
        return cls(random.bytes(32), str(pyrage.x25519.Identity.generate()))

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Read what `dump` gave; raises BadFormat."""
        try:
            kept = json.loads(data)
            keys = cls(bytes.fromhex(kept["sign"]), kept["age"])
            Ed25519PrivateKey.from_private_bytes(keys.seed)
            pyrage.x25519.Identity.from_str(keys.identity)
        except (ValueError, KeyError, TypeError, pyrage.IdentityError) as error:
            raise BadFormat("Ключи не читаются.") from error
        return keys

    def dump(self) -> bytes:
        """Private keys as JSON; keep them only inside an encrypted store."""
        return json.dumps({"sign": self.seed.hex(), "age": self.identity}).encode()

    @cached_property
    def _signing(self) -> Ed25519PrivateKey:
        """Expanded once: that costs as much as a signature."""
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def public(self) -> bytes:
        """The public signing key, 32 bytes."""
        return self._signing.public_key().public_bytes_raw()

    @property
    def key_id(self) -> str:
        """See `key_id`."""
        return key_id(self.public)

    @cached_property
    def recipient(self) -> str:
        """The age recipient of the identity, `age1…`."""
        return str(pyrage.x25519.Identity.from_str(self.identity).to_public())

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature, 64 bytes."""
        return self._signing.sign(message)


class DeviceKeys(Keys):
    """Keys of one desk in one epoch."""


class CentreKeys(Keys):
    """Keys of the centre."""


class RelayKeys(Keys):
    """Keys of an office relay: they sign for custody, nothing is sealed to them."""
