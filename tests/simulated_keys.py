"""Keys of the simulator: made once a process, the same for all histories."""

from __future__ import annotations

from functools import cache

from sync.ids import SeededRandom
from sync.keys import CentreKeys, DeviceKeys
from sync.receipt import Receipt, read_verified


@cache
def device_keys(nth: int) -> DeviceKeys:
    """Keys of the n-th device that is enrolled in a history."""
    return DeviceKeys.generate(SeededRandom(nth))


@cache
def centre_keys() -> CentreKeys:
    """Keys of the centre."""
    return CentreKeys.generate(SeededRandom(999))


@cache
def verified(data: bytes) -> Receipt:
    """A receipt the centre signed; the same bytes are checked once."""
    return read_verified(data, {centre_keys().key_id: centre_keys().public})
