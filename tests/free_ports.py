"""Ports of 127.0.0.1 that nobody else is handed by chance.

The system picks from 32768 on. A server that is killed and started again on its port, and an
address where nobody listens, need a port that no other process is given in between: one below,
from a block that only this process of the suite chooses from.
"""

from __future__ import annotations

import itertools
import os
import socket
import time
from functools import cache

FIRST = 10_000
BLOCKS, BLOCK = 44, 500


def free_port() -> int:
    """Another one where nobody listens now."""
    for port in itertools.islice(_block(), BLOCK):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


@cache
def _block() -> itertools.cycle[int]:
    first = FIRST + os.getpid() % BLOCKS * BLOCK
    begin = time.monotonic_ns() % BLOCK  # another run of the suite may have the same block
    return itertools.cycle(first + (begin + n) % BLOCK for n in range(BLOCK))
