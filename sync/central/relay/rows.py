"""Rows of a relay: sealed batches, questions desks signed, sealed scans, how much is held."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_AFTER = re.compile(r"[?&]after=([0-9]{1,18})(?:&|$)", re.ASCII)


@dataclass(frozen=True)
class Caller:
    """A desk by its own word: its signing key, and the stream it writes."""

    key: str
    public: bytes
    desk: int
    epoch: int


@dataclass(frozen=True)
class Held:
    """A sealed batch in custody; `problem` is what the centre refused it with."""

    number: int
    caller: Caller
    first: int
    last: int
    head: bytes
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Asked:
    """A request a desk signed, to be made in its name: «enrol», «stream», «feed»."""

    caller: Caller
    act: str
    target: str
    signature: str
    body: bytes | None
    status: int | None = None
    answer: bytes | None = field(default=None, repr=False)

    @property
    def after(self) -> str | None:
        """The event after which a page is asked for, in decimal digits; None where none is."""
        found = _AFTER.search(self.target)
        return found[1] if found else None


@dataclass(frozen=True)
class Scan:
    """A sealed scan: its PATCH as the desk signed it, and the centre's word once it is there."""

    desk: int
    sha256: str
    key: str
    size: int
    signature: str
    whole: bool = False
    receipt: str | None = None
    status: int | None = None


@dataclass(frozen=True)
class Custody:
    """How much a relay holds: of batches and scans, and since when the oldest lies here."""

    batches: int
    batch_bytes: int
    refused: int
    scans: int
    scan_bytes: int
    oldest: str | None
