"""Scans on their way: one the centre will not have stops no other."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from sync.blobs import FIRST_SLICE, LEAST_SLICE, Blob, CentreBlobs, Sender, upload_offset
from sync.central.relay.rows import Scan
from sync.central.relay.scans import Upstream
from sync.clock import SystemClock
from sync.errors import Refused, Unreachable
from sync.http import CentreClient
from sync.ids import SeededRandom
from sync.wire import TIMEOUT, Answer, Progress, Wire
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


@pytest.mark.parametrize("told", [None, "", "x", "-1", "9" * 5000])
def test_an_offset_that_is_no_number_is_no_answer_of_a_centre(told: str | None) -> None:
    """Whatever a box on the way puts there: the exchange is tried again, nothing breaks."""
    headers = {} if told is None else {"Upload-Offset": told}
    with pytest.raises(Unreachable) as found:
        upload_offset(Answer(204, b"", headers))
    assert found.value.kind == ("altered" if told is None else "garbage")


class CutWay:
    """A way that is cut within every second slice; `keeps` tells how much of that one arrives."""

    def __init__(self, keeps: Callable[[int], int]) -> None:
        self._keeps = keeps
        self._have = 0
        self.slices: list[int] = []

    def missing(self, _blobs: Iterable[Blob]) -> dict[str, int]:
        """Nothing is there."""
        return {}

    def offset(self, _blob: Blob) -> int:
        """What arrived."""
        return self._have

    def append(self, _blob: Blob, offset: int, data: bytes, _progress: Progress) -> int:
        """Take a slice, or part of it."""
        self.slices.append(len(data))
        cut = len(self.slices) % 2 == 0
        self._have = offset + (self._keeps(len(data)) if cut else len(data))
        if cut:
            raise Unreachable("cut")
        return self._have

    def confirmed(self, _blob: Blob) -> bool:
        """It says so itself."""
        return True


@pytest.mark.parametrize("streams", [True, False])
def test_slices_get_shorter_only_where_whole_ones_are_lost(tmp_path: Path, streams: bool) -> None:
    """Where part of a slice arrives a short one spares nothing; where none does it spares much."""
    data = SeededRandom(1).bytes(3 << 20)
    file = tmp_path / "scan"
    file.write_bytes(data)
    way = CutWay((lambda size: size // 3) if streams else (lambda _size: 0))
    sender = Sender(way, SystemClock(), sleep=time.sleep)

    sent = list(sender.run([Blob(sha256(data).hexdigest(), len(data), file)]))

    assert sent[-1].whole
    whole = way.slices[2:-3]
    assert min(whole) >= FIRST_SLICE if streams else way.slices[-3] == LEAST_SLICE


def test_a_scan_nobody_looked_at_the_hash_of_is_not_whole(
    local: LocalCentre, served: Callable[[LocalCentre], str], tmp_path: Path
) -> None:
    """All bytes came and the centre died before the check: asked for anew it checks them now.

    Of one whose bytes are others the check says so, and it goes once more from the start.
    """
    desk = local.desk()
    desk.url = served(local)
    blobs = []
    for number, size in enumerate((1, 5000, 6000)):
        data = SeededRandom(number).bytes(size)
        file = tmp_path / str(number)
        file.write_bytes(data)
        blobs.append(Blob(sha256(data).hexdigest(), size, file))
        there = data if size < 6000 else b"x" * size
        local.centre.parts.append(blobs[-1].sha256, there)
    client = CentreClient(desk.ticket, desk.keys, SystemClock(), urls=(desk.url,))
    way = CentreBlobs(client)
    assert way.missing(blobs) == {one.sha256: one.size - 1 for one in blobs}
    assert way.offset(blobs[1]) == blobs[1].size - 1
    sender = Sender(way, SystemClock(), sleep=time.sleep)

    whole = [sent.blob for sent in sender.run(blobs) if sent.whole]
    client.close()

    assert whole == blobs
    assert [local.centre.blobs.size(one.sha256) for one in blobs] == [1, 5000, 6000]


def test_a_relay_lets_go_of_a_scan_only_by_the_centres_word(
    local: LocalCentre, served: Callable[[LocalCentre], str], tmp_path: Path
) -> None:
    """All its bytes are at the centre, unchecked: it has them checked, and gets the receipt."""
    desk = local.desk()
    url = served(local)
    data = SeededRandom(7).bytes(5000)
    file = tmp_path / "scan"
    file.write_bytes(data)
    blob = Blob(sha256(data).hexdigest(), len(data), file)
    local.centre.parts.append(blob.sha256, data)
    wire = Wire((url,), None, SystemClock(), TIMEOUT)
    upstream = Upstream(lambda: wire)
    signature = desk.signature("PATCH", f"/v1/blobs/{blob.sha256}")
    upstream.carry(Scan(desk.desk, blob.sha256, desk.key, blob.size, signature))
    sender = Sender(upstream, SystemClock(), sleep=time.sleep)

    said = [(sent.whole, upstream.receipt is not None) for sent in sender.run([blob])]
    wire.close()

    assert said == [(False, False), (True, True)]
    assert local.centre.blobs.size(blob.sha256) == blob.size
