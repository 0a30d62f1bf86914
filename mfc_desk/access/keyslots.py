"""The key slots file: the database key wrapped once for each operator and once for recovery.

Logins stand in it in clear (a slot must be found before anything can be opened), names do not.
Format: JSON, `sha256` over everything else tells damage from a wrong password.
"""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mfc_desk.errors import KeySlotsDamaged
from sync.ids import Random

FORMAT = "mfc-desk keys 1"
KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 12
_SEALED_BYTES = KEY_BYTES + 16
_MAX_MEMORY_KIB = 1024 * 1024
_MAX_PASSES = 32
_MAX_LANES = 16


@dataclass(frozen=True)
class Cost:
    """What one guess of a password costs: Argon2id memory in KiB, passes and lanes."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 1

    @property
    def bearable(self) -> bool:
        """Whether this computer would come to an end with it: a damaged file asks for terabytes."""
        return (
            8 * self.lanes <= self.memory_kib <= _MAX_MEMORY_KIB
            and 1 <= self.passes <= _MAX_PASSES
            and 1 <= self.lanes <= _MAX_LANES
        )


@dataclass(frozen=True)
class Slot:
    """The database key as one operator's password opens it (AES-256-GCM, login authenticated)."""

    login: str
    cost: Cost
    salt: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


@dataclass(frozen=True)
class KeySlots:
    """All slots; `recovery` is an age file to `recovery_recipient`, or empty when there is none."""

    slots: tuple[Slot, ...]
    recovery_recipient: str
    recovery: bytes = field(repr=False)

    def slot(self, login: str) -> Slot | None:
        """The slot of `login`, or None."""
        return next((slot for slot in self.slots if slot.login == login), None)

    def with_slot(self, slot: Slot) -> KeySlots:
        """The same with `slot` in the place of its login."""
        others = tuple(other for other in self.slots if other.login != slot.login)
        return KeySlots((*others, slot), self.recovery_recipient, self.recovery)

    def without(self, login: str) -> KeySlots:
        """The same without the slot of `login`."""
        kept = tuple(slot for slot in self.slots if slot.login != login)
        return KeySlots(kept, self.recovery_recipient, self.recovery)


def wrap(key: bytes, login: str, password: str, cost: Cost, random: Random) -> Slot:
    """A slot that opens `key` with `password`."""
    salt, nonce = random.bytes(_SALT_BYTES), random.bytes(_NONCE_BYTES)
    sealed = AESGCM(_stretch(password, salt, cost)).encrypt(nonce, key, _context(login))
    return Slot(login, cost, salt, nonce, sealed)


def unwrap(slot: Slot, password: str) -> bytes | None:
    """The database key, or None when the password is not the one."""
    try:
        return AESGCM(_stretch(password, slot.salt, slot.cost)).decrypt(
            slot.nonce, slot.sealed, _context(slot.login)
        )
    except InvalidTag:
        return None


def to_bytes(slots: KeySlots) -> bytes:
    """The file as it is written."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "slots": [
            {
                "login": slot.login,
                "argon2id": {
                    "memory_kib": slot.cost.memory_kib,
                    "passes": slot.cost.passes,
                    "lanes": slot.cost.lanes,
                    "salt": _text(slot.salt),
                },
                "nonce": _text(slot.nonce),
                "sealed": _text(slot.sealed),
            }
            for slot in slots.slots
        ],
        "recovery": {"recipient": slots.recovery_recipient, "sealed": _text(slots.recovery)},
    }
    content["sha256"] = _digest(content)
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def from_bytes(data: bytes) -> KeySlots:
    """Read the file; raises KeySlotsDamaged on anything this program would not have written."""
    try:
        content = json.loads(data.decode())
        digest = content.pop("sha256")
        slots = KeySlots(
            tuple(_slot(slot) for slot in content["slots"]),
            str(content["recovery"]["recipient"]),
            _bytes(content["recovery"]["sealed"]),
        )
        logins = {slot.login for slot in slots.slots}
        sound = content["format"] == FORMAT and digest == _digest(content)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise KeySlotsDamaged from error
    if not sound or len(logins) != len(slots.slots):
        raise KeySlotsDamaged
    return slots


def _stretch(password: str, salt: bytes, cost: Cost) -> bytes:
    if not cost.bearable:
        raise KeySlotsDamaged
    secret = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    try:
        return hash_secret_raw(
            secret,
            salt,
            time_cost=cost.passes,
            memory_cost=cost.memory_kib,
            parallelism=cost.lanes,
            hash_len=KEY_BYTES,
            type=Type.ID,
        )
    except HashingError as error:
        raise KeySlotsDamaged(
            "На проверку пароля не хватило памяти. Закройте программы."
        ) from error


def _context(login: str) -> bytes:
    return f"{FORMAT}\0{login}".encode()


def _slot(raw: Mapping[str, Any]) -> Slot:
    stretch = raw["argon2id"]
    cost = Cost(int(stretch["memory_kib"]), int(stretch["passes"]), int(stretch["lanes"]))
    slot = Slot(
        str(raw["login"]),
        cost,
        _bytes(stretch["salt"]),
        _bytes(raw["nonce"]),
        _bytes(raw["sealed"]),
    )
    sizes = (len(slot.salt), len(slot.nonce), len(slot.sealed))
    if sizes != (_SALT_BYTES, _NONCE_BYTES, _SEALED_BYTES) or not cost.bearable:
        raise ValueError("sizes")
    return slot


def _digest(content: Mapping[str, Any]) -> str:
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
