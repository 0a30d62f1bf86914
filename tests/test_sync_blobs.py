"""Scans on their way: one the centre will not have stops no other."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from sync.blobs import Blob, CentreBlobs, Sender
from sync.clock import SystemClock
from sync.errors import Refused
from sync.ids import SeededRandom
from sync.wire import Answer, Progress
from tests.centre_served import served
from tests.centre_world import HandDesk, LocalCentre, local

__all__ = ["local", "served"]


class DamagingLink:
    """A desk's client; what goes out of one blob comes over with its first byte changed."""

    def __init__(self, desk: HandDesk, damaged: str) -> None:
        self._desk = desk
        self._damaged = damaged
        self.tries = 0

    def signed(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        progress: Progress = lambda _sent, _whole: None,
    ) -> Answer:
        """Say it to the centre."""
        data = body or b""
        if method == "PATCH" and target.endswith(self._damaged):
            self.tries += 1
            data = bytes([data[0] ^ 1]) + data[1:]
        answer = self._desk.ask(method, target, data, dict(headers or {}))
        progress(len(data), len(data))
        if not answer.ok:
            raise Refused(answer.status_code, json.loads(answer.content or b"{}"))
        return Answer(answer.status_code, answer.content, answer.headers)


def test_a_scan_refused_twice_stops_no_other(
    local: LocalCentre, served: Callable[[LocalCentre], str], tmp_path: Path
) -> None:
    """Whole on the disk, spoilt on every way: tried once more and left; the rest are sent."""
    desk = local.desk()
    desk.url = served(local)
    blobs = []
    for number in range(4):
        data = SeededRandom(number).bytes(1000 + number)
        file = tmp_path / str(number)
        file.write_bytes(data)
        blobs.append(Blob(sha256(data).hexdigest(), len(data), file))
    link = DamagingLink(desk, blobs[1].sha256)
    sender = Sender(CentreBlobs(link), SystemClock(), sleep=time.sleep)
    whole: list[Blob] = []

    def send() -> None:
        whole.extend(sent.blob for sent in sender.run(blobs) if sent.whole)

    with pytest.raises(Refused) as refused:
        send()

    assert (refused.value.status, refused.value.reason) == (422, "bad-hash")
    assert link.tries == 2
    assert whole == [blobs[0], *blobs[2:]]
    assert [local.centre.blobs.size(one.sha256) for one in blobs] == [1000, None, 1002, 1003]
