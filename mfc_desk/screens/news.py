"""What the threads behind the screens report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from mfc_desk.exchange.desk_exchange import ExchangeResult
    from mfc_desk.papers.paper_job import PaperJob
    from sync.session import Progress


@dataclass
class ExchangeStepped(Message):
    """The exchange has come this far."""

    progress: Progress


@dataclass
class ExchangeFinished(Message):
    """One exchange is over; `error` when it could not even begin."""

    result: ExchangeResult | None
    error: Exception | None = None
    asked: bool = False
    """Whether a person asked for it, and waits for an answer."""


@dataclass
class PapersPrinted(Message):
    """Printings whose state changed."""

    jobs: tuple[PaperJob, ...]
    error: Exception | None = None


@dataclass
class ThemeChosen(Message):
    """The look is another one now: light or dark."""

    theme: str


News = ExchangeStepped | ExchangeFinished | PapersPrinted | ThemeChosen
