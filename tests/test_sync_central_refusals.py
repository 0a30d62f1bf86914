"""What would bring a centre down is refused by the real process, which goes on serving others."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import zstandard

from sync import envelope
from sync.batch import Limits
from sync.keys import encrypt
from tests.centre_process import CentreProcess, shared_centre
from tests.centre_world import HandDesk, desk_of, problem, record

__all__ = ["shared_centre"]


@pytest.fixture(scope="module")
def desk(shared_centre: CentreProcess) -> Iterator[HandDesk]:
    """A desk of the running centre."""
    made = desk_of(shared_centre.ticket(641), shared_centre.url)
    yield made
    made.http.close()


def memory(centre: CentreProcess) -> int:
    """The most memory the process has had, in bytes."""
    assert centre.process is not None
    status = Path(f"/proc/{centre.process.pid}/status").read_text("ascii").splitlines()
    (line,) = [line for line in status if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def bomb(desk: HandDesk, size: int, *, told: bool) -> bytes:
    """A signed batch of one entry whose payload unpacks to `size` zeros; `told`: it says so."""
    maker = zstandard.ZstdCompressor(level=3).compressobj(size=size if told else -1)
    block = bytes(1 << 20)
    pack = b"".join(maker.compress(block) for _ in range(size >> 20)) + maker.flush()
    payload = encrypt(pack, list(desk.ticket.age_recipients))
    header = {
        "server": desk.ticket.server_id,
        "desk": desk.desk,
        "epoch": desk.epoch,
        "from": 1,
        "to": 1,
        "prev": desk.head(0).hex(),
        "head": "00" * 32,
        "key": desk.keys.key_id,
        "zdict": "",
        "zsha": sha256(pack).hexdigest(),
        "sealed": "2026-11-21T09:00:00.000Z",
        "blobs": 0,
    }
    return envelope.pack(envelope.Form.BATCH, header, payload, desk.keys)


@pytest.mark.parametrize("told", [True, False], ids=["says its size", "hides its size"])
def test_a_decompression_bomb_is_refused_without_being_unpacked(
    shared_centre: CentreProcess, desk: HandDesk, told: bool
) -> None:
    """256 MB of zeros in some 20 KB, signed by a real device: refused, memory stays small."""
    data = bomb(desk, 256 << 20, told=told)
    assert len(data) < 200_000
    before = memory(shared_centre)

    answer = desk.post(data)

    assert (answer.status_code, problem(answer)["code"]) in {
        (413, "too-large"),
        (422, "bad-chain"),
    }
    assert memory(shared_centre) - before < 8 * Limits().plain
    assert desk.get("/v1/health").status_code == 204
    assert desk.stream()["have"] == 0


def connected(centre: CentreProcess) -> contextlib.AbstractContextManager[socket.socket]:
    """A bare connection to the centre."""
    url = urlsplit(centre.url)
    return socket.create_connection((url.hostname, url.port), timeout=60)


@pytest.mark.parametrize("size", [40_000, 2_000_000])
def test_a_giant_header_is_refused(shared_centre: CentreProcess, size: int) -> None:
    """More than 32 KiB of head, in one line or in a thousand: 4xx or hung up on, then served."""
    one = b"GET /v1/health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * size
    many = b"GET /v1/health HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * (size // 8)
    for head in (one, many):
        with connected(shared_centre) as end:
            with contextlib.suppress(ConnectionError):
                end.sendall(head)
                end.sendall(b"\r\n\r\n")
            said = b""
            with contextlib.suppress(ConnectionError):
                said = end.recv(65536)
            assert not said or said.startswith(b"HTTP/1.1 4"), said[:80]
    with connected(shared_centre) as end:
        end.sendall(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert end.recv(65536).startswith(b"HTTP/1.1 204 ")


@pytest.mark.parametrize(
    "seconds", [2, pytest.param(16, marks=pytest.mark.full)], ids=["served", "hung up on"]
)
def test_slow_clients_stand_in_nobodys_way(
    shared_centre: CentreProcess, desk: HandDesk, seconds: int
) -> None:
    """Two hundred peers that drip a head byte by byte: others are served meanwhile.

    The centre gives a head twenty seconds, whatever trickles in, then hangs up.
    """
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(connected(shared_centre)) for _ in range(200)]
        for end in slow:
            end.sendall(b"GET /v1/health HTTP/1.1\r\nX")
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            for end in slow:
                with contextlib.suppress(ConnectionError):
                    end.sendall(b"-")
            asked = time.monotonic()
            assert desk.get("/v1/health").status_code == 204
            assert seconds == 2 or time.monotonic() - asked < 10  # in the full run
            time.sleep(1)
        for end in slow if seconds > 2 else ():
            end.settimeout(40)
            with contextlib.suppress(ConnectionError):
                assert end.recv(100) == b""
    desk.register(1)
    assert desk.post(desk.seal(len(desk.journal), len(desk.journal))).status_code == 201


def test_poison_entries_are_turned_back_alone(
    shared_centre: CentreProcess,
) -> None:
    """NUL, a lone surrogate, 64 KiB, deep nesting, no JSON: each rejected, neighbours applied."""
    desk = desk_of(shared_centre.ticket(642), shared_centre.url)
    with_nul = desk.registration({**record(7), "ref": "a\u0000b"})
    surrogate = desk.registration({**record(8), "ref": "SURROGATE"})
    big = desk.registration({**record(9), "ref": ""})
    room = Limits().entry - len(big)
    poison = {
        "nul": with_nul,
        "surrogate": surrogate.replace(b"SURROGATE", b"\\ud800"),
        "whole 64 KiB": big.replace(b'"ref":""', b'"ref":"' + b"x" * room + b'"'),
        "deep": desk.entry("request.register", {"record": {}}).replace(
            b'"record":{}', b'"record":' + b"[" * 5000 + b"]" * 5000
        ),
        "not json": b'{"id":"' + b"\xff\xfe",
        "a number": b"7",
    }
    for raw in poison.values():
        desk.register(1)
        desk.journal.append(raw)
    desk.register(1)
    assert len(poison["whole 64 KiB"]) == Limits().entry

    assert desk.post(desk.seal(1, len(desk.journal))).status_code == 201

    found = desk.results(len(desk.journal))
    outcomes = {name: found[2 * at + 2]["outcome"] for at, name in enumerate(poison)}
    assert set(outcomes.values()) <= {"rejected", "held"}, outcomes
    for seq in range(1, len(desk.journal) + 1, 2):
        assert found[seq]["outcome"] == "applied"
    assert desk.get("/v1/health").status_code == 204
    desk.http.close()
