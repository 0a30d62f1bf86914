"""One printing as the screens and the commands show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PaperJob:
    """A printing: waiting | held | printing | printed | failed | unknown | cancelled.

    `request_number` is the number on the paper, `copy` 1 the first that came out; `at` is when the
    state was reached, in the office's zone; `error` says why it waits or failed; `large` is the
    variant of 16 pt; `chosen` is the printer a person named for this one.
    """

    id: int
    request_number: str
    paper: str
    title: str
    copies: int
    copy: int
    printer: str | None
    state: str
    error: str | None
    at: datetime
    large: bool = False
    chosen: str | None = None
