"""Scans at the centre: they go on where they ended, one writer each, and the hash decides."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from sync.central import blob_service
from sync.central.blobs import MOST_BYTES, BlobPlace
from sync.central.errors import BlobPlaceInvalid
from sync.central.gate import DiskGauge
from sync.ids import SeededRandom
from tests.centre_process import CentreProcess, centre
from tests.centre_served import served
from tests.centre_world import HandDesk, LocalCentre, desk_of, local, problem

__all__ = ["centre", "local", "served"]

Serve = Callable[[LocalCentre], str]


def scan(size: int = 300_000, seed: int = 1) -> bytes:
    """Bytes of a scan."""
    return SeededRandom(seed).bytes(size)


def place_of(data: bytes) -> str:
    """The address of a blob."""
    return f"/v1/blobs/{sha256(data).hexdigest()}"


def uploading(offset: int, total: int, *, last: bool = True) -> dict[str, str]:
    """The headers of a part."""
    return {
        "Content-Type": "application/partial-upload",
        "Upload-Offset": str(offset),
        "Upload-Length": str(total),
        "Upload-Complete": "?1" if last else "?0",
    }


def patch(desk: HandDesk, data: bytes, start: int = 0, end: int | None = None) -> requests.Response:
    """Send data[start:end], the last part when it goes to the end."""
    stop = len(data) if end is None else end
    headers = uploading(start, len(data), last=stop == len(data))
    return desk.ask("PATCH", place_of(data), data[start:stop], headers)


def missing(desk: HandDesk, *blobs: bytes) -> list[dict[str, object]]:
    """What the centre says of blobs."""
    asked = [{"sha256": sha256(data).hexdigest(), "size": len(data)} for data in blobs]
    answer = desk.http.post(
        f"{desk.url}/v1/blobs/missing",
        json=asked,
        headers={"MFC-Signature": desk.signature("POST", "/v1/blobs/missing")},
        timeout=120,
    )
    assert answer.status_code == 200, answer.text
    return list(answer.json())


@pytest.fixture
def desk(local: LocalCentre, served: Serve) -> HandDesk:
    """A desk of a served centre."""
    desk = local.desk()
    desk.url = served(local)
    return desk


def test_a_blob_goes_on_where_it_ended(desk: HandDesk) -> None:
    """Offset by offset to the end; then it is whole, for this desk to read, by ranges too."""
    data = scan()
    sha = sha256(data).hexdigest()
    assert desk.get(place_of(data), "HEAD").status_code == 404
    assert missing(desk, data) == [{"sha256": sha, "offset": 0}]
    assert desk.stream()["blobs_missing"] == 1

    first = patch(desk, data, 0, 100_000)
    told = desk.get(place_of(data), "HEAD")
    assert (first.status_code, told.status_code) == (204, 204)
    assert first.headers["Upload-Offset"] == told.headers["Upload-Offset"] == "100000"
    assert told.headers["Upload-Complete"] == "?0"
    assert missing(desk, data) == [{"sha256": sha, "offset": 100_000}]

    assert patch(desk, data, 100_000).status_code == 201
    assert missing(desk, data) == [{"sha256": sha, "complete": True}]
    assert desk.stream()["blobs_missing"] == 0
    whole = desk.get(place_of(data))
    assert (whole.status_code, whole.content) == (200, data)
    assert patch(desk, data).status_code == 201  # said again: it is there


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-9", 206, 0, 10),
        ("bytes=299990-", 206, 299_990, 300_000),
        ("bytes=-5", 206, 299_995, 300_000),
        ("bytes=299999-400000", 206, 299_999, 300_000),
        ("bytes=1-2,4-5", 200, 0, 300_000),
        ("lines=1-2", 200, 0, 300_000),
    ],
)
def test_a_range_is_read(desk: HandDesk, asked: str, status: int, start: int, end: int) -> None:
    """One range is answered 206, what is no single range with the whole."""
    data = scan()
    patch(desk, data)
    answer = desk.ask("GET", place_of(data), headers={"Range": asked})
    assert (answer.status_code, answer.content) == (status, data[start:end])
    if status == 206:
        assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/300000"


def test_a_range_beyond_the_end_is_refused(desk: HandDesk) -> None:
    """416 with the size."""
    data = scan(100)
    patch(desk, data)
    answer = desk.ask("GET", place_of(data), headers={"Range": "bytes=100-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */100")


def test_another_desk_reads_nothing(local: LocalCentre, desk: HandDesk) -> None:
    """A blob is for the desk that delivered it; unsigned requests learn nothing."""
    data = scan(1000)
    patch(desk, data)
    other = local.desk(2)
    other.url = desk.url
    assert other.get(place_of(data)).status_code == 404
    for method in ("GET", "HEAD", "PATCH"):
        assert requests.request(method, desk.url + place_of(data), timeout=120).status_code == 401


def test_a_wrong_offset_is_told_the_right_one(desk: HandDesk) -> None:
    """409 names where the part ends; nothing is written."""
    data = scan()
    patch(desk, data, 0, 1000)
    answer = patch(desk, data, 2000, 3000)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (409, "1000")
    told = problem(answer)
    assert (told["code"], told["offset"]) == ("mismatching-upload-offset", 1000)
    assert desk.get(place_of(data), "HEAD").headers["Upload-Offset"] == "1000"


def test_the_hash_decides(desk: HandDesk) -> None:
    """Spoilt bytes are noticed at the end, the part is dropped, and it starts anew."""
    data = scan()
    spoilt = bytearray(data)
    spoilt[5] ^= 1
    headers = uploading(0, len(data))
    answer = desk.ask("PATCH", place_of(data), bytes(spoilt), headers)
    assert (answer.status_code, problem(answer)["code"]) == (422, "bad-hash")
    assert desk.get(place_of(data), "HEAD").status_code == 404
    assert patch(desk, data).status_code == 201


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Upload-Length": "9"}, 400),
        ({"Upload-Offset": "x"}, 400),
        ({"Upload-Length": str(MOST_BYTES + 1)}, 413),
        ({"Content-Type": "application/json"}, 415),
    ],
)
def test_headers_that_make_no_sense(desk: HandDesk, changed: dict[str, str], status: int) -> None:
    """They are refused before anything is written."""
    data = scan(10)
    answer = desk.ask("PATCH", place_of(data), data, {**uploading(0, 10), **changed})
    assert answer.status_code == status
    assert desk.get(place_of(data), "HEAD").status_code == 404


def begin(desk: HandDesk, data: bytes, send: int) -> socket.socket:
    """Begin a PATCH of the whole blob, send so many bytes and stop."""
    address = urlsplit(desk.url)
    end = socket.create_connection((address.hostname, address.port), timeout=120)
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lines = {
        **uploading(0, len(data)),
        "Host": "x",
        "Content-Length": str(len(data)),
        "MFC-Signature": desk.signature("PATCH", place_of(data)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    end.sendall(f"PATCH {place_of(data)} HTTP/1.1\r\n{head}\r\n".encode() + data[:send])
    return end


def offset(desk: HandDesk, data: bytes, want: int) -> int:
    """The offset the centre tells, when it is what is wanted or after a while."""
    until = time.monotonic() + 120
    while True:
        # until the PATCH is taken up there is no such blob
        told = int(desk.get(place_of(data), "HEAD").headers.get("Upload-Offset", -1))
        if told == want or time.monotonic() > until:
            return told
        time.sleep(0.02)


@pytest.mark.parametrize("cut", [1, 70_000, 299_999])
def test_what_came_before_a_cut_is_kept(desk: HandDesk, cut: int) -> None:
    """A link cut inside a PATCH costs nothing that had arrived."""
    data = scan()
    with begin(desk, data, cut):
        pass
    assert offset(desk, data, cut) == cut
    assert patch(desk, data, cut).status_code == 201


@pytest.mark.parametrize("cut", [1, 70_000, 299_999])
def test_whoever_asks_at_once_is_told_all_that_came(
    desk: HandDesk, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    """The writer before may still have bytes to put down: the first answer counts them."""
    monkeypatch.setattr(blob_service, "SETTLE_SECONDS", 60.0)
    data = scan()
    with begin(desk, data, cut):
        pass

    assert desk.get(place_of(data), "HEAD").headers["Upload-Offset"] == str(cut)


def announced(local: LocalCentre, data: bytes) -> bool:
    """Whether the centre took up a writer of this blob, waiting a while for it."""
    name = f"{sha256(data).hexdigest()}.claim"
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if any(local.folder.rglob(name)):
            return True
        time.sleep(0.02)
    return False


def test_the_newest_writer_wins(local: LocalCentre, desk: HandDesk) -> None:
    """A silent connection holds a part; the next one takes it over, and the first is told 423."""
    data = scan()
    with begin(desk, data, 1000) as silent:
        assert announced(local, data)  # else ours could be the older one
        until = time.monotonic() + 120
        answer = patch(desk, data)
        while answer.status_code in (409, 423) and time.monotonic() < until:
            answer = patch(desk, data, int(answer.headers.get("Upload-Offset", 0)))
        assert answer.status_code == 201
        assert silent.recv(100).startswith(b"HTTP/1.1 423 ")
    assert desk.get(place_of(data)).content == data


def test_many_writers_at_once_end_in_one_blob(desk: HandDesk) -> None:
    """Eight threads push one blob, each going on where it is told; what comes out is whole."""
    data = scan()
    done: list[int] = []

    def push(number: int) -> None:
        own = HandDesk(desk.ticket, desk.url, desk.seed)
        start, until = 0, time.monotonic() + 200
        while time.monotonic() < until:
            end = min(start + 20_000 + number, len(data))
            answer = patch(own, data, start, end)
            if answer.status_code == 201:
                done.append(number)
                return
            start = int(answer.headers.get("Upload-Offset", start))

    threads = [threading.Thread(target=push, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 1, 2, 3]
    assert desk.get(place_of(data)).content == data


def test_a_full_disk_takes_no_blob(desk: HandDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """507 before the body."""
    monkeypatch.setattr(DiskGauge, "nearly_full", lambda _gauge: True)
    answer = patch(desk, scan(100))
    assert (answer.status_code, answer.headers["Retry-After"]) == (507, "600")


def test_a_killed_centre_goes_on_with_a_part(centre: CentreProcess) -> None:
    """After SIGKILL in the middle of a blob the centre tells what is durable, and goes on."""
    desk = desk_of(centre.ticket(1), centre.url)
    data = scan(700_000)
    with begin(desk, data, 600_000):
        while int(desk.get(place_of(data), "HEAD").headers.get("Upload-Offset", -1)) <= 0:
            time.sleep(0.02)
        centre.kill()
    centre.restart()
    told = int(desk.get(place_of(data), "HEAD").headers["Upload-Offset"])
    assert 0 < told <= 600_000
    assert patch(desk, data, told).status_code == 201
    assert desk.get(place_of(data)).content == data


def test_blobs_go_where_the_url_says(tmp_path: Path) -> None:
    """Any fsspec file system holds blobs; here the one in memory, and a folder."""
    data = scan(5000)
    sha = sha256(data).hexdigest()
    part = tmp_path / "part"
    part.write_bytes(data)
    for url in ("memory://mfc-blobs", f"file://{tmp_path}/blobs", str(tmp_path / "plain")):
        place = BlobPlace(url)
        assert place.size(sha) is None
        place.put(sha, part)
        assert place.size(sha) == 5000
        assert place.read(sha, 10, 20) == data[10:20]


def test_an_unknown_place_is_refused(tmp_path: Path) -> None:
    """A protocol nobody has installed is named."""
    with pytest.raises(BlobPlaceInvalid, match="nowhere"):
        BlobPlace("nowhere://bucket")
