"""The link of the demo carries bytes whole, and loses them exactly where it is told to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from mfc_desk.demo.link import Link


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends back what it gets."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                end, _ = server.accept()
            except OSError:
                return
            with end:
                try:
                    while block := end.recv(4096):
                        end.sendall(block)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(60)


def exchange(port: int, data: bytes) -> bytes:
    """What comes back for `data` until the other end closes or resets."""
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as end:
            end.sendall(data)
            while len(answer) < len(data) and (block := end.recv(4096)):
                answer += block
    except OSError:  # a reset may show as early as in the handshake
        return answer
    return answer


def test_whole_link_carries_everything(echo: int) -> None:
    """What goes in comes out, and is counted both ways."""
    with Link(echo) as link:
        answer = exchange(link.port, b"x" * 9000)

        assert answer == b"x" * 9000
        assert (link.passed.up, link.passed.down) == (9000, 9000)


@pytest.mark.parametrize("at", [0, 1, 700])
def test_cut_link_passes_no_byte_more(echo: int, at: int) -> None:
    """A link cut after so many bytes down delivers at most those."""
    with Link(echo) as link:
        link.cut_after(down=at)
        answer = exchange(link.port, b"x" * 2000)

        assert len(answer) <= at
        assert link.passed.cuts == 1


def test_link_that_is_down_comes_back(echo: int) -> None:
    """While the link is down nothing passes; brought up it carries again."""
    with Link(echo) as link:
        link.take_down()
        assert exchange(link.port, b"abc") == b""

        link.bring_up()
        assert exchange(link.port, b"abc") == b"abc"
