"""What comes in: no more of a body is taken than was announced, no text stops the centre."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import urlsplit

import pytest

from sync import envelope
from tests.centre_served import served
from tests.centre_world import LocalCentre, local

__all__ = ["local", "served"]

Serve = Callable[[LocalCentre], str]
CHUNK = b"x" * 1024


def spoken(url: str, head: str, body: bytes) -> bytes:
    """The first bytes of an answer to bytes on a connection."""
    place = urlsplit(url)
    with socket.create_connection((str(place.hostname), int(place.port or 0)), 60) as link:
        link.sendall(head.encode("ascii") + body)
        return link.recv(65536)


@pytest.mark.parametrize(
    ("method", "target"), [("POST", "/v1/batches"), ("POST", "/v1/enrol"), ("PATCH", "blob")]
)
def test_a_body_of_two_lengths_is_not_read(
    local: LocalCentre, served: Serve, method: str, target: str
) -> None:
    """Chunks beat Content-Length in HTTP: as many as anybody likes would be taken into memory."""
    desk = local.desk()
    url = served(local)
    sha = sha256(CHUNK).hexdigest()
    target = f"/v1/blobs/{sha}" if target == "blob" else target
    head = (
        f"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n"
        "Transfer-Encoding: chunked\r\nContent-Type: application/partial-upload\r\n"
        "Upload-Offset: 0\r\nUpload-Length: 2000\r\nUpload-Complete: ?0\r\n"
        f"MFC-Signature: {desk.signature(method, target)}\r\n\r\n"
    )
    chunk = f"{len(CHUNK):x}\r\n".encode() + CHUNK + b"\r\n"
    told = spoken(url, head, chunk + b"0\r\n\r\n")

    assert told.startswith(b"HTTP/1.1 411 ")
    assert local.centre.parts.offset(sha) == 0


ODD = ["\ud800", "\0"]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_code_is_a_code_that_is_not_known(
    local: LocalCentre, served: Serve, odd: str
) -> None:
    """What no database takes as a text is answered as any wrong code."""
    desk = local.desk()
    desk.url = served(local)
    assert desk.enrol(code=odd).status_code in {400, 403}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_recipient_is_none(local: LocalCentre, served: Serve, odd: str) -> None:
    """It cannot be sealed to."""
    desk = local.desk()
    url = served(local)
    asked = {"code": desk.ticket.code, "signing_public": "0" * 64, "age_recipient": odd}
    answer = desk.http.post(f"{url}/v1/enrol", json=asked, timeout=60)
    assert answer.status_code == 400


@pytest.mark.parametrize("odd", ODD)
def test_a_key_of_odd_letters_is_a_key_nobody_knows(
    local: LocalCentre, served: Serve, odd: str
) -> None:
    """Header of a batch: unknown."""
    desk = local.desk()
    desk.url = served(local)
    desk.note()
    sealed = desk.seal(1, 1)
    opened = envelope.unpack(envelope.Form.BATCH, sealed)
    text = json.dumps({**opened.header, "key": odd}).encode()
    data = b"MFCB" + len(text).to_bytes(4, "big") + text + opened.signature + opened.payload
    assert desk.post(data).status_code in {400, 401}


def test_a_range_of_endless_digits_is_none(local: LocalCentre, served: Serve) -> None:
    """A number Python would not read."""
    desk = local.desk()
    desk.url = served(local)
    data = b"scan" * 100
    sha = sha256(data).hexdigest()
    target = f"/v1/blobs/{sha}"
    upload = {
        "Content-Type": "application/partial-upload",
        "Upload-Offset": "0",
        "Upload-Length": str(len(data)),
        "Upload-Complete": "?1",
    }
    assert desk.ask("PATCH", target, data, upload).status_code == 201
    answer = desk.ask("GET", target, headers={"Range": f"bytes={'1' * 5000}-"})
    assert answer.status_code in {200, 416}
