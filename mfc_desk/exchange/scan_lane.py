"""The lane of scans: after the data, in slices, giving way to new entries between them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mfc_desk.store import attachments
from mfc_desk.store.attachments import Waiting
from sync.blobs import Sender, Sent, Way
from sync.errors import Refused, Unreachable
from sync.session import Outcome, Progress

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

LANE = "scans"
_BITS = 1000 // 8
_REFUSED = "unexpected"


@dataclass(frozen=True)
class Scans:
    """What a run of the lane came to: scans that are whole at the centre now, and why it ended.

    `data` is the exchange of entries that was begun in between, when there was one.
    """

    whole: int = 0
    kind: str | None = None
    data: tuple[Outcome, ...] = ()


def send_scans(
    desk: Desk,
    way: Way,
    incarnation: str,
    *,
    unsent: Callable[[], int],
    send_data: Callable[[], Outcome],
    tell: Callable[[Progress], None],
    stop: Callable[[], bool],
) -> Scans:
    """Send what the centre lacks, smallest first; entries made meanwhile go before the next slice.

    A scan this disk does not give back whole is noted as damaged, and the next one goes.
    Raises the errors of sync.database; a link that breaks is the end of the run, not an error.
    """
    lane = desk.attachments.unsent(incarnation)
    if not lane:
        return Scans()
    whole = 0
    data: list[Outcome] = []
    progress = _Told(len(lane), sum(blob.size for blob in lane), tell)
    limit = desk.settings.load().scan_kbit_s * _BITS
    sender = Sender(
        way,
        desk.clock,
        sleep=time.sleep,
        limit=limit,
        progress=progress.within,
        damaged=lambda blob: desk.attachments.found_damaged([blob.sha256]),
    )
    try:
        for sent in sender.run(lane):
            at_centre = sent.whole and way.confirmed(sent.blob)
            _note(desk, sent, incarnation if at_centre else None)
            progress.step(sent)
            whole += at_centre
            if stop():
                return Scans(whole, None, tuple(data))
            if unsent():
                data.append(send_data())
                if data[-1].kind is not None:
                    return Scans(whole, data[-1].kind, tuple(data))
    except Unreachable as error:
        return Scans(whole, error.kind, tuple(data))
    except Refused as error:
        return Scans(whole, _kind(error), tuple(data))
    return Scans(whole, None, tuple(data))


def _kind(error: Refused) -> str:
    """A centre that is busy or full says when; anything else is for a person."""
    if error.status == 507:  # noqa: PLR2004 - HTTP: insufficient storage
        return "server-full"
    return "server-error" if error.status in {408, 423, 429, 500, 502, 503, 504} else _REFUSED


def _note(desk: Desk, sent: Sent, whole_in: str | None) -> None:
    with desk.db.atomic():
        attachments.mark_sent(desk.db, sent.blob.sha256, sent.offset, whole_in)


class _Told:
    """Progress of the lane in scans and bytes."""

    def __init__(self, total: int, size: int, tell: Callable[[Progress], None]) -> None:
        self._total, self._size, self._tell = total, size, tell
        self._done = self._before = 0

    def step(self, sent: Sent) -> None:
        """A slice is at the centre."""
        if sent.whole:
            self._done += 1
            self._before += sent.blob.size
            self.within(0)
        else:
            self.within(sent.offset)

    def within(self, here: int) -> None:
        """So many bytes of the scan on its way have gone out."""
        self._tell(Progress(self._done, self._total, self._before + here, self._size, LANE))


def waiting_scans(desk: Desk, incarnation: str) -> Waiting:
    """Return how much of the scans is still to be sent."""
    return attachments.waiting(desk.db, incarnation)
